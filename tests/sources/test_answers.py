"""Envelopes around records, and several answers about one record."""

from __future__ import annotations

import json
from itertools import permutations
from typing import Any

import pytest

from mitsua_data.model import MediaType
from mitsua_data.sources.answers import answered, last_of, newest, stamp, together
from mitsua_data.sources.base import Body, Record
from mitsua_data.sources.cleveland import Cleveland


def body(value: Any, name: str = "a.json") -> Body:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return Body(data, MediaType.JSON, f"cleveland:{name}")


@pytest.mark.parametrize(
    ("value", "bases"),
    [
        ({"id": 1}, [""]),
        ([{"id": 1}, {"id": 2}], ["/0", "/1"]),
        ({"data": {"id": 1}}, ["/data"]),
        ({"data": [{"id": 1}, 7]}, ["/data/0", "/data/1"]),
        ({"data": []}, []),
        ([], []),
        ({"data": "text"}, [""]),
        (b"[1", [""]),
        (b"", [""]),
        (b'[{"a": "x\\u0000"}]', ["/0"]),
    ],
)
def test_only_an_empty_list_gives_no_record(value: Any, bases: list[str]) -> None:
    found = list(answered(body(value), {}))
    assert [record.base for record in found] == bases
    assert [record.id for record in found] == [f"cleveland:a.json{base}" for base in bases]


def test_the_end_of_a_slice_is_in_its_name() -> None:
    assert last_of(body([], "a-b.json?401-600")) == 600


@pytest.mark.parametrize("order", permutations(range(5)))
def test_answers_with_a_record_in_common_share_a_page(order: tuple[int, ...]) -> None:
    holdings = [[1], [2], [1, 2], [3], []]
    bodies = [body([{"id": number} for number in holdings[n]], f"{n}.json") for n in order]
    pages = [{each.name for each in page.bodies} for page in together(Cleveland(), bodies)]
    assert sorted(map(sorted, pages)) == [["0.json", "1.json", "2.json"], ["3.json"], ["4.json"]]


DAY, LATER = "2026-05-01T10:00:00+02:00", "2026-05-01T09:00:00Z"


@pytest.mark.parametrize("order", permutations(range(3)))
@pytest.mark.parametrize(
    ("ages", "kept"),
    [
        ([(DAY,), (LATER,), ("2026-04-30T23:00:00-01:00",)], "b"),
        ([(DAY,), (LATER,), (LATER,)], "bc"),
        ([(DAY,), (LATER,), ("",)], "bc"),
        ([(DAY,), (LATER,), ("zzz",)], "bc"),
        ([(DAY,), (LATER,), ("2026-02-30T00:00:00Z",)], "bc"),
        ([(DAY,), (LATER,), ("2025-01-01 00:00:00.000000",)], "bc"),  # in which zone?
        ([(DAY, ""), ("", LATER), ("", "")], "abc"),
        ([(DAY, LATER), ("", "2027-01-01T00:00:00Z"), (LATER, "")], "bc"),
        ([("2026-01-01", LATER), ("2026-01-02", DAY), ("", "2027-01-01T00:00:00Z")], "c"),
        ([("2026-01-01", "2026-01-03"), ("2026-01-02", "2026-01-01"), ("", "2026-01-02")], "abc"),  # in a circle
    ],
)
def test_only_what_is_surely_older_is_left_out(ages: list[tuple[str, ...]], kept: str, order: tuple[int, ...]) -> None:
    records = [Record("7", body({}, "abc"[number])) for number in order] + [Record("8", body({}, "d"))]
    found = newest(records, lambda record: ages["abc".index(record.body.name)])
    assert "".join(sorted(record.body.name for record in found)) == f"{kept}d"


@pytest.mark.parametrize(
    "text",
    ["", "zzz", "2026-13-01", "2026-00-10", "0000-01-01", "2026-02-29", "2026-05-01T24:00:00Z", "2026-05-01T10:60:00Z",
     "2026-05-01T10:00:00+15:00", "2026-05-01T10:00Z", "2026-05-01T10:00:00Z ", "2026-05-01Z",
     "9999-12-31T23:59:59-05:00",
     "\u0662\u0660\u0662\u0666-05-01"],
)  # fmt: skip
def test_what_is_no_stamp(text: str) -> None:
    assert stamp(text) is None


def test_stamps_with_an_offset_are_one_moment() -> None:
    assert stamp("2026-05-01T10:00:00.5+0200") == stamp("2026-05-01 08:00:00.500Z") != stamp("2026-05-01 08:00:00.5")
