"""
The National Gallery of Art, Washington: its open data, two tables of which are joined here.

Reference: https://github.com/NationalGalleryOfArt/opendata, with the data dictionary in `documentation`.

What the gallery says, and how we read it:

* The data are CC0. They list images that are not: those are shown "under fair use". So the licence of the table is
  evidence for no image.
* `openaccess` in published_images.csv is the gallery's word on one image, `1` or `0`. Tables from before 2025 do not
  have the column, and say nothing. `0` does not mean that a work is in copyright, only that it is not given.
* `maxpixels` caps an image that is not given. Where an open one has a cap, the two disagree, and a person must look. No
  cap means nothing: 6,000 images have none and are not open.
* `viewtype` is `primary` or `alternate`. Tables of media (sound, films) and of projects have other columns: what is in
  them is no image of an object.
* A row counts with the object that it depicts, in objects.csv. `depictstmsobjectid` must name exactly one; an empty
  cell names none, whatever objects.csv holds.
* Only rows of a table are claimed from. Lists of JSON are what others made of them, and not the gallery's word.
* A claim is E3 where the tables were named as a dump, whose digests it quotes; from saved copies it is E2.
* The image is asked for by IIIF, at 1,024 pixels. A restricted or unknown image is answered by a redirect to
  `<uuid>__<pixels>`, of that size or blown up: so an image that is answered by a redirect is not fetched.

There is no server to list the collection; the tables are rewritten about once a day.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from mitsua_data.licences import Licence
from mitsua_data.model import Evidence, Grade, ImageRef, MediaType, Reason, Refusal, Verdict
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
    file_pointer,
)

IMAGES: Final = "published_images.csv"
OBJECTS: Final = "objects.csv"
"""The table of objects, and its role beside images."""
ROWS: Final = 1000
"""Images on one page: objects.csv is searched once for each page."""
IIIF: Final = "https://api.nga.gov/iiif/"
DATA: Final = "https://raw.githubusercontent.com/NationalGalleryOfArt/opendata/main/data/"

_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class Nga(WebSource):
    """A record is an image, a row of published_images.csv, known by its uuid; its words are its object's."""

    spec = SourceSpec(
        id="nga",
        institution="National Gallery of Art, Washington",
        homepage="https://github.com/NationalGalleryOfArt/opendata",
        terms=("https://www.nga.gov/artworks/free-images-and-open-access",),
        may_claim=frozenset({Licence.CC0_1_0}),
        grade=Grade.E3,
        metadata_hosts=frozenset({"raw.githubusercontent.com"}),
        image_hosts=frozenset({"api.nga.gov"}),
        image_redirects=False,
        requests_per_second=1.0,
        caption_licence=Licence.CC0_1_0,
        description_licence=Licence.CC0_1_0,
        attribution="National Gallery of Art, Washington",
        basis="openaccess of the image in the gallery's own table, joined to its object, under its open access policy",
        unverified=(
            "That openaccess = 1 means CC0: others say so of the gallery; its own page of terms was not seen.",
            "That an object's page has the address given here.",
        ),
        dump=f"{IMAGES} and {OBJECTS}, from {DATA}",
        needs=f"{IMAGES} and {OBJECTS} (--from), and its page of terms as a browser saves it (--terms): its server "
        "turns programs away",
    )

    def listing(self, reader: WebReader, after: str | None = None) -> Iterator[Page]:  # noqa: ARG002  # nothing is asked
        """Raises SourceError: no server lists the collection."""
        raise SourceError(f"{self.spec.id} is read from its tables", advice=f"name them with --from: {self.spec.dump}")

    def dumped(self, dump: DumpReader, after: str | None = None) -> Iterator[Page]:
        """A thousand images to a page, in the table's order; the cursor is the number of a page's last row."""
        for body in dump.slices(IMAGES, after=int(after or 0), size=ROWS):
            objects = dump.matching(OBJECTS, "objectid", body.rows("depictstmsobjectid"))
            length = Record(body.locator, body).length()
            yield Page(
                (body,),
                cursor=body.locator.rpartition("-")[2],
                context={DUMP: dump.index(), OBJECTS: objects},
                listed=1 if length is None else length,  # a broken row comes alone, and cannot be counted
            )

    def saved(self, bodies: Sequence[Body]) -> Iterable[Page]:
        """
        The tables of images, together, beside the table of objects, where one is there; that alone where nothing else
        is. So two tables that say different things of one image are seen together.
        """
        objects = [body for body in bodies if body.rows("objectid") and not body.rows("depictstmsobjectid")]
        others = [body for body in bodies if body not in objects]
        context = {OBJECTS: objects[0]} if objects else {}
        images = tuple(body for body in others if body.rows("uuid"))
        single = [body for body in others or objects if body not in images]
        return [Page(each, context=context) for each in (images, *((body,) for body in single)) if each]

    def records(self, page: Page) -> Iterable[Record]:
        """Rows of images, and elements of JSON lists that others made of them. Other tables hold none."""
        for body in page.bodies:
            whole = Record(body.locator, body)
            length = whole.length()
            if length is None:
                raise RuleRefusal(Reason.UNREADABLE, whole.whole())
            csv = body.media_type is MediaType.CSV
            if csv and not (_named(body) or body.rows("uuid") or body.rows("depictstmsobjectid")):
                continue
            for number in range(length):
                base = f"{number + 1}/" if csv else f"/{number}/"
                row = Record(body.locator, body, base)
                if csv or any(row.seen(name) is not None for name in ("uuid", "depictstmsobjectid")):
                    yield Record(row.text("uuid") or f"{body.locator}#{number + 1}", body, base, page.context)

    def images(self, record: Record) -> Sequence[ImageRef]:
        """The one image, with the words of the object, where that is there."""
        depicted = record.text("depictstmsobjectid")
        at = next(iter(_objects(record)), None)
        words = Record(depicted, record.context[OBJECTS], f"{at}/") if at else None
        address = record.text("iiifurl")
        return (
            ImageRef(
                part="image",
                url=f"{address}/full/!1024,1024/0/default.jpg" if address else "",
                title=_said(words, "title"),
                creator=_said(words, "attribution"),
                date=_said(words, "displaydate"),
                category=_said(words, "classification"),
                landing_url=f"https://www.nga.gov/collection/art-object-page.{depicted}.html" if at else "",
                medium=_said(words, "medium"),
                description=" ".join(record.text("assistivetext").split()),
            ),
        )

    def licence(self, record: Record, image: ImageRef) -> Verdict:  # noqa: ARG002  # a record is an image here
        """CC0 if the row says `1`, without a cap, of a view of exactly one object in the table of objects."""
        flag = record.quote("openaccess", among=("0", "1"))
        if flag.value != "1":
            return Refusal(Reason.NOT_OPEN, (flag,))
        if record.body.media_type is not MediaType.CSV:  # somebody else made it
            return Refusal(Reason.UNREADABLE, (flag, record.whole()))
        cap, view = record.quote("maxpixels"), record.quote("viewtype", among=("primary", "alternate"))
        uuid, address, depicted = (record.quote(name) for name in ("uuid", "iiifurl", "depictstmsobjectid"))
        evidence: tuple[Evidence, ...] = (flag, cap, view, uuid, address, depicted)
        if cap.value != "":
            return Refusal(Reason.CONFLICT, evidence)
        if not isinstance(uuid.value, str) or not _UUID.fullmatch(uuid.value) or address.value != IIIF + uuid.value:
            return Refusal(Reason.UNKNOWN_VALUE, evidence)
        objects = _objects(record)
        if not objects:
            return Refusal(Reason.UNREADABLE, evidence)
        evidence += tuple(record.quote(f"{row}/objectid", of=OBJECTS) for row in objects)
        if len(objects) > 1:
            return Refusal(Reason.CONFLICT, evidence)
        grade = Grade.E3 if DUMP in record.context else Grade.E2
        return self.claim(Licence.CC0_1_0, *evidence, *_table(record), grade=grade)


def _named(body: Body) -> bool:
    """Whether it is a slice of the table of images by its name: its rows may all be broken, and be refused."""
    return body.name.partition("?")[0].rpartition("/")[2].startswith(IMAGES)


def _objects(record: Record) -> tuple[str, ...]:
    """The rows of the objects that it depicts; none where it does not say which."""
    depicted = record.text("depictstmsobjectid")
    return record.rows("objectid", depicted, of=OBJECTS) if depicted else ()


def _table(record: Record) -> Iterator[Evidence]:
    """Which table of objects it was, of a dump."""
    if DUMP in record.context:
        name = record.context[OBJECTS].name.partition("?")[0]
        yield record.quote(file_pointer(name), of=DUMP)


def _said(words: Record | None, field: str) -> str:
    """A field of the object, in one line: some end in line ends."""
    return "" if words is None else " ".join(words.text(field).split())
