"""
ambientCG: surfaces for rendering, by Lennart Demes; API version 2.

Reference: https://docs.ambientcg.com, https://help.ambientcg.com/04-API/API_v2.html

What the library says, and how we read it:

* Everything is CC0, says a page of the site; an asset's own record has no field for rights at all. So the page decides:
  it is captured in each crawl, and must link to the deed of CC0 where a reader sees it, and to no other licence's.
  Words there that deny something (`DENIALS`) need a person. Without the page, the record of an asset is no statement.
* A record that does speak of rights or an author says what was never seen there: a person must look.
* `dataType` is `Material` for surfaces. Models, environments, substances and the rest are `out_of_scope`, and so are
  surfaces that were not made by one of the four `PBR…` methods.
* The picture is the preview, a rendered surface; the maps themselves lie in ZIP files, and most are no pictures.
* `tags` is a list today, and was an object (`{"1": "brown"}`) before.
* The list is paged by offset; an asset that is published meanwhile shifts it by one. An answer that is no list, that is
  the page before once more, or that is empty before the total is reached, ends the crawl with an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from mitsua_data.licences import Licence
from mitsua_data.model import Evidence, Grade, ImageRef, MediaType, Reason, Refusal, Verdict
from mitsua_data.sources.base import Body, Page, Record, RuleRefusal, SourceSpec, WebReader, WebSource
from mitsua_data.sources.readers import NoAnswer
from mitsua_data.sources.reserved import fields_named, restricts
from mitsua_data.sources.web_page import DEEDS, SEEN_DEEDS, WORDS, beside, linked, said

LICENCE: Final = "https://docs.ambientcg.com/license/"
PREVIEWS: Final = "acg-media.struffelproductions.com"
LIST: Final = (
    "https://ambientcg.com/api/v2/full_json"
    "?type=Material&sort=Alphabet&limit=100&include=displayData,tagData,imageData&offset="
)
MOST_SIDE: Final = 1024
"""Pixels: no larger preview is asked for."""
TYPES: Final = (
    "Material", "3DModel", "Atlas", "Brush", "Decal", "HDRI", "PlainTexture", "Substance", "Terrain",
)  # fmt: skip
METHODS: Final = ("PBRApproximated", "PBRMultiAngle", "PBRPhotogrammetry", "PBRProcedural")
OTHER_METHODS: Final = ("3DPhotogrammetry", "HDRIStitched", "HDRIStitchedEdited", "PlainPhoto", "UnknownOrOther")
RIGHTS: Final = re.compile(r"licen[cs]e|rights|copyright|author|creator|attribution|credit", re.IGNORECASE)
"""In the names of fields that a record has never had, at whatever depth."""
DENIALS: Final = re.compile(
    r"\b(?:not found|no longer|nothing|except|not (?:all |any )?(?:under|licensed|released|cc ?0|public domain))\b"
)
"""What a licence page does not say while it holds for everything."""

_PREVIEW: Final = re.compile(r"(?P<side>[1-9][0-9]{1,3})-(?P<form>PNG|JPG)(?P<ground>-[0-9A-F]{6})?")
_ADDRESS: Final = re.compile(
    rf"https://(?:{re.escape(PREVIEWS)}|ambientcg\.com)/(?!.*\.\.)[A-Za-z0-9/_.%-]+\.(?:png|jpg)"
)


class AmbientCG(WebSource):
    """One list with whole records, a hundred to a page."""

    spec = SourceSpec(
        id="ambientcg",
        institution="ambientCG, by Lennart Demes",
        homepage="https://ambientcg.com",
        terms=(LICENCE,),
        may_claim=frozenset({Licence.CC0_1_0}),
        grade=Grade.E2,
        metadata_hosts=frozenset({"ambientcg.com", "docs.ambientcg.com"}),
        image_hosts=frozenset({"ambientcg.com", PREVIEWS}),
        requests_per_second=0.5,  # one person's service
        basis="the site's licence page (CC0 1.0 for all assets), captured in each crawl",
        unverified=(
            "That the licence page links to the deed of CC0: where it does not, nothing is claimed.",
            "That the licence covers previews as well as the maps.",
            "The fields numberOfResults and nextPageHttp, and that the list can be sorted by name.",
        ),
        rule_version=1,
    )

    def listing(self, reader: WebReader, after: str | None = None) -> Iterator[Page]:
        """One page for each page of the list; the cursor is the offset behind it. Raises NoAnswer."""
        offset = 0 if after is None else int(after)
        before = ""
        while True:
            body = reader.get(f"{LIST}{offset}", MediaType.JSON)
            answer = Record(body.locator, body)
            length, total = answer.length("/foundAssets"), answer.seen("/numberOfResults")
            known = total if isinstance(total, int) else None
            short = not length and known is not None and offset < known
            if body.sha256 == before or (offset and (length is None or short)):
                raise NoAnswer(f"ambientcg.com: the list does not go on at {offset}", advice="crawl again later")
            if length == 0 and offset:
                return
            before = body.sha256
            offset += length or 0
            yield Page((body,), cursor=str(offset), total=known, listed=length)
            if not length or (known is not None and offset >= known):
                return

    def records(self, page: Page) -> Iterable[Record]:
        """One for each asset of an answer, of a list, or one that stands alone; anything else is one, and refused."""
        for body in page.bodies:
            whole = Record(body.locator, body, context=page.context)
            places = next((each for each in ("/foundAssets", "") if whole.length(each) is not None), None)
            bases = [""] if places is None else [f"{places}/{n}" for n in range(whole.length(places) or 0)]
            for base in bases:
                record = replace(whole, base=base)
                yield replace(record, id=record.text("/assetId") or f"{body.locator}{base}")

    def images(self, record: Record) -> Sequence[ImageRef]:
        """The largest preview within bounds, unless no address of one is given."""
        record.quote("/assetId", among=(record.id,))
        key = _preview(record)
        if not key:
            return ()
        return (
            ImageRef(
                part="preview",
                url=record.text(f"/previewImage/{key}"),
                title=record.text("/displayName"),
                creator="ambientCG",
                date=record.text("/releaseDate").partition(" ")[0],
                tags=_tags(record),
                category=record.text("/displayCategory"),
                landing_url=f"https://ambientcg.com/view?id={record.id}",
                description=record.text("/description"),
            ),
        )

    def absence(self, record: Record) -> tuple[Evidence, ...]:
        """The previews, none of which has an address."""
        return (record.quote("/previewImage", missing_ok=True),)

    def licence(self, record: Record, image: ImageRef) -> Verdict:
        """CC0 for a surface, if the licence page links to that deed alone, and the record does not speak of rights."""
        kind = record.quote("/dataType", among=TYPES)
        method = record.quote("/creationMethod", among=METHODS + OTHER_METHODS)
        address = record.quote(f"/previewImage/{_preview(record)}", among=(image.url,))
        evidence: tuple[Evidence, ...] = (kind, method, address)
        if kind.value != "Material" or method.value not in METHODS:
            return Refusal(Reason.OUT_OF_SCOPE, evidence)
        if not _ADDRESS.fullmatch(image.url):
            raise RuleRefusal(Reason.UNKNOWN_VALUE, address)
        spoken = [record.quote(pointer) for pointer in fields_named(record.value(""), RIGHTS)]
        if spoken:
            return Refusal(Reason.CONFLICT, (*evidence, *spoken))
        if LICENCE not in record.context:
            return Refusal(Reason.NO_STATEMENT, evidence)
        return self._by_page(record, evidence)

    def _by_page(self, record: Record, evidence: tuple[Evidence, ...]) -> Verdict:
        """What the licence page links to, for everybody to see and with nothing denied beside it."""
        deeds = record.quote(DEEDS, of=LICENCE, missing_ok=True)
        seen = record.quote(SEEN_DEEDS, of=LICENCE, missing_ok=True)
        licences = linked(deeds)
        if seen.value is None:
            return Refusal(Reason.CONFLICT if licences else Reason.NO_STATEMENT, (*evidence, deeds, seen))
        if any(DENIALS.search(words.casefold()) or restricts(words) for words in said(record, LICENCE)):
            return Refusal(Reason.CONFLICT, (*evidence, deeds, record.quote(WORDS, of=LICENCE)))
        if len(licences) == 1 and (licence := next(iter(licences))) is not None:
            return self.claim(licence, *evidence, deeds, seen)
        return Refusal(Reason.CONFLICT, (*evidence, deeds))

    def saved(self, bodies: Sequence[Body]) -> Iterable[Page]:
        """Answers beside the licence page, where that was saved too."""
        return beside(bodies, self.spec.terms)


def _preview(record: Record) -> str:
    """The name of the preview to take: the largest within bounds, better on no ground than on white; empty: none is."""
    previews = record.seen("/previewImage")
    found = [
        (int(match["side"]), match["form"] == "PNG" and not match["ground"], name)
        for name, url in (previews.items() if isinstance(previews, dict) else ())
        if isinstance(url, str) and (match := _PREVIEW.fullmatch(name)) and int(match["side"]) <= MOST_SIDE
    ]
    return max(found, default=(0, False, ""))[2]


def _tags(record: Record) -> tuple[str, ...]:
    """The tags, in whichever form they are."""
    tags = record.seen("/tags")
    values = tags.values() if isinstance(tags, dict) else tags if isinstance(tags, list) else ()
    return tuple(each for each in values if isinstance(each, str))
