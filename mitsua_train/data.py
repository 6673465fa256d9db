"""
Samples as tensors. Takes an AuditedRelease and nothing else: what did not pass the gate has no way in.

Images are kept as bytes (uint8) and become numbers in [-1, 1] batch by batch.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

import numpy
import torch
from PIL import Image, UnidentifiedImageError
from torch import Tensor

from mitsua_data.errors import ShardDamaged, UsageError
from mitsua_train.gate import AuditedRelease, Sample


@dataclass(frozen=True)
class Member:
    """Where one row of the tensors comes from, for the training record."""

    key: str
    image: str
    """SHA-256 of the sample's encoded bytes."""
    original: str
    """SHA-256 of the original it was made from."""
    licence: str


@dataclass(frozen=True)
class Images:
    """The samples of one split. Row i of every field is the same sample."""

    x_NCHW: Tensor  # noqa: N815  the suffix names the axes
    """uint8, RGB."""
    captions: tuple[str, ...]
    members: tuple[Member, ...]

    def __len__(self) -> int:
        return len(self.captions)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, in pixels."""
        return int(self.x_NCHW.shape[3]), int(self.x_NCHW.shape[2])

    def batch(self, rows: Tensor) -> Tensor:
        """`x_BCHW` in [-1, 1], float32, of the rows named."""
        return self.x_NCHW[rows].float() / 127.5 - 1.0


def load_split(release: AuditedRelease, split: str, *, factor: int, advance: Callable[[int], None]) -> Images:
    """
    Decode one split of the release; `advance` is called with a count as samples are read.

    Raises UsageError where the split is empty, images differ in size, or a side is not a multiple of `factor` (the
    autoencoder's), ShardDamaged where a sample's verified bytes do not decode.
    """
    if release.image_size is None:
        raise UsageError(
            f"{release.name}: its images have different sizes", advice='build it with fit = "contain" or "cover"'
        )
    width, height = release.image_size
    if width % factor or height % factor:
        raise UsageError(f"{release.name}: images of {width} x {height}, expected multiples of {factor}")
    rows, captions, members = [], [], []
    for sample in release.samples(split):
        rows.append(_decode(sample, release.image_size))
        captions.append(sample.caption)
        members.append(_member(sample))
        advance(1)
    if not rows:
        raise UsageError(f"{release.name}: has no {split} samples", advice="build it with a split.val between 0 and 1")
    return Images(torch.stack(rows), tuple(captions), tuple(members))


def _decode(sample: Sample, size: tuple[int, int]) -> Tensor:
    try:
        with Image.open(io.BytesIO(sample.image), formats=("PNG", "JPEG", "WEBP")) as image:
            if image.size != size:
                raise ShardDamaged(f"sample {sample.key}: got {image.size} pixels, the manifest says {size}")
            pixels = numpy.asarray(image.convert("RGB"))
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        raise ShardDamaged(f"sample {sample.key}: does not decode ({error})") from error
    return torch.from_numpy(pixels.copy()).permute(2, 0, 1)


def _member(sample: Sample) -> Member:
    return Member(
        key=sample.key,
        image=sha256(sample.image).hexdigest(),
        original=str(sample.provenance["sha256"]),
        licence=str(sample.provenance["licence"]),
    )
