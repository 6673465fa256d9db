"""
The written pixel rules, one function each: turning, depth, alpha, colour, scaling. `transform.RULES` states them.

Runs in the decoder's process only: a picture is outside data until it has been encoded again.
"""

from __future__ import annotations

import io
import math
import re
import struct
import zlib
from typing import Final

from PIL import Image, ImageCms

from mitsua_data.images.transform import Encoding, Plan, Resample, Transform

METADATA_ERRORS: Final = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
"""What reading broken metadata may raise. It costs the metadata, never the picture."""

_ORIENTATION_TAG: Final = 0x0112

_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What makes a picture of each EXIF orientation upright (EXIF 2.3, tag 0x0112)."""

_FILTERS: Final = {
    Resample.LANCZOS: Image.Resampling.LANCZOS,
    Resample.BICUBIC: Image.Resampling.BICUBIC,
    Resample.BILINEAR: Image.Resampling.BILINEAR,
    Resample.BOX: Image.Resampling.BOX,
    Resample.NEAREST: Image.Resampling.NEAREST,
}

_REDUCING_GAP: Final = 3.0
"""Scaling may average whole pixels first while three times the size asked for is left."""

_GREY_16: Final = [round(value / 257) for value in range(65536)]


def orientation(image: Image.Image) -> int:
    """The EXIF (or XMP) orientation, 1 where there is none or it is out of 1..8. Raises METADATA_ERRORS."""
    value = image.getexif().get(_ORIENTATION_TAG, 1)
    return value if isinstance(value, int) and value in _TURNS else 1


def upright(image: Image.Image, turned: int) -> Image.Image:
    """The picture as it is meant to be seen; `turned` is its orientation."""
    return image.transpose(_TURNS[turned]) if turned in _TURNS else image


def has_alpha(image: Image.Image) -> bool:
    """Whether any pixel may be transparent: an alpha channel, or a transparent colour or palette entry."""
    return image.mode in ("RGBA", "RGBa", "LA", "La", "PA") or "transparency" in image.info


def flat(image: Image.Image, background: tuple[int, int, int]) -> Image.Image:
    """
    Any mode to 8-bit RGB, or to L where the picture is grey and opaque.

    Raises ValueError where a picture of floats holds something that is not a number.
    """
    if image.mode.startswith("I;16"):
        image = _grey_16(image)
    elif image.mode in ("I", "F"):
        image = _stretched(image)
    elif image.mode == "LAB":
        lab, srgb = (ImageCms.ImageCmsProfile(ImageCms.createProfile(space)) for space in ("LAB", "sRGB"))
        image = ImageCms.ImageCmsTransform(lab, srgb, "LAB", "RGB").apply(image)
    if has_alpha(image):
        return _over(_as(image, "RGBA"), background)
    return _as(image, "L" if image.mode in ("1", "L") else "RGB")


def _as(image: Image.Image, mode: str) -> Image.Image:
    """In `mode`, and not copied where it is so already: a large picture's copy is a third of the memory allowed."""
    return image if image.mode == mode else image.convert(mode)


def _grey_16(image: Image.Image) -> Image.Image:
    """0..65535 to 0..255 by v/257. A plain conversion would clip at 255 and lose nearly the whole picture."""
    wide = image.convert("I")
    grey = wide.point(_GREY_16, "L")
    see_through = image.info.get("transparency")
    if not isinstance(see_through, int):
        return grey
    alpha = wide.point([0 if value == see_through else 255 for value in range(65536)], "L")
    return Image.merge("LA", (grey, alpha))


def _stretched(image: Image.Image) -> Image.Image:
    """Least value to black, greatest to white. A flat picture is black."""
    image = image.convert("F")
    low, high = (float(end) for end in image.getextrema() if isinstance(end, int | float))
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ValueError("the picture holds values that are not numbers")
    scale = 255.0 / (high - low) if high > low else 0.0
    offset = 0.5 - low * scale  # the half makes the conversion to integers round
    return image.point(lambda value: value * scale + offset).convert("L")


def _over(image: Image.Image, background: tuple[int, int, int]) -> Image.Image:
    ground = Image.new("RGB", image.size, background)
    ground.paste(image, mask=image.getchannel("A"))
    return ground


def sample(image: Image.Image, transform: Transform, plan: Plan, upright_size: tuple[int, int]) -> Image.Image:
    """
    The sample's RGB pixels, from an upright picture of any mode.

    `upright_size` is the original's size in pixels; `image` may have been decoded at a fraction of it.
    """
    image = flat(image, transform.background)
    ratio = image.width / upright_size[0], image.height / upright_size[1]
    left, top, right, bottom = plan.crop
    box = (left * ratio[0], top * ratio[1], right * ratio[0], bottom * ratio[1])
    scaled = image.resize(plan.scaled, _FILTERS[transform.resample], box=box, reducing_gap=_REDUCING_GAP)
    if plan.canvas == plan.scaled:
        return _as(scaled, "RGB")
    canvas = Image.new("RGB", plan.canvas, transform.background)
    canvas.paste(_as(scaled, "RGB"), plan.offset)
    return canvas


def encode(image: Image.Image, transform: Transform) -> bytes:
    """The sample's bytes: no metadata, and always the same for the same pixels and libraries."""
    image.info.clear()
    out = io.BytesIO()
    if transform.encoding is Encoding.JPEG:
        image.save(out, "JPEG", quality=transform.quality, subsampling=0, optimize=False, progressive=False)
    else:
        image.save(out, "PNG", compress_level=6, optimize=False)
    return out.getvalue()


def drafted(image: Image.Image, shrinking: float) -> None:
    """Let a JPEG decode at 1/2, 1/4 or 1/8 while two decoded pixels are left for each pixel of the sample."""
    factor = next((step for step in (8, 4, 2) if 2 * step <= shrinking), 1)
    if factor > 1:
        image.draft(None, (max(1, image.width // factor), max(1, image.height // factor)))


def plain_message(error: Exception) -> str:
    """What an error says, in one line of at most 200 characters, without addresses of objects in memory."""
    text = re.sub(r"<[^>]* object at 0x[0-9a-f]+>", "the file", f"{type(error).__name__}: {error}")
    return " ".join(text.split())[:200]
