"""What was delivered under a contract: a folder of works, the document that was signed about them, and its list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from mitsua_data.archives import open_archive
from mitsua_data.errors import UsageError
from mitsua_data.sources.contract import Contract

MAX_DOCUMENT: Final = 256 * 1024 * 1024
"""Largest document that is taken, in bytes."""
SHOWN: Final = 5
"""Files named in a message, where there are more."""


@dataclass(frozen=True)
class Delivery:
    """A folder of works, and the document that was signed about them."""

    folder: Path
    document: bytes
    works: Mapping[str, str]
    """SHA-256 → name, of what is covered."""
    missing: int
    """Works of the list that were not delivered."""

    @property
    def document_sha256(self) -> str:
        """Of the document."""
        return sha256(self.document).hexdigest()


def delivered(folder: Path, document: Path, works: Path | None) -> Delivery:
    """
    What lies in a folder, beside the list of works where one was signed.

    Raises UsageError where there is no work, one that is not on the list, or no document.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder", advice="name the folder of delivered works")
    try:
        size = document.stat().st_size
        signed = document.read_bytes() if size <= MAX_DOCUMENT else b""
    except OSError as error:
        raise UsageError(f"{document}: {error.strerror}", advice="name the signed document with --document") from error
    if not signed:
        raise UsageError(f"{document}: {size} bytes", advice="name the signed document with --document")
    found = _works(folder) if any(folder.iterdir()) else {}
    found.pop(sha256(signed).hexdigest(), None)  # a scan may lie beside the works
    if not found:
        raise UsageError(f"{folder} holds no image files", advice="name the folder of delivered works")
    listed = found if works is None else _listed(works)
    if unknown := sorted(found[digest] for digest in found.keys() - listed.keys()):
        shown = ", ".join(unknown[:SHOWN]) + (" …" if len(unknown) > SHOWN else "")
        raise UsageError(
            f"{len(unknown):,} files of {folder} are not on the list: {shown}",
            advice="take them away, or get a grant that covers them",
        )
    return Delivery(folder, signed, listed | found, len(listed.keys() - found.keys()))


def _works(folder: Path) -> dict[str, str]:
    """SHA-256 → name, of the image files in a folder."""
    source = Contract()
    archive = open_archive(folder, collection=source.spec.id)
    images = [name for name in archive.names() if source.is_item(name)]
    return {sha256(data).hexdigest(): name for name, data in archive.entries(reversed(images))}


def _listed(path: Path) -> dict[str, str]:
    """SHA-256 → name, of the lines of a list as `sha256sum` writes it; a line may be a digest alone."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read", advice="name a list as sha256sum writes it") from error
    found = {}
    for number, line in enumerate(lines, 1):
        digest, _, name = line.strip().partition(" ")
        if not digest or digest.startswith("#"):
            continue
        if len(digest) != 64 or set(digest) - set("0123456789abcdef"):  # hex digits of a SHA-256
            raise UsageError(f"{path}, line {number}: no SHA-256", advice="name a list as sha256sum writes it")
        found[digest] = name.strip().removeprefix("*")
    return found
