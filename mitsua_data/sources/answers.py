"""What several institutions' answers have in common: an envelope around records, and slices of a dump's files."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from mitsua_data.sources.base import Source
from mitsua_data.sources.record import Body, Page, Record

_STAMP: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?(?:Z|([+-])([0-9]{2}):?([0-9]{2}))?)?"
)


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


def stamp(text: str) -> tuple[bool, datetime] | None:
    """
    A date or time in ISO 8601, and whether it has an offset; None for anything else.

    Only those that are alike in having one can be compared.
    """
    match = _STAMP.fullmatch(text)
    if match is None:
        return None
    day, time, fraction, sign, hours, minutes = match.groups()
    year, month, number = map(int, day.split("-"))
    hour, minute, second = map(int, (time or "00:00:00").split(":"))
    if not (year and 1 <= month <= 12 and 1 <= number <= monthrange(year, month)[1]):
        return None
    if max(hour - 23, minute - 59, second - 59, int(hours or 0) - 14, int(minutes or 0) - 59) > 0:
        return None
    micros = int((fraction or "")[:6].ljust(6, "0"))
    moment = datetime(year, month, number, hour, minute, second, micros, UTC)
    if not 1 < year < 9999:  # no offset may lead out of the calendar
        return None
    if sign:
        ahead = timedelta(hours=int(hours), minutes=int(minutes))
        moment -= ahead if sign == "+" else -ahead
    return text[-1] == "Z" or sign is not None, moment


def newest(records: Iterable[Record], age: Callable[[Record], Sequence[str]]) -> list[Record]:
    """
    The records without those that are surely older than another one with the same id.

    `age`: what a record says of when it was written, under one name after another; the first name decides under which
    both say it, each as a `stamp` that can be compared. Law: two stay beside one another where none does, or where they
    are equally old. Whoever judges them finds whether they agree.
    """
    named: dict[str, list[Record]] = {}
    for record in records:
        named.setdefault(record.id, []).append(record)
    return [record for alike in named.values() for record in (_latest(alike, age) if len(alike) > 1 else alike)]


def _latest(records: list[Record], age: Callable[[Record], Sequence[str]]) -> list[Record]:
    ages = [[stamp(text) for text in age(record)] for record in records]
    kept = [record for record, mine in zip(records, ages, strict=True) if not any(_older(mine, each) for each in ages)]
    return kept or records  # where several names decide, each may be older than another


def _older(one: Sequence[tuple[bool, datetime] | None], other: Sequence[tuple[bool, datetime] | None]) -> bool:
    for mine, theirs in zip(one, other, strict=True):
        if mine is not None and theirs is not None and mine[0] == theirs[0]:
            return mine[1] < theirs[1]
    return False
