"""
Debian packages, read as streams: an `ar` file (deb(5)) with a compressed tar inside. Nothing is ever extracted.

One pass surveys a package: every regular file with its digest, and every link with the file it ends at. Later passes
hand on bytes, each link beside the file it names, and check them against the survey. A tar inside xz cannot be entered
in the middle, so a pass costs the time of decompressing the package up to the last file that is wanted.
"""

from __future__ import annotations

import bz2
import email
import gzip
import hashlib
import lzma
import posixpath
import tarfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from io import SEEK_CUR, SEEK_END, SEEK_SET, BufferedReader, BytesIO, RawIOBase
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from mitsua_data.errors import SourceError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

AR_MAGIC: Final = b"!<arch>\n"
MAX_MEMBER: Final = 256 * 1024 * 1024
"""Largest file taken out of a package, in bytes."""
MAX_TOTAL: Final = 64 * 1024**3
"""Most bytes a package may unpack to."""
MAX_NAMES: Final = 2_000_000
"""Most files and links in a package or folder."""
_AR_HEADER: Final = 60
_CHUNK: Final = 1024 * 1024
_MAX_LINKS: Final = 16
"""Longest chain of links, one to the next."""
_BROKEN: Final = (tarfile.TarError, lzma.LZMAError, EOFError, OSError, OverflowError, ValueError)
"""What the readers below raise on a package that is cut short, damaged or made to harm."""

_OPENERS: Final[dict[str, Callable[[Any], Any]]] = {
    ".xz": lzma.open,
    ".gz": gzip.open,
    ".bz2": bz2.open,
    "": lambda raw: raw,
}


@dataclass(frozen=True)
class Survey:
    """What a package holds, in the order in which a pass meets it."""

    digests: dict[str, str]
    """Name to sha256 of every file; links are names like others."""
    links: dict[str, tuple[str, ...]]
    """Name of a regular file to the links that end at it."""
    names: tuple[str, ...]


class Deb:
    """One `.deb` file."""

    def __init__(self, path: Path) -> None:
        """Look at the outer structure. Raises SourceError where the file is cut short or is no package."""
        self.path = path
        self.name = path.name
        with self._guarded(), path.open("rb") as file:
            self._members = _ar_members(file, path.stat().st_size)
        if not any(name.startswith("data.tar") for name in self._members):
            raise self._problem("it has no data.tar")

    @cached_property
    def facts(self) -> dict[str, str]:
        """What is known of the package as a whole: its digest, and name and version by its own control file."""
        digest = hashlib.sha256()
        with self._guarded(), self.path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
        control = email.message_from_string(self._control())
        return {
            "package": control.get("Package", ""),
            "version": control.get("Version", ""),
            "sha256": digest.hexdigest(),
        }

    @cached_property
    def survey(self) -> Survey:
        """One pass over the package. Raises SourceError."""
        digests: dict[str, str] = {}
        pointing: dict[str, str] = {}
        total = 0
        with self._tar("data.tar") as tar:
            for member in tar:
                name = self._name(member.name)
                if name in digests or name in pointing:
                    raise self._problem(f"it holds {name} twice")
                if member.issym() or member.islnk():
                    start = posixpath.dirname(name) if member.issym() else ""
                    pointing[name] = posixpath.normpath(posixpath.join(start, member.linkname))
                elif member.isfile():
                    total += member.size
                    digests[name] = self._digest(tar, member)
                if total > MAX_TOTAL or len(digests) + len(pointing) > MAX_NAMES:
                    raise self._problem("it unpacks to more than is ever read")
        links = _resolve(pointing, digests)
        names = tuple(each for name in digests for each in (name, *links.get(name, ())))
        digests |= {link: digests[name] for name, found in links.items() for link in found}
        return Survey(digests, links, names)

    def read(self, wanted: Collection[str]) -> Iterator[tuple[str, bytes]]:
        """The wanted files, in the order of `survey.names`. Raises SourceError."""
        survey = self.survey
        left = {name for name in wanted if name in survey.digests}
        with self._tar("data.tar") as tar:
            for member in tar if left else ():
                name = self._name(member.name)
                hits = [each for each in (name, *survey.links.get(name, ())) if each in left]
                if not hits or not member.isfile():
                    continue
                data = self._bytes(tar, member)
                if hashlib.sha256(data).hexdigest() != survey.digests[name]:
                    raise self._problem(f"{name} changed while it was read")
                for each in hits:
                    yield each, data
                left.difference_update(hits)
                if not left:
                    return

    def _control(self) -> str:
        """The text of the package's control file; empty where it has none."""
        if not any(name.startswith("control.tar") for name in self._members):
            return ""
        with self._tar("control.tar") as tar:
            for member in tar:
                if self._name(member.name) == "control" and member.isfile():
                    return self._bytes(tar, member).decode("utf-8", "replace")
        return ""

    @contextmanager
    def _tar(self, stem: str) -> Iterator[tarfile.TarFile]:
        """The tar inside, opened for one forward pass; whatever goes wrong in the block is a SourceError."""
        name = next(each for each in self._members if each.startswith(stem))
        suffix = name.removeprefix(stem)
        if suffix not in _OPENERS:
            advice = "unpack it with dpkg-deb -x and name the folder"
            raise SourceError(f"{self.name}: {name} is compressed in a way not read here", advice=advice)
        start, size = self._members[name]
        with self._guarded(), self.path.open("rb") as file:
            opened = _OPENERS[suffix](BufferedReader(_Part(file, start, size), _CHUNK))
            # Not "r|": a size field of 2^88 bytes makes tarfile's own stream spin; a seek past the end is an error.
            with tarfile.open(fileobj=opened, mode="r:", errorlevel=2) as tar:
                yield tar

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except _BROKEN as error:
            raise self._problem(str(error) or type(error).__name__) from error

    def _problem(self, what: str) -> SourceError:
        advice = "download it again, or name the folder it was unpacked into"
        return SourceError(f"{self.name} is not a whole Debian package: {what}", advice=advice)

    def _name(self, name: str) -> str:
        clean = posixpath.normpath(name)
        if clean.startswith(("/", "../")) or clean == "..":
            raise self._problem(f"the name {name!r} leads outside")
        return clean

    def _digest(self, tar: tarfile.TarFile, member: tarfile.TarInfo) -> str:
        digest, left = hashlib.sha256(), member.size
        stream = tar.extractfile(member) or BytesIO()
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            left -= len(chunk)
        if left:
            raise self._problem(f"{member.name} is cut short")
        return digest.hexdigest()

    def _bytes(self, tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
        if member.size > MAX_MEMBER:
            raise self._problem(f"{member.name} has {member.size} bytes, at most {MAX_MEMBER} are read")
        data = (tar.extractfile(member) or BytesIO()).read()
        if len(data) != member.size:
            raise self._problem(f"{member.name} is cut short")
        return data


class _Part(RawIOBase):
    """Some bytes of a file, as a file of their own."""

    def __init__(self, file: IO[bytes], start: int, size: int) -> None:
        super().__init__()
        self._file, self._start, self._size, self._at = file, start, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        self._at = max(0, offset + {SEEK_SET: 0, SEEK_CUR: self._at, SEEK_END: self._size}[whence])
        return self._at

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)
        self._file.seek(self._start + self._at)
        data = self._file.read(max(0, min(len(view), self._size - self._at)))
        view[: len(data)] = data
        self._at += len(data)
        return len(data)


def _ar_members(file: IO[bytes], size: int) -> dict[str, tuple[int, int]]:
    """Name to (start, size) of each member of an `ar` archive of `size` bytes. Raises ValueError."""
    if file.read(len(AR_MAGIC)) != AR_MAGIC:
        raise ValueError("it does not begin like one")
    members: dict[str, tuple[int, int]] = {}
    place = len(AR_MAGIC)
    while place < size:
        file.seek(place)
        header = file.read(_AR_HEADER)
        if len(header) != _AR_HEADER or header[-2:] != b"`\n":
            raise ValueError("it is cut short or damaged")
        length = int(header[48:58].decode("ascii"))
        start = place + _AR_HEADER
        if length < 0 or start + length > size:
            raise ValueError(f"it is cut short: {size} bytes are here, at least {start + length} are meant")
        members[header[:16].decode("ascii").rstrip().rstrip("/")] = (start, length)
        place = start + length + length % 2
    return members


def _resolve(pointing: dict[str, str], digests: dict[str, str]) -> dict[str, tuple[str, ...]]:
    """Regular file to the links that end at it, sorted. Links that end nowhere, or outside, are left out."""
    found: dict[str, list[str]] = {}
    for link in sorted(pointing):
        target = link
        for _ in range(_MAX_LINKS):
            if target not in pointing:
                break
            target = pointing[target]
        if target in digests:
            found.setdefault(target, []).append(link)
    return {target: tuple(links) for target, links in found.items()}
