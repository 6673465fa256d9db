"""
The strict shard reader, and the writer it agrees with.

A shard is a tar of plain files in groups of one key: `<key>.jpg`, `<key>.json`, `<key>.txt`. It is read as a stream and
never extracted. Reading has two passes, so that nothing of a bad shard is ever handed on: `scan` looks at every byte
and hands on none; `members` goes through the same bytes again and compares each member with what the scan saw.

What a shard must fulfil, or be refused whole:

* only plain files, plainly named, with an extension on the list;
* members of a key stand together, no key and no member stands twice (nor twice but for case);
* header checksums right, numbers octal, data and padding all there, two zero blocks, and nothing but zeros after;
* where one sample has a provenance record (`.json`), every sample has one; no record sets a reader's own `__field__`;
* digests are those expected, where the caller knows them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO, Final, Protocol

from mitsua_data.shards.ustar import (
    BLOCK,
    EXTENSIONS,
    ZERO_BLOCK,
    Grouping,
    Header,
    TarFamily,
    TarProblem,
    compose_header,
    is_zero,
    other_kind,
    padding,
    parse_header,
)

__all__ = [
    "EXTENSIONS",
    "MAX_MEMBER",
    "Entry",
    "Member",
    "TarFamily",
    "TarProblem",
    "TarSummary",
    "TarWriter",
    "members",
    "read_member",
    "read_tar",
    "scan",
]

MAX_MEMBER: Final = 256 * 1024 * 1024
"""Largest member, in bytes, that a reader takes unless told otherwise."""

MAX_RECORD: Final = 1024 * 1024
"""Longest provenance record, in bytes; ours are a few kilobytes."""

_CHUNK: Final = 1024 * 1024


class _Reads(Protocol):
    def read(self, size: int, /) -> bytes: ...


class _Writes(Protocol):
    def write(self, data: bytes, /) -> int: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """One member as a scan saw it; the data itself is not kept."""

    index: int
    """Position in the shard, from 0."""
    name: str
    key: str
    extension: str
    offset: int
    """Where the data starts in the file, in bytes."""
    size: int
    """Bytes of data."""
    sha256: str


@dataclass(frozen=True, slots=True)
class TarSummary:
    """A whole shard as a scan saw it."""

    sha256: str
    """Of the whole file."""
    size: int
    """Bytes of the whole file."""
    entries: tuple[Entry, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """The samples' keys, in the order of the shard."""
        return tuple(dict.fromkeys(entry.key for entry in self.entries))


@dataclass(frozen=True, slots=True)
class Member:
    """One member with its data, after the data was found to be what the scan saw."""

    entry: Entry
    data: bytes


def scan(
    stream: _Reads,
    *,
    label: str = "",
    expected_sha256: str | None = None,
    expected: Mapping[str, str] | None = None,
    max_member: int = MAX_MEMBER,
) -> TarSummary:
    """
    Read `stream` from the shard's first byte to its end, and say what is in it; hands on no member's data.

    `expected_sha256` is the whole file's digest and `expected` maps each member's name to its digest (lower-case hex),
    as a signed manifest states them. `label` names the shard in errors.
    Raises TarProblem, with the family and the member at fault.
    """
    try:
        summary = _scan(_Hashed(stream), max_member)
        _compare(summary, expected_sha256, expected)
    except TarProblem as problem:
        raise problem.named(label) from None
    return summary


def members(stream: BinaryIO, summary: TarSummary, *, label: str = "") -> Iterator[Member]:
    """
    The members of a shard that `scan` has passed, in order, from a seekable stream of the same file.

    The bytes are hashed again as they are read: TarProblem (DIGEST_MISMATCH) before a member is handed on that differs
    from what was scanned.
    """
    for entry in summary.entries:
        yield read_member(stream, entry, label=label)


def read_member(stream: BinaryIO, entry: Entry, *, label: str = "") -> Member:
    """One member by its place. Raises TarProblem (DIGEST_MISMATCH) where the bytes are no longer those scanned."""
    stream.seek(entry.offset)
    data = stream.read(entry.size)
    found = hashlib.sha256(data).hexdigest()
    if found != entry.sha256:
        detail = f"({entry.name}) has sha256 {found}, expected {entry.sha256}"
        raise TarProblem(TarFamily.DIGEST_MISMATCH, detail, member=entry.index, label=label)
    return Member(entry, data)


def read_tar(stream: BinaryIO, *, label: str = "", expected_sha256: str | None = None) -> Iterator[Member]:
    """Scan a seekable stream from its start, then hand on its members. Raises what `scan` and `members` raise."""
    stream.seek(0)
    summary = scan(stream, label=label, expected_sha256=expected_sha256)
    yield from members(stream, summary, label=label)


class TarWriter:
    """
    Writes a shard: the same members in the same order give the same bytes, anywhere and at any time.

    Headers hold no owner and no clock. The caller sorts; the reader's laws about names are kept here, too, by
    ValueError. `close` writes the end blocks and says what `scan` would say. The stream itself stays open.
    """

    def __init__(self, stream: _Writes) -> None:
        self._stream = stream
        self._digest = hashlib.sha256()
        self._size = 0
        self._entries: list[Entry] = []
        self._grouping = Grouping()

    def add(self, name: str, data: bytes) -> Entry:
        """Write one member. Raises ValueError for a name or an order that the reader would refuse."""
        block = compose_header(name, len(data))
        header = parse_header(block, len(self._entries))
        try:
            self._grouping.take(header, len(self._entries))
        except TarProblem as problem:
            raise ValueError(str(problem)) from problem
        digest = hashlib.sha256(data).hexdigest()
        offset = self._size + BLOCK
        entry = Entry(len(self._entries), name, header.key, header.extension, offset, len(data), digest)
        self._write(block + data + bytes(padding(len(data))))
        self._entries.append(entry)
        return entry

    def close(self) -> TarSummary:
        """Write the two end blocks. Raises ValueError where no member was written: readers refuse an empty shard."""
        if not self._entries:
            raise ValueError("a shard without members")
        self._write(ZERO_BLOCK * 2)
        return TarSummary(self._digest.hexdigest(), self._size, tuple(self._entries))

    def _write(self, data: bytes) -> None:
        self._stream.write(data)
        self._digest.update(data)
        self._size += len(data)


class _Hashed:
    """A stream that is read to its end and hashed on the way."""

    def __init__(self, stream: _Reads) -> None:
        self._stream = stream
        self._digest = hashlib.sha256()
        self.size = 0

    def read(self, size: int) -> bytes:
        """`size` bytes, fewer only at the end of the stream (a pipe may hand them over in pieces)."""
        data = self._stream.read(size)
        while len(data) < size and (more := self._stream.read(size - len(data))):
            data += more
        self._digest.update(data)
        self.size += len(data)
        return data

    def hexdigest(self) -> str:
        return self._digest.hexdigest()


def _scan(source: _Hashed, max_member: int) -> TarSummary:
    entries: list[Entry] = []
    grouping = Grouping()
    while (block := _block(source)) != ZERO_BLOCK:
        header = parse_header(block, len(entries))
        grouping.take(header, len(entries))
        entries.append(_entry(source, header, len(entries), max_member))
    _read_end(source)
    if not entries:
        raise TarProblem(TarFamily.EMPTY_SHARD, "the archive has no members")
    _check_records(entries)
    return TarSummary(source.hexdigest(), source.size, tuple(entries))


def _block(source: _Hashed) -> bytes:
    at_start = source.size == 0
    block = source.read(BLOCK)
    if at_start and (other := other_kind(block)):
        raise TarProblem(TarFamily.STRUCTURE, f"the file is {other}, not a plain tar")
    if len(block) < BLOCK:
        raise TarProblem(TarFamily.TRUNCATED, "the file ends without its two closing zero blocks")
    return block


def _entry(source: _Hashed, header: Header, index: int, max_member: int) -> Entry:
    """Read one member's data and padding."""
    limit = min(max_member, MAX_RECORD) if header.extension == "json" else max_member
    if header.size > limit:
        detail = f"({header.name}) claims {header.size} bytes; at most {limit} are read"
        raise TarProblem(TarFamily.BOMB_BYTES, detail, member=index)
    offset = source.size
    digest = hashlib.sha256()
    record = bytearray()
    left = header.size
    while left:
        data = source.read(min(left, _CHUNK))
        if not data:
            raise TarProblem(TarFamily.TRUNCATED, f"({header.name}) is cut short by {left} bytes", member=index)
        digest.update(data)
        left -= len(data)
        if header.extension == "json":
            record += data
    rest = source.read(padding(header.size))
    if len(rest) < padding(header.size):
        raise TarProblem(TarFamily.TRUNCATED, f"({header.name}) is cut short in its padding", member=index)
    if not is_zero(rest):
        raise TarProblem(TarFamily.STRUCTURE, f"({header.name}) has bytes hidden in its padding", member=index)
    if _sets_reader_fields(bytes(record)):
        detail = f"({header.name}) sets a field that belongs to the reader"
        raise TarProblem(TarFamily.MANIFEST_MISMATCH, detail, member=index)
    return Entry(index, header.name, header.key, header.extension, offset, header.size, digest.hexdigest())


def _read_end(source: _Hashed) -> None:
    """The first of the two zero blocks has been read."""
    if _block(source) != ZERO_BLOCK:
        raise TarProblem(TarFamily.STRUCTURE, "a single zero block stands between members")
    while data := source.read(_CHUNK):
        if not is_zero(data):
            raise TarProblem(TarFamily.TRAILING_DATA, "something follows the closing zero blocks")


def _sets_reader_fields(record: bytes) -> bool:
    """
    Whether a record is a JSON object with a `__name`, as readers call the fields that they set themselves.

    A record that is not JSON sets nothing; whether it must be JSON is the manifest's affair.
    """
    try:
        value = json.loads(record) if record else None
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and any(name.startswith("__") for name in value)


def _check_records(entries: list[Entry]) -> None:
    """A shard with provenance records has one for every sample."""
    recorded = {entry.key for entry in entries if entry.extension == "json"}
    bare = next((entry for entry in entries if entry.key not in recorded), None)
    if recorded and bare is not None:
        detail = f"({bare.name}) belongs to a sample without a provenance record"
        raise TarProblem(TarFamily.MANIFEST_MISMATCH, detail, member=bare.index)


def _compare(summary: TarSummary, expected_sha256: str | None, expected: Mapping[str, str] | None) -> None:
    if expected is not None:
        found = {entry.name: entry for entry in summary.entries}
        for name in sorted(expected.keys() ^ found.keys()):
            state = "is not in the manifest" if name in found else "is missing"
            raise TarProblem(TarFamily.MANIFEST_MISMATCH, f"member {name} {state}")
        for entry in summary.entries:
            if entry.sha256 != expected[entry.name]:
                detail = f"({entry.name}) has sha256 {entry.sha256}, expected {expected[entry.name]}"
                raise TarProblem(TarFamily.DIGEST_MISMATCH, detail, member=entry.index)
    if expected_sha256 is not None and summary.sha256 != expected_sha256:
        detail = f"the file has sha256 {summary.sha256}, expected {expected_sha256}"
        raise TarProblem(TarFamily.DIGEST_MISMATCH, detail)
