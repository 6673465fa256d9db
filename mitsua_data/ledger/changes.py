"""Reading the ledger: what one source said before a moment of the log, what it says now, and what a crawl saw."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, func, select

from mitsua_data.ledger import tables
from mitsua_data.ledger.queries import chunks
from mitsua_data.model import Evidence, ImageId


@dataclass(frozen=True, slots=True)
class Said:
    """The newest verdict on one image, at some moment."""

    seq: int
    capture: str
    """sha256 of what its record stands in."""
    rule_version: int
    outcome: str
    """claim, or refusal."""
    licence: str | None
    grade: str | None
    subject: str | None
    reason: str | None
    url: str | None
    """Where its bytes are; None where the record has no image."""
    evidence: tuple[int, ...]


def said(
    connection: Connection, source: str, before: int | None = None, *, claims: bool = False
) -> dict[ImageId, Said]:
    """
    What the newest verdict says on each image of a source.

    Only verdicts before this place of the log count, where one is named; and only `claims`, where these are asked for.
    """
    verdict, image = tables.verdict, tables.image
    earlier = [] if before is None else [verdict.c.seq < before]
    chosen = [verdict.c.outcome == "claim"] if claims else []
    newest = (
        select(func.max(verdict.c.seq).label("seq"))
        .where(verdict.c.source == source, *earlier, *chosen)
        .group_by(verdict.c.source, verdict.c.record, verdict.c.part)
        .subquery()
    )
    described = and_(
        image.c.source == verdict.c.source,
        image.c.record == verdict.c.record,
        image.c.part == verdict.c.part,
        image.c.capture == verdict.c.capture,
        image.c.rule_version == verdict.c.rule_version,
    )
    query = select(verdict, image.c.url).join(newest, newest.c.seq == verdict.c.seq).outerjoin(image, described)
    return {
        ImageId(row.source, row.record, row.part): Said(
            row.seq,
            row.capture,
            row.rule_version,
            row.outcome,
            row.licence,
            row.grade,
            row.subject,
            row.reason,
            row.url,
            tuple(row.evidence),
        )
        for row in connection.execute(query)
    }


def quotations(connection: Connection, seqs: Iterable[int]) -> dict[int, Evidence]:
    """Quotations by seq."""
    table, found = tables.evidence, {}
    for chunk in chunks(sorted(set(seqs))):
        for row in connection.execute(select(table).where(table.c.seq.in_(chunk))):
            found[row.seq] = Evidence(row.capture, row.pointer, row.value)
    return found


def sessions(connection: Connection, source: str) -> list[tuple[str, int | None]]:
    """
    Every crawl of a source, the oldest first: its id, and the size of the log when it began.

    The size is None of all crawls but those that looked at everything again.
    """
    table = tables.crawl_session
    query = select(table.c.id, table.c.config).where(table.c.source == source).order_by(table.c.id)
    return [(row.id, row.config.get("again")) for row in connection.execute(query)]


def seen(connection: Connection, among: Iterable[str]) -> set[str]:
    """The sha256 of every capture that these crawls saw."""
    table, found = tables.capture_seen, set[str]()
    for chunk in chunks(sorted(among)):
        query = select(table.c.sha256).where(table.c.session.in_(chunk)).distinct()
        found.update(row.sha256 for row in connection.execute(query))
    return found


def locators(connection: Connection, captures: Iterable[str]) -> dict[str, set[str]]:
    """sha256 → every place where these captures were ever seen."""
    table = tables.capture_seen
    found: dict[str, set[str]] = {}
    for chunk in chunks(sorted(set(captures))):
        query = select(table.c.sha256, table.c.locator).where(table.c.sha256.in_(chunk)).distinct()
        for row in connection.execute(query):
            found.setdefault(row.sha256, set()).add(row.locator)
    return found


def missed(connection: Connection, session: str) -> set[str]:
    """What a crawl asked for and could not have: URLs whose newest row says so."""
    table = tables.missed
    query = select(table.c.url, table.c.state).where(table.c.session == session).order_by(table.c.id)
    newest = {row.url: row.state for row in connection.execute(query)}
    return {url for url, state in newest.items() if state != "had"}


def terms(connection: Connection, urls: Iterable[str], among: Iterable[str]) -> dict[str, str]:
    """URL → sha256, as the newest of these crawls saw a page of terms."""
    table = tables.capture_seen
    query = (
        select(table.c.locator, table.c.sha256)
        .where(table.c.locator.in_(sorted(urls)), table.c.session.in_(sorted(among)))
        .order_by(table.c.session, table.c.fetched_at)
    )
    return {row.locator: row.sha256 for row in connection.execute(query)}


def originals(connection: Connection, source: str) -> dict[ImageId, Any]:
    """The newest original of each image of a source (a row of `occurrence`)."""
    table = tables.occurrence
    query = select(table).where(table.c.source == source).order_by(table.c.seq)
    return {ImageId(row.source, row.record, row.part): row for row in connection.execute(query)}
