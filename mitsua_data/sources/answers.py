"""What several institutions' answers have in common: an envelope around records, and slices of a dump's files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from mitsua_data.sources.record import Body, Record


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
    wrapped = isinstance(whole.value("/data"), dict)
    yield replace(whole, base="/data") if wrapped else whole


def last_of(body: Body) -> int:
    """The number of the last row or element in a slice of a dump, `<source>:<file>?<first>-<last>`."""
    return int(body.locator.rpartition("-")[2])
