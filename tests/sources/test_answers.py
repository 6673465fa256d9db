"""Envelopes around records, and several answers about one record."""

from __future__ import annotations

import json
from itertools import permutations
from typing import Any

import pytest

from mitsua_data.model import MediaType
from mitsua_data.sources.answers import answered, last_of, newest, together
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


def test_the_newest_counts_and_of_equals_the_last() -> None:
    ages = {"a": "1", "b": "3", "c": "2", "d": "3"}
    records = [Record("7", body({}, name)) for name in ages] + [Record("8", body({}, "a"))]
    found = newest(records, lambda record: (True, ages[record.body.name]))
    assert [(record.id, record.body.name) for record in found] == [("7", "d"), ("8", "a")]
