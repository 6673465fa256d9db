"""
What a logged row says in the Merkle log: its event, as canonical JSON (RFC 8785), and the leaf hash of that.

    leaf = SHA-256(0x00 ‖ JCS({"kind": <table>, <column>: <value>, …}))

Columns that are NULL are left out; a verdict's `kind`, that of its licence, is called `licence_kind`. An evidence row's
value stands in its event as SHA-256(salt ‖ JCS(value)): erase salt and value, and every proof still verifies, while the
value cannot be guessed back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Table

from mitsua_data.canonical import canonical as canonical_json
from mitsua_data.ledger import tables
from mitsua_data.ledger.merkle import leaf_hash
from mitsua_data.model import ImageId

RENAMED: Final = {"kind": "licence_kind"}
"""Columns whose name says something else in an event."""


def event(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """The event of one row of a logged table."""
    body: dict[str, Any] = {"kind": tables.kind_of(table)}
    for column in table.columns:
        value = row.get(column.name)
        if column.name not in tables.PRIVATE and value is not None:
            body[RENAMED.get(column.name, column.name)] = value
    if table is tables.evidence:
        body["value"] = hashlib.sha256(row["salt"] + canonical_json(row["value"])).hexdigest()
    if {"source", "record", "part"} <= body.keys():
        body["image"] = str(ImageId(body["source"], body["record"], body["part"]))
    return body


def canonical(table: Table, row: Mapping[str, Any]) -> bytes:
    """The event's canonical bytes: what is hashed, and what a proof carries."""
    return canonical_json(event(table, row))


def leaf(table: Table, row: Mapping[str, Any]) -> bytes:
    """The 32-byte leaf hash of one row."""
    return leaf_hash(canonical(table, row))
