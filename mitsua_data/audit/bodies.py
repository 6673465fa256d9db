"""Captured bytes for an audit: read back by digest, checked, and kept for a while. What cannot be read is a value."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from mitsua_data.captures import CaptureStore
from mitsua_data.errors import IntegrityError, StorageError
from mitsua_data.ledger import behind
from mitsua_data.ledger.behind import Row
from mitsua_data.ledger.store import Ledger
from mitsua_data.model import Capture, MediaType
from mitsua_data.sources.base import Body

KEPT: Final = 16 * 1024 * 1024
"""Bytes of bodies kept in memory: an index is quoted by many samples. Parsed, they take several times as much."""
LARGEST: Final = 1 << 30
"""No WARC record that this project writes is longer, in bytes: what claims to be is not read."""


@dataclass(frozen=True, slots=True)
class Unread:
    """Captured bytes that are missing or damaged."""

    where: str
    problem: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a capture's bytes lie, and where they were seen."""

    row: Row
    locators: tuple[str, ...]
    fetched_at: str

    @property
    def where(self) -> str:
        """As findings name it."""
        return f"captures/{self.row['warc']} at {self.row['offset']}"


class Bodies:
    """Bodies by sha256. `learn` says where they lie before `get` is asked."""

    def __init__(self, store: CaptureStore) -> None:
        self._store = store
        self.places: dict[str, Place] = {}
        self.read: set[str] = set()
        """Digests that were read back and found to be right."""
        self._kept: OrderedDict[str, Body] = OrderedDict()
        self._size = 0

    def learn(self, ledger: Ledger, digests: Iterable[str]) -> None:
        """Look up where bytes lie; what was learnt before is forgotten."""
        with ledger.read() as connection:
            found = behind.captures(connection, digests)
        self.places = {sha: Place(row, tuple(locators), seen) for sha, (row, locators, seen) in found.items()}

    def get(self, digest: str) -> Body | Unread:
        """A body, at its first locator."""
        if digest in self._kept:
            self._kept.move_to_end(digest)
            return self._kept[digest]
        found = self.original(digest)
        if isinstance(found, Unread):
            return found
        place = self.places[digest]
        try:
            media_type = MediaType(place.row["media_type"])
        except ValueError:
            return Unread(place.where, f"unknown media type {place.row['media_type']!r}")
        body = Body(found, media_type, place.locators[0] if place.locators else "")
        self._keep(digest, body)
        return body

    def at(self, digest: str) -> list[Body]:
        """The same bytes once for each locator they were seen at; none where they cannot be read."""
        body = self.get(digest)
        if isinstance(body, Unread):
            return []
        return [replace(body, locator=locator) for locator in self.places[digest].locators]

    def original(self, digest: str) -> bytes | Unread:
        """Bytes that are not kept in memory."""
        place = self.places.get(digest)
        if place is None:
            return Unread("ledger", f"no capture has sha256 {digest}")
        capture = _capture(digest, place)
        if isinstance(capture, Unread):
            return capture
        try:
            data = self._store.read(capture)
        except (IntegrityError, StorageError) as error:
            return Unread(place.where, str(error))
        if (found := sha256(data).hexdigest()) != digest:
            return Unread(place.where, f"sha256 {found}")
        self.read.add(digest)
        return data

    def answered(self, digest: str) -> list[tuple[str, str]] | None:
        """The headers that some bytes came with; None where they came from no server, or cannot be read."""
        place = self.places.get(digest)
        capture = None if place is None else _capture(digest, place)
        if capture is None or isinstance(capture, Unread):
            return None
        try:
            return self._store.answered(capture)
        except (IntegrityError, StorageError):
            return None  # reading the bytes themselves finds that

    def _keep(self, digest: str, body: Body) -> None:
        self._kept[digest] = body
        self._size += len(body.data)
        while self._size > KEPT and len(self._kept) > 1:
            self._size -= len(self._kept.popitem(last=False)[1].data)


def _capture(digest: str, place: Place) -> Capture | Unread:
    """Where a capture's record lies, if a record can lie there."""
    row = place.row
    sizes = (row["offset"], row["length"], row["size"])
    if not all(isinstance(size, int) and 0 <= size <= LARGEST << 20 for size in sizes) or row["length"] > LARGEST:
        return Unread(place.where, f"no WARC record lies at {sizes}")
    return Capture(
        sha256=digest,
        media_type=MediaType.BINARY,
        locator=place.locators[0] if place.locators else "",
        size=row["size"],
        fetched_at=datetime.min.replace(tzinfo=UTC),
        warc=str(row["warc"]),
        offset=row["offset"],
        length=row["length"],
    )
