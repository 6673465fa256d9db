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
        since = "" if reader.since is None else reader.since.isoformat()
        seen: set[str] = set()
        for number, body in _stream(reader):
            acts = _activities(body)
            until = until or max((when for when, _ in acts), default="")
            known = [(when, url) for when, url in acts if when <= until]
            fresh = [url for url in dict.fromkeys(url for when, url in known if when >= since) if url not in seen]
            seen.update(fresh)
            if done is None or number < done:
                objects, images = _asked(reader, fresh)
                yield Page((body, *objects), cursor=f"{number} {until}", context=images, listed=len(fresh))
            if known and max(when for when, _ in known) < since:
                return

    def records(self, page: Page) -> Iterable[Record]:
        """One for each object, known by its address, or saved, by its own word; and for an image that stands alone."""
        for body in page.bodies:
            name = _name(body, OBJECT, "HumanMadeObject") or _name(body, IMAGE, "VisualItem")
            if name:
                yield Record(name, body, context=page.context)

    def saved(self, bodies: Sequence[Body]) -> Iterable[Page]:
        """Each object with its images; images that no object shows, and anything else, alone."""
        shown = [_shown(body) for body in bodies]
        wanted = {url for urls in shown for url in urls}
        images: dict[str, Body] = {}
        alone = []
        for body, urls in zip(bodies, shown, strict=True):
            url = IMAGE + _name(body, IMAGE, "VisualItem")
            if url in wanted and url not in images:
                images[url] = body
            else:
                alone.append((body, urls))
        return [Page((body,), context={url: images[url] for url in urls if url in images}) for body, urls in alone]

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
        named = record.quote("/id", of=url, among=(url,))
        licence, evidence = image_right(record, url)
        place = service(record, url)
        if place is None:
            raise RuleRefusal(Reason.UNREADABLE, record.quote("/digitally_shown_by", of=url, missing_ok=True))
        served = record.quote(place, of=url)
        if not str(served.value).startswith(PICTURES):
            raise RuleRefusal(Reason.UNKNOWN_VALUE, served)
        return self.claim(licence, *evidence, named, served, *allowed)


# --- answers -------------------------------------------------------------------------------------------------------


def _resumed(after: str | None) -> tuple[int | None, str]:
    """The page that was judged last, and the time up to which activities count."""
    number, _, until = (after or "").partition(" ")
    return (int(number), until) if number else (None, "")


def _stream(reader: WebReader) -> Iterator[tuple[int, Body]]:
    """The stream's pages with their numbers, from the last one to the first. Raises NoAnswer."""
    top = reader.get(STREAM, MediaType.JSON)
    url = Record(STREAM, top).value("/last/id")
    before: int | None = None
    while isinstance(url, str):
        number = url.removeprefix(f"{STREAM}/page/")
        if not number.isdecimal() or (before is not None and int(number) >= before):
            raise NoAnswer(f"{HOST}: the stream of activities goes on at {url!r}")
        before = int(number)
        body = reader.get(url, MediaType.JSON)
        if not isinstance(Record(url, body).value("/orderedItems"), list):
            raise NoAnswer(f"{HOST}: page {number} of the stream of activities is none")
        yield before, body
        url = Record(url, body).value("/prev/id")
    if before is None:
        raise NoAnswer(f"{HOST}: the stream of activities has no last page")


def _activities(body: Body) -> list[tuple[str, str]]:
    """Time and object of each activity on a page, the newest first; those on anything but objects are left out."""
    found = []
    items = Record(body.locator, body).value("/orderedItems")
    for item in items if isinstance(items, list) else []:
        subject = item.get("object") if isinstance(item, dict) else None
        url = subject.get("id") if isinstance(subject, dict) else None
        when = (item.get("endTime") or item.get("created")) if isinstance(item, dict) else None
        if isinstance(url, str) and _is(url, OBJECT) and isinstance(when, str):
            found.append((when, url))
    return sorted(found, reverse=True)


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
    shows = Record(body.locator, body).value("/shows")
    ids = (each.get("id") for each in shows if isinstance(each, dict)) if isinstance(shows, list) else ()
    return tuple(dict.fromkeys(each for each in ids if isinstance(each, str) and _is(each, IMAGE)))


def _name(body: Body, prefix: str, kind: str) -> str:
    """The id that a record is known by: its address, or saved, what it says if it is of this kind; else empty."""
    told = Record(body.locator, body)
    said = told.text("/id") if told.value("/type") == kind else ""
    url = body.locator if _is(body.locator, prefix) else said
    return url.removeprefix(prefix) if _is(url, prefix) else ""


def _is(url: str, prefix: str) -> bool:
    return url.startswith(prefix) and _UUID.fullmatch(url.removeprefix(prefix)) is not None
