"""Each written pixel rule, on pictures made here: what comes out is looked at, pixel by pixel."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import TypeAlias

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from mitsua_data.images import decode
from mitsua_data.images.formats import Format, ImageProblem, Mark, Problem
from mitsua_data.images.results import Look, Rendered
from mitsua_data.images.transform import Encoding, Fit, Transform

Colour: TypeAlias = tuple[int, int, int]

RED, GREEN, BLUE, WHITE, BLACK = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0)
AS_IS = Transform(size=(4096, 4096), fit=Fit.SHRINK)
"""Every pixel of a picture up to this size, unscaled."""

TURNS = {
    1: lambda image: image,
    2: lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    3: lambda image: image.transpose(Image.Transpose.ROTATE_180),
    4: lambda image: image.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
    5: lambda image: image.transpose(Image.Transpose.TRANSPOSE),
    6: lambda image: image.transpose(Image.Transpose.ROTATE_90),
    7: lambda image: image.transpose(Image.Transpose.TRANSVERSE),
    8: lambda image: image.transpose(Image.Transpose.ROTATE_270),
}
"""What a camera does to an upright picture that it then marks with each orientation."""


def saved(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def rendered(body: bytes, transform: Transform = AS_IS) -> Rendered:
    made = decode.render(body, transform)
    assert isinstance(made, Rendered), made
    return made


def pixels(body: bytes, transform: Transform = AS_IS) -> Image.Image:
    return Image.open(io.BytesIO(rendered(body, transform).body))


def look(body: bytes) -> Look:
    seen = decode.look(body)
    assert isinstance(seen, Look), seen
    return seen


def colour(image: Image.Image, place: tuple[int, int]) -> Colour:
    value = image.getpixel(place)
    assert isinstance(value, tuple)
    return value[0], value[1], value[2]


def near(found: Colour, expected: Colour, within: int = 40) -> bool:
    return all(abs(one - other) <= within for one, other in zip(found, expected, strict=True))


def corners(image: Image.Image) -> list[Colour]:
    right, bottom = image.width - 3, image.height - 3
    return [colour(image, place) for place in ((2, 2), (right, 2), (2, bottom), (right, bottom))]


def four_corners() -> Image.Image:
    """48 x 32: red, green, blue, white."""
    image = Image.new("RGB", (48, 32), WHITE)
    for shade, box in ((RED, (0, 0, 24, 16)), (GREEN, (24, 0, 48, 16)), (BLUE, (0, 16, 24, 32))):
        image.paste(shade, box)
    return image


def exif(orientation: int) -> bytes:
    data = Image.Exif()
    data[0x0112] = orientation
    return data.tobytes()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", TURNS)
def test_the_right_side_comes_up(kind: str, orientation: int) -> None:
    body = saved(TURNS[orientation](four_corners()), kind, exif=exif(orientation), quality=95)
    made = rendered(body)
    assert (made.width, made.height) == (48, 32) == (made.source.width, made.source.height)
    assert all(near(*pair) for pair in zip(corners(pixels(body)), (RED, GREEN, BLUE, WHITE), strict=True))
    assert (Mark.TURNED in made.source.marks) == (orientation != 1)
    assert look(body) == made.source


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_is_ignored(orientation: int) -> None:
    seen = look(saved(four_corners(), "JPEG", exif=exif(orientation)))
    assert (seen.width, seen.height, seen.marks) == (48, 32, ())


def test_a_turned_jpeg_that_is_decoded_at_a_fraction_is_upright_too() -> None:
    body = saved(TURNS[6](four_corners().resize((960, 640))), "JPEG", exif=exif(6))
    made = rendered(body, Transform(size=(48, 32)))
    assert (made.crop, made.placed) == ((0, 0, 960, 640), (0, 0, 48, 32))
    assert all(
        near(*pair)
        for pair in zip(corners(pixels(body, Transform(size=(48, 32)))), (RED, GREEN, BLUE, WHITE), strict=True)
    )


def test_broken_metadata_costs_the_metadata_only() -> None:
    seen = look(saved(four_corners(), "JPEG", exif=b"Exif\x00\x00MM\x00*\x00\x00\x00\x08" + b"\xff" * 40))
    assert (seen.width, seen.height) == (48, 32)
    assert Mark.TURNED not in seen.marks


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bit_grey_is_scaled_and_not_clipped(kind: str) -> None:
    ramp = Image.frombytes("I;16", (256, 4), struct.pack("<1024H", *[column * 257 for column in range(256)] * 4))
    found = pixels(saved(ramp, kind))
    assert [colour(found, (column, 2)) for column in range(256)] == [(column,) * 3 for column in range(256)]
    assert look(saved(ramp, kind)).marks == (Mark.GREY_16,)


def png(width: int, height: int, depth: int, kind: int, rows: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG from its parts: Pillow cannot write all that others do."""
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    parts = [(b"IHDR", header), *chunks, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts
    )


def test_a_transparent_sixteen_bit_grey_shows_the_background() -> None:
    body = png(2, 1, 16, 0, b"\0" + struct.pack(">HH", 0x1234, 0xFFFF), (b"tRNS", struct.pack(">H", 0x1234)))
    found = pixels(body, AS_IS.model_copy(update={"background": RED}))
    assert [colour(found, (0, 0)), colour(found, (1, 0))] == [RED, WHITE]


def test_sixteen_bit_colour_keeps_the_high_byte() -> None:
    body = png(1, 1, 16, 2, b"\0" + struct.pack(">HHH", 0x80FF, 0x1001, 0xFFFF))
    assert colour(pixels(body), (0, 0)) == (0x80, 0x10, 0xFF)


def test_floats_and_long_integers_are_stretched() -> None:
    floats = Image.frombytes("F", (3, 1), struct.pack("<3f", -2.0, 0.0, 2.0))
    integers = Image.frombytes("I", (3, 1), struct.pack("<3i", 1000, 51000, 101000))
    for image in (floats, integers):
        found = pixels(saved(image, "TIFF"))
        assert [colour(found, (column, 0))[0] for column in range(3)] == [0, 128, 255]
        assert look(saved(image, "TIFF")).marks == (Mark.GREY_32,)


@pytest.mark.parametrize("value", [float("inf"), float("nan")])
def test_floats_that_are_no_numbers_are_refused(value: float) -> None:
    body = saved(Image.frombytes("F", (2, 1), struct.pack("<2f", value, 0.0)), "TIFF")
    made = decode.render(body, AS_IS)
    assert isinstance(made, ImageProblem)
    assert made.family is Problem.CORRUPT


def test_a_flat_picture_of_floats_is_black() -> None:
    assert colour(pixels(saved(Image.new("F", (2, 2), 0.7), "TIFF")), (0, 0)) == BLACK


@pytest.mark.parametrize("background", [WHITE, (10, 20, 30)])
def test_alpha_shows_the_stated_background(background: Colour) -> None:
    image = Image.new("RGBA", (3, 1))
    image.putdata([(255, 0, 0, 0), (255, 0, 0, 255), (0, 0, 0, 128)])  # hidden red, red, half black
    for kind in ("PNG", "TIFF"):
        found = pixels(saved(image, kind), AS_IS.model_copy(update={"background": background}))
        half = tuple(round(channel * 127 / 255) for channel in background)
        assert [colour(found, (column, 0)) for column in (0, 1)] == [background, RED]
        assert near(colour(found, (2, 0)), (half[0], half[1], half[2]), within=1)
        assert Mark.ALPHA in look(saved(image, kind)).marks


def test_what_full_transparency_hides_does_not_bleed_when_scaled() -> None:
    image = Image.new("RGBA", (64, 64), (0, 255, 0, 0))
    image.paste((255, 0, 0, 255), (0, 0, 32, 64))
    found = pixels(saved(image), Transform(size=(16, 16)))
    assert all(green >= 250 or red == 255 for red, green, _ in (colour(found, (x, 8)) for x in range(16)))
    assert colour(found, (15, 8)) == WHITE


def test_a_palette_is_looked_up_and_its_transparent_entry_is_alpha() -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([*RED, *GREEN])
    image.putdata([0, 1])
    for kind in ("PNG", "GIF"):
        body = saved(image, kind, transparency=0)
        found = pixels(body, AS_IS.model_copy(update={"background": BLUE}))
        assert [colour(found, (column, 0)) for column in (0, 1)] == [BLUE, GREEN]
        assert {Mark.PALETTE, Mark.ALPHA} <= set(look(body).marks)


def test_a_transparent_colour_is_alpha() -> None:
    image = Image.new("RGB", (2, 1), RED)
    image.putpixel((1, 0), GREEN)
    found = pixels(saved(image, transparency=RED), AS_IS.model_copy(update={"background": BLUE}))
    assert [colour(found, (column, 0)) for column in (0, 1)] == [BLUE, GREEN]


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_by_the_plain_formula(kind: str) -> None:
    for ink, expected in {
        (0, 0, 0, 0): WHITE,
        (0, 0, 0, 255): BLACK,
        (255, 0, 0, 0): (0, 255, 255),
        (0, 128, 0, 128): (127, 63, 127),
    }.items():
        body = saved(Image.new("CMYK", (16, 16), ink), kind, quality=95)
        assert near(colour(pixels(body), (8, 8)), expected, within=4)
        assert Mark.CMYK in look(body).marks


def test_lab_becomes_srgb() -> None:
    # Pillow keeps L as 0..255 for 0..100, a and b plus 128. L=54 a=81 b=70 is about sRGB red under D50.
    image = Image.new("LAB", (4, 4), (138, 128 + 81, 128 + 70))
    assert near(colour(pixels(saved(image, "TIFF")), (1, 1)), RED, within=12)
    assert look(saved(image, "TIFF")).marks == (Mark.LAB,)


def test_a_colour_profile_changes_no_pixel() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    plain, profiled = saved(four_corners()), saved(four_corners(), icc_profile=profile)
    assert rendered(plain).body == rendered(profiled).body
    assert look(profiled).marks == (Mark.ICC_PROFILE,)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_the_first_frame_is_the_picture(kind: str) -> None:
    frames = [Image.new("RGB", (20, 10), shade) for shade in (RED, GREEN, BLUE)]
    body = saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=50, lossless=True)
    seen = look(body)
    assert (seen.frames, Mark.SEVERAL_FRAMES in seen.marks) == (3, True)
    assert near(colour(pixels(body), (5, 5)), RED, within=2)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_a_sample_is_always_plain_rgb_without_metadata(mode: str) -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "<script>")
    made = rendered(saved(Image.new(mode, (9, 9)), pnginfo=notes, exif=exif(1)))
    for transform in (AS_IS, AS_IS.model_copy(update={"encoding": Encoding.JPEG})):
        found = pixels(saved(Image.new(mode, (9, 9)), pnginfo=notes), transform)
        assert found.mode == "RGB"
        assert not set(found.info) - {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert b"script" not in made.body


def test_contain_fills_what_is_left_and_says_where_the_picture_stands() -> None:
    made = rendered(saved(Image.new("RGB", (100, 50), RED)), Transform(size=(32, 32), background=BLUE))
    found = Image.open(io.BytesIO(made.body))
    assert (made.width, made.height, made.placed, made.crop) == (32, 32, (0, 8, 32, 24), (0, 0, 100, 50))
    assert [colour(found, (16, y)) for y in (0, 7, 8, 23, 24)] == [BLUE, BLUE, RED, RED, BLUE]


def test_cover_takes_the_middle_and_says_what_it_took() -> None:
    image = Image.new("RGB", (300, 100), RED)
    image.paste(GREEN, (100, 0, 200, 100))
    made = rendered(saved(image), Transform(size=(50, 50), fit=Fit.COVER))
    assert made.crop == (100, 0, 200, 100)
    assert all(near(found, GREEN, 2) for found in corners(Image.open(io.BytesIO(made.body))))


def test_cover_refuses_a_picture_that_is_too_small() -> None:
    made = decode.render(saved(Image.new("RGB", (20, 20))), Transform(size=(32, 32), fit=Fit.COVER))
    assert isinstance(made, ImageProblem)
    assert made.family is Problem.TOO_SMALL


@pytest.mark.parametrize("encoding", Encoding)
def test_the_same_picture_gives_the_same_bytes(encoding: Encoding) -> None:
    body = saved(four_corners().resize((300, 200)), "JPEG")
    transform = Transform(size=(64, 64), encoding=encoding)
    assert rendered(body, transform) == rendered(body, transform)


def test_a_jpeg_decoded_at_a_fraction_is_close_to_one_decoded_in_full() -> None:
    image = Image.radial_gradient("L").resize((1024, 1024)).convert("RGB")
    scaled = Transform(size=(64, 64))
    pairs = zip(
        pixels(saved(image, "JPEG", quality=95), scaled).tobytes(), pixels(saved(image), scaled).tobytes(), strict=True
    )
    assert max(abs(one - other) for one, other in pairs) <= 4


def test_trailing_bytes_are_counted_and_left_behind() -> None:
    body = saved(four_corners(), "JPEG")
    rest = b"PK\x03\x04 a zip file, perhaps"
    made = rendered(body + rest)
    assert made.source.trailing == len(rest)
    assert Mark.TRAILING_BYTES in made.source.marks
    assert made.body == rendered(body).body


def test_known_pictures_come_out_upright(shared: Path) -> None:
    folder = shared / "corpora" / "odd_images" / "generated"
    for path in sorted(folder.glob("orient_[1-8].*")):
        found = pixels(path.read_bytes())
        assert found.size == (48, 32), path.name
        assert all(near(*pair, within=60) for pair in zip(corners(found), (RED, GREEN, BLUE, WHITE), strict=True)), (
            path.name
        )


def test_known_sixteen_bit_ramps_have_their_known_mean(shared: Path) -> None:
    for path in sorted((shared / "corpora" / "odd_images" / "generated").glob("gray16.*")):
        data = pixels(path.read_bytes()).convert("L").tobytes()
        assert abs(sum(data) / len(data) - 127) < 1.5, path.name


def test_the_decoder_opens_one_format_and_no_other() -> None:
    assert {plugin.__name__.rpartition(".")[2] for plugin in decode.PLUGINS} == {
        f"{name}ImagePlugin" for name in ("Avif", "Bmp", "Gif", "Jpeg2K", "Jpeg", "Mpo", "Png", "Tiff", "WebP")
    }
    seen = look(saved(four_corners(), "BMP"))
    assert seen.format is Format.BMP
