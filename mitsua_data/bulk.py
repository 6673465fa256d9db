"""
One file of a dump: its form, its bytes as they lie on the disk and as they are unpacked, and where its rows lie.

The form is told by the name: `.csv`; `.json` (one array, or values that follow one another); `.jsonl`, `.ndjson` and
`.txt` (a JSON value a line, or one array); `.tar` (JSON files). Each of them may be packed (`.gz`, `.bz2`; `.tgz`).
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePath
from typing import IO, Any, Final

from mitsua_data.errors import SourceError
from mitsua_data.pointers import MAX_BODY
from mitsua_data.slices import Piece, elements, lines, members, rows

KINDS: Final = "CSV, JSON, JSON lines or a tar of JSON files, or one of them packed with gzip or bzip2"
"""The forms, for people."""
_FORMS: Final[dict[str, Callable[[IO[bytes]], Iterator[Piece]]]] = {
    ".csv": rows,
    ".json": elements,
    ".jsonl": lines,
    ".ndjson": lines,
    ".txt": lines,
    ".tar": members,
    ".tgz": members,
}
_IN_BULK: Final = frozenset({".jsonl", ".ndjson", ".tar", ".tgz"})
_PACKED: Final[dict[str, Callable[[Any], Any]]] = {".gz": gzip.open, ".tgz": gzip.open, ".bz2": bz2.open}
PACKINGS: Final = tuple(_PACKED)
"""Ends of the names of packed files."""
_LFS: Final = b"version https://git-lfs.github.com/spec/v1"
_LFS_MOST: Final = 1024
"""Bytes that no pointer of Git LFS is longer than."""
_CHUNK: Final = 1 << 20
_OTHER: Final = "is it the file that the source publishes? name the right one with --from"


def form_of(name: str) -> str:
    """The end of a file's name that tells its form, without packing; empty where it tells none."""
    path = PurePath(name.lower())
    suffix = PurePath(path.stem).suffix if path.suffix in {".gz", ".bz2"} else path.suffix
    return suffix if suffix in _FORMS else ""


def is_bulk_name(name: str) -> bool:
    """Whether a name tells that a file is packed, or one of lines or members: no answer of a server is."""
    return bool(form_of(name)) and (PurePath(name.lower()).suffix in _PACKED or form_of(name) in _IN_BULK)


def is_pointer(path: Path) -> bool:
    """Whether a pointer of Git LFS stands where the file should be. Raises OSError."""
    with path.open("rb") as file:
        return path.stat().st_size <= _LFS_MOST and file.read(len(_LFS)) == _LFS


def header_of(pieces: Iterator[Piece]) -> Piece:
    """The header line of a CSV file, which comes first. Raises SourceError where there is none that could be read."""
    header = next(pieces, None)
    if header is None or not header.sound:
        raise SourceError("no header line in UTF-8", advice=_OTHER)
    return header


@dataclass(frozen=True)
class BulkFile:
    """One file of a dump."""

    name: str
    path: Path

    @property
    def is_csv(self) -> bool:
        """Whether it holds rows; else elements."""
        return form_of(self.name) == ".csv"

    @property
    def is_packed(self) -> bool:
        """Whether its bytes on the disk are compressed."""
        return PurePath(self.name.lower()).suffix in _PACKED

    def pieces(self, stream: IO[bytes]) -> Any:
        """What the unpacked stream holds: a generator of pieces."""
        form = _FORMS[form_of(self.name)]
        if form is lines and stream.peek(_CHUNK).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"["):  # type: ignore[attr-defined]
            form = elements
        return form(stream)

    @cached_property
    def _state(self) -> tuple[int, ...]:
        found = self.path.stat()
        return found.st_size, found.st_mtime_ns, found.st_ino

    @cached_property
    def digest(self) -> str:
        """sha256 of its bytes, in hex. Raises SourceError."""
        found = hashlib.sha256()
        with self.path.open("rb") as file:
            self.check()  # from now on it must not change
            while chunk := file.read(_CHUNK):
                found.update(chunk)
        return found.hexdigest()

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """Its bytes, unpacked. Raises SourceError where it was changed since its digest was taken."""
        with self.path.open("rb") as packed:
            self.check()
            if not self.is_packed:
                yield packed
                return
            with _PACKED[PurePath(self.name.lower()).suffix](packed) as unpacked:
                yield unpacked

    def check(self) -> None:
        """Raises SourceError where it was changed since its digest was taken."""
        found = self.path.stat()
        if (found.st_size, found.st_mtime_ns, found.st_ino) != self._state:
            raise SourceError("it was changed while it was read", advice="run the same command again")


class Column:
    """Where the rows lie that have a value in one column of a CSV file: offsets, not rows."""

    def __init__(self, file: BulkFile, column: str) -> None:
        self._file = file
        self._spans: dict[str, list[int]] = {}
        self._unpacked = tempfile.TemporaryFile() if file.is_packed else None  # noqa: SIM115  kept until close
        try:
            with file.open() as stream:
                if self._unpacked is not None:
                    shutil.copyfileobj(stream, self._unpacked, _CHUNK)
                    self._unpacked.seek(0)
                self._header = self._learn(self._unpacked or stream, column)
        except BaseException:
            self.close()
            raise

    def _learn(self, stream: IO[bytes], column: str) -> bytes:
        """Note where the rows lie; the header line's bytes."""
        pieces = rows(stream)
        header = header_of(pieces)
        if header.cells.count(column) != 1:
            raise SourceError(f"{header.cells.count(column)} of its columns are called {column!r}", advice=_OTHER)
        place = header.cells.index(column)
        for piece in pieces:
            if len(piece.cells) == len(header.cells):
                self._spans.setdefault(piece.cells[place], []).extend((piece.offset, len(piece.data)))
        return header.data

    def rows(self, values: Iterable[str]) -> bytes:
        """The header and the rows with these values, in the file's order."""
        spans = [self._spans.get(value, []) for value in values]
        wanted = sorted(pair for each in spans for pair in zip(each[::2], each[1::2], strict=True))
        size = len(self._header) + sum(length for _, length in wanted)
        if size > MAX_BODY:
            raise SourceError(f"{size} bytes in {len(wanted)} rows, at most {MAX_BODY} are read at once", advice=_OTHER)
        parts = [self._header]
        with nullcontext(self._unpacked) if self._unpacked is not None else self._file.open() as stream:
            for offset, length in wanted:
                stream.seek(offset)
                parts.append(stream.read(length))
        self._file.check()
        return b"".join(parts)

    def close(self) -> None:
        """Give the temporary file back."""
        if self._unpacked is not None:
            self._unpacked.close()
