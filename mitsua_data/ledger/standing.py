"""What the ledger holds of each source, in numbers."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, case, func, select

from mitsua_data.ledger import crawls, tables


@dataclass(frozen=True, slots=True)
class Standing:
    """One source's rows."""

    images: int = 0
    """Judged, each counted once: claimed or refused, as its newest verdict says."""
    claims: int = 0
    crawled_at: str | None = None
    """When a crawl last wrote; None: never."""
    pending: int = 0
    """Answers that could not be had, and are asked for again by the next crawl."""


def by_source(connection: Connection) -> dict[str, Standing]:
    """The numbers of every source that was crawled."""
    verdict, session, progress = tables.verdict, tables.crawl_session, tables.crawl_progress
    latest = select(func.max(verdict.c.seq).label("seq")).group_by(verdict.c.source, verdict.c.record, verdict.c.part)
    newest = latest.subquery()
    claimed = func.sum(case((verdict.c.outcome == "claim", 1), else_=0))
    counts = (
        select(verdict.c.source, func.count().label("images"), claimed.label("claims"))
        .join(newest, newest.c.seq == verdict.c.seq)
        .group_by(verdict.c.source)
    )
    wrote = (
        select(session.c.source, func.max(progress.c.at).label("at"))
        .join(progress, progress.c.session == session.c.id)
        .group_by(session.c.source)
    )
    times = {row.source: str(row.at) for row in connection.execute(wrote)}
    found = {row.source: (int(row.images), int(row.claims)) for row in connection.execute(counts)}
    return {
        source: Standing(*found.get(source, (0, 0)), times.get(source), _pending(connection, source))
        for source in times.keys() | found.keys()
    }


def _pending(connection: Connection, source: str) -> int:
    return sum(each.state == "pending" for each in crawls.owed(connection, source).values())
