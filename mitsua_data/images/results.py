"""What looking at a picture, and making a sample of it, give. Plain values that cross the border between processes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pydantic import ConfigDict

from mitsua_data.images.formats import Format, Mark
from mitsua_data.images.transform import Box


@dataclass(frozen=True, slots=True)
class Look:
    """A picture that decodes from its first byte to its last."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    format: Format
    width: int
    height: int
    """Pixels, after turning upright."""
    mode: str
    """Pillow's name of the pixel layout as stored: "RGB", "P", "I;16" …"""
    frames: int
    """Frames or pages; 1 where they cannot be counted."""
    trailing: int
    """Bytes behind the picture's own end; 0 where the format does not say where it ends."""
    marks: tuple[Mark, ...]
    """Sorted."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A sample made from a picture."""

    body: bytes
    """An encoded PNG or JPEG, as the transform says."""
    width: int
    height: int
    """Pixels of the sample."""
    crop: Box
    """What was taken, in pixels of the upright original."""
    placed: Box
    """Where it stands on the sample; the rest is background."""
    source: Look
    """The original."""
