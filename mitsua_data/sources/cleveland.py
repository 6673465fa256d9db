"""
The Cleveland Museum of Art: Open Access API, or the dump `data.json`.

Reference: https://openaccess-api.clevelandart.org and https://github.com/ClevelandMuseumArt/openaccess

What the museum says, and how we read it:

* `share_license_status` is its word on one work: `CC0`, `Copyrighted` or `Other`. Only the first is consent, and any
  other word is unknown. The list is asked for CC0 works (`cc0=1`); each record is judged by its own field all the same.
* `copyright` is free text, mostly null. Where it is not empty beside `CC0`, the two disagree, and a person must look;
  so, too, where `image_credit` names somebody: a free work can have an unfree photograph.
* `legal_status` is about the accession. It is not looked at.
* A picture comes in tiers: `print` (JPEG, 3,400 pixels), `web` (JPEG, 900 pixels), `full` (TIFF, tens of megabytes).
  The first of these that a record has is taken. Tiers can be missing, null or `{}`, and so can all of them.
* `alternate_images` are further pictures of the same work, in the same tiers; records of 2020 do not have the field.
* Addresses are taken from the record and never made up from its number.
* `report.json`, which lies beside the dump, has the fields' names with counts in them: it is no record.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from mitsua_data.licences import Licence
from mitsua_data.model import Evidence, Grade, ImageRef, MediaType, Reason, Refusal, Verdict
from mitsua_data.sources.addresses import is_image_address
from mitsua_data.sources.answers import answered, last_of, newest, together
from mitsua_data.sources.base import DUMP, Body, DumpReader, Page, Record, RuleRefusal, SourceSpec, WebReader, WebSource
from mitsua_data.sources.html_text import read_html
from mitsua_data.sources.readers import NoAnswer

LIST: Final = "https://openaccess-api.clevelandart.org/api/artworks/?cc0=1&has_image=1&limit=100&skip="
IMAGES: Final = "https://openaccess-cdn.clevelandart.org/"
DUMP_FILE: Final = "data.json"
STATUSES: Final = ("CC0", "Copyrighted", "Other")
TIERS: Final = ("print", "web", "full")
"""Of a picture, the one that is wanted most first."""

_PICTURE: Final = re.compile(r"(?P<name>.+)_(?:print|web|full)\.[A-Za-z]+")


class Cleveland(WebSource):
    """A list in pages of a hundred, each with whole records."""

    spec = SourceSpec(
        id="cleveland",
        institution="The Cleveland Museum of Art",
        homepage="https://www.clevelandart.org/",
        terms=("https://www.clevelandart.org/open-access",),
        may_claim=frozenset({Licence.CC0_1_0}),
        grade=Grade.E3,
        metadata_hosts=frozenset({"openaccess-api.clevelandart.org"}),
        image_hosts=frozenset({"openaccess-cdn.clevelandart.org"}),
        requests_per_second=1.0,  # the museum names no limit
        caption_licence=Licence.CC0_1_0,
        description_licence=Licence.CC0_1_0,
        attribution="The Cleveland Museum of Art",
        basis="the museum's word on each work (share_license_status), and its open access policy",
        unverified=(
            "That CC0 on a work covers its alternate images as it covers the first is nowhere spelt out.",
            "No record with another status than CC0 was seen, so whether such ones show pictures is not known.",
            "In which order the list stands is not said: works that come or go during a crawl may shift it.",
        ),
        dump=f"{DUMP_FILE} of github.com/ClevelandMuseumArt/openaccess (git lfs pull)",
    )

    def listing(self, reader: WebReader, after: str | None = None) -> Iterator[Page]:
        """
        One page for each answer; the cursor: how many works were passed, and the last page's first one.

        Raises NoAnswer for what is no list, and where nothing new comes before the end: works would be lost.
        """
        skip, _, before = (after or "0").partition(":")
        passed = int(skip)
        while True:
            body = reader.get(f"{LIST}{passed}", MediaType.JSON)
            answer = Record(body.locator, body)
            found, total = answer.length("/data"), answer.seen("/info/total")
            if found is None or type(total) is not int:
                raise NoAnswer(f"cleveland: {body.locator} holds no list of works", advice="did the API change?")
            if not found and passed >= total:
                return
            first = str(answer.seen("/data/0/id") or "")
            if not found or first == before != "":
                raise NoAnswer(f"cleveland: {body.locator} holds no more works, of {total}", advice="try again later")
            passed, before = passed + found, first
            yield Page((body,), f"{passed}:{before}", total=total, listed=found)
            if passed >= total:
                return

    def dumped(self, dump: DumpReader, after: str | None = None) -> Iterator[Page]:
        """A slice of the dump to a page; the cursor is the number of its last element."""
        for body in dump.slices(DUMP_FILE, after=int(after or 0)):
            works = sum(1 for _ in answered(body, {}))
            yield Page((body,), str(last_of(body)), context={DUMP: dump.index()}, listed=works)

    def records(self, page: Page) -> Iterable[Record]:
        """One for each work, known by its number; what has no number by its place."""
        found = [_named(record) for body in page.bodies for record in answered(body, page.context)]
        return newest(found, _age) if len(page.bodies) > 1 else found

    def saved(self, bodies: Sequence[Body]) -> Iterable[Page]:
        """Answers and dumps of several days, each work by the newest of them."""
        return together(self, bodies)

    def images(self, record: Record) -> Sequence[ImageRef]:
        """The work's pictures, each known by its name on the museum's server, without the tier."""
        number, name = record.quote("/id"), record.quote("/accession_number")
        if str(number.value) != record.id or not isinstance(name.value, str):
            raise RuleRefusal(Reason.UNREADABLE, number, name)
        words = _words(record)
        return [replace(words, part=_part(url), url=url) for url in (str(each.value) for each in _pictures(record))]

    def absence(self, record: Record) -> tuple[Evidence, ...]:
        """The field that holds no picture, and what is said of the work all the same."""
        return (record.quote("/images"), record.quote("/share_license_status", missing_ok=True))

    def licence(self, record: Record, image: ImageRef) -> Verdict:
        """CC0 if, and only if, the status says so, and nobody is named as the owner of rights in work or picture."""
        status = record.quote("/share_license_status")
        word = status.value.strip() if isinstance(status.value, str) else ""
        rights = record.quote("/copyright", missing_ok=word not in STATUSES[:1])
        credit = record.quote("/image_credit", missing_ok=True)
        places = [each for each in _pictures(record) if each.value == image.url]
        evidence = (status, rights, credit, record.quote("/id"), *places)
        if word in STATUSES[1:]:
            return Refusal(Reason.NOT_OPEN, evidence)
        if word not in STATUSES or not places or not is_image_address(image.url, self.spec.image_hosts):
            return Refusal(Reason.UNKNOWN_VALUE, evidence)
        if not all(each.value is None or isinstance(each.value, str) for each in (rights, credit)):
            return Refusal(Reason.UNKNOWN_VALUE, evidence)
        if any(str(each.value or "").strip() for each in (rights, credit)):
            return Refusal(Reason.CONFLICT, evidence)
        return self.claim(Licence.CC0_1_0, *evidence, grade=Grade.E3 if DUMP in record.context else Grade.E2)


def _age(record: Record) -> tuple[str, ...]:
    """When the museum wrote it; dumps of 2026 have another field for it than answers and older dumps."""
    return record.text("/updated_at"), record.text("/last_updated_in_athena")


def _named(record: Record) -> Record:
    number = record.seen("/id")
    return replace(record, id=str(number)) if type(number) is int else record


def _pictures(record: Record) -> list[Evidence]:
    """The addresses of the work's pictures, where they stand. Raises RuleRefusal for fields of another form."""
    record.quote("/images")
    more = record.length("/alternate_images")
    if more is None:
        record.quote("/alternate_images", among=(None,), missing_ok=True)
    places = ("/images", *(f"/alternate_images/{number}" for number in range(more or 0)))
    return [found for place in places if (found := _picture(record, place))]


def _picture(record: Record, place: str) -> Evidence | None:
    """The address of one picture in the tier that is wanted most; None where it has none."""
    if not isinstance(record.value(place), dict):
        record.quote(place, among=(None,))
        return None
    for tier in TIERS:
        if record.value(f"{place}/{tier}") not in (None, {}):
            found = record.quote(f"{place}/{tier}/url")
            if not isinstance(found.value, str) or not found.value:
                raise RuleRefusal(Reason.UNKNOWN_VALUE, found)
            return found
    return None


def _part(url: str) -> str:
    """`1964.104/1964.104_alt0` for every tier of that picture; an address of another form stands for itself."""
    match = _PICTURE.fullmatch(url.removeprefix(IMAGES))
    return match["name"] if match else url


def _words(record: Record) -> ImageRef:
    """What may become a caption."""
    people = (_person(record, f"/creators/{number}") for number in range(record.length("/creators") or 0))
    about = (record.text(f"/{field}") for field in ("description", "digital_description", "wall_description"))
    return ImageRef(
        part="",
        url="",
        title=record.text("/title"),
        creator=", ".join(filter(None, people)),
        date=record.text("/creation_date"),
        category=record.text("/type"),
        landing_url=record.text("/url"),
        medium=record.text("/technique"),
        culture=", ".join(record.texts("/culture")),
        description=read_html(next(filter(None, about), "")).words,
    )


def _person(record: Record, place: str) -> str:
    """Who made it, with the qualifier: `attributed to`, or `and` before the second."""
    qualifier = record.text(f"{place}/qualifier") or record.text(f"{place}/qualifier/Value")
    name = record.text(f"{place}/description")
    return f"{qualifier} {name}".strip() if name else ""
