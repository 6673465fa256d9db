"""
Dumps that are named by their address: downloaded once into the workspace, whole or not at all.

A file that is there already is not asked for again: an interrupted crawl goes on with the same bytes. Whoever wants the
newest ones takes it away first.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import IO, Final
from urllib.parse import unquote, urlsplit

from mitsua_data.bulk import KINDS, form_of
from mitsua_data.disk import sync_folder
from mitsua_data.errors import StorageError, UsageError
from mitsua_data.sources.base import WebSource
from mitsua_data.web.access import Access, Limits
from mitsua_data.web.client import WebClient

LARGEST: Final = 16 * 1024**3
"""Largest dump that is downloaded, in bytes. What is larger is fetched by whoever knows where to put it."""
LIMITS: Final = Limits(body_bytes=LARGEST, total_seconds=12 * 3600.0)


def is_address(place: str) -> bool:
    """Whether a dump is named by its address, rather than by its path."""
    return place.startswith(("https://", "http://"))


def downloaded(
    source: WebSource,
    url: str,
    folder: Path,
    *,
    base_url: str | None,
    contact: str,
    watch: Callable[[int], None] = lambda _: None,
) -> Path:
    """
    The file at `url`, in `folder`; `watch` is told how many bytes are here.

    Only the source's own hosts for records are asked. Raises UsageError for a URL that names no file of a dump,
    FetchError where it cannot be had, StorageError where the disk refuses.
    """
    name = unquote(urlsplit(url).path).rpartition("/")[2]
    if not form_of(name) or not name.isprintable():
        raise UsageError(f"{url} names no file of a dump", advice=f"name {KINDS}")
    target = folder / source.spec.id / sha256(url.encode()).hexdigest()[:12] / name
    if target.is_file():
        return target
    access = Access.for_source(source.spec, base_url=base_url, contact=contact)
    access = replace(access, hosts=source.spec.metadata_hosts)
    partial = target.with_name(f"{name}.partial")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("w+b") as file, WebClient(access, limits=LIMITS) as client:
            client.save(url, _Watched(file, watch), most=LARGEST)
            file.flush()
            os.fsync(file.fileno())
        partial.rename(target)
        sync_folder(target.parent)
    except OSError as error:
        raise StorageError(f"{target}: {error.strerror or error}") from error
    finally:
        partial.unlink(missing_ok=True)
    return target


class _Watched:
    """A file that tells how much it holds."""

    def __init__(self, file: IO[bytes], watch: Callable[[int], None]) -> None:
        self._file, self._watch = file, watch
        self._size = 0

    def restart(self) -> None:
        self._file.seek(0)
        self._file.truncate()
        self._size = 0

    def write(self, data: bytes) -> None:
        self._file.write(data)
        self._size += len(data)
        self._watch(self._size)
