"""
The crawl: pages are captured, judged and committed together, a batch a transaction.

Order within a batch: bytes into the WARC file, fsync, then the rows that speak of them. A crawl that is killed leaves
at worst a tail of bytes that no row speaks of; the next run cuts it off and goes on behind the last committed page.
Law: killed at any points and run again, a crawl ends with the rows of one that was never interrupted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from mitsua_data import __version__
from mitsua_data.captures import CaptureStore, CaptureWriter
from mitsua_data.ledger import queries, tables
from mitsua_data.ledger.store import Batch, Ledger, stamp
from mitsua_data.model import Capture, Claim, Json
from mitsua_data.sources.base import Judged, Page, Source, judge_page

BATCH_RECORDS: Final = 200
"""Records in one transaction. With `synchronous=FULL`, about 100 is where the cost of the fsync is spread enough."""


@dataclass
class CrawlTally:
    """What a crawl did."""

    records: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    resumed_after: str | None = None
    new_captures: int = 0

    def as_json(self) -> dict[str, Any]:
        """For `--format json`."""
        return {
            "records": self.records,
            "claims": self.verdicts["claim"],
            "refusals": {name: count for name, count in sorted(self.verdicts.items()) if name != "claim"},
            "new_captures": self.new_captures,
            "resumed_after": self.resumed_after,
        }


@dataclass(frozen=True)
class Holdings:
    """What is crawled, so that an interrupted crawl goes on only in the same place, and `fetch` finds it again."""

    kind: str
    """archive or web."""
    places: tuple[str, ...]
    """Paths, or the base URL."""
    identity: str
    """Digest or commit of an archive where known, else its name; a crawl resumes only where this is the same."""

    def as_json(self) -> dict[str, Json]:
        """As it stands in the ledger."""
        return {"kind": self.kind, "places": list(self.places), "identity": self.identity}


def crawl(
    source: Source[Any],
    reader: Any,
    ledger: Ledger,
    store: CaptureStore,
    *,
    holdings: Holdings,
    limit: int | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> CrawlTally:
    """
    Capture and judge everything `reader` offers, going on where an interrupted crawl of the same holdings stopped.

    `limit`: stop after this many records (the crawl then counts as done). Raises SourceError, StorageError.
    """
    with ledger.read() as connection:
        store.trim(queries.committed(connection))
        last = queries.unfinished(connection, source.spec.id)
        number = queries.sessions(connection, source.spec.id)
    tally = CrawlTally()
    session, opened = f"{source.spec.id}-{number:05}", False
    if last is not None and last[2] == holdings.as_json():
        session, tally.resumed_after, opened = last[0], last[1], True
    with store.writer(session) as writer:
        step = _Step(source, ledger, writer, session, holdings, tally, opened)
        for pages in _batches(source, source.pages(reader, tally.resumed_after), limit):
            progress(step.commit(pages))
        step.finish()
    return tally


@dataclass
class _Step:
    """One batch after another, of one session."""

    source: Source[Any]
    ledger: Ledger
    writer: CaptureWriter
    session: str
    holdings: Holdings
    tally: CrawlTally
    opened: bool
    """Whether the session's row is in the ledger: it goes in with the first batch."""
    seen: set[tuple[str, str]] = field(default_factory=set)
    """(sha256, locator) of the bodies that this run has stored already."""

    def commit(self, pages: list[tuple[Page, list[Judged]]]) -> int:
        """Store, then record. Returns the number of verdicts."""
        count = sum(len(judged) for _, judged in pages)
        with self.ledger.batch() as batch:
            self._open_session(batch)
            stored: dict[str, Capture] = {}
            captures = [capture for page, _ in pages for capture in self._store(batch, page, stored)]
            self.writer.sync()
            self._describe_source(batch)
            for capture in captures:
                self._capture(batch, capture)
            for _, verdicts in pages:
                for judged in verdicts:
                    _record(batch, self.source, self.session, judged)
            self._progress(batch, "running", pages[-1][0].cursor, count)
        self.opened = True
        for _, verdicts in pages:
            self.tally.verdicts.update(_name(judged) for judged in verdicts)
        self.tally.records += count
        return count

    def finish(self) -> None:
        """Mark the session done."""
        with self.ledger.batch() as batch:
            self._open_session(batch)
            self._progress(batch, "done", None, 0)

    def _open_session(self, batch: Batch) -> None:
        if self.opened:
            return
        batch.add(
            tables.crawl_session,
            id=self.session,
            source=self.source.spec.id,
            user_agent=f"mitsua/{__version__}" if self.holdings.kind == "web" else None,
            contact=None,
            purpose="training data with shown rights",
            code_version=__version__,
            holdings=self.holdings.as_json(),
            config={"rule_version": self.source.spec.rule_version},
            beacon=None,
            started_at=batch.now,
        )

    def _store(self, batch: Batch, page: Page, stored: dict[str, Capture]) -> Iterator[Capture]:
        """Bytes into the WARC file where they are new; `stored` holds what this batch has put there already."""
        for body in page.captures():
            if (body.sha256, body.locator) in self.seen:
                continue
            fetched_at = body.exchange.finished_at if body.exchange else batch.moment
            known = stored.get(body.sha256) or queries.capture(batch.connection, body.sha256)
            if known is None:
                known = self.writer.add(
                    body.data,
                    locator=body.locator,
                    media_type=body.media_type,
                    fetched_at=fetched_at,
                    exchange=body.exchange,
                )
                self.tally.new_captures += 1
            stored[body.sha256] = known
            self.seen.add((body.sha256, body.locator))
            yield replace(known, locator=body.locator, fetched_at=fetched_at)

    def _capture(self, batch: Batch, capture: Capture) -> None:
        add_capture(batch, capture, self.session)
        if capture.locator in self.source.spec.terms:
            batch.add(
                tables.terms_snapshot,
                source=self.source.spec.id,
                url=capture.locator,
                capture=capture.sha256,
                fetched_at=stamp(capture.fetched_at),
                valid_until=None,
                language=None,
                parsed_signals=None,
            )

    def _describe_source(self, batch: Batch) -> None:
        spec = self.source.spec
        batch.add(
            tables.source,
            id=spec.id,
            rule_version=spec.rule_version,
            kind="api" if spec.metadata_hosts else "dump",
            owner=spec.institution,
            homepage=spec.homepage,
            country=None,
            base_domain=min(spec.metadata_hosts, default=None),
            added_at=batch.now,
        )

    def _progress(self, batch: Batch, state: str, cursor: str | None, records: int) -> None:
        batch.add(
            tables.crawl_progress,
            id=batch.next_id(tables.crawl_progress),
            session=self.session,
            state=state,
            cursor=cursor,
            records=records,
            at=batch.now,
        )


def add_capture(batch: Batch, capture: Capture, session: str) -> None:
    """The rows of one capture: where its bytes lie, and that they were seen in this session under this locator."""
    batch.add(
        tables.capture,
        sha256=capture.sha256,
        media_type=str(capture.media_type),
        size=capture.size,
        warc=capture.warc,
        offset=capture.offset,
        length=capture.length,
    )
    batch.add(
        tables.capture_seen,
        sha256=capture.sha256,
        session=session,
        locator=capture.locator,
        fetched_at=stamp(capture.fetched_at),
    )


def _batches(
    source: Source[Any], pages: Iterator[Page], limit: int | None
) -> Iterator[list[tuple[Page, list[Judged]]]]:
    """Pages with their verdicts, in lists of about BATCH_RECORDS verdicts, `limit` verdicts at most."""
    waiting: list[tuple[Page, list[Judged]]] = []
    total = size = 0
    for page in pages:
        judged = list(judge_page(source, page))
        if limit is not None:
            judged = judged[: limit - total]
        total, size = total + len(judged), size + len(judged)
        waiting.append((page, judged))
        if size >= BATCH_RECORDS:
            yield waiting
            waiting, size = [], 0
        if total == limit:
            break
    if waiting:
        yield waiting


def _record(batch: Batch, source: Source[Any], session: str, judged: Judged) -> None:
    """The rows of one verdict: record, image, quotations, verdict; nothing where the newest verdict says the same."""
    image, verdict, version = judged.id, judged.verdict, source.spec.rule_version
    batch.add(tables.record, source=image.source, record=image.record, capture=judged.capture, session=session)
    if judged.image is not None:
        _describe(batch, judged, version)
    row = {
        "capture": judged.capture,
        "rule_version": version,
        "outcome": "claim" if isinstance(verdict, Claim) else "refusal",
        "licence": str(verdict.licence) if verdict.licence else None,
        "kind": str(verdict.licence.kind) if verdict.licence else None,
        "grade": str(verdict.grade) if isinstance(verdict, Claim) else None,
        "subject": str(verdict.subject) if isinstance(verdict, Claim) else None,
        "jurisdiction": None,
        "reason": None if isinstance(verdict, Claim) else str(verdict.reason),
        "evidence": [batch.evidence(quotation) for quotation in verdict.evidence],
    }
    newest = queries.newest_verdict(batch.connection, image)
    if newest is None or any(newest._mapping[name] != value for name, value in row.items()):
        batch.log(tables.verdict, source=image.source, record=image.record, part=image.part, **row, at=batch.now)


def _describe(batch: Batch, judged: Judged, version: int) -> None:
    image, described = judged.id, judged.image
    if described is None:
        return
    batch.add(
        tables.image,
        source=image.source,
        record=image.record,
        part=image.part,
        capture=judged.capture,
        rule_version=version,
        url=described.url,
        landing_url=described.landing_url,
        title=described.title,
        creator=described.creator,
        creator_death_year=None,
        date=described.date,
        tags=list(described.tags),
        category=described.category,
        content_type=None,
        region=None,
    )


def _name(judged: Judged) -> str:
    return "claim" if isinstance(judged.verdict, Claim) else str(judged.verdict.reason)
