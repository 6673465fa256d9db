"""
The decoder: a process of its own that opens one file after another and cannot harm the program that feeds it.

Started once by `worker.ImageWorker`, with MEMORY (bytes) and SECONDS as arguments. It takes files by pipe and not by
name, has a limit on its memory and on its processor time for each picture, writes no file, and dies alone.
Reading policy: eight formats, told by content; at most `MAX_PIXELS`; decoding is strict and always complete.
"""

from __future__ import annotations

import io
import os
import resource
import sys
import warnings
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Final

import PIL
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
    features,
)

from mitsua_data.images import pixels, wire
from mitsua_data.images.extent import end_of_picture
from mitsua_data.images.formats import MAX_PIXELS, PILLOW_NAME, Format, ImageProblem, Mark, Problem, sniff
from mitsua_data.images.marks import embedded_marks
from mitsua_data.images.results import Look, Rendered
from mitsua_data.images.transform import Plan, Transform

PLUGINS: Final = (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
"""All that is ever loaded of Pillow's plugins."""

LOOK_SHRINKING: Final = 16.0
"""A look may decode a JPEG at 1/8: every byte is still read, and 81 megapixels fit in 16 MB."""

BAD_PICTURE: Final = (
    *pixels.METADATA_ERRORS,
    MemoryError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)
"""What Pillow's plugins raise over broken files. Anything else ends this process, and is seen from outside."""

_TURN_KNOWN_EARLY: Final = frozenset({Format.JPEG, Format.TIFF})
"""JPEG must know before it decodes at a fraction; TIFF turns itself while loading. Elsewhere metadata may come last."""

_TOO_MUCH_TEXT: Final = ("too large for PngImagePlugin", "Too much memory used in text chunks")
_CUT: Final = ("truncated", "unexpected end of file")

_MODE_MARKS: Final = {
    "P": Mark.PALETTE,
    "PA": Mark.PALETTE,
    "CMYK": Mark.CMYK,
    "LAB": Mark.LAB,
    "I": Mark.GREY_32,
    "F": Mark.GREY_32,
}


def look(body: bytes) -> Look | ImageProblem:
    """Decode a file's first picture completely, and say what it is."""
    found = _decoded(body, None)
    return found if isinstance(found, ImageProblem) else found[1]


def render(body: bytes, transform: Transform) -> Rendered | ImageProblem:
    """Decode a file's first picture completely, and make a sample of it."""
    found = _decoded(body, transform)
    if isinstance(found, ImageProblem):
        return found
    sample, seen, plan = found
    if sample is None or plan is None:
        detail = f"{seen.width} x {seen.height} pixels would be enlarged more than {transform.upscale} times"
        return ImageProblem(Problem.TOO_SMALL, detail)
    left, top = plan.offset
    placed = (left, top, left + plan.scaled[0], top + plan.scaled[1])
    return Rendered(pixels.encode(sample, transform), sample.width, sample.height, plan.crop, placed, seen)


def _decoded(body: bytes, transform: Transform | None) -> tuple[Image.Image | None, Look, Plan | None] | ImageProblem:
    """The sample's pixels (None for a mere look), the look, the plan (None where the picture is too small)."""
    image_format = sniff(body)
    if isinstance(image_format, ImageProblem):
        return image_format
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(body), formats=[PILLOW_NAME[image_format]]) as image:
                return _read(image, image_format, body, transform)
    except BAD_PICTURE as error:
        return ImageProblem(_family(error, image_format, body), pixels.plain_message(error))


def _read(
    image: Image.Image, image_format: Format, body: bytes, transform: Transform | None
) -> tuple[Image.Image | None, Look, Plan | None]:
    mode, marks = image.mode, _marks(image)
    early = _turned(image) if image_format in _TURN_KNOWN_EARLY else 1
    stored, turned = image.size, early
    if image_format is Format.JPEG:
        ahead = transform.plan(*_upright_size(stored, turned or 1)) if transform else None
        pixels.drafted(image, ahead.shrinking if ahead else LOOK_SHRINKING)
    image.load()
    if image_format is not Format.JPEG:
        stored, turned = image.size, _turned(image)
    size = _upright_size(stored, turned or 1)
    plan = transform.plan(*size) if transform else None
    sample = None
    if transform and plan:
        sample = pixels.sample(pixels.upright(image, turned or 1), transform, plan, size)
    if turned is None:
        marks.add(Mark.METADATA_UNREADABLE)
    elif (turned, early) != (1, 1):
        marks.add(Mark.TURNED)
    seen = Look(image_format, *size, mode, 1, 0, tuple(sorted(marks | embedded_marks(image, body))))
    return sample, _with_rest(seen, image, body), plan


def _turned(image: Image.Image) -> int | None:
    """The orientation; None where the metadata that might name it is broken."""
    try:
        return pixels.orientation(image)
    except pixels.METADATA_ERRORS:
        return None


def _upright_size(size: tuple[int, int], turned: int) -> tuple[int, int]:
    return (size[1], size[0]) if turned >= 5 else size


def _marks(image: Image.Image) -> set[Mark]:
    marks = {_MODE_MARKS[image.mode]} if image.mode in _MODE_MARKS else set()
    if image.mode.startswith("I;16"):
        marks.add(Mark.GREY_16)
    if pixels.has_alpha(image):
        marks.add(Mark.ALPHA)
    if image.info.get("icc_profile"):
        marks.add(Mark.ICC_PROFILE)
    return marks


def _with_rest(seen: Look, image: Image.Image, body: bytes) -> Look:
    """Add what lies behind the first picture: further frames, and bytes after the end."""
    marks = set(seen.marks)
    try:
        frames = max(1, int(getattr(image, "n_frames", 1)))
    except BAD_PICTURE:
        frames = 1
        marks.add(Mark.FRAMES_UNREADABLE)
    end = end_of_picture(seen.format, body)
    trailing = max(0, len(body) - end) if end is not None else 0
    marks |= {Mark.SEVERAL_FRAMES} if frames > 1 else set()
    marks |= {Mark.TRAILING_BYTES} if trailing else set()
    return replace(seen, frames=frames, trailing=trailing, marks=tuple(sorted(marks)))


def _family(error: Exception, image_format: Format, body: bytes) -> Problem:
    message = str(error)
    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        return Problem.BOMB_PIXELS
    if isinstance(error, MemoryError) or any(words in message for words in _TOO_MUCH_TEXT):
        return Problem.BOMB_MEMORY
    end = end_of_picture(image_format, body)
    if any(words in message.lower() for words in _CUT) or (end is not None and end > len(body)):
        return Problem.TRUNCATED
    return Problem.CORRUPT


def libraries() -> dict[str, str]:
    """The versions that pixels depend on."""
    names = ("webp", "avif", "jpg_2000", "libjpeg_turbo", "libtiff", "littlecms2", "zlib", "zlib_ng")
    versions = {name: features.version(name) for name in names}
    return {"pillow": PIL.__version__} | {name: version for name, version in versions.items() if version}


def _address_space() -> int:
    """Bytes of address space in use, 0 where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def confine(memory: int) -> None:
    """Limit this process for good: `memory` bytes above what it uses now, no core files, no files written."""
    if base := _address_space():
        resource.setrlimit(resource.RLIMIT_AS, (base + memory, base + memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _allow_processor_time(seconds: int) -> None:
    """From now on; the kernel ends the process that takes more, even where nobody is left to watch it."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _answer(request: wire.Request, body: bytes) -> bytes:
    if request.transform is None:
        seen = look(body)
        return wire.frame(wire.Reply(problem=seen) if isinstance(seen, ImageProblem) else wire.Reply(look=seen))
    made = render(body, request.transform)
    if isinstance(made, ImageProblem):
        return wire.frame(wire.Reply(problem=made))
    sample = wire.Sample(width=made.width, height=made.height, crop=made.crop, placed=made.placed)
    return wire.frame(wire.Reply(look=made.source, sample=sample), made.body)


def serve(requests: BinaryIO, replies: BinaryIO, seconds: int) -> None:
    """Answer frames until the other side closes the pipe. `seconds` of processor time are allowed for each."""
    replies.write(wire.frame(wire.Reply(libraries=libraries())))
    replies.flush()
    while len(lengths := requests.read(wire.LENGTHS.size)) == wire.LENGTHS.size:
        header_size, body_size = wire.LENGTHS.unpack(lengths)
        request = wire.Request.model_validate_json(requests.read(header_size))
        body = requests.read(body_size)
        _allow_processor_time(seconds)
        replies.write(_answer(request, body))
        replies.flush()


def main() -> None:
    """Take the pipe, turn away whatever libraries print, and serve."""
    memory, seconds = int(sys.argv[1]), int(sys.argv[2])
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    confine(memory)
    serve(requests, replies, seconds)
