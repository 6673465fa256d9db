"""Reading the ledger: which permissions are on record, for which works, and which images rest on them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Table, and_, or_, select

from mitsua_data.ledger import tables
from mitsua_data.model import ImageId


def on_record(connection: Connection) -> dict[str, int]:
    """Permission id (sha256 of its statement) → seq of the row that put it on record; the first one, of several."""
    table = tables.permission
    query = select(table.c.statement, table.c.seq).where(table.c.statement.is_not(None)).order_by(table.c.seq.desc())
    return {row.statement: row.seq for row in connection.execute(query)}


def rows(connection: Connection) -> list[Any]:
    """Every permission (rows of `permission`), the oldest first."""
    return list(connection.execute(select(tables.permission).order_by(tables.permission.c.seq)))


def works(connection: Connection, permissions: Iterable[str]) -> list[str]:
    """The sha256 of every work that these permissions cover, sorted."""
    table, work = tables.permission, tables.permission_work
    query = (
        select(work.c.sha256)
        .join(table, table.c.seq == work.c.permission)
        .where(table.c.statement.in_(sorted(permissions)))
        .distinct()
    )
    return sorted(row.sha256 for row in connection.execute(query))


def covered_by(granted: Any) -> Any:
    """A query for the works of permissions: of one, by its id, or of all that a query finds."""
    table, work = tables.permission, tables.permission_work
    named = table.c.statement == granted if isinstance(granted, str) else table.c.statement.in_(granted)
    return select(work.c.sha256).join(table, table.c.seq == work.c.permission).where(named)


def of_image(connection: Connection, image: ImageId) -> list[str]:
    """The permissions that a verdict on this image ever quoted, or that cover bytes it had."""
    table, work, verdict, evidence = tables.permission, tables.permission_work, tables.verdict, tables.evidence
    seqs = {
        seq for row in connection.execute(select(verdict.c.evidence).where(_is(verdict, image))) for seq in row.evidence
    }
    quoted = select(evidence.c.capture).where(evidence.c.seq.in_(sorted(seqs)))
    originals = select(tables.occurrence.c.sha256).where(_is(tables.occurrence, image))
    covering = select(work.c.permission).where(work.c.sha256.in_(originals))
    query = select(table.c.statement).where(or_(table.c.statement.in_(quoted), table.c.seq.in_(covering))).distinct()
    return sorted(row.statement for row in connection.execute(query) if row.statement)


def told(connection: Connection, image: ImageId) -> list[dict[str, Any]]:
    """The rows of `of_image`, the oldest first."""
    table = tables.permission
    query = select(table).where(table.c.statement.in_(of_image(connection, image))).order_by(table.c.seq)
    return [dict(row._mapping) for row in connection.execute(query)]


def images(connection: Connection, permission: str) -> list[ImageId]:
    """Every image of which a verdict ever quoted this permission."""
    verdict, evidence = tables.verdict, tables.evidence
    quoted = {row.seq for row in connection.execute(select(evidence.c.seq).where(evidence.c.capture == permission))}
    if not quoted:
        return []
    query = select(verdict.c.source, verdict.c.record, verdict.c.part, verdict.c.evidence)
    found = {
        ImageId(row.source, row.record, row.part)
        for row in connection.execute(query)
        if not quoted.isdisjoint(row.evidence)
    }
    return sorted(found)


def _is(table: Table, image: ImageId) -> Any:
    return and_(table.c.source == image.source, table.c.record == image.record, table.c.part == image.part)
