"""Names of files in a repository: which are images and licence files, what lies around them, and patterns of paths."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import Final

FORMATS: Final = frozenset({"png", "jpg", "jpeg", "gif", "webp", "tif", "tiff", "bmp", "avif", "jp2"})
"""Ends of the names of image files, in lower case."""
_LICENCE_FILE: Final = re.compile(r"(?:licen[cs]e|copying|copyright|unlicen[cs]e)(?:[-_.][a-z0-9._-]+)?", re.IGNORECASE)


def is_image(name: str) -> bool:
    """Whether a file is an image, by its name."""
    return suffix(name) in FORMATS


def is_licence_file(name: str) -> bool:
    """Whether a file holds the licence of its folder, by its name."""
    file = PurePosixPath(name).name
    return bool(_LICENCE_FILE.fullmatch(file)) and suffix(name) not in FORMATS | {"license"}


def side_car(name: str) -> str:
    """The file in which REUSE states the licence of one other."""
    return f"{name}.license"


def suffix(name: str) -> str:
    """What follows the last dot of a file's name, in lower case; `""` where there is none."""
    return PurePosixPath(name).suffix.removeprefix(".").lower()


def folder(name: str) -> str:
    """The folder a file lies in; `""` for the top."""
    return name.rpartition("/")[0]


def place(name: str) -> tuple[str, str]:
    """The order of records: folder by folder."""
    return folder(name), name


def chain(of: str) -> tuple[str, ...]:
    """A folder and all above it, up to the top, which is `""`."""
    return (of, *chain(folder(of))) if of else ("",)


def nearest(names: Iterable[str], item: str) -> list[str]:
    """Of `names`, the licence files of the first folder, going up from the file `item`, that has any."""
    texts = [name for name in sorted(names) if is_licence_file(name)]
    for above in chain(folder(item)):
        found = [name for name in texts if folder(name) == above]
        if found:
            return found
    return []


def any_of(patterns: Sequence[str]) -> re.Pattern[str]:
    """
    A pattern that matches a whole path where one of these does; nothing, where there are none.

    As in `.gitignore`: `*` stands for anything but `/`, `**` for anything, `**/` for any folders or none, `?` for one
    character.
    """
    wild = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = (re.split(r"(\*\*/|\*\*|\*|\?)", pattern) for pattern in patterns)
    texts = ("".join(wild.get(part) or re.escape(part) for part in each) for each in parts)
    return re.compile("|".join(texts) or r"(?!)", re.DOTALL)
