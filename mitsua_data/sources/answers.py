"""What several institutions' answers have in common: an envelope around records, and slices of a dump's files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from mitsua_data.sources.base import Source
from mitsua_data.sources.record import Body, Page, Record


def answered(body: Body, context: Mapping[str, Body]) -> Iterator[Record]:
    """
    The records of a JSON body: `{"data": [...]}`, `{"data": {...}}`, a list, or one record that stands alone.

    Their ids are the places where they stand, `<locator><pointer>`; the source knows better. Law: a body that is none
    of these, or cannot be parsed, is one record; so only an empty list gives none.
    """
    whole = Record(body.locator, body, context=context)
    for pointer in ("", "/data"):
        length = whole.length(pointer)
        if length is not None:
            places = (f"{pointer}/{number}" for number in range(length))
            yield from (replace(whole, id=f"{body.locator}{place}", base=place) for place in places)
            return
    wrapped = isinstance(whole.seen("/data"), dict)
    yield replace(whole, id=f"{whole.id}/data", base="/data") if wrapped else whole


def last_of(body: Body) -> int:
    """The number of the last row or element in a slice of a dump, `<source>:<file>?<first>-<last>`."""
    return int(body.locator.rpartition("-")[2])


def together(source: Source[Any], bodies: Sequence[Body]) -> list[Page]:
    """Saved bodies in pages: those that have a record in common on one page, so that `newest` can choose among them."""
    pages: dict[int, list[Body]] = {}
    names: dict[int, set[str]] = {}
    home: dict[str, int] = {}
    for number, body in enumerate(bodies):
        found = {record.id for record in source.records(Page((body,)))}
        near = sorted({home[name] for name in found if name in home}) or [number]
        for other in near[1:]:
            pages[near[0]] += pages.pop(other)
            found |= names.pop(other)
        pages.setdefault(near[0], []).append(body)
        names.setdefault(near[0], set()).update(found)
        home.update(dict.fromkeys(found, near[0]))
    return [Page(tuple(each)) for each in pages.values()]


def newest(records: Iterable[Record], age: Callable[[Record], tuple[bool, str]]) -> list[Record]:
    """Of several records with one id the newest, by what `age` says of it; of equally old ones the last."""
    found: dict[str, Record] = {}
    for record in records:
        if record.id not in found or age(found[record.id]) <= age(record):
            found[record.id] = record
    return list(found.values())
