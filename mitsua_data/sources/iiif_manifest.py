"""
IIIF Presentation manifests, versions 2 and 3: what is painted on their canvases, by which address it is had, and words.

Reference: https://iiif.io/api/presentation/2.1/, https://iiif.io/api/presentation/3.0/, https://iiif.io/api/image/3.0/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from mitsua_data.model import Json
from mitsua_data.sources.base import Record

SIZE: Final = "!1024,1024"
"""What is asked for of an image service: at most so many pixels a side."""
MOST_SIDE: Final = 1024

_VERSION: Final = re.compile(r"ImageService(?P<short>[23])|https?://iiif\.io/api/image/(?P<long>[23])/.*")
_LABELS: Final = {
    "creator": frozenset({"artist", "artist/maker", "author", "creator", "maker"}),
    "date": frozenset({"date", "date created", "created"}),
    "medium": frozenset({"material", "materials", "medium", "technique", "materials and techniques"}),
    "culture": frozenset({"culture", "nationality"}),
}
"""What museums call these things in the metadata that they show beside an object."""


@dataclass(frozen=True)
class Painting:
    """One image that a manifest paints on a canvas."""

    levels: tuple[str, ...]
    """Where rights can stand, from the image itself outwards to the manifest."""
    address: str
    """The pointer to the image's address: of its service, or of the image itself where it has none."""
    url: str
    """Where the bytes are; https, whatever the manifest writes."""

    @property
    def part(self) -> str:
        """What tells it from the manifest's other images, whichever size of it is asked for."""
        return self.url.removeprefix("https://").partition("/full/")[0]


def is_manifest(record: Record) -> bool:
    """Whether a body is one object's manifest."""
    return record.seen("/@type") == "sc:Manifest" or record.seen("/type") == "Manifest"


def is_collection(record: Record) -> bool:
    """Whether a body is a list of manifests and collections."""
    return record.seen("/@type") == "sc:Collection" or record.seen("/type") == "Collection"


def paintings(record: Record, size: str) -> Iterator[Painting]:
    """The images of a manifest, in its order; what is painted otherwise (video, text, a cut of an image) is none."""
    for sequence in _elements(record, "/sequences"):
        for canvas in _elements(record, f"{sequence}/canvases"):
            for image in _elements(record, f"{canvas}/images"):
                levels = (f"{image}/resource", image, canvas, sequence, "")
                if record.seen(f"{image}/resource/@type") == "dctypes:Image":
                    yield from _painting(record, levels, size)
    for canvas in _elements(record, "/items"):
        for page in _elements(record, f"{canvas}/items"):
            for note in _elements(record, f"{page}/items"):
                if record.seen(f"{note}/motivation") == "painting":
                    for body in _bodies(record, f"{note}/body"):
                        yield from _painting(record, (body, note, page, canvas, ""), size)


def _bodies(record: Record, pointer: str) -> list[str]:
    """The image bodies at a pointer: one, several, or those that a reader may choose among."""
    found = _elements(record, pointer) or [pointer]
    either = [
        inner
        for body in found
        for inner in (_elements(record, f"{body}/items") if record.seen(f"{body}/type") == "Choice" else [body])
    ]
    return [body for body in either if record.seen(f"{body}/type") == "Image"]


def _painting(record: Record, levels: tuple[str, ...], size: str) -> Iterator[Painting]:
    body = levels[0]
    for service in [*_elements(record, f"{body}/service"), f"{body}/service"]:
        version = _version(record, service)
        address = next((f"{service}{key}" for key in ("/@id", "/id") if record.text(f"{service}{key}")), "")
        if version and address and not _only_whole(record, service):
            wanted = size
            if size == SIZE and _small(record, body):
                wanted = "full" if version == 2 else "max"
            base = https(record.text(address).rstrip("/"))
            yield Painting(levels, address, f"{base}/full/{wanted}/0/default.jpg")
            return
    for key in ("/@id", "/id"):
        if record.text(f"{body}{key}"):
            yield Painting(levels, f"{body}{key}", https(record.text(f"{body}{key}")))
            return


def _version(record: Record, service: str) -> int:
    """The version of an image service, 2 or 3; 0 where it is none of these."""
    keys = ("/type", "/@type", "/@context", "/profile", "/profile/0")
    matches = (_VERSION.fullmatch(record.text(f"{service}{key}")) for key in keys)
    found = {int(match["short"] or match["long"]) for match in matches if match}
    return found.pop() if len(found) == 1 else 0


def _only_whole(record: Record, service: str) -> bool:
    """Whether a service gives no sizes on demand."""
    profiles = (record.text(f"{service}/profile"), record.text(f"{service}/profile/0"))
    return any(re.search(r"(?:^|[/#])level0(?:\.json)?$", profile) for profile in profiles)


def _small(record: Record, body: str) -> bool:
    """Whether the whole image is known to be no larger than what is asked for: then nothing is to be scaled."""
    sides = [record.seen(f"{body}/{side}") for side in ("width", "height")]
    return all(isinstance(side, int) and 0 < side <= MOST_SIDE for side in sides)


def https(url: str) -> str:
    """The same address over https: identifiers are often older than a museum's certificate."""
    return "https://" + url.removeprefix("http://") if url.startswith("http://") else url


def _elements(record: Record, pointer: str) -> list[str]:
    """Pointers to the elements of a list; none, where there is no list."""
    return [f"{pointer}/{number}" for number in range(record.length(pointer) or 0)]


def words(value: Json) -> str:
    """The first words of a label, a value or a summary, in English where there are several languages."""
    if isinstance(value, dict):
        inner = value.get("@value")
        if inner is None:
            keys = [key for key in ("en", "none", "@none", *value) if key in value]
            inner = value[keys[0]] if keys else ""
        return words(inner)
    if isinstance(value, list):
        english = [each for each in value if isinstance(each, dict) and each.get("@language") == "en"]
        return words((english or value)[0]) if value else ""
    return " ".join(value.split()) if isinstance(value, str) else ""


def shown(record: Record) -> dict[str, str]:
    """What a manifest shows of its object, of the things that an image is described by."""
    found: dict[str, str] = {}
    for pair in _elements(record, "/metadata"):
        label = words(record.seen(f"{pair}/label")).lower()
        for name, labels in _LABELS.items():
            if label in labels:
                found.setdefault(name, words(record.seen(f"{pair}/value")))
    return found
