"""Reading the ledger: opt-out signals, the newest of each protocol and scope, and which images they cover."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, or_, select

from mitsua_data.ledger import history, queries, tables
from mitsua_data.signals import Wish, Wishes, Word
from mitsua_data.signals.groups import matches
from mitsua_data.signals.scope import HOST, PATH, URL, host_of, split_path_scope


@dataclass(frozen=True, slots=True)
class Known:
    """What the newest row of a protocol and scope says."""

    word: Word
    value: str | None
    parser_version: int


def newest(connection: Connection, scopes: Iterable[str], hosts: Iterable[str] = ()) -> dict[tuple[str, str], Known]:
    """The newest rows of these scopes, and of all paths of these hosts, by protocol and scope."""
    table = tables.signal
    found: dict[tuple[str, str], Known] = {}
    conditions: list[Any] = [table.c.scope.in_(chunk) for chunk in queries.chunks(sorted(set(scopes)))]
    conditions += [table.c.scope.startswith(f"{PATH}{host}", autoescape=True) for host in sorted(set(hosts))]
    for condition in conditions:
        for row in connection.execute(select(table).where(condition).order_by(table.c.seq)):
            found[row.protocol, row.scope] = Known(Word.of(row.verdict), row.value_raw, row.parser_version)
    return found


def rows(connection: Connection) -> list[Any]:
    """The newest row of every protocol and scope, by seq."""
    table = tables.signal
    last = select(func.max(table.c.seq).label("seq")).group_by(table.c.protocol, table.c.scope).subquery()
    return list(connection.execute(select(table).join(last, last.c.seq == table.c.seq).order_by(table.c.seq)))


def wishes(connection: Connection) -> Wishes:
    """The wishes that hold now. A pure function of the ledger's rows."""
    found = Wishes.of_rows(
        Wish(row.seq, row.protocol, row.scope, Word.of(row.verdict), row.value_raw) for row in rows(connection)
    )
    for wish in found:
        for capture in _captures(connection, wish):
            found.by_capture.setdefault(capture, []).append(wish)
    return found


def told(connection: Connection, decided: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The signals that decisions (rows) rest on, each with its quotation, by seq."""
    seqs = sorted({seq for row in decided for seq in row["inputs"].get("signals", ())})
    table = tables.signal
    rows = [
        row
        for chunk in queries.chunks(seqs)
        for row in connection.execute(select(table).where(table.c.seq.in_(chunk)).order_by(table.c.seq))
    ]
    return [dict(row._mapping) | {"evidence": [history.quotation(connection, row.evidence)]} for row in rows]


def _captures(connection: Connection, wish: Wish) -> set[str]:
    """The captures that were seen at an address that the wish covers: records may be read from them."""
    seen = tables.capture_seen
    if wish.scope.startswith(URL):
        condition: Any = seen.c.locator == wish.scope.removeprefix(URL)
    elif wish.scope.startswith((HOST, PATH)):
        host = split_path_scope(wish.scope)[0] if wish.scope.startswith(PATH) else wish.scope.removeprefix(HOST)
        condition = or_(
            *(seen.c.locator.startswith(f"{scheme}://{host}", autoescape=True) for scheme in ("https", "http"))
        )
    else:
        return set()
    pattern = split_path_scope(wish.scope)[1] if wish.scope.startswith(PATH) else None
    query = select(seen.c.sha256, seen.c.locator).where(condition).distinct()
    return {
        row.sha256
        for row in connection.execute(query)
        if (wish.scope.startswith(URL) or host_of(row.locator) == host)
        and (pattern is None or matches(pattern, row.locator))
    }
