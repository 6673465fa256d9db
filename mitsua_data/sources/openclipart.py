"""
Open Clip Art Library, release 0.18: drawings by many hands, as the Debian packages openclipart-svg and openclipart-png.

Reference: https://packages.debian.org/openclipart-svg, and the RDF vocabulary http://web.resource.org/cc/

What the release says, and how we read it:

* Each SVG carries an RDF block in which its author names a licence (`cc:license`). That is the author's own statement
  about this work, and it alone decides. Nearly all name the Public Domain dedication that CC0 replaced in 2010.
* 61 files leave the element empty, and four name the GPL. The package's copyright file dedicates everything to the
  public domain all the same: it is quoted beside each verdict, and is evidence for no image by itself.
* Ten files state the licence twice, once as an address and once as the bare words `Public Domain`. The words repeat the
  address; alone they would be no licence.
* `dc:rights` names a person, or holds whatever an uploader typed ("CC", "GNU", "copyleft"). It counts where it is the
  address of a licence, and not otherwise.
* The picture is the PNG that stands under `png/` as its SVG stands under `svg/`. Without it there is no image.
* Some drawings stand in two categories, one as a link to the other: two records, one original.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from mitsua_data.licences import Licence, from_uri
from mitsua_data.model import Evidence, Grade, ImageRef, Json, Reason, Refusal, Verdict
from mitsua_data.sources.base import (
    AnySource,
    ArchiveReader,
    ArchiveSource,
    Page,
    Record,
    SourceSpec,
    file_pointer,
)

PAGE: Final = 100
"""Drawings on one page."""
OWN: Final = "//cc:license/@rdf:resource"
"""Where all 8,121 files of the release make, or fail to make, their statement."""
STATEMENTS: Final = (
    OWN,
    "//cc4:license/@rdf:resource",
    "//cc:license[not(@rdf:resource)] | //cc4:license[not(@rdf:resource)]",
    "//cc:Work/@cc:license | //cc4:Work/@cc4:license",
    "//cc:License/@rdf:about | //cc4:License/@rdf:about",
)
"""Every place in which RDF can name a licence. All that is said must agree."""
CONDITIONS: Final = (
    "//cc:requires/@rdf:resource | //cc:prohibits/@rdf:resource"
    " | //cc4:requires/@rdf:resource | //cc4:prohibits/@rdf:resource"
)
"""What a described licence demands or forbids. A dedication does neither."""
RIGHTS: Final = "//dc:rights"
ECHO: Final = "Public Domain"
"""What some files say beside the address of the dedication."""
DEDICATION: Final = "line:creative commons Public Domain Dedication"
"""The package's blanket statement, in its copyright file."""
BOILERPLATE: Final = frozenset(
    {"", "clip art", "clipart", "hash", "image", "media", "public domain", "svg", "unsorted"}
)
"""Keywords that say nothing of the picture; `hash` is what a broken upload form of 2004 wrote."""

_DRAWING: Final = re.compile(r"(?!\.\./).+\.svg", re.IGNORECASE)
_HOME: Final = re.compile(r"(?P<home>(?:.*/)?openclipart/)(?:svg|png)/")
_COPYRIGHT: Final = re.compile(r"(?:.*/)?doc/openclipart-[a-z]+/copyright")
_BROKEN: Final = re.compile(r"HASH\(0x[0-9a-f]+\)")


class OpenClipart(ArchiveSource):
    """One drawing is one record: its SVG is the evidence, its PNG the picture."""

    items = "SVG files"
    packages = ("openclipart-svg", "openclipart-png")

    spec = SourceSpec(
        id="openclipart",
        institution="Open Clip Art Library, release 0.18 (2006)",
        homepage="https://openclipart.org",
        terms=("https://openclipart.org/share",),
        may_claim=frozenset({Licence.PD_DEDICATION_LEGACY, Licence.CC0_1_0}),
        grade=Grade.E3,
        caption_licence=Licence.PD_DEDICATION_LEGACY,
        basis="the licence in each drawing's own RDF block, which the package's statement must not contradict",
        needs="the packages openclipart-svg and openclipart-png (apt-get download), or the folder they unpack to",
        rule_version=1,
    )

    def is_item(self, name: str) -> bool:
        """SVG files, but not those beside the collection."""
        return bool(_DRAWING.fullmatch(name))

    def is_top(self, entries: Collection[str]) -> bool:
        """The folder that holds both halves."""
        return {"svg", "png"} <= set(entries)

    def is_collection(self, names: Iterable[str]) -> bool:
        """Where SVG files stand under `svg/`, or pictures beside them."""
        return any(name.startswith("svg/") or name.lower().endswith(".png") for name in names)

    def home(self, names: Sequence[str]) -> str:
        """The folder `openclipart` that holds `svg` or `png`, however deep it lies."""
        return next((match["home"] for name in names if (match := _HOME.match(name))), "")

    def pages(self, reader: ArchiveReader, after: str | None = None) -> Iterator[Page]:
        """All SVG files in the archive's own order, a hundred to a page; the cursor is the last name of a page."""
        names = reader.names()
        drawings = [name for name in names if self.is_item(name)]
        drawings = [name for name in drawings if name.startswith("svg/")] or drawings
        self.require(drawings)
        # Both packages carry the same copyright file; that of the SVG files is taken.
        copyright_file = max(filter(_COPYRIGHT.fullmatch, names), default="")
        context = {"copyright": body for body in reader.stream([copyright_file])}  # noqa: B035  # one, or none
        total = len(drawings)
        if after in drawings:
            drawings = drawings[drawings.index(after) + 1 :]
        bodies = reader.stream(drawings)
        while batch := tuple(islice(bodies, PAGE)):
            held = [body.name for body in batch]
            index = reader.index([*held, *map(_picture, held)])
            yield Page(batch, cursor=held[-1], context={**context, "index": index}, total=total)

    def records(self, page: Page) -> Iterable[Record]:
        """One for each SVG; its id is its name under `svg/`."""
        return [Record(body.name.removeprefix("svg/"), body, context=page.context) for body in page.bodies]

    def images(self, record: Record) -> Sequence[ImageRef]:
        """The PNG, unless the archive's index shows that there is none."""
        picture = _picture(record.body.name)
        if "index" in record.context and record.value(file_pointer(picture), of="index") is None:
            return ()
        image = ImageRef(part="png", url=f"{self.spec.id}:{picture}", category=record.id.rpartition("/")[0])
        return (described(record, image),)

    def absence(self, record: Record) -> tuple[Evidence, ...]:
        """The index, which does not have the PNG."""
        return (record.quote(file_pointer(_picture(record.body.name)), of="index", missing_ok=True),)

    def licence(self, record: Record, image: ImageRef) -> Verdict:
        """What the SVG says of itself, beside what stands around it in the archive."""
        return stated(self, record, _surroundings(record, image))


def stated(source: AnySource, record: Record, around: Iterable[Evidence]) -> Verdict:
    """What an SVG says of itself, if all that it says is one licence and nothing in it sets conditions."""
    said = [record.quote(pointer, missing_ok=True) for pointer in STATEMENTS]
    rights = record.quote(RIGHTS, missing_ok=True)
    conditions = record.quote(CONDITIONS, missing_ok=True)
    words = {word for evidence in said for word in _words(evidence.value)}
    words |= {word for word in _words(rights.value) if from_uri(word)}
    if rights.value != record.value("//dc:creator"):  # it nearly always repeats the creator's name
        said.append(rights)
    spoken = [each for each in (*said[1:], conditions) if each.value is not None]
    evidence = (said[0], *spoken, *around)
    if not words:
        return Refusal(Reason.NO_STATEMENT, evidence)
    licences = {from_uri(word) for word in words if word != ECHO}
    if None in licences or not licences:
        return Refusal(Reason.UNKNOWN_LICENCE, evidence)
    first, *others = sorted(licence for licence in licences if licence is not None)
    echoes_another = ECHO in words and first is not Licence.PD_DEDICATION_LEGACY
    if others or echoes_another or (conditions.value is not None and first in source.spec.may_claim):
        return Refusal(Reason.CONFLICT, evidence)
    return source.claim(first, *evidence)


def described(record: Record, image: ImageRef) -> ImageRef:
    """The same image, with the words of its SVG."""
    return replace(
        image,
        title=_first(record.texts("//rdf:RDF/*/dc:title")),
        creator=_first(record.texts("//rdf:RDF/*/dc:creator")),
        date=_first(record.texts("//rdf:RDF/*/dc:date")),
        tags=_keywords(record.texts("//rdf:RDF/*/dc:subject//rdf:li")),
    )


def _surroundings(record: Record, image: ImageRef) -> Iterator[Evidence]:
    """What stands beside an SVG from an archive: the package's statement, and which picture is meant."""
    if "copyright" in record.context:
        yield record.quote(DEDICATION, of="copyright", missing_ok=True)
    if "index" in record.context:
        yield record.quote(file_pointer(image.url.partition(":")[2]), of="index")


def _words(value: Json) -> Iterator[str]:
    """The texts of a quotation that are not empty."""
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, str) and each.strip():
            yield each.strip()


def _picture(name: str) -> str:
    """The PNG that belongs to an SVG: `svg/a/b.svg` has `png/a/b.png`; outside such folders it stands beside it."""
    stem = name[: -len(".svg")]
    return f"png/{stem.removeprefix('svg/')}.png" if name.startswith("svg/") else f"{stem}.png"


def _keywords(texts: Iterable[str]) -> tuple[str, ...]:
    """Keywords in their order, each once, without boilerplate."""
    words = (" ".join(text.replace("_", " ").split()) for text in texts)
    return tuple(dict.fromkeys(word for word in words if word.lower() not in BOILERPLATE and not _BROKEN.search(word)))


def _first(texts: Iterable[str]) -> str:
    """The first text that says something."""
    return next((text for text in texts if text and not _BROKEN.search(text)), "")
