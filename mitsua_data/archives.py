"""
Archives: collections that somebody has on disk, as Debian packages, folders or git checkouts, behind one reader.

An archive is made of one or more parts (`--from` may be given several times). Names are `/`-separated and relative to
the collection's home, wherever the path that was named lies: `svg/a.svg` in the package, in `/usr/share`, and in the
folder itself. Files beside the home are named `../…`. Links are files of their own, with the bytes of the file they end
at; links that lead outside are not there. Version control folders are passed over. Nothing is ever extracted.

`index` is the archive's own word on a set of names, as canonical JSON, so that "stands there" and "is missing" can be
quoted like anything else:

    {"archives": [{"package": …, "version": …, "sha256": …} | {"commit": …} | {}], "files": {<name>: "sha256:<hex>"}}
"""

from __future__ import annotations

import hashlib
import os
import posixpath
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Final, Protocol

from mitsua_data.canonical import canonical
from mitsua_data.debs import MAX_MEMBER, MAX_NAMES, Deb
from mitsua_data.errors import SourceError, UsageError
from mitsua_data.git import commit_of
from mitsua_data.model import Json, MediaType
from mitsua_data.sources.base import Body

MEDIA_TYPES: Final[dict[str, MediaType]] = {
    ".svg": MediaType.SVG,
    ".json": MediaType.JSON,
    ".toml": MediaType.TOML,
    ".csv": MediaType.CSV,
    ".xml": MediaType.XML,
    ".rdf": MediaType.XML,
    ".html": MediaType.HTML,
    ".htm": MediaType.HTML,
    ".txt": MediaType.TEXT,
    ".md": MediaType.TEXT,
    ".license": MediaType.TEXT,
    "": MediaType.TEXT,
}
"""What a file is read as, by the end of its name; anything else is quoted as a whole only."""
_VERSION_CONTROL: Final = frozenset({".git", ".hg", ".svn", ".bzr"})


class _Part(Protocol):
    """One of the paths an archive was opened from."""

    @property
    def name(self) -> str:
        """The file's or folder's own name."""

    @property
    def facts(self) -> dict[str, str]:
        """What is known of the part as a whole."""

    @property
    def names(self) -> Sequence[str]:
        """Its files, in the order in which `read` yields them."""

    def digest(self, name: str) -> str:
        """sha256, in hex, of a file that is there."""

    def read(self, wanted: Collection[str]) -> Iterator[tuple[str, bytes]]:
        """Files and their bytes."""


class Archive:
    """A collection on disk. Made by `open_archive`; an `ArchiveReader` of `sources.base`."""

    def __init__(
        self, collection: str, parts: Sequence[_Part], places: dict[str, tuple[_Part, str]], beside: Sequence[Body] = ()
    ) -> None:
        self._collection = collection
        self._parts = parts
        self._places = places
        self._beside = beside

    @property
    def facts(self) -> tuple[dict[str, str], ...]:
        """What is known of each part as a whole: a package's name, version and digest; a checkout's commit."""
        return tuple(part.facts for part in self._parts)

    def sizes(self) -> tuple[dict[str, int], ...]:
        """Of each part that is a checkout, its files' names and sizes in bytes. Raises SourceError."""
        return tuple(part.sizes() for part in self._parts if isinstance(part, _Folder) and part.facts)

    def names(self) -> Sequence[str]:
        """Every file's name, in the order in which `stream` yields them."""
        return tuple(self._places)

    def entries(self, names: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """The named files and their bytes, in one pass, passing over names that are not there. Raises SourceError."""
        wanted = {name for name in names if name in self._places}
        for part in self._parts:
            outer = {inner: name for name, (owner, inner) in self._places.items() if owner is part and name in wanted}
            for inner, data in part.read(outer.keys()) if outer else ():
                yield outer[inner], data

    def stream(self, names: Iterable[str]) -> Iterator[Body]:
        """The named files as bodies, in one pass; also what stands beside them. Raises SourceError."""
        wanted = list(names)
        yield from (body for body in self._beside if body.name in wanted)
        for name, data in self.entries(wanted):
            yield Body(data, media_type_of(name), f"{self._collection}:{name}")

    def index(self, names: Iterable[str]) -> Body:
        """What the archive holds under these names. Raises SourceError where a file cannot be read."""
        files: dict[str, Json] = {}
        for name in sorted(set(names) & self._places.keys()):
            part, inner = self._places[name]
            files[name] = f"sha256:{part.digest(inner)}"
        archives: list[Json] = sorted((dict(facts) for facts in self.facts), key=canonical)
        first = next(iter(files), "")
        locator = f"{self._collection}:?index={first}"
        return Body(canonical({"archives": archives, "files": files}), MediaType.JSON, locator)


class _Package:
    """A `.deb` as a part."""

    def __init__(self, path: Path) -> None:
        self._deb = Deb(path)
        self.name = path.name

    @property
    def facts(self) -> dict[str, str]:
        return self._deb.facts

    @property
    def names(self) -> Sequence[str]:
        return self._deb.survey.names

    def digest(self, name: str) -> str:
        return self._deb.survey.digests[name]

    def read(self, wanted: Collection[str]) -> Iterator[tuple[str, bytes]]:
        return self._deb.read(wanted)


class _Folder:
    """A folder as a part. Links inside it are followed to files, never to folders, and never outside."""

    def __init__(self, path: Path, keep: Callable[[str], bool]) -> None:
        self._root = path
        self._keep = keep
        self.name = path.name

    @cached_property
    def facts(self) -> dict[str, str]:
        commit = commit_of(self._root)
        return {"commit": commit} if commit else {}

    @cached_property
    def _paths(self) -> dict[str, Path]:
        found: dict[str, Path] = {}
        for folder, folders, files in os.walk(self._root, onerror=_cannot_read):
            folders[:] = sorted(each for each in folders if each not in _VERSION_CONTROL)
            for file in files:
                path = Path(folder, file)
                name = os.fsencode(path.relative_to(self._root).as_posix()).decode("utf-8", "backslashreplace")
                if self._keep(name) and _inside(path, self._root):
                    found[name] = path
                if len(found) > MAX_NAMES:
                    raise UsageError(
                        f"{self._root.name} holds more than {MAX_NAMES} files", advice="name a smaller folder"
                    )
        return dict(sorted(found.items()))

    @property
    def names(self) -> Sequence[str]:
        return tuple(self._paths)

    def digest(self, name: str) -> str:
        return hashlib.sha256(self._bytes(name)).hexdigest()

    def read(self, wanted: Collection[str]) -> Iterator[tuple[str, bytes]]:
        for name in self._paths:
            if name in wanted:
                yield name, self._bytes(name)

    def sizes(self) -> dict[str, int]:
        try:
            return {name: path.stat().st_size for name, path in self._paths.items()}
        except OSError as error:
            raise _unreadable(error) from error

    def _bytes(self, name: str) -> bytes:
        path = self._paths[name]
        try:
            size = path.stat().st_size
            if size > MAX_MEMBER:
                raise SourceError(f"{name} has {size} bytes, at most {MAX_MEMBER} are read", advice="take it away")
            return path.read_bytes()
        except OSError as error:
            raise SourceError(f"{name} cannot be read: {error.strerror}", advice="mend its permissions") from error


def open_archive(
    *paths: Path,
    collection: str,
    home: Callable[[Sequence[str]], str] | None = None,
    prefixed: bool = False,
    keep: Callable[[str], bool] | None = None,
    beside: Sequence[Body] = (),
) -> Archive:
    """
    The archive made of these packages and folders; a folder that holds packages stands for them.

    `collection` is what locators begin with. `home` finds, among one part's names, the leading folders to drop (`""`,
    or ending in `/`). `prefixed` puts the part's own name before its names, for a source that reads many collections.
    `keep` says which files of a folder count at all. `beside` are bodies that are no files, but are asked for
    like them.

    Raises UsageError for paths that are not there or are no archives, SourceError for packages that are cut short,
    folders that hold nothing, and a file that bears the name of a body beside it.
    """
    if not paths:
        raise UsageError("no path to read from", advice="name a package or folder with --from")
    found = dict.fromkeys(each for path in paths for each in _packages_or_folder(path.resolve()))
    parts = _distinct(_Folder(path, keep or _everything) if path.is_dir() else _Package(path) for path in found)
    places: dict[str, tuple[_Part, str]] = {}
    for part in parts:
        top = home(part.names) if home else ""
        for inner in part.names:
            outer = posixpath.join(part.name if prefixed else "", _rename(inner, top))
            if outer in places:
                both = f"{places[outer][0].name} and {part.name}"
                raise UsageError(f"{both} both hold {outer!r}", advice="name only one of them with --from")
            places[outer] = (part, inner)
    if not places:
        advice = "name the folder or package that holds the collection"
        raise SourceError(f"{paths[0].resolve().name or 'the root folder'} holds no files", advice=advice)
    if taken := places.keys() & {body.name for body in beside}:
        raise SourceError(f"a file is called {min(taken)!r}, which means something else here", advice="take it away")
    return Archive(collection, parts, places, beside)


def _distinct(parts: Iterable[_Part]) -> list[_Part]:
    """The parts, but of packages that are copies of one another only the first."""
    by_digest = {part.facts.get("sha256", part): part for part in reversed(list(parts))}
    return list(reversed(by_digest.values()))


def _everything(_name: str) -> bool:
    return True


def media_type_of(name: str) -> MediaType:
    """What a file is read as, by its name."""
    return MEDIA_TYPES.get(posixpath.splitext(name)[1].lower(), MediaType.BINARY)


def _packages_or_folder(path: Path) -> list[Path]:
    """The path itself, or the packages in it."""
    if path.is_dir():
        return sorted(each for each in path.glob("*.deb") if each.is_file()) or [path]
    if not path.exists():
        raise UsageError(f"{path} does not exist", advice="name a .deb file or a folder that does")
    if path.suffix.lower() != ".deb" or not path.is_file():
        raise UsageError(f"{path.name} is neither a folder nor a .deb file", advice="unpack it and name the folder")
    return [path]


def _rename(name: str, top: str) -> str:
    if not top or name.startswith(top):
        return name.removeprefix(top)
    return posixpath.relpath(name, top)


def _inside(path: Path, root: Path) -> bool:
    """Whether this is a regular file, by itself or at the end of links that stay inside."""
    if not path.is_symlink():
        return path.is_file()
    target = Path(os.path.realpath(path))
    return target.is_file() and target.is_relative_to(root)


def _cannot_read(error: OSError) -> None:
    raise _unreadable(error) from error


def _unreadable(error: OSError) -> SourceError:
    return SourceError(f"{error.filename} cannot be read: {error.strerror}", advice="mend its permissions")
