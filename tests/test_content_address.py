"""Content addresses: computed anew as other programs do it, and proof of nothing where they cannot be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mitsua_data.content_address import (
    DAG_PB,
    LAYOUTS,
    RAW,
    Address,
    Check,
    Cid,
    Layout,
    address,
    check,
    matches,
    parse,
    root,
)

V0, V1_RAW = LAYOUTS[0], LAYOUTS[1]
CHUNK = 256 * 1024
HELLO = "Qmf412jQZiuVUtdgnB36FXFX7xg5V6KEbSJ4dpQuhkLyfD"
"""`hello world`, as go-ipfs adds it."""


@pytest.mark.parametrize(
    ("data", "layout", "version", "text"),
    [
        # The hashes are those of go-ipfs and js-ipfs, as their own tests and documentation give them.
        pytest.param(b"", V0, 0, "QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH", id="empty"),
        pytest.param(b"hello world\n", V0, 0, "QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o", id="go-ipfs-readme"),
        pytest.param(b"hello world", V0, 0, HELLO, id="no-line-end"),
        pytest.param(
            b"this file does not have much content\n",
            V0,
            1,
            "bafybeidequ5soq6smzafv4lb76i5dkvl5fzgvrxz4bmlc2k4dkikklv2j4",
            id="version-1-without-bare-leaves",
        ),
        pytest.param(
            b"Hello world",
            V1_RAW,
            1,
            "bafkreide5semuafsnds3ugrvm6fbwuyw2ijpj43gwjdxemstjkfozi37hq",
            id="one-bare-leaf",
        ),
        pytest.param(
            b"".join(bytes([number]) * CHUNK for number in (1, 2, 3)),
            V0,
            1,
            "bafybeiegda62p2cdi5sono3h3hqjnxwc56z4nocynrj44rz7rtc2p246cy",
            id="three-leaves",
        ),
        pytest.param(
            b"".join(bytes([number]) * 14418 for number in range(1, 11))[:144177],
            Layout(65535, 174, raw=False),
            1,
            "bafybeiduffmtppi4cwa6olo3ggmoehvtdtcd47y6ddoodhyvcv7y3zvgnq",
            id="smaller-chunks",
        ),
        pytest.param(
            bytes(45_900_000),
            V0,
            0,
            "QmRdPboiJQoZ5cdazR9a8vGqdJvWg6M5bfdtUSKNHpuscj",
            id="176-leaves-need-two-levels",
        ),
    ],
)
def test_the_address_is_that_of_other_programs(data: bytes, layout: Layout, version: int, text: str) -> None:
    assert str(root(data, layout, version)) == text


def test_real_pictures_have_the_addresses_that_their_contract_points_to(shared: Path) -> None:
    # Three layers of m4r-sh's and mfers-dev's repositories are whole pictures: the originals of one-of-ones.
    known = json.loads((shared / "sources/mfers/traits_and_image_cids.json").read_bytes())
    cids = {row["traits"].get("1/1"): row["image"] for row in known}
    folder = shared / "collections/mfers/optimized-layers/1--1"
    for name in ("glyph mfer", "noun mfer", "peaceful mfer"):
        data = (folder / f"{name}.png").read_bytes()
        assert check(data, f"ipfs://{cids[name]}") is Check.MATCH
        assert check(data[:-1] + bytes([data[-1] ^ 1]), f"ipfs://{cids[name]}") is Check.OTHER
    assert all(parse(row["image"]) for row in known)


def test_other_pictures_have_not(shared: Path) -> None:
    # A picture composed anew from layers, as its README says with other colours, is not the original.
    known = json.loads((shared / "sources/mfers/traits_and_image_cids.json").read_bytes())
    cids = {row["i"]: row["image"] for row in known}
    composed = [(number, shared / f"collections/mfers/generated-mfer-{number}.png") for number in (3664, 4174, 9617)]
    looked = [check(path.read_bytes(), f"ipfs://{cids[number]}") for number, path in composed if number in cids]
    assert looked
    assert set(looked) == {Check.OTHER}


@given(data=st.binary(max_size=200), version=st.sampled_from([0, 1]), at=st.integers(min_value=0))
@example(data=b"", version=1, at=0)
def test_what_was_cut_in_a_known_way_matches_and_one_other_byte_does_not(data: bytes, version: int, at: int) -> None:
    for layout in LAYOUTS:
        cid = root(data, layout, version)
        assert matches(data, cid)
        assert not matches(data + b"\x00", cid)
        if data:
            place = at % len(data)
            assert not matches(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :], cid)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("size", [CHUNK, CHUNK + 1, 1024 * 1024, 1024 * 1024 + 1])
def test_the_ends_of_chunks_match_too(layout: Layout, size: int) -> None:
    data = bytes(size)
    for version in (0, 1):
        assert matches(data, root(data, layout, version))
        assert not matches(data[1:], root(data, layout, version))


@given(st.binary(min_size=32, max_size=32))
def test_a_text_is_read_back(digest: bytes) -> None:
    for cid in (Cid(0, DAG_PB, digest), Cid(1, DAG_PB, digest), Cid(1, RAW, digest)):
        assert parse(str(cid)) == cid


def test_another_base_names_the_same() -> None:
    assert str(parse("zb2rhbQmUW7RdAT2Aza4cKxYjnUbZHnnaY9VEU3f98h1QdqHX")) == (
        "bafkreicg2rebjoofv4kbyovkw7af3rpiitvnl6i7ckcywaq6xjcxnc2mby"
    )


BAD = [
    "",
    "Qm",
    HELLO[:-1],
    HELLO + "D",
    HELLO.lower(),
    HELLO.replace("4", "0"),
    "Qm" + "l" * 44,
    "bafkrei",
    "BAFKREIDE5SEMUAFSNDS3UGRVM6FBWUYW2IJPJ43GWJDXEMSTJKFOZI37HQ",
    "bafkreide5semuafsnds3ugrvm6fbwuyw2ijpj43gwjdxemstjkfozi37hr",  # the same digest, other spare bits
    "bafy2bzaceak4ipewhpc3wrrotbfbiquhv2celtjgsyigetmbxlbe5b6rmk4am",  # another hash, another codec
    "z" + HELLO,
    "mfer",
]


@pytest.mark.parametrize("text", BAD)
def test_anything_else_is_no_identifier(text: str) -> None:
    assert parse(text) is None
    assert address(f"ipfs://{text}") is None


@given(st.text(max_size=70))
def test_no_text_is_too_odd_to_be_read(text: str) -> None:
    found = parse(text)
    assert found is None or isinstance(found, Cid)
    assert check(b"", text) in {Check.UNVERIFIED, Check.MATCH, Check.OTHER}


@pytest.mark.parametrize(
    ("url", "found"),
    [
        pytest.param(f"ipfs://{HELLO}", Address(HELLO, ""), id="a-file"),
        pytest.param(f"ipfs://ipfs/{HELLO}", Address(HELLO, ""), id="an-old-spelling"),
        pytest.param(f"ipfs://{HELLO}/1.png", Address(HELLO, "/1.png"), id="a-path"),
        pytest.param(f"ipfs://{HELLO}/a/1.png", Address(HELLO, "/a/1.png"), id="a-deeper-path"),
        pytest.param(f"ipfs://{HELLO}/../other", None, id="upwards"),
        pytest.param(f"ipfs://{HELLO}/", None, id="a-folder"),
        pytest.param(f"ipfs://{HELLO}?filename=1.png", None, id="a-query"),
        pytest.param(f"ipfs://{HELLO}#1", None, id="a-fragment"),
        pytest.param(f"https://ipfs.io/ipfs/{HELLO}", None, id="a-gateway"),
        pytest.param(f"ipns://{HELLO}", None, id="a-name-that-can-change"),
        pytest.param(f"IPFS://{HELLO}", None, id="upper-case"),
        pytest.param(f" ipfs://{HELLO}", None, id="space"),
    ],
)
def test_an_address_is_an_identifier_and_a_path(url: str, found: Address | None) -> None:
    assert address(url) == found


def test_a_path_is_never_a_match() -> None:
    assert check(b"hello world", f"ipfs://{HELLO}") is Check.MATCH
    assert check(b"hello worlds", f"ipfs://{HELLO}") is Check.OTHER
    assert check(b"hello world", f"ipfs://{HELLO}/hello.txt") is Check.UNVERIFIED
    assert check(b"hello world", "https://example.org/hello.txt") is Check.UNVERIFIED
