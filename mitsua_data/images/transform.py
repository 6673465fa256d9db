"""
How an original becomes a sample: a recipe that is data, with a digest, and the geometry it stands for.

The rules that no option changes are written down in `RULES`. They are part of the description that a release carries,
so that a change of rules is a change of digest and never happens in silence.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

from mitsua_data.canonical import digest
from mitsua_data.model import Json

Box: TypeAlias = tuple[int, int, int, int]
"""left, top, right, bottom, in pixels; right and bottom are outside."""

RULES: Final[dict[str, Json]] = {
    "version": 1,
    "orientation": "EXIF orientation 2 to 8 is applied first, XMP's where EXIF has none; other values are ignored",
    "frame": "the first frame or page",
    "alpha": "laid over the background before scaling; what a fully transparent pixel hides is gone",
    "palette": "looked up before scaling; a transparent entry is alpha",
    "grey_16": "v / 257, rounded: 0 stays black and 65535 stays white",
    "colour_16": "the high byte of each channel",
    "grey_32": "32-bit integers and floats: the picture's least value is black, its greatest white",
    "cmyk": "R = (255 - C)(255 - K) / 255 and so on, without a profile; Adobe's inverted JPEGs are turned round",
    "lab": "CIELAB D50 to sRGB",
    "icc": "profiles are ignored: numbers are read as sRGB",
    "scaling": "on the stored (gamma-coded) values; a JPEG is decoded at 1/2, 1/4, 1/8 while twice the sample is left",
    "writing": "PNG: RGB, zlib level 6; JPEG: RGB, baseline, 4:4:4; no metadata",
}
"""What is done to every picture, whatever the options."""


class Fit(StrEnum):
    """How a picture of one shape becomes a sample of another."""

    CONTAIN = "contain"
    """The whole picture, centred; the background fills what it leaves."""
    COVER = "cover"
    """The largest centred piece of the sample's shape; the rest is cut off."""
    SHRINK = "shrink"
    """The whole picture in its own shape, as large as fits; nothing is filled or cut."""


class Encoding(StrEnum):
    """How a sample is stored; the value is its extension's format name."""

    PNG = "png"
    JPEG = "jpeg"

    @property
    def extension(self) -> Literal["jpg", "png"]:
        """As a shard spells it."""
        return "jpg" if self is Encoding.JPEG else "png"


class Resample(StrEnum):
    """The filter pixels are scaled with."""

    LANCZOS = "lanczos"
    BICUBIC = "bicubic"
    BILINEAR = "bilinear"
    BOX = "box"
    NEAREST = "nearest"


Side = Annotated[int, Field(ge=1, le=8192)]
Channel = Annotated[int, Field(ge=0, le=255)]


@dataclass(frozen=True, slots=True)
class Plan:
    """The geometry of one picture's way to a sample."""

    crop: Box
    """What is taken, in pixels of the upright original."""
    scaled: tuple[int, int]
    """Width and height of that piece once scaled."""
    canvas: tuple[int, int]
    """Width and height of the sample."""
    offset: tuple[int, int]
    """Where the scaled piece's left upper corner stands on the canvas."""

    @property
    def shrinking(self) -> float:
        """Original pixels per sample pixel, along the side that shrinks least; below 1 where enlarged."""
        left, top, right, bottom = self.crop
        return min((right - left) / self.scaled[0], (bottom - top) / self.scaled[1])


class Transform(BaseModel):
    """A recipe from original to sample. Equal recipes, originals and library versions give equal bytes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    size: tuple[Side, Side]
    """Width and height in pixels: the sample's own, or with `shrink` the most it may have."""
    fit: Fit = Fit.CONTAIN
    background: tuple[Channel, Channel, Channel] = (255, 255, 255)
    """sRGB, under alpha and beside a contained picture."""
    encoding: Encoding = Encoding.PNG
    quality: int = Field(default=95, ge=1, le=100)
    """JPEG only; chroma is never subsampled."""
    resample: Resample = Resample.LANCZOS
    upscale: float = Field(default=1.0, ge=1.0, le=64.0)
    """Most that a picture is enlarged. `cover` refuses a picture that needs more; the others leave it smaller."""
    margin: int = Field(default=0, ge=0, le=4096)
    """`contain` only: pixels of background kept free along each side of the sample."""

    @model_validator(mode="after")
    def _margin_fits(self) -> Self:
        if self.margin and (self.fit is not Fit.CONTAIN or 2 * self.margin >= min(self.size)):
            raise ValueError("a margin needs fit = contain, and must leave room for the picture")
        return self

    def describe(self) -> dict[str, Json]:
        """All that decides about the pixels, as JSON. Options without effect are left out: they change no digest."""
        options: dict[str, Json] = {
            "size": list(self.size),
            "fit": self.fit.value,
            "background": list(self.background),
            "encoding": self.encoding.value,
            "resample": self.resample.value,
            "upscale": self.upscale,
            **({"margin": self.margin} if self.margin else {}),
            "rules": dict(RULES),
        }
        return options | {"quality": self.quality} if self.encoding is Encoding.JPEG else options

    @classmethod
    def described(cls, description: dict[str, Json]) -> Self:
        """
        The transform a release describes. Law: `Transform.described(t.describe()).describe() == t.describe()`.

        Raises ValueError where the description is of other rules than this version's (pydantic's error is one, too).
        """
        if description.get("rules") != RULES:
            raise ValueError("the samples were made by other rules than this version's")
        return cls.model_validate({name: value for name, value in description.items() if name != "rules"})

    @property
    def digest(self) -> str:
        """SHA-256, in hex, of the canonical description."""
        return digest(self.describe())

    def plan(self, width: int, height: int) -> Plan | None:
        """The geometry for an upright original of `width` x `height` pixels; None where it is too small."""
        if self.fit is Fit.COVER:
            return self._cover(width, height)
        wide, high = (side - 2 * self.margin for side in self.size)
        scale = min(wide / width, high / height, self.upscale)
        scaled = (min(wide, max(1, round(width * scale))), min(high, max(1, round(height * scale))))
        canvas = scaled if self.fit is Fit.SHRINK else self.size
        offset = ((canvas[0] - scaled[0]) // 2, (canvas[1] - scaled[1]) // 2)
        return Plan((0, 0, width, height), scaled, canvas, offset)

    def _cover(self, width: int, height: int) -> Plan | None:
        wide, high = self.size
        if max(wide / width, high / height) > self.upscale:
            return None
        taken_width = min(width, max(1, round(height * wide / high)))
        taken_height = min(height, max(1, round(width * high / wide)))
        left, top = (width - taken_width) // 2, (height - taken_height) // 2
        return Plan((left, top, left + taken_width, top + taken_height), self.size, self.size, (0, 0))
