"""
The J. Paul Getty Museum, Los Angeles: Open Content, as Linked Art. (Not Getty Images, the stock agency.)

Reference: https://data.getty.edu/museum/collection/docs/, https://www.getty.edu/projects/open-content-program/

What the museum says, and how we read it:

* An image has a record of its own, and its `subject_to` is the museum's word on that image: CC0, with the clearance
  "download". "No Copyright - United States" there, as until 2024, is a statement on one country's law, and not CC0.
* The object's `subject_to` is about its metadata, and consents to nothing. But where the object is in copyright, or has
  a copyright statement, its images are refused, whatever theirs say.
* So an image counts only beside its object: alone, nobody can see whether the object says no.
* Objects are found in the stream of activities, each by its newest. A deleted one is asked for like any other, and what
  the server says of it then (404) is what is judged.
* `representation` and IIIF manifests are copies of all this. Nothing rests on them.
* Two notes disagree on `!w,h` in the image server's addresses: width or height alone is asked for.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from mitsua_data.licences import Licence
from mitsua_data.model import Evidence, Grade, ImageRef, MediaType, Reason, Refusal, Verdict
from mitsua_data.sources.base import Body, Page, Record, RuleRefusal, SourceSpec, WebReader, WebSource
from mitsua_data.sources.getty_rights import image_right, vetoes
from mitsua_data.sources.getty_words import address, described, service
from mitsua_data.sources.readers import NoAnswer

HOST: Final = "data.getty.edu"
OBJECT: Final = f"https://{HOST}/museum/collection/object/"
IMAGE: Final = f"https://{HOST}/media/image/"
PICTURES: Final = "https://media.getty.edu/iiif/image/"
STREAM: Final = f"https://{HOST}/museum/collection/activity-stream/type/object"
_TIME: Final = re.compile(
    r"(?!0000)(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
    r"(?:[T ]([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(?:\.(\d{1,9})\d*)?(?:Z|([+-])([01]\d|2[0-3]):?([0-5]\d))?)?",
    re.ASCII,
)
_PLAIN: Final = re.compile(r"[0-9A-Za-z_-]+", re.ASCII)
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Getty(WebSource):
    """The stream of activities from its newest page back; one GET for each object, and one for each of its images."""

    joins = True

    spec = SourceSpec(
        id="getty",
        institution="The J. Paul Getty Museum, Los Angeles",
        homepage="https://www.getty.edu/art/collection/",
        terms=("https://www.getty.edu/projects/open-content-program/",),
        may_claim=frozenset({Licence.CC0_1_0, Licence.NOC_US}),
        grade=Grade.E2,
        metadata_hosts=frozenset({HOST}),
        image_hosts=frozenset({"media.getty.edu"}),
        requests_per_second=1.0,  # no rate is published
        robots_apply=False,  # a documented API
        caption_licence=Licence.CC0_1_0,
        description_licence=Licence.CC_BY,
        attribution="Digital image courtesy of Getty's Open Content Program",
        basis="the right in the image's own record (CC0, cleared for download), unless its object is in copyright",
        unverified=(
            "That image records say CC0 since 2024: reported and documented, but no such record was recorded.",
            "That metadata is CC0 wherever an object's image is: some objects' own right says otherwise.",
            "The stream by type, page by page: known from its program's source, not from an answer.",
        ),
        increments=True,
        rule_version=1,
    )

    def listing(self, reader: WebReader, after: str | None = None) -> Iterator[Page]:
        """
        One page for each page of the stream, the newest first. An object is asked for on the first that names it.

        The cursor is the page's number, and the time of the newest activity when the crawl began: later ones are left
        to the next crawl. A crawl that goes on reads the newer pages again, to know which objects are done.
        """
        done, until = _resumed(after)
        since = float("-inf") if reader.since is None else _seconds(reader.since.isoformat())
        seen: set[str] = set()
        for number, body in _stream(reader):
            acts = _activities(body)
            until = until or max((when for when, _ in acts), key=_seconds, default="")
            known = [(_seconds(when), url) for when, url in acts if not when or _seconds(when) <= _seconds(until)]
            fresh = [url for url in dict.fromkeys(url for when, url in known if when >= since) if url not in seen]
            seen.update(fresh)
            if done is None or number < done:
                objects, images = _asked(reader, fresh)
                yield Page((body, *objects), cursor=f"{number} {until}", context=images, listed=len(fresh))
            if known and max(when for when, _ in known) < since:  # one without a time that can be read is no old one
                return

    def records(self, page: Page) -> Iterable[Record]:
        """One for each object, known by its address, or saved, by its own word; and for an image that stands alone."""
        for body in page.bodies:
            name = _name(body, OBJECT, "HumanMadeObject") or _name(body, IMAGE, "VisualItem")
            if name:
                yield Record(name, body, context=page.context)

    def saved(self, bodies: Sequence[Body]) -> Iterable[Page]:
        """
        Each object with its images; images that no object shows, and anything else, alone.

        Copies of one object stand on one page, and copies of an image beside one another: they must agree.
        """
        things: dict[str, list[Body]] = {}
        images: dict[str, list[Body]] = {}
        wanted = {url for body in bodies for url in _shown(body)}
        alone = []
        for body in bodies:
            url = IMAGE + _name(body, IMAGE, "VisualItem")
            name = _name(body, OBJECT, "HumanMadeObject")
            if url in wanted:
                images.setdefault(url, []).append(body)
            elif name:
                things.setdefault(name, []).append(body)
            else:
                alone.append(Page((body,)))
        pages = []
        for held in things.values():
            urls = [url for body in held for url in _shown(body)]
            copies = {_copy(url, place): body for url in urls for place, body in enumerate(images.get(url, ()))}
            pages.append(Page(tuple(held), context=copies))
        return [*pages, *alone]

    def images(self, record: Record) -> Sequence[ImageRef]:
        """What the object shows, each under the id of its record; of an image alone, that image."""
        if record.value("/type") == "VisualItem":
            record.quote("/id", among=(IMAGE + record.id,))
            return (
                ImageRef(part=record.id, url=address(record, "") or IMAGE + record.id, title=record.text("/_label")),
            )
        record.quote("/id", among=(OBJECT + record.id,))
        urls = _shown(record.body)
        return [
            described(record, url.removeprefix(IMAGE), (address(record, url) if url in record.context else "") or url)
            for url in urls
        ]

    def absence(self, record: Record) -> tuple[Evidence, ...]:
        """The object shows nothing that is an image of the museum's."""
        return (record.quote("/shows", missing_ok=True),)

    def licence(self, record: Record, image: ImageRef) -> Verdict:
        """The image's own right, unless the object forbids it."""
        url = IMAGE + image.part
        if record.value("/type") == "VisualItem":
            return Refusal(Reason.UNREADABLE, image_right(record, "")[1])  # its object may forbid it, and is not here
        allowed = vetoes(record)
        if url not in record.context:
            raise RuleRefusal(Reason.UNREADABLE, *allowed, record.quote("/shows"))
        licence, evidence = image_right(record, url)
        for copy in _copies(record, url):
            if image_right(record, copy)[0] is not licence:
                raise RuleRefusal(Reason.CONFLICT, *evidence, record.quote("/subject_to", of=copy))
        place = service(record, url)
        if place is None:
            raise RuleRefusal(Reason.UNREADABLE, record.quote("/digitally_shown_by", of=url, missing_ok=True))
        served = record.quote(place, of=url)
        if not str(served.value).startswith(PICTURES) or not _PLAIN.fullmatch(str(served.value)[len(PICTURES) :]):
            raise RuleRefusal(Reason.UNKNOWN_VALUE, served)
        named = (record.quote("/id", among=(OBJECT + record.id,)), *_joined(record, url))
        return self.claim(licence, *evidence, *named, served, *allowed)


def _joined(record: Record, url: str) -> tuple[Evidence, ...]:
    """What shows that the object shows this image, and that its record is the one that stands there."""
    shows = record.seen("/shows")
    held = shows if isinstance(shows, list) else []
    places = (place for place, each in enumerate(held) if isinstance(each, dict) and each.get("id") == url)
    place = next(places, None)
    if place is None:
        raise RuleRefusal(Reason.UNREADABLE, record.quote("/shows", missing_ok=True))
    return record.quote(f"/shows/{place}/id", among=(url,)), record.quote("/id", of=url, among=(url,))


def _copy(url: str, place: int) -> str:
    """The role of an image's record, and of each copy that was saved of it."""
    return f"{url} {place}" if place else url


def _copies(record: Record, url: str) -> list[str]:
    return [role for role in record.context if role.startswith(f"{url} ")]


# --- answers -------------------------------------------------------------------------------------------------------


def _resumed(after: str | None) -> tuple[int | None, str]:
    """The page that was judged last, and the time up to which activities count."""
    number, _, until = (after or "").partition(" ")
    return (int(number), until) if number else (None, "")


def _stream(reader: WebReader) -> Iterator[tuple[int, Body]]:
    """The stream's pages with their numbers, from the last one to the first. Raises NoAnswer."""
    top = reader.get(STREAM, MediaType.JSON)
    url = Record(STREAM, top).seen("/last/id")
    before: int | None = None
    while isinstance(url, str):
        number = url.removeprefix(f"{STREAM}/page/")
        if not number.isdecimal() or (before is not None and int(number) >= before):
            raise NoAnswer(f"{HOST}: the stream of activities goes on at {url!r}")
        before = int(number)
        body = reader.get(url, MediaType.JSON)
        if not isinstance(Record(url, body).seen("/orderedItems"), list):
            raise NoAnswer(f"{HOST}: page {number} of the stream of activities is none")
        yield before, body
        url = Record(url, body).seen("/prev/id")
    if before is None:
        raise NoAnswer(f"{HOST}: the stream of activities has no last page")


def _activities(body: Body) -> list[tuple[str, str]]:
    """
    Time and object of each activity on a page, the newest first; those on anything but objects are left out.

    The time is empty where none can be read: such an activity counts as new in every crawl.
    """
    found = []
    items = Record(body.locator, body).seen("/orderedItems")
    for item in items if isinstance(items, list) else []:
        subject = item.get("object") if isinstance(item, dict) else None
        url = subject.get("id") if isinstance(subject, dict) else None
        if isinstance(item, dict) and isinstance(url, str) and _is(url, OBJECT):
            told = (item.get(field) for field in ("endTime", "created"))
            found.append((next((each for each in told if isinstance(each, str) and _TIME.fullmatch(each)), ""), url))
    return sorted(found, key=lambda act: (_seconds(act[0]), act[1]), reverse=True)


def _seconds(time: str) -> float:
    """A time in seconds since 1970, by its offset, UTC where it has none; endless where it cannot be read."""
    match = _TIME.fullmatch(time)
    if match is None:
        return float("inf")
    year, month, day, *clock, fraction, sign, hours, minutes = match.groups(default="0")
    told = calendar.timegm((int(year), int(month), int(day), *map(int, clock)))
    away = (int(hours) * 60 + int(minutes)) * 60
    return told + float(f"0.{fraction}") + (away if sign == "-" else -away)


def _asked(reader: WebReader, urls: Iterable[str]) -> tuple[tuple[Body, ...], Mapping[str, Body]]:
    """
    The objects that could be had with all their images, and these.

    What is asked for next depends on what came: after an image that could not be had, its object's others are left out,
    so that one object counts as missed once.
    """
    got: dict[str, Body] = {}

    def wanted() -> Iterator[str]:
        for url in urls:
            yield url
            for image in _shown(got[url]) if url in got else ():
                if image not in got:
                    yield image
                if image not in got:
                    break

    for body in reader.each(wanted(), MediaType.JSON):
        got[body.locator] = body
    whole = [got[url] for url in urls if url in got and all(image in got for image in _shown(got[url]))]
    return tuple(whole), {image: got[image] for body in whole for image in _shown(body)}


def _shown(body: Body) -> tuple[str, ...]:
    """The records of the images that an object shows, in its order."""
    shows = Record(body.locator, body).seen("/shows")
    ids = (each.get("id") for each in shows if isinstance(each, dict)) if isinstance(shows, list) else ()
    return tuple(dict.fromkeys(each for each in ids if isinstance(each, str) and _is(each, IMAGE)))


def _name(body: Body, prefix: str, kind: str) -> str:
    """The id that a record is known by: its address, or saved, what it says if it is of this kind; else empty."""
    told = Record(body.locator, body)
    said = told.text("/id") if told.seen("/type") == kind else ""
    url = body.locator if _is(body.locator, prefix) else said
    return url.removeprefix(prefix) if _is(url, prefix) else ""


def _is(url: str, prefix: str) -> bool:
    return url.startswith(prefix) and _UUID.fullmatch(url.removeprefix(prefix)) is not None
