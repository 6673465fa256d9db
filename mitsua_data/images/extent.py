"""
Where a picture ends by its own structure: to name a file that was cut, and to notice what follows a picture.

Only the containers are walked, no pixel is decoded. References: PNG (ISO/IEC 15948) chunks, JPEG (ITU-T T.81) markers,
GIF89a blocks, RIFF chunks, ISO/IEC 14496-12 boxes.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from mitsua_data.images.formats import Format

_MARKER: Final = re.compile(rb"\xff([^\x00\xff\xd0-\xd7])", re.DOTALL)
"""A JPEG marker: not a stuffed zero, not a fill byte, not a restart marker."""

_EOI, _SOS, _BARE = 0xD9, 0xDA, frozenset({0x01, 0xD8})


def end_of_picture(image_format: Format, body: bytes) -> int | None:
    """
    The offset just behind the picture, beyond `len(body)` where the file is cut; None where the format does not say.

    A structure that makes no sense counts as ending where the sense ends: this is never a verdict on its own.
    """
    match image_format:
        case Format.PNG:
            return _png(body)
        case Format.JPEG:
            return _jpeg(body)
        case Format.GIF:
            return _gif(body)
        case Format.WEBP:
            size = int.from_bytes(body[4:8], "little")
            return 8 + size + size % 2
        case Format.AVIF:
            return _boxes(body)
        case Format.JPEG2000 if not body.startswith(b"\xff\x4f"):
            return _boxes(body)
        case Format.TIFF:
            return _tiff(body)
        case _:
            return None


def _beyond(body: bytes) -> int:
    return len(body) + 1


def _png(body: bytes) -> int:
    place = 8
    while place + 12 <= len(body):
        length = int.from_bytes(body[place : place + 4], "big")
        last = body[place + 4 : place + 8] == b"IEND"
        place += 12 + length
        if last:
            return place
    return _beyond(body)


def _jpeg(body: bytes) -> int:
    place = 2
    while marker := _MARKER.search(body, place):
        place = marker.end()
        code = marker[1][0]
        if code == _EOI:
            return place
        if code in _BARE:
            continue
        place += max(2, int.from_bytes(body[place : place + 2], "big"))
    return _beyond(body)


def _gif(body: bytes) -> int:
    place = 13 + _colour_table(body[10]) if len(body) > 13 else len(body)
    while place < len(body):
        match body[place]:
            case 0x3B:
                return place + 1
            case 0x21:
                place = _sub_blocks(body, place + 2)
            case 0x2C if place + 10 <= len(body):
                place = _sub_blocks(body, place + 11 + _colour_table(body[place + 9]))
            case _:
                return place
    return _beyond(body)


def _colour_table(flags: int) -> int:
    return 3 << (1 + (flags & 7)) if flags & 0x80 else 0


def _sub_blocks(body: bytes, place: int) -> int:
    while place < len(body) and body[place]:
        place += 1 + body[place]
    return place + 1


def _boxes(body: bytes) -> int:
    place = 0
    while place + 8 <= len(body):
        size = int.from_bytes(body[place : place + 4], "big")
        if size == 1:
            size = int.from_bytes(body[place + 8 : place + 16], "big")
        if size == 0:
            return len(body)
        if size < 8 or not body[place + 4 : place + 8].isascii():
            return place
        place += size
    return place


def _tiff(body: bytes) -> int | None:
    """A TIFF does not say where it ends; it is cut where its first directory lies behind the last byte."""
    order: Literal["little", "big"] = "little" if body.startswith(b"II") else "big"
    is_big_tiff = 0x2B in body[2:4]
    directory = int.from_bytes(body[8:16] if is_big_tiff else body[4:8], order)
    return _beyond(body) if directory + 2 > len(body) else None
