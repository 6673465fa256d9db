"""Formats are told by content, and where a picture ends is told by its own structure."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mitsua_data.images.extent import end_of_picture
from mitsua_data.images.formats import PILLOW_NAME, Format, ImageProblem, Problem, sniff

SAYS_WHERE_IT_ENDS = [Format.JPEG, Format.PNG, Format.WEBP, Format.GIF, Format.AVIF, Format.JPEG2000]


def picture(image_format: Format, **options: object) -> bytes:
    out = io.BytesIO()
    image = Image.linear_gradient("L").resize((40, 30)).convert("RGB")
    image.save(out, PILLOW_NAME[image_format], **options)
    return out.getvalue()


def test_every_format_has_one_plugin() -> None:
    assert set(PILLOW_NAME) == set(Format)
    assert len(set(PILLOW_NAME.values())) == len(Format)


@pytest.mark.parametrize("image_format", Format)
def test_a_format_is_told_by_content(image_format: Format) -> None:
    assert sniff(picture(image_format)) is image_format


@pytest.mark.parametrize(
    ("body", "family"),
    [
        pytest.param(b"", Problem.NOT_AN_IMAGE, id="nothing"),
        pytest.param(b"\xff\xd8\xff", Problem.NOT_AN_IMAGE, id="magic-only"),
        pytest.param(b"\n\n<!DOCTYPE html><title>404</title>", Problem.NOT_AN_IMAGE, id="error-page"),
        pytest.param(b'\xef\xbb\xbf{"error": "not found"}', Problem.NOT_AN_IMAGE, id="json-with-byte-order-mark"),
        pytest.param(b"Not found, sorry about that\n", Problem.NOT_AN_IMAGE, id="plain-text"),
        pytest.param(b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xff\xd8\xff", Problem.NOT_AN_IMAGE, id="gzip-of-jpeg"),
        pytest.param(b"\x89PNG\n\x1a\n\x00\x00\x00\x0dIHDR", Problem.NOT_AN_IMAGE, id="line-ends-converted"),
        pytest.param(b"PK\x03\x04" + bytes(20), Problem.NOT_AN_IMAGE, id="zip"),
        pytest.param(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", Problem.UNSUPPORTED_FORMAT, id="pdf"),
        pytest.param(b"%!PS-Adobe-3.0 EPSF-3.0\n", Problem.UNSUPPORTED_FORMAT, id="postscript"),
        pytest.param(b'<?xml version="1.0"?><svg/>', Problem.UNSUPPORTED_FORMAT, id="svg"),
        pytest.param(b"P3\n20000 20000\n255\n", Problem.UNSUPPORTED_FORMAT, id="netpbm"),
        pytest.param(b"8BPS\x00\x01" + bytes(20), Problem.UNSUPPORTED_FORMAT, id="psd"),
        pytest.param(b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00heicmif1", Problem.UNSUPPORTED_FORMAT, id="heic"),
    ],
)
def test_what_is_not_read_is_named(body: bytes, family: Problem) -> None:
    found = sniff(body)
    assert isinstance(found, ImageProblem)
    assert found.family is family
    assert body[:16].hex() in found.detail


@given(st.binary(max_size=300))
def test_sniffing_never_fails(body: bytes) -> None:
    assert isinstance(sniff(body), Format | ImageProblem)


@pytest.mark.parametrize("image_format", SAYS_WHERE_IT_ENDS)
def test_a_whole_picture_ends_where_its_file_ends(image_format: Format) -> None:
    body = picture(image_format)
    assert end_of_picture(image_format, body) == len(body)


@pytest.mark.parametrize("image_format", SAYS_WHERE_IT_ENDS)
def test_what_follows_a_picture_is_not_the_picture(image_format: Format) -> None:
    body = picture(image_format)
    if image_format in (Format.AVIF, Format.JPEG2000):  # their containers may be followed by any box
        assert end_of_picture(image_format, body + b"\xff" * 20) == len(body)
    else:
        assert end_of_picture(image_format, body + picture(image_format)) == len(body)


@pytest.mark.parametrize("image_format", SAYS_WHERE_IT_ENDS)
@pytest.mark.parametrize("kept", [0.3, 0.6, 0.95])
def test_a_cut_picture_ends_beyond_its_file(image_format: Format, kept: float) -> None:
    body = picture(image_format)
    cut = body[: int(len(body) * kept)]
    end = end_of_picture(image_format, cut)
    assert end is not None
    assert end > len(cut)


def test_a_jpeg_with_fill_bytes_and_restart_markers_ends_at_its_end_marker() -> None:
    body = picture(Format.JPEG, restart_marker_rows=1)
    filled = body.replace(b"\xff\xda", b"\xff\xff\xff\xda", 1)
    assert end_of_picture(Format.JPEG, filled + b"rest") == len(filled)


def test_an_animation_ends_behind_its_last_frame() -> None:
    frames = [Image.new("P", (9, 9), shade) for shade in range(1, 5)]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=20)
    assert end_of_picture(Format.GIF, out.getvalue() + b"rest") == len(out.getvalue())


@pytest.mark.parametrize("start", [b"II*\x00\x00\xff\x00\x00", b"MM\x00*\x00\x00\xff\x00"])
def test_a_tiff_is_cut_where_its_directory_lies_behind_the_last_byte(start: bytes) -> None:
    cut = start + bytes(100)
    end = end_of_picture(Format.TIFF, cut)
    assert end is not None
    assert end > len(cut)
    assert end_of_picture(Format.TIFF, picture(Format.TIFF)) is None


@given(st.sampled_from(list(Format)), st.binary(max_size=400))
def test_walking_a_container_never_fails_nor_hangs(image_format: Format, rest: bytes) -> None:
    for body in (rest, picture(image_format)[:30] + rest):
        end = end_of_picture(image_format, body)
        assert end is None or end >= 0
