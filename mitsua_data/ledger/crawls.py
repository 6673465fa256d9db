"""Reading the ledger: what crawls there were, how far they came, and what they read from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from mitsua_data.ledger import tables
from mitsua_data.model import MediaType


@dataclass(frozen=True, slots=True)
class Crawl:
    """The newest crawl of a source."""

    session: str
    holdings: dict[str, Any]
    """What it reads from, as `Holdings.as_json` wrote it."""
    state: str
    """running; pending (everything was listed, answers are to come); or done."""
    cursor: str | None
    """Behind which it goes on."""
    rule_version: int | None
    """Of the source's rule, when it began."""
    records: int
    """Verdicts so far, those that said nothing new among them."""
    again: int | None = None
    """The size of the log when it began, of a crawl that looks at everything again; None of any other."""


def newest(connection: Connection, source: str) -> Crawl | None:
    """The crawl of a source that wrote last; None where there was none."""
    session, progress = tables.crawl_session, tables.crawl_progress
    query = (
        select(session.c.id, session.c.holdings, session.c.config, progress.c.state, progress.c.cursor)
        .join(progress, progress.c.session == session.c.id)
        .where(session.c.source == source)
        .order_by(progress.c.id.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    if row is None:
        return None
    total = select(func.coalesce(func.sum(progress.c.records), 0)).where(progress.c.session == row.id)
    records = int(connection.execute(total).scalar_one())
    config = row.config
    return Crawl(
        row.id, dict(row.holdings), row.state, row.cursor, config.get("rule_version"), records, config.get("again")
    )


def unfinished(connection: Connection, source: str) -> Crawl | None:
    """The source's newest crawl, if it did not end."""
    found = newest(connection, source)
    return None if found is None or found.state == "done" else found


def count(connection: Connection, source: str) -> int:
    """How many crawls of this source were begun."""
    session = tables.crawl_session
    query = select(func.count()).select_from(session).where(session.c.source == source)
    return int(connection.execute(query).scalar_one())


def places(connection: Connection, source: str) -> list[str]:
    """Every place that a source was read from, each once, that of the newest crawl first."""
    session = tables.crawl_session
    query = select(session.c.holdings).where(session.c.source == source).order_by(session.c.id.desc())
    return list(dict.fromkeys(place for row in connection.execute(query) for place in row.holdings["places"]))


def log_size(connection: Connection) -> int:
    """How many leaves the log has."""
    last = connection.execute(select(func.max(tables.log_leaf.c.seq))).scalar()
    return 0 if last is None else int(last) + 1


def declarations(connection: Connection) -> dict[str, str]:
    """Source id → the file that declared it, for sources that were crawled from a declaration; the newest one."""
    session = tables.crawl_session
    rows = connection.execute(select(session.c.source, session.c.config).order_by(session.c.started_at, session.c.id))
    # Crawled again by its id alone, it is the same declaration's still.
    return {row.source: path for row in rows if (path := row.config.get("declaration")) is not None}


@dataclass(frozen=True, slots=True)
class Owed:
    """An answer that could not be had, as the newest row says."""

    state: str
    """pending, failed, stopped or had; see `missing`."""
    media_type: MediaType
    session: str
    behind: str | None
    """The cursor that its page was listed behind."""
    runs: int
    """In how many runs in a row it was asked for in vain."""


def owed(connection: Connection, source: str) -> dict[str, Owed]:
    """By URL: what a source's crawls could not have."""
    table = tables.missed
    found: dict[str, Owed] = {}
    for row in connection.execute(select(table).where(table.c.source == source).order_by(table.c.id)):
        before = found.get(row.url)
        runs = (
            0 if row.state == "had" else 1 + (before.runs if before and before.state in {"pending", "stopped"} else 0)
        )
        found[row.url] = Owed(row.state, MediaType(row.media_type), row.session, row.behind, runs)
    return found
