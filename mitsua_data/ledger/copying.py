"""
A ledger in another database: every row of every table, and then the proof that both are the same log.

Law: either the copy holds every row, each of its leaves is computed anew from its row, and its root is the root of the
ledger it was made from; or nothing was written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Table, func, select

from mitsua_data.errors import IntegrityError, UsageError
from mitsua_data.ledger import behind, tables
from mitsua_data.ledger.merkle import Frontier
from mitsua_data.ledger.store import Ledger, storage_errors

CHUNK: Final = 5000
"""Rows that are held in memory, and sent at once."""


@dataclass(frozen=True)
class Copied:
    """What was copied."""

    rows: int
    leaves: int
    root: str
    """In hex, of both."""


def copy(source: Ledger, target: Ledger, *, progress: Callable[[int], None] = lambda _: None) -> Copied:
    """
    Copy `source` into `target`, which must hold nothing yet, in one transaction. `progress` is told of rows.

    Raises UsageError where `target` is not empty, IntegrityError where the copy is not the same log.
    """
    with source.read() as reading, storage_errors(target.label), target.engine.begin() as writing:
        if any(_count(writing, table) for table in tables.metadata.sorted_tables):
            raise UsageError(f"{target.label} is not empty", advice="name a database of its own for the copy")
        rows = 0
        for table in tables.metadata.sorted_tables:
            for chunk in _chunks(reading, table):
                writing.execute(table.insert(), chunk)
                rows += len(chunk)
                progress(len(chunk))
        leaves, root = _proven(writing, target.label)
        ours = _root(reading)
        if root != ours:
            raise IntegrityError(f"{target.label}: root {root}, but {source.label} has {ours}", advice=_ADVICE)
    return Copied(rows, leaves, root)


_ADVICE: Final = "nothing was copied; audit the ledger it was to be made from"


def _chunks(connection: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    """All rows of a table, in the order of its key."""
    query = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=CHUNK)
    for rows in connection.execute(query).mappings().partitions():
        yield [dict(row) for row in rows]


def _count(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def _proven(connection: Connection, label: str) -> tuple[int, str]:
    """Number and root of the leaves, each computed from its row. Raises IntegrityError where one is not its row's."""
    frontier = Frontier()
    wrong: list[str] = []
    for leaf in behind.leaves(connection):  # to the end, so that no cursor stays open
        if leaf.logged is None or leaf.logged != leaf.computed:
            wrong.append(f"{leaf.kind} row {leaf.seq}")
        else:
            frontier.append(leaf.logged)
    if wrong:
        more = f", nor are {len(wrong) - 1} others" if wrong[1:] else ""
        raise IntegrityError(f"{label}: {wrong[0]} is not what was logged{more}", advice=_ADVICE)
    return frontier.size, frontier.root().hex()


def _root(connection: Connection) -> str:
    frontier = Frontier()
    column = tables.log_leaf.c.leaf_hash
    for leaf in connection.execute(select(column).order_by(tables.log_leaf.c.seq)).scalars():
        frontier.append(leaf)
    return frontier.root().hex()
