"""
Dumps: files that an institution publishes in bulk, named by the person who crawls, behind `sources.base.DumpReader`.

Files in folders that were named count where their name tells of a form (see `bulk`). A file is called by its own name;
where two bear one, by as many of the folders above as tell them apart. Every file is known by the sha256 of its bytes
as they lie on the disk, packed or not, computed once. One that is changed while it is read ends the crawl: a slice is
never called part of bytes that it is no part of.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import Final

from mitsua_data.bulk import KINDS, PACKINGS, BulkFile, Column, form_of, header_of, is_pointer
from mitsua_data.canonical import canonical, digest
from mitsua_data.errors import SourceError, UsageError
from mitsua_data.model import Json, MediaType
from mitsua_data.pointers import MAX_BODY
from mitsua_data.slices import Piece, naming
from mitsua_data.sources.base import DUMP, Body

SLICE_BYTES: Final = 4 * 1024 * 1024
"""A slice with more bytes than this ends early."""
_VERSION_CONTROL: Final = frozenset({".git", ".hg", ".svn", ".bzr"})


class Dump:
    """Bulk files on disk. Made by `open_dump`; a `DumpReader` of `sources.base`."""

    def __init__(self, source: str, files: dict[str, Path]) -> None:
        self._source = source
        self._files = {name: BulkFile(name, path) for name, path in sorted(files.items())}
        self._columns: dict[tuple[str, str], Column] = {}

    def names(self) -> Sequence[str]:
        """The files' names, sorted."""
        return tuple(self._files)

    @property
    def digests(self) -> dict[str, str]:
        """The files' sha256, in hex, by name. Raises SourceError."""
        found = {}
        for name, file in self._files.items():
            with naming(name):
                found[name] = file.digest
        return found

    def index(self) -> Body:
        """Which files the dump is made of. Raises SourceError where one cannot be read."""
        return self._index

    @cached_property
    def _index(self) -> Body:
        files: dict[str, Json] = {name: f"sha256:{digest}" for name, digest in self.digests.items()}
        data = canonical({"files": files})
        if len(data) > MAX_BODY:
            raise SourceError(f"{len(files):,} files are too many for one dump", advice="name fewer with --from")
        return Body(data, MediaType.JSON, f"{self._source}:{DUMP}")

    def slices(self, name: str, *, after: int = 0, size: int = 200) -> Iterator[Body]:
        """The file in slices of at most `size` rows or elements, behind number `after`. Raises SourceError."""
        file = self._file(name)
        with naming(file.name), file.open() as stream, closing(file.pieces(stream)) as pieces:
            header = header_of(pieces) if file.is_csv else None
            held: list[Piece] = []
            number = held_bytes = 0
            for number, piece in enumerate(pieces, 1):
                if number <= after:
                    continue
                full = len(held) == size or held_bytes + len(piece.data) > SLICE_BYTES
                if held and (full or not (piece.sound and held[-1].sound)):
                    yield self._slice(file, header, held, number - len(held), number - 1)
                    held, held_bytes = [], 0
                held.append(piece)
                held_bytes += len(piece.data)
            if held:
                yield self._slice(file, header, held, number - len(held) + 1, number)

    def matching(self, name: str, column: str, values: Iterable[str]) -> Body:
        """One slice with the rows of a CSV file whose `column` is one of `values`, in the file's order."""
        file, wanted = self._file(name), sorted(set(values))
        if not file.is_csv:
            raise SourceError(f"{file.name} is no CSV file", advice="name the right file with --from")
        key = (file.name, column)
        with naming(file.name):
            if key not in self._columns:
                self._columns[key] = Column(file, column)
            data = self._columns[key].rows(wanted)
        return Body(data, MediaType.CSV, f"{self._source}:{file.name}?{column}={digest([*wanted])[:16]}")

    def close(self) -> None:
        """Give back what `matching` keeps on the disk."""
        for column in self._columns.values():
            column.close()

    def _file(self, name: str) -> BulkFile:
        """A file by its name, packed or not. Raises SourceError where it is not there."""
        for suffix in ("", *PACKINGS):
            if name + suffix in self._files:
                return self._files[name + suffix]
        raise SourceError(f"{self._source}: the dump has no {name}", advice="name this file, too, with --from")

    def _slice(self, file: BulkFile, header: Piece | None, held: Sequence[Piece], first: int, last: int) -> Body:
        file.check()
        locator = f"{self._source}:{file.name}?{first}-{last}"
        if header is not None:
            return Body(b"".join(each.data for each in (header, *held)), MediaType.CSV, locator)
        return Body(b"[" + b",\n".join(each.data for each in held) + b"]", MediaType.JSON, locator)


def open_dump(source: str, paths: Sequence[Path]) -> Dump:
    """
    The dump made of these files, and of the files in these folders. `source` is what locators begin with.

    Raises UsageError for paths that are not there, or have a name that tells of no form read here; SourceError for
    empty files, folders that hold nothing to read, and pointers of Git LFS that stand where a file should be.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        if not path.exists():
            raise UsageError(f"{path} does not exist", advice="name a file or folder of the dump")
        inside = _without_pointers(list(_inside(path))) if path.is_dir() else [path]
        if not inside:
            raise SourceError(f"{path.name} holds no file of a dump", advice=f"name {KINDS}")
        for each in inside:
            if not form_of(each.name):
                raise UsageError(f"{each.name} is no file of a dump", advice=f"name {KINDS}")
            found.setdefault(each.resolve(), each.absolute())
    for path in found.values():
        with naming(path.name):
            _look(path)
    return Dump(source, _named(list(found.values())))


def _inside(folder: Path) -> Iterator[Path]:
    """The files of a folder that could be a dump's, in the order of their names. Links are passed over."""
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(each for each in folders if each not in _VERSION_CONTROL)
        for path in (Path(place, file) for file in sorted(files) if form_of(file)):
            if path.is_file() and not path.is_symlink():
                yield path


def _without_pointers(paths: list[Path]) -> list[Path]:
    """The files that were pulled from Git LFS, or needed not be; all, where none was."""
    there = []
    for path in paths:
        with naming(path.name):
            if not is_pointer(path):
                there.append(path)
    return there or paths


def _named(paths: Sequence[Path]) -> dict[str, Path]:
    """Paths by the shortest ends of theirs that no two share. Raises UsageError for names that cannot be quoted."""
    left, depth = list(paths), 1
    found: dict[str, Path] = {}
    while left:
        ends: dict[str, list[Path]] = {}
        for path in left:
            ends.setdefault("/".join(path.parts[-depth:]), []).append(path)
        found |= {name: same[0] for name, same in ends.items() if len(same) == 1}
        left = [path for same in ends.values() if len(same) > 1 for path in same]
        depth += 1
    for name in found:
        if "?" in name or not name.isprintable():
            raise UsageError(f"{name!r} cannot be the name of a dump's file", advice="give it a plainer name")
    return found


def _look(path: Path) -> None:
    """Raises SourceError for what is no dump's file, whatever its name."""
    if not path.is_file():
        raise SourceError("not a file", advice=f"name {KINDS}")
    if is_pointer(path):
        raise SourceError("a pointer of Git LFS, not the file itself", advice="run: git lfs pull")
    if path.stat().st_size == 0:
        raise SourceError("empty", advice="download it again")
