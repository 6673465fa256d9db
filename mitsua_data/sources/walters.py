"""
The Walters Art Museum, Baltimore: its tables, and objects as its API gave them until 2023.

Reference: https://github.com/WaltersArtMuseum/api-thewalters-org

What the museum says, and how we read it:

* Its policy gives, under CC0, images and data of works "believed to be in the public domain". It excepts loans, works
  that are too young, and what artists or privacy forbid; no record says of any work whether it is excepted. So a claim
  rests on the policy, which is captured beside it, and on the record's makers and dates: see `walters_age`.
* Makers stand in `Creators`: in art.csv as the ids of creators.csv, in the API's objects as `ConcatDisplayName`; in
  lists of the API's as one text, `Creator`, which counts beside `Creators`, too. Many are cultures. Whoever is named
  must be known to have died, however old the work is.
* `DateEndYear` is a number of years; 0 beside 0 is none, and 17000 is a typing error: then `DateText` counts.
* Credit lines and provenances that speak of loans, deposits or promised gifts are for a person to look at.
* Images stand in media.csv, several to an object, under names that can hold spaces. There is one size.
* `Description` is under the GNU FDL, which is no licence for captions. It is not read here.

The tables are read by the names of their columns; nobody lists them over the web. An image from `images/raw` that is
small may show a work that the policy excepts: its size is known when it is fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from urllib.parse import quote

from mitsua_data.licences import Licence
from mitsua_data.model import Evidence, Grade, ImageRef, Json, MediaType, Reason, Refusal, Verdict
from mitsua_data.sources.base import (
    DUMP,
    Body,
    DumpReader,
    Page,
    Record,
    RuleRefusal,
    SourceError,
    WebReader,
    WebSource,
)
from mitsua_data.sources.readers import file_pointer
from mitsua_data.sources.spec import SourceSpec
from mitsua_data.sources.walters_age import finished, maker, too_young

ART: Final = "art.csv"
MEDIA: Final = "media.csv"
CREATORS: Final = "creators.csv"
"""The tables; of the last two, their roles beside objects as well."""
ROWS: Final = 500
DATA: Final = "https://raw.githubusercontent.com/WaltersArtMuseum/api-thewalters-org/main/"

_RAW: Final = re.compile(r"https://art\.thewalters\.org/images/raw/(?P<file>[^/\x00-\x1f]+\.[A-Za-z]{3,4})")
_STATIC: Final = re.compile(r"http://static\.thewalters\.org/images/(?P<file>[^/\x00-\x1f]+\.[A-Za-z]{3,4})")
_IDS: Final = re.compile(r"\s*[0-9]+(?:\s*[|;,]\s*[0-9]+)*\s*")
_LENT: Final = re.compile(r"\b(?:loan|lent\b|deposit|promised)", re.IGNORECASE)


class Walters(WebSource):
    """A record is an object, known by its ObjectID; its images are the rows of media.csv that name it."""

    spec = SourceSpec(
        id="walters",
        institution="The Walters Art Museum, Baltimore",
        homepage="https://art.thewalters.org",
        terms=("https://thewalters.org/about/policies/rights-reproductions/",),
        may_claim=frozenset({Licence.CC0_1_0}),
        grade=Grade.E2,  # a policy on the whole collection, whichever way its records came
        metadata_hosts=frozenset({"raw.githubusercontent.com"}),
        image_hosts=frozenset({"art.thewalters.org", "static.thewalters.org"}),
        requests_per_second=0.5,
        caption_licence=Licence.CC0_1_0,
        attribution="The Walters Art Museum, Baltimore",
        basis="the museum's policy on works in the public domain, and the makers' deaths and dates in its records",
        unverified=(
            "That `Creators` in art.csv holds ids of creators.csv: one row was seen.",
            "That the image servers set no limits; and the older one, static.thewalters.org, may be gone.",
            "Which works the museum excepts: it does not say.",
        ),
        dump=f"{ART}, {MEDIA} and {CREATORS}, from {DATA}",
        needs=f"{ART}, {MEDIA} and {CREATORS} (--from)",
    )

    def listing(self, reader: WebReader, after: str | None = None) -> Iterator[Page]:  # noqa: ARG002  # nothing is asked
        """Raises SourceError: no server lists the collection."""
        raise SourceError(f"{self.spec.id} is read from its tables", advice=f"name them with --from: {self.spec.dump}")

    def dumped(self, dump: DumpReader, after: str | None = None) -> Iterator[Page]:
        """Five hundred objects to a page, in the table's order; the cursor is the number of a page's last row."""
        for body in dump.slices(ART, after=int(after or 0), size=ROWS):
            makers = {each for cell in body.rows("Creators") for each in _ids(cell)}
            length = Record(body.locator, body).length()
            context = {
                DUMP: dump.index(),
                MEDIA: dump.matching(MEDIA, "ObjectID", body.rows("ObjectID")),
                CREATORS: dump.matching(CREATORS, "id", makers),
            }
            listed = 1 if length is None else length  # a broken row comes alone, and cannot be counted
            yield Page((body,), cursor=body.locator.rpartition("-")[2], context=context, listed=listed)

    def saved(self, bodies: Sequence[Body]) -> Iterable[Page]:
        """Each table of objects beside the two others, where they are there; and everything else by itself."""
        roles = {MEDIA: "MediaXrefID", CREATORS: "CreatorArt"}
        beside = {role: body for role, column in roles.items() for body in bodies if body.rows(column)}
        objects = [body for body in bodies if body.rows("DateEndYear")]
        used = list(beside.values()) if objects else []
        return [Page((body,), context=beside if body in objects else {}) for body in bodies if body not in used]

    def records(self, page: Page) -> Iterable[Record]:
        """Rows of art.csv, an object of the API, or a list of them. Other tables hold none."""
        for body in page.bodies:
            for base in _places(Record(body.locator, body)):
                name = Record(body.locator, body, base).seen("ObjectID")
                known = isinstance(name, int | str) and not isinstance(name, bool) and name != ""
                yield Record(str(name) if known else f"{body.locator}#{base}", body, base, page.context)

    def images(self, record: Record) -> Sequence[ImageRef]:
        """All images of the object, each known by its own id."""
        names = "; ".join(filter(None, (" ".join(words.split()) for words, _ in _makers(record))))
        kinds = re.split(r"\s*[|;]\s*", f"{record.text('ObjectName')}|{record.text('Keywords')}")
        return [
            ImageRef(
                part=part,
                url=_address(record.seen(place, of=of)),
                title=record.text("Title"),
                creator=names or record.text("Culture"),
                date=record.text("DateText"),
                tags=tuple(dict.fromkeys(filter(None, kinds))),
                category=record.text("Classification"),
                landing_url=record.text("ResourceURL"),
                medium=record.text("Medium"),
                culture=record.text("Culture"),
            )
            for part, (place, of) in _media(record).items()
        ]

    def licence(self, record: Record, image: ImageRef) -> Verdict:
        """CC0 by the museum's policy, if the work is surely old enough for it and nothing speaks of a loan."""
        place, of = _media(record)[image.part]
        address = record.quote(place, of=of)
        cells = ("ObjectID", "MediaType") if of else ()
        joined = [record.quote(place.replace("ImageURL", cell), of=of) for cell in cells]
        dates = [record.quote(name) for name in ("DateBeginYear", "DateEndYear", "DateText")]
        lines = [record.quote(name) for name in ("CreditLine", "Provenance")]
        makers = _makers(record)
        quoted = [each for _, quotations in makers for each in quotations]
        name = record.quote("ObjectID")
        evidence = (name, address, *joined, *dates, *quoted, *lines, *_tables(record))
        if name.value is None or name.value == "":
            return Refusal(Reason.UNREADABLE, evidence)
        if of and _twofold(record, place):
            return Refusal(Reason.CONFLICT, evidence)
        if of and joined[-1].value != "Image":
            return Refusal(Reason.UNKNOWN_VALUE, evidence)
        if not image.url or not all(line.value is None or isinstance(line.value, str) for line in lines):
            return Refusal(Reason.UNKNOWN_VALUE, evidence)
        reason = too_young(finished(*(each.value for each in dates)), [maker(words) for words, _ in makers])
        lent = any(_LENT.search(line.value) for line in lines if isinstance(line.value, str))
        if lent and reason is not Reason.EXCLUDED:
            return Refusal(Reason.CONFLICT, evidence)
        return Refusal(reason, evidence) if reason else self.claim(Licence.CC0_1_0, *evidence)


def _places(whole: Record) -> Iterator[str]:
    """Where objects stand in a body: what is put before the names of their fields. Raises RuleRefusal."""
    body = whole.body
    if body.media_type is not MediaType.JSON:
        length = whole.length()
        if length is None:
            raise RuleRefusal(Reason.UNREADABLE, whole.whole())
        named = body.name.partition("?")[0].rpartition("/")[2].startswith(ART)  # then its rows may all be broken
        if named or (body.rows("ObjectID") and body.rows("DateEndYear")):
            yield from (f"{row}/" for row in range(1, length + 1))
        return
    whole.quote("/ObjectID", missing_ok=True)  # refuses what cannot be parsed
    for pointer in ("", "/Items"):
        yield from (f"{pointer}/{number}/" for number in range(whole.length(pointer) or 0))
    if whole.seen("/ObjectID") is not None:
        yield "/"


def _media(record: Record) -> dict[str, tuple[str, str]]:
    """The images that have an address, by their ids: where the address stands, and in which table. Or RuleRefusal."""
    if record.body.media_type is MediaType.CSV:
        known = record.text("ObjectID")  # an empty cell joins nothing
        rows = record.rows("ObjectID", known, of=MEDIA) if known else ()
        found = ((record.text(f"{row}/MediaXrefID", of=MEDIA) or row, f"{row}/ImageURL", MEDIA) for row in rows)
        return {part: (place, of) for part, place, of in found if record.text(place, of=of)}
    if record.value("PrimaryImage") is not None:  # in a list of the API's
        return {"primary": ("PrimaryImage/Raw", "")}
    length = record.length("Images")
    if length is None:
        images = record.quote("Images")
        if images.value is not None:
            raise RuleRefusal(Reason.UNKNOWN_VALUE, images)
    places = (f"Images/{number}" for number in range(length or 0))
    return {_name(record.seen(f"{place}/ID")) or place: (f"{place}/ImageURLs/Raw", "") for place in places}


def _twofold(record: Record, place: str) -> bool:
    """Whether rows of media.csv with the id of the one at `place` say different things of it."""
    row = place.partition("/")[0]
    part = record.text(f"{row}/MediaXrefID", of=MEDIA)
    rows = record.rows("MediaXrefID", part, of=MEDIA) if part else ()
    cells = ("ObjectID", "ImageURL", "MediaType")
    return len({tuple(record.text(f"{each}/{cell}", of=MEDIA) for cell in cells) for each in rows}) > 1


def _makers(record: Record) -> list[tuple[str, tuple[Evidence, ...]]]:
    """
    The makers in words, as in `Jan (Dutch, 1600-1650)`, with what says so; empty words where nothing is said.

    Raises RuleRefusal where no makers are spoken of, or in a form that is not known.
    """
    if record.body.media_type is MediaType.JSON:
        length = record.length("Creators")
        quoted = [record.quote(f"Creators/{number}/ConcatDisplayName") for number in range(length or 0)]
        one = record.quote("Creator", missing_ok=True)  # a list of the API's has one text for all
        if length is None and (several := record.quote("Creators", missing_ok=one.value is not None)).value is not None:
            raise RuleRefusal(Reason.UNKNOWN_VALUE, several)
        quoted += [one] if one.value is not None else []
        return [(each.value if isinstance(each.value, str) else "", (each,)) for each in quoted]
    cell = record.quote("Creators")
    words = cell.value if isinstance(cell.value, str) else ""
    if not _IDS.fullmatch(words):
        return [(each.strip(), (cell,)) for each in words.split("|") if words.strip()]
    found: list[tuple[str, tuple[Evidence, ...]]] = []
    for each in _ids(words):
        rows = record.rows("id", each, of=CREATORS)
        said = [tuple(record.quote(f"{row}/{name}", of=CREATORS) for name in ("id", "name", "date")) for row in rows]
        found += [(f"{quoted[1].value} {quoted[2].value}", (cell, *quoted)) for quoted in said] or [("", (cell,))]
    return found


def _tables(record: Record) -> Iterator[Evidence]:
    """Which tables stood beside the objects of a dump."""
    for role in (MEDIA, CREATORS) if DUMP in record.context else ():
        yield record.quote(file_pointer(record.context[role].name.partition("?")[0]), of=DUMP)


def _ids(cell: str) -> list[str]:
    """The ids in a cell; none where it holds something else."""
    return list(dict.fromkeys(re.findall(r"[0-9]+", cell))) if _IDS.fullmatch(cell) else []


def _name(value: Json) -> str:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _address(value: Json) -> str:
    """Where an image is fetched from; empty where its address is none of the museum's."""
    text = value if isinstance(value, str) else ""
    if match := _RAW.fullmatch(text):
        return f"https://art.thewalters.org/images/raw/{quote(match['file'], safe='%')}"
    if match := _STATIC.fullmatch(text):
        return f"https://static.thewalters.org/images/{quote(match['file'], safe='%')}?width=1024"
    return ""
