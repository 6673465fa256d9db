"""Web pages: what a block says is what a reader reads, and is found again from the bytes alone."""

from __future__ import annotations

import pytest

from mitsua_data.model import MediaType
from mitsua_data.pointers import UnreadableBody, derive
from mitsua_data.webpages import blocks, parse

NOTICE = "All drawings here are CC0."


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(f"<p>{NOTICE}</p>", id="a-paragraph"),
        pytest.param("<div class=note>\n  All <b>drawings</b>\n here are <a href=x>CC0</a>.</div>", id="marked-up"),
        pytest.param("<p>All drawings<br>here are CC0.", id="a-line-break"),
        pytest.param("<footer>All&nbsp;drawings here are CC0.</footer>", id="hard-spaces"),
        pytest.param(f"<ul><li>{NOTICE}<li>Another", id="an-item-of-a-list"),
        pytest.param(f"<p>All drawings here are CC0.<!-- not --></p>{'<br>' * 9}", id="a-comment-inside"),
        pytest.param(NOTICE, id="no-markup-at-all"),
    ],
)
def test_what_a_block_says(page: str) -> None:
    assert derive(page.encode(), MediaType.HTML, f"text:{NOTICE}") == NOTICE
    assert derive(page.encode(), MediaType.HTML, "text:All  drawings\nhere are CC0.") == NOTICE


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(f"<p>Not all is so. {NOTICE}</p>", id="more-in-the-block"),
        pytest.param(f"<p>It is not true that: <span>{NOTICE}</span></p>", id="a-part-of-a-sentence"),
        pytest.param(f"<p>{NOTICE} Photographs are not.</p>", id="more-behind-it"),
        pytest.param(f"<p><del>{NOTICE}</del></p>", id="struck-out"),
        pytest.param(f"<del><p>{NOTICE}</p></del>", id="struck-out-as-a-whole"),
        pytest.param("<p>All drawings <s>by us</s> here are CC0.</p>", id="a-part-struck-out"),
        pytest.param(f"<p hidden>{NOTICE}</p>", id="hidden"),
        pytest.param(f"<div style='Display : none'><p>{NOTICE}</p></div>", id="hidden-around-it"),
        pytest.param(f"<template><p>{NOTICE}</p></template>", id="a-template"),
        pytest.param(f"<noscript><p>{NOTICE}</p></noscript>", id="for-browsers-without-scripts"),
        pytest.param(f"<script>'<p>{NOTICE}</p>'</script>", id="a-script"),
        pytest.param(f"<!-- <p>{NOTICE}</p> --><p>Other words", id="a-comment"),
        pytest.param(f"<title>{NOTICE}</title><p>Other words", id="a-title"),
        pytest.param(f"<img alt='{NOTICE}'>", id="an-attribute"),
        pytest.param(f"<p>{NOTICE.lower()}</p>", id="another-case"),
        pytest.param("<p>All drawings here are CC0</p>", id="a-point-less"),
        pytest.param(f"<div>{NOTICE}<p>inner</p></div>", id="beside-another-block"),
    ],
)
def test_what_no_block_says(page: str) -> None:
    assert derive(page.encode(), MediaType.HTML, f"text:{NOTICE}") is None


def test_other_scripts_in_other_encodings() -> None:
    page = "<html><head><meta charset=shift_jis></head><body><p>著作権を放棄しました</p></body></html>"
    for data in (page.encode("shift_jis"), page.replace("shift_jis", "utf-8").encode(), page.encode()):
        assert derive(data, MediaType.HTML, "text:著作権を放棄しました") == "著作権を放棄しました"


def test_attributes_are_found_by_xpath() -> None:
    page = b"<p><a href='/x'>a</a> <img src=https://example.org/a.png></p>"
    assert derive(page, MediaType.HTML, "//img/@src") == "https://example.org/a.png"
    assert derive(page, MediaType.HTML, "//a/@href | //img/@src") == ["/x", "https://example.org/a.png"]
    assert derive(page, MediaType.HTML, "//p") == "a"
    assert derive(page, MediaType.HTML, "//video/@src") is None


@pytest.mark.parametrize("pointer", ["//[", "count(//p)", "//p/text()[foo:bar()]", "words"])
def test_pointers_that_are_none(pointer: str) -> None:
    with pytest.raises(UnreadableBody):
        derive(b"<p>a</p>", MediaType.HTML, pointer)


@pytest.mark.parametrize("data", [b"", b"<!-- -->"])
def test_what_is_no_page(data: bytes) -> None:
    for pointer in ("//p", "text:a"):
        with pytest.raises(UnreadableBody):
            derive(data, MediaType.HTML, pointer)


@pytest.mark.parametrize(
    "data", [b"\x89PNG\r\n\x1a\n\xff", b"<p>" * 5000, b"<" * 5000, b"]]>&#0;&bogus;", b"<?php ?>x"]
)
def test_every_page_is_read(data: bytes) -> None:
    assert isinstance(blocks(parse(data)), frozenset)
    assert derive(data, MediaType.HTML, "text:no such words") is None


def test_nothing_outside_is_read() -> None:
    page = b'<!DOCTYPE html [<!ENTITY a SYSTEM "file:///etc/passwd">]><p>&a;</p>'
    assert derive(page, MediaType.HTML, "//p") in {"", "&a;"}
