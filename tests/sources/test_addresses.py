"""Which addresses of images are asked for as they stand."""

from __future__ import annotations

import pytest

from mitsua_data.sources.addresses import is_image_address

HOST = "images.museum.example"


@pytest.mark.parametrize(
    "path", ["a.jpg", "ep/original/DP-1.jpg", "a%20b.jpg", "x/full/843,/0/default.jpg?v=1", "..a/\u00e9"]
)
def test_a_file_on_the_host(path: str) -> None:
    assert is_image_address(f"https://{HOST}/{path}", {HOST})


@pytest.mark.parametrize(
    "url",
    [f"https://{HOST}", f"https://{HOST}/", f"https://{HOST}//", f"http://{HOST}/a.jpg", f"https://{HOST}.evil.example/a",
     f"https://{HOST}:8443/a.jpg", f"https://me@{HOST}/a.jpg", f"https://{HOST}@evil.example/a", f"https://{HOST}/../a.jpg",
     f"https://{HOST}/a/..", f"https://{HOST}/%2e%2E/a", f"https://{HOST}/x%2f..%2fa", f"https://{HOST}/..%5ca",
     f"https://{HOST}/a b.jpg", f"https://{HOST}/a\n.jpg", f"https://{HOST}/a.jpg\n", f" https://{HOST}/a.jpg",
     f"https://{HOST}/a%0a.jpg", f"https://{HOST}/a\\b", f"https://{HOST}/a#b", f"HTTPS://{HOST}/a.jpg", f"//{HOST}/a",
     "https://evil.example/a.jpg", "", None, 7, [f"https://{HOST}/a.jpg"]],
)  # fmt: skip
def test_anything_else_is_none(url: object) -> None:
    assert not is_image_address(url, {HOST})
