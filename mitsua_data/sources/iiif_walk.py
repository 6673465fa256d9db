"""
The way through a museum's IIIF collections, from the top down, so that a crawl that was killed finds its place again.

Reference: https://iiif.io/api/presentation/2.1/#collection (with `next`, its pages), /3.0/#51-collection

The cursor is the way to where it goes on: a line for each collection, the number of the next entry and the address. A
collection is entered once in a run, so that rings end; what lies on a host that was not declared is counted as failed.
What is listed as a manifest and answers as a collection is one. A list that goes on for ever, or deeper than anybody
files things, ends the crawl with an error: what lies behind it is not left out in silence.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import takewhile
from typing import Final

from mitsua_data.model import MediaType
from mitsua_data.sources.base import Body, Page, Record, WebReader
from mitsua_data.sources.hosts import host_of
from mitsua_data.sources.iiif_manifest import https, is_collection
from mitsua_data.sources.readers import NoAnswer

PAGE: Final = 10
"""Manifests on one page of a crawl."""
DEEPEST: Final = 24
"""Most collections inside of collections."""
EMPTIEST: Final = 1000
"""Most collections, or pages of them, that hold no manifest, one after another."""
_ADDRESS: Final = re.compile(r"https?://\S+")


class _Kind(Enum):
    """What an entry of a collection is."""

    MANIFEST = auto()
    COLLECTION = auto()
    UNSAID = auto()
    OTHER = auto()


_KINDS: Final = {
    "sc:Manifest": _Kind.MANIFEST,
    "Manifest": _Kind.MANIFEST,
    "sc:Collection": _Kind.COLLECTION,
    "Collection": _Kind.COLLECTION,
}
_BY_LIST: Final = {"/manifests": _Kind.MANIFEST, "/collections": _Kind.COLLECTION}


@dataclass(frozen=True)
class _Opened:
    """A collection that was read."""

    bodies: tuple[Body, ...] = ()
    entries: tuple[tuple[str, _Kind], ...] = ()
    """Addresses, and what is there."""
    next: str = ""
    """Where the list goes on."""
    listed: int = 0
    """1 for what is no collection: a manifest, or an answer that is neither, or none at all."""


def walk(reader: WebReader, tops: Sequence[str], hosts: Collection[str], after: str | None) -> Iterator[Page]:
    """
    All manifests below `tops`, ten to a page at most; what is neither manifest nor collection is a page as well.

    Raises NoAnswer where collections lie too deep, or too many of them hold nothing.
    """
    top = _Opened(entries=tuple((url, _Kind.UNSAID) for url in tops))
    way = [("", 0)] if after is None else _way(after)
    opened: dict[str, _Opened] = {"": top}
    entered = {place for place, _ in way}
    empty = 0
    while way:
        place, number = way.pop()
        empty = empty + 1 if place not in opened else empty
        if empty > EMPTIEST:
            raise NoAnswer(f"{place}: {EMPTIEST} collections before it hold no manifest")
        here = opened.get(place) or _open(reader, place, hosts)
        left = here.entries[number:]
        batch = [url for url, _ in takewhile(lambda entry: entry[1] is _Kind.MANIFEST, left[:PAGE])]
        opened = {"": top, **{each: opened[each] for each, _ in way if each in opened}, place: here}
        if batch:
            way.append((place, number + len(batch)))
            bodies = tuple(reader.each(batch, MediaType.JSON))
            others = [body.locator for body in bodies if is_collection(Record(body.locator, body))]
            for other in reversed(others):
                _enter(other, way, entered)
            yield Page((*here.bodies, *bodies), cursor=_cursor(way), listed=len(batch) - len(others))
            empty = 0
        elif left:
            way.append((place, number + 1))
            _enter(left[0][0], way, entered)
        elif here.next:
            _enter(here.next, way, entered)
        elif here.listed:
            yield Page(here.bodies, cursor=_cursor(way), listed=here.listed)
            empty = 0


def _enter(place: str, way: list[tuple[str, int]], entered: set[str]) -> None:
    """Go on there, unless that was done before. Raises NoAnswer where that is too deep."""
    if place in entered:
        return
    if len(way) > DEEPEST:
        raise NoAnswer(f"{place}: more than {DEEPEST} collections lie around it", advice="declare it as one of its own")
    entered.add(place)
    way.append((place, 0))


def _open(reader: WebReader, place: str, hosts: Collection[str]) -> _Opened:
    """What is at an address. What must be had is asked for so; a host that is not declared is asked for nothing."""
    declared = host_of(place) in hosts
    bodies = (reader.get(place, MediaType.JSON),) if declared else (*reader.each([place], MediaType.JSON),)
    record = Record(place, bodies[0]) if bodies else None
    if record is None or not is_collection(record):
        return _Opened(bodies, listed=1)
    entries = tuple(
        (address, kind)
        for key in ("/members", "/collections", "/manifests", "/items")
        for entry in (f"{key}/{number}" for number in range(record.length(key) or 0))
        if (address := _address(record, entry)) and (kind := _kind(record, entry, key)) is not _Kind.OTHER
    )
    return _Opened(bodies, entries, _address(record, "/next"))


def _kind(record: Record, entry: str, key: str) -> _Kind:
    """What an entry of a collection is, as it says itself, or by the list it stands in."""
    said = record.seen(f"{entry}/@type") or record.seen(f"{entry}/type")
    if said is None:
        return _BY_LIST.get(key, _Kind.UNSAID)
    return _KINDS.get(said, _Kind.OTHER) if isinstance(said, str) else _Kind.OTHER


def _address(record: Record, entry: str) -> str:
    """The address of an entry, or of the next page; empty where there is none that can be asked for."""
    said = record.text(f"{entry}/@id") or record.text(f"{entry}/id") or record.text(entry)
    return https(said) if _ADDRESS.fullmatch(said) else ""


def _cursor(way: Sequence[tuple[str, int]]) -> str:
    return "\n".join(f"{number} {place}" for place, number in way)


def _way(cursor: str) -> list[tuple[str, int]]:
    """The inverse of `_cursor`; of an empty one, which stands behind the end, there is no way on."""
    steps = (line.partition(" ") for line in cursor.split("\n") if line)
    return [(place, int(number)) for number, _, place in steps]
