"""What stands in a leaf: every column that says something, and nothing that could not be erased."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import JSON, Integer, LargeBinary, Table

from mitsua_data.canonical import canonical
from mitsua_data.ledger import events, tables

VALUES = st.one_of(st.text(), st.integers(-(2**53) + 1, 2**53 - 1), st.booleans(), st.lists(st.text(), max_size=2))


def filled(table: Table, mark: str = "x") -> dict[str, Any]:
    """A row with something in every column."""
    row: dict[str, Any] = {}
    for number, column in enumerate(table.columns):
        if isinstance(column.type, JSON):
            row[column.name] = {mark: number}
        elif isinstance(column.type, Integer):
            row[column.name] = number
        elif isinstance(column.type, LargeBinary):
            row[column.name] = b"salt" * 4
        else:
            row[column.name] = f"{mark}{number}"
    return row


@pytest.mark.parametrize("table", tables.LOGGED, ids=lambda table: table.name)
def test_a_leaf_is_the_hash_of_its_canonical_event(table: Table) -> None:
    row = filled(table)
    text = events.canonical(table, row)
    assert events.leaf(table, row) == hashlib.sha256(b"\x00" + text).digest()
    assert json.loads(text)["kind"] == tables.kind_of(table)


@pytest.mark.parametrize("table", tables.LOGGED, ids=lambda table: table.name)
def test_every_column_changes_the_leaf_but_the_number_of_the_leaf_itself(table: Table) -> None:
    row, other = filled(table), filled(table, "y")
    for column in table.columns:
        if column.name == "seq":
            assert events.leaf(table, row | {"seq": 99}) == events.leaf(table, row)
            continue
        changed = 10**6 if isinstance(column.type, Integer) else other[column.name]
        if isinstance(column.type, LargeBinary):
            changed = b"pepper" * 3
        assert events.leaf(table, row | {column.name: changed}) != events.leaf(table, row), column.name


def test_kinds_are_told_apart() -> None:
    kinds = [tables.kind_of(table) for table in tables.LOGGED]
    assert len(set(kinds)) == len(kinds)
    assert "original" in kinds


def test_a_column_without_value_is_left_out() -> None:
    row = filled(tables.verdict) | {"reason": None}
    assert "reason" not in events.event(tables.verdict, row)


def test_an_image_is_named_as_everywhere() -> None:
    row = filled(tables.decision) | {"source": "met", "record": "a#b", "part": "c"}
    assert events.event(tables.decision, row)["image"] == "met:a%23b#c"


@given(value=VALUES, salt=st.binary(min_size=16, max_size=16))
def test_a_quotation_stands_in_its_leaf_as_a_salted_digest(value: Any, salt: bytes) -> None:
    row = {"seq": 1, "capture": "ab" * 32, "pointer": "/a", "value": value, "salt": salt}
    event = events.event(tables.evidence, row)
    assert event["value"] == hashlib.sha256(salt + canonical(value)).hexdigest()
    assert "salt" not in event
    assert events.leaf(tables.evidence, row | {"salt": b"\0" * 15 + b"\1"}) != events.leaf(
        tables.evidence, row | {"salt": b"\0" * 16}
    )
