"""
Content addresses: whether bytes are the file that an IPFS content identifier (CID) names. Pure, no network.

References: https://github.com/multiformats/cid, https://ipld.io/specs/codecs/dag-pb, https://specs.ipfs.tech/unixfs

A CID does not name the bytes of a file, but the root of a tree of blocks that somebody cut it into. So it is computed
anew, in each of the ways (`LAYOUTS`) in which common programs cut: chunks of one size as leaves, and above them nodes
with as many links as fit, level by level (the balanced layout). Laws: a match is proof, because the tree holds every
byte under SHA-256; no match says that the bytes are others, or that they were cut in a way that is not known here, and
both are a no. An identifier with another hash than SHA-256 cannot be checked, and is none here.

What a path inside a directory (`CID/1.png`) names is said by the directory's own blocks, which nobody here has: such
bytes are `unverified`, never `match`.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Final

SCHEME: Final = "ipfs://"
RAW: Final = 0x55
"""Multicodec of a block that is nothing but bytes."""
DAG_PB: Final = 0x70
"""Multicodec of a node with links, in protocol buffers."""
_SHA2_256: Final = b"\x12\x20"
"""Multihash: SHA-256, 32 bytes."""
_FILE: Final = 2
"""UnixFS: the type of a file, and of a piece of one."""
_BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_ADDRESS: Final = re.compile(r"ipfs://(?:ipfs/)?(?P<cid>[1-9A-Za-z]{46,62})(?P<path>(?:/[^/?#\s]+)*)")


@dataclass(frozen=True, slots=True)
class Cid:
    """A content identifier with SHA-256."""

    version: int
    codec: int
    digest: bytes
    """32 bytes."""

    @property
    def link(self) -> bytes:
        """As it stands in a node that links to it. Version 0 is its multihash alone."""
        multihash = _SHA2_256 + self.digest
        return multihash if self.version == 0 else bytes((1, self.codec)) + multihash

    def __str__(self) -> str:
        """The usual text: version 0 in base 58, version 1 in lower-case base 32."""
        if self.version == 0:
            return _to_base58(self.link)
        return "b" + base64.b32encode(self.link).decode().rstrip("=").lower()


@dataclass(frozen=True, slots=True)
class Layout:
    """One way of cutting a file."""

    chunk: int
    """Bytes of a leaf, at most."""
    links: int
    """Of a node, at most."""
    raw: bool
    """Whether leaves are bare bytes; else nodes without links."""


LAYOUTS: Final = (
    Layout(256 * 1024, 174, raw=False),  # `ipfs add`, version 0
    Layout(256 * 1024, 174, raw=True),  # `ipfs add --cid-version=1`
    Layout(1024 * 1024, 174, raw=True),  # `ipfs add --chunker=size-1048576 --cid-version=1`
    Layout(1024 * 1024, 1024, raw=True),  # upload services of 2021 and later, and Kubo's wide profile
)


class Check(StrEnum):
    """What is known of bytes that were served for an address."""

    MATCH = "match"
    OTHER = "other"
    UNVERIFIED = "unverified"
    """The address has a path, or a hash that is not known here."""


@dataclass(frozen=True, slots=True)
class Address:
    """`ipfs://CID`, or `ipfs://CID/path`."""

    cid: str
    path: str
    """Empty, or beginning with `/`."""


def parse(text: str) -> Cid | None:
    """The identifier that a text is; None where it is none that is known here. Law: `parse(str(cid)) == cid`."""
    if len(text) == 46 and text.startswith("Qm"):
        multihash = _from_base58(text)
        return Cid(0, DAG_PB, multihash[2:]) if _is_sha2_256(multihash) else None
    if text.startswith("z"):
        return _version_1(_from_base58(text[1:]))
    if text.startswith("b") and text == text.lower():
        found = _version_1(_from_base32(text[1:]))
        return found if str(found) == text else None  # spare bits at the end could make two texts of one identifier
    return None


def is_address(url: str) -> bool:
    """Whether a URL is meant to be a content address, well formed or not."""
    return url.startswith(SCHEME)


def address(url: str) -> Address | None:
    """What an `ipfs://` URL names; None for any other text, and where its identifier is not known here."""
    match = _ADDRESS.fullmatch(url)
    if match is None or parse(match["cid"]) is None or {".", ".."} & set(match["path"].split("/")):
        return None
    return Address(match["cid"], match["path"])


def check(data: bytes, url: str) -> Check:
    """Whether `data` is what the URL names."""
    found = address(url)
    cid = None if found is None or found.path else parse(found.cid)
    if cid is None:
        return Check.UNVERIFIED
    return Check.MATCH if matches(data, cid) else Check.OTHER


def matches(data: bytes, cid: Cid) -> bool:
    """Whether `cid` names a file of these bytes, cut in one of the known ways."""
    if cid.codec == RAW:
        return cid.digest == sha256(data).digest()
    return any(root(data, layout, cid.version) == cid for layout in LAYOUTS)


def root(data: bytes, layout: Layout, version: int) -> Cid:
    """The identifier of a file cut in this way. In version 0, bare leaves are of version 1 all the same."""
    pieces = [data[start : start + layout.chunk] for start in range(0, len(data), layout.chunk)] or [b""]
    level = [_leaf(piece, layout, version) for piece in pieces]
    while len(level) > 1:
        level = [_node(level[start : start + layout.links], version) for start in range(0, len(level), layout.links)]
    return level[0].cid


# --- blocks --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Block:
    cid: Cid
    content: int
    """Bytes of the file below it."""
    total: int
    """Bytes of this block and all blocks below it."""


def _leaf(piece: bytes, layout: Layout, version: int) -> _Block:
    if layout.raw:
        return _Block(Cid(1, RAW, sha256(piece).digest()), len(piece), len(piece))
    data = _number(1, _FILE) + (_bytes(2, piece) if piece else b"") + _number(3, len(piece))
    return _block(_bytes(1, data), len(piece), 0, version)


def _node(below: Sequence[_Block], version: int) -> _Block:
    links = b"".join(_bytes(2, _bytes(1, each.cid.link) + _bytes(2, b"") + _number(3, each.total)) for each in below)
    content = sum(each.content for each in below)
    sizes = b"".join(_number(4, each.content) for each in below)
    data = _number(1, _FILE) + _number(3, content) + sizes
    return _block(links + _bytes(1, data), content, sum(each.total for each in below), version)


def _block(block: bytes, content: int, below: int, version: int) -> _Block:
    return _Block(Cid(version, DAG_PB, sha256(block).digest()), content, len(block) + below)


def _number(field: int, value: int) -> bytes:
    """A protocol-buffers field of the kind varint."""
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes) -> bytes:
    """A protocol-buffers field with a length."""
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


# --- texts ---------------------------------------------------------------------------------------------------------


def _version_1(data: bytes) -> Cid | None:
    """Version, codec and multihash; every number that is known here takes one byte."""
    known = data[:1] == b"\x01" and data[1:2] in {bytes((RAW,)), bytes((DAG_PB,))} and _is_sha2_256(data[2:])
    return Cid(1, data[1], data[4:]) if known else None


def _is_sha2_256(multihash: bytes) -> bool:
    return multihash.startswith(_SHA2_256) and len(multihash) == 34


def _from_base32(text: str) -> bytes:
    """Empty where this is no base 32."""
    try:
        return base64.b32decode(text.upper() + "=" * (-len(text) % 8))
    except binascii.Error:
        return b""


def _from_base58(text: str) -> bytes:
    """Empty where a character is none of the 58."""
    number = 0
    for character in text:
        place = _BASE58.find(character)
        if place < 0:
            return b""
        number = number * 58 + place
    zeros = len(text) - len(text.lstrip("1"))
    return b"\x00" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


def _to_base58(data: bytes) -> str:
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        text = _BASE58[rest] + text
    return "1" * (len(data) - len(data.lstrip(b"\x00"))) + text
