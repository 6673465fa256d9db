"""
The Metropolitan Museum of Art, New York: Collection API v1.

Reference: https://metmuseum.github.io

What the museum says, and how we read it:

* The metadata set is CC0, but covers works under copyright too: that licence is evidence for no image.
* `isPublicDomain` is the museum's word on one object. Only `true` is consent; anything but true and false is unknown.
* `rightsAndReproduction` credits a rights holder. Where both speak, they disagree, and a person must look.
* The flag is taken back at times, and no filter of the search can be trusted for it: every object is asked for.
* Pictures stand in `primaryImage` and `additionalImages`, on one host. Both are empty where the museum gives none away,
  so an object that is not open has mostly no image either; what is said of it is quoted all the same.
* The list is not paged: one answer holds every id, in no stable order. It is sorted, and asked for by the hundred.
* Objects come and go. One that is gone is answered with 404, in words that do not name it; so an object is known by the
  address it was asked for under, and an answer that names another is not understood.
* `MetObjects.csv` has the flag, and no picture's address: it only spares asking for objects that it calls not public
  domain; these are refused by its word. It may be stale, so all others are asked for, and judged by the answer alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from mitsua_data.licences import Licence
from mitsua_data.model import Evidence, Grade, ImageRef, MediaType, Reason, Refusal, Verdict
from mitsua_data.sources.addresses import is_image_address
from mitsua_data.sources.answers import last_of, newest, together
from mitsua_data.sources.base import Body, DumpReader, Page, Record, RuleRefusal, SourceSpec, WebReader, WebSource
from mitsua_data.sources.readers import NoAnswer

LIST: Final = "https://collectionapi.metmuseum.org/public/collection/v1/objects"
OBJECT: Final = f"{LIST}/"
IMAGES: Final = "https://images.metmuseum.org/"
WEBSITE: Final = "https://www.metmuseum.org/art/collection/search/"
"""Where `objectURL` leads, too, except in records in which it shows the museum's test server."""
PAGE: Final = 100
"""Objects on one page."""
DUMP_FILE: Final = "MetObjects.csv"
ID, FLAG = "Object ID", "Is Public Domain"
"""Columns of the dump."""

_NUMBER: Final = re.compile(r"[1-9][0-9]{0,15}")


class Met(WebSource):
    """One list of all ids, then one GET for each object."""

    dump_lists = True

    spec = SourceSpec(
        id="met",
        institution="The Metropolitan Museum of Art",
        homepage="https://www.metmuseum.org/",
        terms=(
            "https://www.metmuseum.org/policies/image-resources",
            "https://www.metmuseum.org/policies/terms-and-conditions",
        ),
        may_claim=frozenset({Licence.CC0_1_0}),
        grade=Grade.E2,
        metadata_hosts=frozenset({"collectionapi.metmuseum.org"}),
        image_hosts=frozenset({"images.metmuseum.org"}),
        requests_per_second=10.0,  # the museum states 80; bursts of about 30 have drawn a 403
        caption_licence=Licence.CC0_1_0,
        attribution="The Metropolitan Museum of Art, New York",
        basis="the museum's flag on each object (isPublicDomain), and its image policy",
        unverified=(
            "That the policy page calls images of objects with the flag CC0 was read by others, not by us.",
            "That the flag covers additional pictures (details, x-rays) as it covers the first is nowhere spelt out.",
            "No object was seen that has the flag and a rights text; such ones wait for a person.",
        ),
        dump=f"{DUMP_FILE} of github.com/metmuseum/openaccess (git lfs pull): it spares asking for what is not open",
        increments=True,
    )

    def listing(self, reader: WebReader, after: str | None = None) -> Iterator[Page]:
        """
        A hundred objects to a page, in the order of their numbers; the cursor is the last one.

        With a dump, its rows in their order; the cursor is the last row's number.
        """
        if reader.dump is not None:
            yield from _by_dump(reader, reader.dump, int(after or 0))
            return
        url = LIST if reader.since is None else f"{LIST}?metadataDate={reader.since.isoformat()}"
        answer = reader.get(url, MediaType.JSON)
        numbers = _numbers(Record(url, answer))
        left = [number for number in numbers if number > int(after or 0)]
        for start in range(0, len(left), PAGE):
            some = left[start : start + PAGE]
            objects = tuple(reader.each((f"{OBJECT}{number}" for number in some), MediaType.JSON))
            yield Page(objects, str(some[-1]), context={url: answer}, total=len(numbers), listed=len(some))

    def records(self, page: Page) -> Iterable[Record]:
        """One for each answer, whatever it is, and one for each row of a CSV that is not asked for instead."""
        answers: list[Record] = []
        rows: list[Record] = []
        for body in page.bodies:
            record = Record(body.locator, body, context=page.context)
            if body.media_type is MediaType.CSV:
                rows += (row for row in _rows(record) if not _is_slice(row) or not _asked_for(row))
            else:
                answers.append(replace(record, id=_name(record)))
        if len(answers) > 1:
            answers = newest(answers, lambda record: (record.text("/metadataDate"),))
        asked = {answer.id for answer in answers}
        return [*(row for row in rows if not (_asked_for(row) and row.id in asked)), *answers]

    def saved(self, bodies: Sequence[Body]) -> Iterable[Page]:
        """Answers of several days, each object by the newest of them."""
        return together(self, bodies)

    def images(self, record: Record) -> Sequence[ImageRef]:
        """The first picture and the additional ones, each known by its path on the museum's image server."""
        if record.body.media_type is MediaType.CSV:
            number = record.quote(f"/{ID}")
            asked = _asked_for(record)
            if asked is None:
                raise RuleRefusal(Reason.UNKNOWN_VALUE, number)
            if not asked:
                raise RuleRefusal(Reason.NOT_OPEN, number, record.quote(f"/{FLAG}"))
            return ()
        said = record.quote("/objectID")
        if type(said.value) is not int or str(said.value) != record.id:
            raise RuleRefusal(Reason.UNKNOWN_VALUE, said)
        words = _words(record)
        return [replace(words, part=_part(url), url=url) for url in (str(each.value) for each in _pictures(record))]

    def absence(self, record: Record) -> tuple[Evidence, ...]:
        """The empty field, and what is said of the object all the same."""
        if record.body.media_type is MediaType.CSV:
            return (record.quote(f"/{ID}"), record.quote(f"/{FLAG}", missing_ok=True))
        rights = ("/isPublicDomain", "/rightsAndReproduction")
        return (record.quote("/primaryImage"), *(record.quote(each, missing_ok=True) for each in rights))

    def licence(self, record: Record, image: ImageRef) -> Verdict:
        """CC0 if, and only if, the flag is true, nobody else is credited, and the picture is the record's own."""
        flag = record.quote("/isPublicDomain", among=(True, False))
        rights = record.quote("/rightsAndReproduction", missing_ok=flag.value is False)
        places = [each for each in _pictures(record) if each.value == image.url]
        written = record.quote("/metadataDate", missing_ok=True)
        evidence = (flag, rights, *places, written, record.quote("/objectID"))
        if flag.value is not True:
            return Refusal(Reason.NOT_OPEN, evidence)
        if not places or not is_image_address(image.url, self.spec.image_hosts) or not isinstance(rights.value, str):
            return Refusal(Reason.UNKNOWN_VALUE, evidence)
        if rights.value.strip():
            return Refusal(Reason.CONFLICT, evidence)
        return self.claim(Licence.CC0_1_0, *evidence)


def _by_dump(reader: WebReader, dump: DumpReader, after: int) -> Iterator[Page]:
    """The objects that the dump does not call closed, a slice of its rows to a page."""
    for body in dump.slices(DUMP_FILE, after=after):
        rows = list(_rows(Record(body.locator, body)))
        names = dict.fromkeys(name for row in rows if (name := _asked_for(row)))
        objects = reader.each((f"{OBJECT}{name}" for name in names), MediaType.JSON)
        listed = len(names) + sum(not _asked_for(row) for row in rows)
        yield Page((body, *objects), str(last_of(body)), listed=listed)


def _rows(table: Record) -> Iterator[Record]:
    """The rows of a CSV body; the body itself, to be refused, where it cannot be read as one."""
    length = table.length()
    if length is None:
        yield table
        return
    for number in range(1, length + 1):
        row = replace(table, id=f"{table.body.locator}/{number}", base=str(number))
        yield replace(row, id=row.text(f"/{ID}") or row.id)


def _asked_for(row: Record) -> str | None:
    """The number to ask the API for; `""` where the dump says that the object is not open, None where it is broken."""
    if not _NUMBER.fullmatch(row.text(f"/{ID}")):
        return None
    return "" if row.text(f"/{FLAG}") == "False" else row.id


def _is_slice(row: Record) -> bool:
    return "?" in row.body.name


def _numbers(answer: Record) -> list[int]:
    """The ids of a list, sorted, each once. Raises NoAnswer where there is no list."""
    found = answer.seen("/objectIDs")
    if found is None and answer.seen("/total") == 0:  # how an empty list is written
        return []
    if not isinstance(found, list):
        raise NoAnswer(f"met: {answer.body.locator} holds no list of objects")
    numbers = {each for each in found if type(each) is int}
    if not all(type(each) is int for each in found):
        raise NoAnswer(f"met: {answer.body.locator} lists what is no object's number")
    return sorted(numbers)


def _name(record: Record) -> str:
    """The object's number by its address; of a saved file, by what it says."""
    locator = record.body.locator
    if locator.startswith(OBJECT):
        return locator.removeprefix(OBJECT)
    number = record.seen("/objectID")
    return str(number) if type(number) is int else locator


def _pictures(record: Record) -> list[Evidence]:
    """Where the record's pictures stand, with their addresses; raises RuleRefusal for a field of another form."""
    more = record.length("/additionalImages")
    if more is None:
        record.quote("/additionalImages", among=(None,), missing_ok=True)
    places = ("/primaryImage", *(f"/additionalImages/{number}" for number in range(more or 0)))
    found = [record.quote(place) for place in places]
    for each in found:
        if not isinstance(each.value, str):
            raise RuleRefusal(Reason.UNKNOWN_VALUE, each)
    return [each for each in found if each.value]


def _part(url: str) -> str:
    """A picture's path on the server, without what is in front of them all: `ep/original/DP-42549-001.jpg`."""
    return url.removeprefix(IMAGES).removeprefix("CRDImages/") or url


def _words(record: Record) -> ImageRef:
    """What may become a caption. An artist's prefix (`Attributed to`) is part of what the museum says."""
    artist = (record.text(f"/artist{part}") for part in ("Prefix", "DisplayName", "Suffix"))
    tags = (record.text(f"/tags/{number}/term") for number in range(record.length("/tags") or 0))
    return ImageRef(
        part="",
        url="",
        title=record.text("/title"),
        creator=" ".join(filter(None, artist)) if record.text("/artistDisplayName") else "",
        date=record.text("/objectDate"),
        tags=tuple(dict.fromkeys(filter(None, tags))),
        category=record.text("/classification") or record.text("/objectName"),
        landing_url=f"{WEBSITE}{record.id}",
        medium=record.text("/medium"),
        culture=record.text("/culture"),
    )
