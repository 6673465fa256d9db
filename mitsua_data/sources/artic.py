"""
The Art Institute of Chicago: public API, or the data dump of the same records.

Reference: https://api.artic.edu/docs and https://github.com/art-institute-of-chicago/api-data

What the museum says, and how we read it:

* `is_public_domain` is its word on one work, and it asks to use pictures of works with `true` only. Whatever is neither
  true nor false is unknown. That a copyright notice is missing, or that a picture may be zoomed, is no permission.
* `copyright_notice` is about the work. Where it stands beside `true`, the two disagree, and a person must look.
* A record without these fields is part of an answer that did not ask for them (`fields=`, a search): it is not readable
  as a statement on rights, however it was found.
* `info.license_text` stands in every answer and is about metadata only: `description` is CC BY 4.0, the rest CC0. It
  says nothing on pictures, and is not quoted.
* A picture is `image_id` on the IIIF server that the answer names (`config.iiif_url`); asked for is `843,`, the size
  that the museum keeps ready. Another server than we know is refused. Dumps have no `config` in their records, so there
  the server is the one that all answers name. `alt_image_ids` are left alone: a picture may belong to several works.
* The listing has all works, the one that was updated last first. The search would have free ones only, but ends after
  1,000 of them. For the whole collection the museum would rather have its dump used: one JSON file for each record, of
  all kinds, of which `api_model` tells `artworks`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from mitsua_data.licences import Licence
from mitsua_data.model import Evidence, Grade, ImageRef, MediaType, Reason, Refusal, Verdict
from mitsua_data.sources.addresses import is_image_address
from mitsua_data.sources.answers import answered, last_of, newest, together
from mitsua_data.sources.base import (
    DUMP,
    Body,
    DumpReader,
    Page,
    Record,
    RuleRefusal,
    SourceError,
    SourceSpec,
    WebReader,
    WebSource,
)
from mitsua_data.sources.html_text import read_html
from mitsua_data.sources.readers import NoAnswer

FIELDS: Final = (
    "id", "api_model", "title", "artist_display", "artist_title", "date_display", "place_of_origin", "medium_display",
    "artwork_type_title", "term_titles", "description", "is_public_domain", "copyright_notice", "image_id",
)  # fmt: skip
"""What the rule and captions need; the museum asks to name it."""
LIST: Final = f"https://api.artic.edu/api/v1/artworks?fields={','.join(FIELDS)}&limit=100&page="
WORK: Final = "https://www.artic.edu/artworks/"
SERVER: Final = "https://www.artic.edu/iiif/2"
"""The IIIF server that the API names in its answers."""
FLAG: Final = "/is_public_domain"
SIZE: Final = "full/843,/0/default.jpg"

_IMAGE: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DUMPED: Final = re.compile(r".*\.(?:json|jsonl|ndjson|tar|tgz)(?:\.gz|\.bz2)?", re.IGNORECASE | re.DOTALL)
"""Files of a dump that hold records in JSON."""


class Artic(WebSource):
    """A listing in pages of a hundred, each with the fields that are needed."""

    spec = SourceSpec(
        id="artic",
        institution="The Art Institute of Chicago",
        homepage="https://www.artic.edu/",
        terms=(
            "https://www.artic.edu/open-access",
            "https://www.artic.edu/image-licensing",
            "https://www.artic.edu/terms",
        ),
        may_claim=frozenset({Licence.CC0_1_0}),
        grade=Grade.E3,
        metadata_hosts=frozenset({"api.artic.edu"}),
        image_hosts=frozenset({"www.artic.edu"}),
        requests_per_second=1.0,  # the museum's wish for whoever reads all of it, and for pictures
        caption_licence=Licence.CC0_1_0,
        description_licence=Licence.CC_BY,
        attribution="The Art Institute of Chicago",
        basis="the museum's flag on each work (is_public_domain), and its policy on images",
        unverified=(
            "That the open access page calls pictures of works in the public domain CC0 was not read by us.",
            "www.artic.edu, which has the terms and all pictures, is said to turn programs away since 2026.",
            "A work that is updated while the listing is read moves to its front: the next crawl meets it for certain.",
            "Whether allArtworks.jsonl of the dump has both rights fields was not seen; without, nothing is claimed.",
        ),
        contact_header="AIC-User-Agent",
        dump="artic-api-data.tar.bz2, or its folder json/artworks",
    )

    def listing(self, reader: WebReader, after: str | None = None) -> Iterator[Page]:
        """
        One page for each page of the listing; the cursor: its number, and its first work's.

        Raises NoAnswer for what is no listing, and where nothing new comes before the end: works would be lost.
        """
        passed, _, before = (after or "0").partition(":")
        number = last = int(passed) + 1
        while number <= last:
            body = reader.get(f"{LIST}{number}", MediaType.JSON)
            answer = Record(body.locator, body)
            found, pages = answer.length("/data"), answer.seen("/pagination/total_pages")
            total = answer.seen("/pagination/total")
            if found is None or type(pages) is not int or type(total) is not int:
                raise NoAnswer(
                    f"artic: {body.locator} holds no list of works", advice="crawl the dump (--from) instead"
                )
            first = str(answer.seen("/data/0/id") or "")
            if (not found and number <= pages) or first == before != "":
                raise NoAnswer(f"artic: {body.locator} holds no more works, of {total}", advice="try again later")
            before = first
            yield Page((body,), f"{number}:{before}", total=total, listed=found)
            number, last = number + 1, pages

    def dumped(self, dump: DumpReader, after: str | None = None) -> Iterator[Page]:
        """A slice with works in it to a page; the cursor is the file's name, `?`, and its last element's number."""
        names = [name for name in dump.names() if _DUMPED.fullmatch(name)]
        if not names:
            raise SourceError("artic: no JSON in this dump", advice=f"name {self.spec.dump}")
        begun, _, passed = (after or "").rpartition("?")
        for name in names[names.index(begun) if begun in names else 0 :]:
            for body in dump.slices(name, after=int(passed) if name == begun else 0):
                page = Page((body,), f"{name}?{last_of(body)}", context={DUMP: dump.index()})
                works = sum(1 for _ in _works(body, {}))
                if works:
                    yield replace(page, listed=works)

    def records(self, page: Page) -> Iterable[Record]:
        """One for each work, known by its number; what has no number by its place. Records of other kinds are none."""
        found = [record for body in page.bodies for record in _works(body, page.context)]
        return _speaking(newest(found, _age)) if len(page.bodies) > 1 else found

    def saved(self, bodies: Sequence[Body]) -> Iterable[Page]:
        """Answers and dumps of several days, each work by the newest of them."""
        return together(self, bodies)

    def images(self, record: Record) -> Sequence[ImageRef]:
        """The work's picture, known by its id, unless that is null."""
        number = record.quote("/id")
        if str(number.value) != record.id:
            raise RuleRefusal(Reason.UNREADABLE, number)
        picture = record.quote("/image_id")
        if picture.value is None:
            return ()
        if not isinstance(picture.value, str) or not _IMAGE.fullmatch(picture.value):
            raise RuleRefusal(Reason.UNKNOWN_VALUE, picture)
        for server in _server(record):
            if server.value != SERVER:
                raise RuleRefusal(Reason.UNKNOWN_VALUE, server)
        return (_words(record, picture.value),)

    def absence(self, record: Record) -> tuple[Evidence, ...]:
        """The empty field, and what is said of the work all the same."""
        rights = (record.quote(f"/{field}", missing_ok=True) for field in ("is_public_domain", "copyright_notice"))
        return (record.quote("/image_id"), *rights)

    def licence(self, record: Record, image: ImageRef) -> Verdict:
        """CC0 if, and only if, the flag is true, and there is no copyright notice."""
        flag = record.quote(FLAG, among=(True, False))
        notice = record.quote("/copyright_notice")
        kind = record.quote("/api_model", missing_ok=True)
        picture = record.quote("/image_id", among=(image.part,))
        evidence = (flag, notice, picture, *_server(record), record.quote("/id"), kind)
        if kind.value not in (None, "artworks") or not is_image_address(image.url, self.spec.image_hosts):
            return Refusal(Reason.UNKNOWN_VALUE, evidence)
        if flag.value is not True:
            return Refusal(Reason.NOT_OPEN, evidence)
        if notice.value is not None and not isinstance(notice.value, str):
            return Refusal(Reason.UNKNOWN_VALUE, evidence)
        if (notice.value or "").strip():
            return Refusal(Reason.CONFLICT, evidence)
        return self.claim(Licence.CC0_1_0, *evidence, grade=Grade.E3 if DUMP in record.context else Grade.E2)


def _works(body: Body, context: Mapping[str, Body]) -> Iterator[Record]:
    for record in answered(body, context):
        number = record.seen("/id")
        if record.text("/api_model") in ("", "artworks"):  # what is no text is no kind: then it is refused
            yield replace(record, id=str(number)) if type(number) is int else record


def _age(record: Record) -> tuple[str, ...]:
    return (record.text("/timestamp"),)


def _speaking(records: Sequence[Record]) -> list[Record]:
    """Without those that were not asked about rights, where another of the same id and time was."""
    spoken = {_version(record) for record in records if record.has(FLAG)}
    return [each for each in records if each.has(FLAG) or not each.text("/timestamp") or _version(each) not in spoken]


def _version(record: Record) -> tuple[str, str]:
    return record.id, record.text("/timestamp")


def _server(record: Record) -> tuple[Evidence, ...]:
    """The IIIF server that the answer around the record names; none where it has no `config`."""
    answer = replace(record, base="")
    return (answer.quote("/config/iiif_url"),) if answer.has("/config") else ()


def _words(record: Record, picture: str) -> ImageRef:
    """The picture, and what may become a caption. Of who made it, the first line, without where and when they lived."""
    maker = record.text("/artist_display").partition("\n")[0].strip() or record.text("/artist_title")
    return ImageRef(
        part=picture,
        url=f"{SERVER}/{picture}/{SIZE}",
        title=record.text("/title"),
        creator=maker if record.text("/artist_title") else "",  # else it is where the work was made
        date=record.text("/date_display"),
        tags=tuple(dict.fromkeys(record.texts("/term_titles"))),
        category=record.text("/artwork_type_title"),
        landing_url=f"{WORK}{record.id}",
        medium=record.text("/medium_display"),
        culture=record.text("/place_of_origin"),
        description=read_html(record.text("/description")).words,
    )
