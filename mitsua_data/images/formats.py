"""
What kind of picture some bytes are, told by the bytes alone, and the words for refusing them.

Eight formats are read. Everything else is refused by name of what it is not, and no other program is ever started.
A file's name and its media type are hearsay and are not looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MAX_PIXELS: Final = 89_478_485
"""Largest picture, width times height, checked before a pixel is decoded. Pillow's own: 1/4 GiB of RGB."""

MAX_BYTES: Final = 64 * 1024 * 1024
"""Largest file, in bytes, that is handed to a decoder."""


class Format(StrEnum):
    """The formats that are read."""

    JPEG = "jpeg"
    """An MPO is its first picture."""
    PNG = "png"
    WEBP = "webp"
    TIFF = "tiff"
    GIF = "gif"
    BMP = "bmp"
    JPEG2000 = "jpeg2000"
    AVIF = "avif"


class Problem(StrEnum):
    """Why a file gives no picture. A closed vocabulary: reports count by it."""

    NOT_AN_IMAGE = "not_an_image"
    """Text, an error page, an archive, nothing at all."""
    UNSUPPORTED_FORMAT = "unsupported_format"
    """Perhaps a picture, but not of a format that is read."""
    TRUNCATED = "truncated"
    """The data ends early."""
    CORRUPT = "corrupt"
    """The decoder cannot make sense of it."""
    TOO_LARGE = "too_large"
    """More bytes than are handed to a decoder."""
    TOO_SMALL = "too_small"
    """The sample asked for would need more enlarging than the transform allows."""
    BOMB_PIXELS = "bomb_pixels"
    """More pixels than the limit."""
    BOMB_MEMORY = "bomb_memory"
    """Decoding took more memory than the limit."""
    BOMB_TIME = "bomb_time"
    """Decoding took longer than the limit, and was ended."""
    DECODER_CRASH = "decoder_crash"
    """The decoder's process died of it, twice."""
    NOT_A_FILE = "not_a_file"
    """A link, device or pipe; it is not opened."""
    UNREADABLE = "unreadable"
    """The file system does not hand the file out."""


class Mark(StrEnum):
    """Something worth knowing about a picture that does not stop it."""

    TURNED = "turned"
    """An EXIF or XMP orientation was applied."""
    SEVERAL_FRAMES = "several_frames"
    """An animation or several pages; the first one counts."""
    FRAMES_UNREADABLE = "frames_unreadable"
    """The first frame is sound, the others cannot be counted."""
    ALPHA = "alpha"
    """Transparency of some kind; laid over the transform's background."""
    PALETTE = "palette"
    CMYK = "cmyk"
    LAB = "lab"
    GREY_16 = "grey_16"
    """16-bit grey; scaled to 8 bits."""
    GREY_32 = "grey_32"
    """32-bit integers or floats without a stated white; stretched from the least to the greatest value."""
    ICC_PROFILE = "icc_profile"
    """A colour profile is embedded; it is not applied."""
    TRAILING_BYTES = "trailing_bytes"
    """Something follows the picture's own end."""
    METADATA_UNREADABLE = "metadata_unreadable"
    """EXIF or XMP is broken; it was ignored."""
    C2PA_MANIFEST = "c2pa_manifest"
    """A content-credentials manifest is embedded; it was looked at for the two marks below, not verified."""
    AI_GENERATED = "ai_generated"
    """The file's own metadata says that a trained model made it, or part of it."""
    NO_TRAINING = "no_training"
    """The file's own metadata reserves mining or training."""
    NO_MANIFEST = "no_manifest"
    """A shard on its own: nothing signed says what its bytes must be, so a changed picture cannot be told."""


@dataclass(frozen=True, slots=True)
class ImageProblem:
    """A file that gives no picture. A value, stored beside the pictures."""

    family: Problem
    detail: str
    """One line for a person; never longer than 200 characters."""


PILLOW_NAME: Final = {
    Format.JPEG: "JPEG",
    Format.PNG: "PNG",
    Format.WEBP: "WEBP",
    Format.TIFF: "TIFF",
    Format.GIF: "GIF",
    Format.BMP: "BMP",
    Format.JPEG2000: "JPEG2000",
    Format.AVIF: "AVIF",
}
"""The one Pillow plugin that may open a file of each format."""

_MAGIC: Final = (
    (b"\xff\xd8\xff", Format.JPEG),
    (b"\x89PNG\r\n\x1a\n", Format.PNG),
    (b"GIF87a", Format.GIF),
    (b"GIF89a", Format.GIF),
    (b"BM", Format.BMP),
    (b"II*\x00", Format.TIFF),
    (b"MM\x00*", Format.TIFF),
    (b"II+\x00", Format.TIFF),
    (b"MM\x00+", Format.TIFF),
    (b"\xff\x4f\xff\x51", Format.JPEG2000),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", Format.JPEG2000),
)

_AVIF_BRANDS: Final = frozenset({b"avif", b"avis"})
_HEADER: Final = 12
"""No picture of any format read is as short as this, in bytes."""

_SHOWN: Final = 16
"""First bytes of a refused file that are told."""

_TEXT: Final = bytes(range(32, 256)) + b"\t\n\r\f"
"""All but control characters: UTF-8, Latin-1 and their like."""

_NAMED: Final = (
    (b"\x89PNG", Problem.NOT_AN_IMAGE, "a PNG whose bytes were converted as text"),
    (b"\x1f\x8b", Problem.NOT_AN_IMAGE, "gzip data"),
    (b"PK\x03\x04", Problem.NOT_AN_IMAGE, "a zip file"),
    (b"%PDF", Problem.UNSUPPORTED_FORMAT, "PDF"),
    (b"%!", Problem.UNSUPPORTED_FORMAT, "PostScript"),
    (b"<svg", Problem.UNSUPPORTED_FORMAT, "SVG"),
    (b"<?xml", Problem.UNSUPPORTED_FORMAT, "XML"),
    (b"<!doctype", Problem.NOT_AN_IMAGE, "an HTML page"),
    (b"<html", Problem.NOT_AN_IMAGE, "an HTML page"),
    (b"{", Problem.NOT_AN_IMAGE, "JSON or other text"),
    (b"[", Problem.NOT_AN_IMAGE, "JSON or other text"),
    (b"#define", Problem.UNSUPPORTED_FORMAT, "XBM or C"),
    (b"/* XPM", Problem.UNSUPPORTED_FORMAT, "XPM"),
    (b"SIMPLE  =", Problem.UNSUPPORTED_FORMAT, "FITS"),
    *((b"P%d" % kind, Problem.UNSUPPORTED_FORMAT, "netpbm or other text") for kind in range(1, 8)),
)


def sniff(body: bytes) -> Format | ImageProblem:
    """The format that the first bytes of `body` announce, or what they announce instead."""
    if len(body) < _HEADER:
        return ImageProblem(Problem.NOT_AN_IMAGE, f"only {len(body)} bytes: {body.hex() or 'empty'}")
    for magic, found in _MAGIC:
        if body.startswith(magic):
            return found
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return Format.WEBP
    if body[4:8] == b"ftyp" and _brands(body) & _AVIF_BRANDS:
        return Format.AVIF
    return _other(body)


def _brands(body: bytes) -> set[bytes]:
    """Major and compatible brands of an ISO base media file; at most the first 30 are looked at."""
    end = min(int.from_bytes(body[:4], "big"), len(body), 136)
    return {body[8:12]} | {body[place : place + 4] for place in range(16, end - 3, 4)}


def _other(body: bytes) -> ImageProblem:
    """Name what is not read: a person should see at once that a server sent its error page."""
    start = body[:512].removeprefix(b"\xef\xbb\xbf").lstrip()
    begins = f"begins with {body[:_SHOWN].hex()}"
    for magic, family, what in _NAMED:
        if start[: len(magic)].lower() == magic.lower():
            return ImageProblem(family, f"{what}; {begins}")
    if not start.translate(None, _TEXT):
        return ImageProblem(Problem.NOT_AN_IMAGE, f"text; {begins}")
    return ImageProblem(Problem.UNSUPPORTED_FORMAT, begins)
