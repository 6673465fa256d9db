"""
One sample: an image, a caption, and where both come from.

In a shard a sample is three members: `<key>.<png|jpg|webp>`, `<key>.json` (`Provenance`), `<key>.txt` (the caption).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, Self

from pydantic import Field, model_validator

from mitsua_data.canonical import canonical
from mitsua_data.model import Evidence, Grade, ImageId
from mitsua_data.shards.manifest import LicenceField, Split
from mitsua_data.shards.shapes import Border, Sha256Hex

KEY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
Extension = Literal["png", "jpg", "webp"]


class Quotation(Border):
    """One piece of evidence, as a sample carries it."""

    capture: Sha256Hex
    pointer: str
    value: str
    """The quoted value as canonical JSON text: readers that infer column types see text in every sample."""

    @classmethod
    def of(cls, evidence: Evidence) -> Quotation:
        """The quotation of a piece of evidence."""
        return cls(capture=evidence.capture, pointer=evidence.pointer, value=canonical(evidence.value).decode())


class Provenance(Border):
    """`<key>.json`: what was claimed about the original, and by which evidence."""

    id: str = Field(min_length=1)
    """The image, as `str(ImageId)` gives it."""
    source: str = Field(min_length=1)
    record: str
    part: str
    licence: LicenceField
    licence_uri: str | None
    grade: Grade = Field(strict=False)
    policy: Sha256Hex
    original_sha256: Sha256Hex
    original_url: str
    landing_url: str
    title: str
    creator: str
    evidence: list[Quotation] = Field(min_length=1)
    transform: Sha256Hex
    """Digest of the transform's description, as the manifest holds it."""
    image_sha256: Sha256Hex
    """Of the image as it is in the shard."""
    caption_licence: str | None = None
    """Of the caption's words that somebody wrote: an SPDX expression; None where there are none, or none is told."""

    @model_validator(mode="after")
    def _is_named_right(self) -> Self:
        image = str(ImageId(self.source, self.record, self.part))
        if self.id != image:
            raise ValueError(f"got id {self.id!r}, expected {image!r} from source, record and part")
        return self


@dataclass(frozen=True, slots=True)
class SampleRow:
    """A sample on its way into a release."""

    key: str
    """Unique in the release; letters, digits, dash and underscore."""
    split: Split
    image: bytes
    """Encoded, as `extension` says."""
    extension: Extension
    caption: str
    provenance: Provenance
    width: int
    height: int
    """Pixels of the image in the shard."""
    original_width: int
    original_height: int
    """Pixels of the original."""
    exif: str = ""
    """EXIF of the original as JSON text, where it is kept."""
    tags: tuple[str, ...] = ()
