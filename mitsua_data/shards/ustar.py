"""
One 512-byte tar header at a time: what a shard may hold, and why a header is refused.

Reference: POSIX.1-1988 ustar interchange format. A shard uses the smallest part of it: plain files with short ASCII
names. Everything the later dialects added (links, pax and GNU extension headers, sparse maps, base-256 numbers) is
refused, because readers disagree about it, and two readers that disagree see two different sets of samples.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from mitsua_data.errors import IntegrityError

BLOCK: Final = 512
"""Bytes of a header, and the unit data is padded to."""

ZERO_BLOCK: Final = bytes(BLOCK)

IMAGE_EXTENSIONS: Final = frozenset({"jpg", "png", "webp"})
EXTENSIONS: Final = IMAGE_EXTENSIONS | {"txt", "json"}
"""What a sample is made of. No kind that any reader decodes by running code is on the list."""

MAX_NAME: Final = 200
"""Longest member name a shard may have; the ustar name field itself ends at 100."""

NAME_FIELD: Final = 100

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*\.[A-Za-z0-9.]+")
_OCTAL: Final = re.compile(rb" *([0-7]+)[ \0]*")
_MAGICS: Final = (b"ustar\x0000", b"ustar  \x00", bytes(8))

_KINDS: Final = {
    b"1": "a hard link",
    b"2": "a symlink",
    b"3": "a character device",
    b"4": "a block device",
    b"5": "a folder",
    b"6": "a fifo",
    b"7": "a contiguous file",
    b"K": "a GNU long link name",
    b"L": "a GNU long name",
    b"S": "a sparse file",
    b"V": "a volume label",
    b"g": "a global pax header",
    b"x": "a pax header",
}

_OTHER_FILES: Final = (
    (b"\x1f\x8b", "gzip data"),
    (b"PK\x03\x04", "a zip file"),
    (b"BZh", "bzip2 data"),
    (b"\xfd7zXZ\x00", "xz data"),
    (b"\x28\xb5\x2f\xfd", "zstd data"),
)


class TarFamily(StrEnum):
    """Why a shard is refused. A closed vocabulary."""

    STRUCTURE = "structure"
    """Not a tar, or a header that says impossible things."""
    TRUNCATED = "truncated"
    """The file ends before its two closing zero blocks."""
    TRAILING_DATA = "trailing_data"
    """Something follows the closing zero blocks."""
    EMPTY_SHARD = "empty_shard"
    """A well-formed archive of no members."""
    BAD_MEMBER_TYPE = "bad_member_type"
    """A link, folder, device, sparse file or extension header."""
    BAD_NAME = "bad_name"
    """A name other than `<key>.<extension>` in plain ASCII letters, digits, `_` and `-`."""
    BAD_EXTENSION = "bad_extension"
    """An extension outside the list."""
    DUPLICATE_KEY = "duplicate_key"
    """A member or key that stands twice, or differs from another by case only."""
    BAD_KEY_ORDER = "bad_key_order"
    """Members of one key do not stand together."""
    BOMB_BYTES = "bomb_bytes"
    """A member larger than the reader allows."""
    DIGEST_MISMATCH = "digest_mismatch"
    """Bytes whose SHA-256 is not the one expected."""
    MANIFEST_MISMATCH = "manifest_mismatch"
    """A member too many or too few, or a sample that could not be in any manifest of ours."""


class TarProblem(IntegrityError):
    """A shard is refused whole. `member` counts from 0; None where no single member is at fault."""

    default_advice = "restore the shard from a good copy, or build the release again"

    def __init__(self, family: TarFamily, detail: str, *, member: int | None = None, label: str = "") -> None:
        self.family = family
        self.detail = detail
        self.member = member
        where = "" if member is None else f"member {member} "
        super().__init__(f"{label}: {where}{detail}" if label else f"{where}{detail}")

    def named(self, label: str) -> TarProblem:
        """The same problem, saying which shard it is about."""
        return TarProblem(self.family, self.detail, member=self.member, label=label)


@dataclass(frozen=True, slots=True)
class Header:
    """What a header says, once it has been found plain."""

    name: str
    key: str
    """The part of the name before the first dot."""
    extension: str
    """The part after it."""
    size: int
    """Bytes of data that follow, without padding."""


@dataclass(slots=True)
class Grouping:
    """Keeps the laws about names: members of a key together, nothing twice, extensions from the list."""

    names: set[str] = field(default_factory=set)
    keys: dict[str, str] = field(default_factory=dict)
    """Case-folded key to the key as it was spelt: some file systems know no case."""
    current: str = ""

    def take(self, header: Header, index: int) -> None:
        """Raises TarProblem of family DUPLICATE_KEY, BAD_KEY_ORDER, BAD_EXTENSION."""
        spelt = self.keys.get(header.key.casefold())
        if header.name.casefold() in self.names:
            family, detail = TarFamily.DUPLICATE_KEY, "stands twice"
        elif spelt is not None and spelt != header.key:
            family, detail = TarFamily.DUPLICATE_KEY, f"has a key that differs from {spelt} by case only"
        elif spelt is not None and spelt != self.current:
            family, detail = TarFamily.BAD_KEY_ORDER, "stands apart from the others of its key"
        elif header.extension not in EXTENSIONS:
            family, detail = TarFamily.BAD_EXTENSION, "has an extension that is not on the list"
        else:
            self.names.add(header.name.casefold())
            self.keys[header.key.casefold()] = self.current = header.key
            return
        raise TarProblem(family, f"({header.name}) {detail}", member=index)


def padding(size: int) -> int:
    """Zero bytes between `size` bytes of data and the next block."""
    return -size % BLOCK


def is_zero(data: bytes) -> bool:
    """Whether there is nothing but zero bytes."""
    return not data.strip(b"\0")


def other_kind(start: bytes) -> str | None:
    """What a file beginning with `start` is, where it is a compressed or zipped one; None otherwise."""
    return next((what for magic, what in _OTHER_FILES if start.startswith(magic)), None)


def parse_header(block: bytes, index: int) -> Header:
    """
    The header in `block` (512 bytes) of member `index`.

    Raises TarProblem of family STRUCTURE, BAD_MEMBER_TYPE, BAD_NAME. The extension is not judged here.
    """
    if _octal(block[148:156]) != checksum(block):
        raise TarProblem(TarFamily.STRUCTURE, "has a wrong header checksum", member=index)
    kind = block[156:157]
    if kind not in (b"0", b"\0"):
        raise TarProblem(TarFamily.BAD_MEMBER_TYPE, f"is {_KINDS.get(kind, f'of type {kind!r}')}", member=index)
    size = _octal(block[124:136])
    numbers = (block[100:108], block[108:116], block[116:124], block[136:148])
    if size is None or any(_octal(field) is None for field in numbers):
        raise TarProblem(TarFamily.STRUCTURE, "has a number that is not octal", member=index)
    name = _name(block, index)
    if block[257:265] not in _MAGICS or not is_zero(block[157:257]) or not is_zero(block[500:]):
        raise TarProblem(TarFamily.STRUCTURE, "has bytes where a plain file's header is empty", member=index)
    key, _, extension = name.partition(".")
    return Header(name, key, extension, size)


def compose_header(name: str, size: int) -> bytes:
    """
    The one header this project writes for a file of `size` bytes: mode 0644, owner 0, time 0, no owner names.

    Raises ValueError where `name` is not `<key>.<extension>` or longer than the ustar field, or `size` above 8 GiB.
    """
    if not _NAME.fullmatch(name) or len(name) > NAME_FIELD:
        raise ValueError(f"not a member name: {name!r}")
    if not 0 <= size < 8**11:
        raise ValueError(f"not a size a ustar header can hold: {size}")
    fields = (
        name.encode("ascii").ljust(NAME_FIELD, b"\0"),
        b"0000644\0" + b"0000000\0" * 2,
        b"%011o\0" % size + b"0" * 11 + b"\0",
        b" " * 8 + b"0" + bytes(100),
        b"ustar\x0000" + bytes(64) + b"0000000\0" * 2,
    )
    block = b"".join(fields).ljust(BLOCK, b"\0")
    return block[:148] + b"%06o\0 " % checksum(block) + block[156:]


def checksum(block: bytes) -> int:
    """The sum of all header bytes, the checksum field itself counted as eight spaces."""
    return sum(block[:148]) + sum(block[156:]) + 8 * ord(" ")


def _octal(field: bytes) -> int | None:
    match = _OCTAL.fullmatch(field)
    return int(match[1], 8) if match else None


def _name(block: bytes, index: int) -> str:
    """The member's name. A ustar prefix would put a folder before it, so it must be empty."""
    raw, _, rest = block[:NAME_FIELD].partition(b"\0")
    name = raw.decode("ascii", errors="backslashreplace")
    if not is_zero(rest) or not is_zero(block[345:500]) or not _NAME.fullmatch(name) or len(name) > MAX_NAME:
        raise TarProblem(TarFamily.BAD_NAME, f"has a name that is not <key>.<extension>: {name[:80]!a}", member=index)
    return name
