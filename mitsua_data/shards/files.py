"""
Files of a release: read without following links, written so that a crash leaves nothing half done.

Reading opens a file once, from the release folder downwards, and hands on the open file: what is hashed is what is
used. Writing creates, writes, syncs, and only then gives the final name.
"""

from __future__ import annotations

import errno
import filecmp
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final

from mitsua_data.disk import sync_folder as sync_folder  # the trainer's way to it
from mitsua_data.errors import IntegrityError, StorageError

FILE_MODE: Final = 0o644
FOLDER_MODE: Final = 0o755
"""Modes are set, not left to the umask: a release is for others to read."""
_CHUNK: Final = 1 << 20


class Folder:
    """A folder that somebody else may have prepared: links in it are refused, never followed."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """
        A regular file, by its name relative to the folder.

        Raises IntegrityError where it is missing, a link (soft or hard), or no regular file, and for a name that is
        absolute or climbs out.
        """
        *folders, last = parts = name.split("/")
        if not all(parts) or {".", ".."} & set(parts) or "\0" in name:
            raise IntegrityError(f"{name}: not a name inside a release")
        try:
            fd = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
            for part in folders:
                fd = _step(fd, part, os.O_DIRECTORY)
            # Non-blocking, so that a fifo in a file's place cannot hold us up.
            fd = _step(fd, last, os.O_NONBLOCK)
        except OSError as error:
            raise IntegrityError(f"{name}: {_complaint(error)}") from error
        try:
            _plain(name, os.fstat(fd))
        except IntegrityError:
            os.close(fd)
            raise
        with os.fdopen(fd, "rb", buffering=_CHUNK) as file:
            yield file

    def read(self, name: str, limit: int) -> bytes:
        """A small file's bytes. Raises IntegrityError as `open` does, and beyond `limit` bytes."""
        with self.open(name) as file:
            return read_limited(file, limit, name)

    def names(self, below: str) -> set[str]:
        """
        Everything in one folder directly below, by relative name; nothing where there is no such folder.

        Raises IntegrityError where the folder, or anything in it, is a link or no regular file.
        """
        try:
            fd = _step(os.open(self.path, os.O_RDONLY | os.O_DIRECTORY), below, os.O_DIRECTORY)
        except FileNotFoundError:
            return set()
        except OSError as error:
            raise IntegrityError(f"{below}: {_complaint(error)}") from error
        try:
            found = {f"{below}/{entry.name}": entry.stat(follow_symlinks=False) for entry in os.scandir(fd)}
        except OSError as error:
            raise IntegrityError(f"{below}: {_complaint(error)}") from error
        finally:
            os.close(fd)
        for name, status in found.items():
            _plain(name, status)
        return set(found)


def read_limited(file: BinaryIO, limit: int, name: str) -> bytes:
    """All bytes of an open file. Raises IntegrityError beyond `limit`, or where the disk fails."""
    parts, size = [], 0
    try:
        while data := file.read(min(_CHUNK, limit + 1 - size)):
            parts.append(data)
            size += len(data)
            if size > limit:
                raise IntegrityError(f"{name}: more than {limit} bytes")
    except OSError as error:
        raise IntegrityError(f"{name}: {_complaint(error)}") from error
    return b"".join(parts)


def read_if_there(path: Path, limit: int) -> bytes | None:
    """A local file's bytes, or None where there is none. Raises IntegrityError as `read_limited` does."""
    try:
        with path.open("rb", buffering=0) as file:
            return read_limited(file, limit, str(path))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise IntegrityError(f"{path}: {_complaint(error)}") from error


class Output:
    """A new file while it is written: counted and hashed on the way, synced when closed. Raises OSError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self._digest = sha256()
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, FILE_MODE)
        self.closed = False

    @property
    def sha256(self) -> str:
        """Of what was written so far, in hex."""
        return self._digest.hexdigest()

    def write(self, data: bytes) -> int:
        """Append `data`, all of it."""
        view = memoryview(data)
        while view:
            view = view[os.write(self._fd, view) :]
        self._digest.update(data)
        self.size += len(data)
        return len(data)

    def close(self) -> None:
        """Set the mode, sync, close. A file whose sync failed is not tried again: its bytes may be lost already."""
        if self.closed:
            return
        self.closed = True
        try:
            os.fchmod(self._fd, FILE_MODE)
            os.fsync(self._fd)
        finally:
            os.close(self._fd)

    def abandon(self) -> None:
        """Close without syncing; what was written is thrown away by whoever owns the folder."""
        if not self.closed:
            self.closed = True
            os.close(self._fd)


def write_file(path: Path, data: bytes) -> None:
    """Write and sync a file that must not exist yet. Raises OSError."""
    output = Output(path)
    try:
        output.write(data)
        output.close()
    finally:
        output.abandon()


def replace_file(path: Path, data: bytes) -> None:
    """
    Give a file new content, as one step: readers see the old bytes or the new ones, whole.

    Raises StorageError; the old file is then still in place, and no other file is left behind.
    """
    with storage(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as folder:
            fresh = Path(folder) / path.name
            write_file(fresh, data)
            fresh.replace(path)
        sync_folder(path.parent)


def same_files(made: Path, other: Path) -> bool:
    """Whether every file below `made` stands below `other` with the same bytes. Raises OSError."""
    for path in sorted(made.rglob("*")):
        twin = other / path.relative_to(made)
        if path.is_file() and not (twin.is_file() and filecmp.cmp(path, twin, shallow=False)):
            return False
    return True


@contextmanager
def storage(path: Path) -> Iterator[None]:
    """Turns a disk's refusal into StorageError about `path`."""
    try:
        yield
    except OSError as error:
        place = error.filename if isinstance(error.filename, str) else path
        raise StorageError(f"{place}: {error.strerror or error}") from error


def _step(parent: int, name: str, flags: int) -> int:
    """Open `name` in an open folder, without following links, and let go of the folder."""
    try:
        return os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | flags, dir_fd=parent)
    finally:
        os.close(parent)


def _plain(name: str, status: os.stat_result) -> None:
    """Raises IntegrityError unless it is a regular file with one name."""
    if stat.S_ISLNK(status.st_mode):
        raise IntegrityError(f"{name}: is a symlink; a release holds plain files only")
    if not stat.S_ISREG(status.st_mode):
        raise IntegrityError(f"{name}: is no regular file; a release holds plain files only")
    if status.st_nlink != 1:
        raise IntegrityError(f"{name}: has {status.st_nlink} names (hard links); expected 1")


def _complaint(error: OSError) -> str:
    if error.errno == errno.ENOENT:
        return "is missing"
    if error.errno in (errno.ELOOP, errno.ENOTDIR):
        return "leads through a symlink, or something that is no folder"
    return error.strerror or str(error)
