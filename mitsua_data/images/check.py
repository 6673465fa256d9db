"""
`mitsua check`: one verdict for every file under some paths, pictures and shards alike, told by content.

A shard on its own is held against everything that can be told without a manifest. Whether its pictures are those that
were published cannot: that takes the signed digests, and `mitsua verify RELEASE`.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Final

from mitsua_data.errors import UsageError
from mitsua_data.images.formats import MAX_BYTES, ImageProblem, Mark, Problem
from mitsua_data.images.worker import ImageWorker
from mitsua_data.model import Json
from mitsua_data.shards.tar import TarProblem, scan

_SHARD_NAMES: Final = (".tar", ".tgz")
_TAR_MAGIC: Final = slice(257, 262)


class Kind(StrEnum):
    """What a file was held against."""

    IMAGE = "image"
    SHARD = "shard"


@dataclass(frozen=True, slots=True)
class Checked:
    """The verdict on one file."""

    path: str
    """As found; bytes that are no UTF-8 are escaped."""
    kind: Kind
    reason: str | None = None
    """A `Problem` or `TarFamily`; None where the file is fine."""
    detail: str = ""
    """What is wrong, in a line for a person."""
    width: int | None = None
    height: int | None = None
    """Pixels of an upright picture."""
    marks: tuple[Mark, ...] = ()

    @property
    def is_ok(self) -> bool:
        """Whether nothing is wrong."""
        return self.reason is None

    def row(self) -> dict[str, Json]:
        """The line of JSON that `mitsua check` prints."""
        return {
            "path": self.path,
            "kind": self.kind.value,
            "outcome": "ok" if self.is_ok else "refuse",
            "reason": self.reason,
            "width": self.width,
            "height": self.height,
            "marks": [mark.value for mark in self.marks],
        }


def check_paths(paths: Iterable[Path], worker: ImageWorker) -> Iterator[Checked]:
    """A verdict for every file under `paths`, in the order of `files_under`, which says what it raises."""
    for path in files_under(paths):
        yield check_file(worker, path)


def files_under(paths: Iterable[Path]) -> Iterator[Path]:
    """
    Every file under some files and folders, each folder sorted by name. Links inside folders are not followed.

    Links, and folders that cannot be listed, are among the files: nothing is left out in silence.
    Raises UsageError, before the first file, where a path does not exist.
    """
    named = [path.resolve() if path.is_symlink() else path for path in paths]
    for path in named:
        if not path.exists():
            raise UsageError(f"{path}: no such file or folder", advice="name files or folders that exist")
    return (file for path in named for file in _walk(path))


def _walk(start: Path) -> Iterator[Path]:
    waiting = [start]
    while waiting:
        path = waiting.pop()
        if path.is_dir() and not path.is_symlink():
            try:
                waiting.extend(sorted(path.iterdir(), reverse=True))
                continue
            except OSError:
                pass  # told as a file that cannot be read
        yield path


def check_file(worker: ImageWorker, path: Path) -> Checked:
    """The verdict on one file. Never raises for what the file is or holds."""
    name = str(path).encode("utf-8", errors="surrogateescape").decode("utf-8", errors="backslashreplace")
    kind = Kind.SHARD if path.name.endswith(_SHARD_NAMES) or ".tar." in path.name else Kind.IMAGE
    try:
        # Non-blocking, so that a pipe without a writer is seen for what it is and not waited for.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return Checked(name, kind, Problem.NOT_A_FILE, "neither a file nor a folder")
            start = file.read(512)
            file.seek(0)
            if kind is Kind.SHARD or start[_TAR_MAGIC] == b"ustar":
                return _check_shard(name, file)
            return _check_image(worker, name, file)
    except OSError as error:
        problem = Problem.NOT_A_FILE if path.is_symlink() else Problem.UNREADABLE
        return Checked(name, kind, problem, error.strerror or str(error))


def _check_shard(name: str, file: BinaryIO) -> Checked:
    try:
        scan(file)
    except TarProblem as problem:
        return Checked(name, Kind.SHARD, problem.family.value, str(problem))
    return Checked(name, Kind.SHARD, marks=(Mark.NO_MANIFEST,))


def _check_image(worker: ImageWorker, name: str, file: BinaryIO) -> Checked:
    found = worker.look(file.read(MAX_BYTES + 1))
    if isinstance(found, ImageProblem):
        return Checked(name, Kind.IMAGE, found.family.value, found.detail)
    return Checked(name, Kind.IMAGE, width=found.width, height=found.height, marks=found.marks)
