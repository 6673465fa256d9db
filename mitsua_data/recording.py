"""
What a crawl writes: the bytes of its pages, and the rows of its captures, records, images, quotations and verdicts.

Bytes that are known already are not stored again, and a verdict that says what the newest one says adds no row; what
the ledger holds of a batch is asked for once, in a few queries.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from mitsua_data import __version__, noticing
from mitsua_data.captures import CaptureWriter
from mitsua_data.ledger import queries, tables
from mitsua_data.ledger.store import Batch, Ledger, stamp
from mitsua_data.missing import Missing
from mitsua_data.model import Capture, Claim, ImageId, Reason, Refusal
from mitsua_data.sessions import CrawlTally, Session
from mitsua_data.sources.base import Body, Judged, Page, Source
from mitsua_data.web.reader import Missed

PageVerdicts: TypeAlias = "tuple[Page, list[Judged]]"
"""A page, and what the source's rule says of it."""
NotHad: TypeAlias = "tuple[Missed, str | None]"
"""An answer that could not be had, and the cursor that its page was listed behind."""


@dataclass
class Recorder:
    """Writes one batch after another, of one session."""

    source: Source[Any]
    ledger: Ledger
    writer: CaptureWriter
    session: Session
    tally: CrawlTally
    missing: Missing
    watch: noticing.Watch | None = None
    """What is looked at for wishes about training; None: nothing."""
    state: str = "running"
    """What the session is in until it is done: running, or pending where everything was listed before."""
    seen: set[tuple[str, str]] = field(default_factory=set)
    """(sha256, locator) of the bodies that this run has stored already."""

    def commit(self, pages: list[PageVerdicts], missed: Sequence[NotHad] = (), *, last: bool = False) -> int:
        """
        Store, then record, with what could not be had of these pages; `last`: the crawl ends with it.

        Returns the number of verdicts.
        """
        verdicts = [judged for _, of_page in pages for judged in of_page]
        finds = self.watch.gather(pages) if self.watch else []
        with self.ledger.batch() as batch:
            self._open_session(batch)
            noticed = noticing.plan(batch.connection, finds)
            bodies = [*(body for page, _ in pages for body in page.captures()), *noticed.bodies]
            captures = list(self._store(batch, bodies))
            self.writer.sync()
            self._describe_source(batch)
            for capture in captures:
                self._capture(batch, capture)
            noticing.record(batch, noticed, {capture.sha256: capture.media_type for capture in captures})
            changed = self._judgements(batch, verdicts)
            self.missing.had(batch, (body for page, _ in pages for body in page.captures()))
            self.missing.note(batch, missed)
            self._progress(batch, "done" if last else self.state, pages[-1][0].cursor or None, len(verdicts))
        self.session.opened = True
        self.tally.verdicts.update(_name(judged) for judged in verdicts)
        self.tally.records += len(verdicts)
        self.tally.changed += changed
        self.tally.failed, self.tally.pending = self.missing.failed, self.missing.pending
        return len(verdicts)

    def finish(self, *, limited: bool = False) -> None:
        """Mark the session done; or pending, where answers are to be asked for again, unless it was `limited`."""
        state = "pending" if self.missing.pending and not limited else "done"
        with self.ledger.batch() as batch:
            self._open_session(batch)
            self._progress(batch, state, None, 0)

    def stopped(self, missed: Sequence[Missed]) -> None:
        """Write down with what the crawl ended early."""
        if missed:
            with self.ledger.batch() as batch:
                self._open_session(batch)
                self.missing.note(batch, ((each, None) for each in missed), stopped=True)
            self.session.opened = True

    def settle(self, asked: Iterable[str]) -> None:
        """Everything of this was asked for again; what neither came nor was missed is listed no more."""
        with self.ledger.batch() as batch:
            self.missing.settle(batch, asked)
        self.tally.failed, self.tally.pending = self.missing.failed, self.missing.pending

    def _open_session(self, batch: Batch) -> None:
        if self.session.opened:
            return
        holdings = self.session.holdings
        batch.add(
            tables.crawl_session,
            id=self.session.id,
            source=self.source.spec.id,
            user_agent=holdings.user_agent,
            contact=holdings.contact,
            purpose="training data with shown rights",
            code_version=__version__,
            holdings=holdings.as_json(),
            config={"rule_version": self.source.spec.rule_version, "declaration": holdings.declaration}
            | ({} if self.session.again is None else {"again": self.session.again}),
            beacon=None,
            started_at=batch.now,
        )

    def _store(self, batch: Batch, found: Iterable[Body]) -> Iterator[Capture]:
        """The batch's new sightings; bytes go into the WARC file where they were never seen before."""
        bodies = {(body.sha256, body.locator): body for body in found if (body.sha256, body.locator) not in self.seen}
        stored = queries.captures(batch.connection, [sha256 for sha256, _ in bodies])
        for (sha256, locator), body in bodies.items():
            fetched_at = body.exchange.finished_at if body.exchange else batch.moment
            if sha256 not in stored:
                stored[sha256] = self.writer.add(
                    body.data,
                    locator=locator,
                    media_type=body.media_type,
                    fetched_at=fetched_at,
                    exchange=body.exchange,
                )
                self.tally.new_captures += 1
            yield replace(stored[sha256], locator=locator, fetched_at=fetched_at)
        self.seen.update(bodies)

    def _capture(self, batch: Batch, capture: Capture) -> None:
        add_capture(batch, capture, self.session.id)
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

    def _judgements(self, batch: Batch, verdicts: list[Judged]) -> int:
        """The rows of the batch's verdicts. Returns how many say something new."""
        batch.expect(quotation for judged in verdicts for quotation in judged.verdict.evidence)
        newest = queries.newest_verdicts(batch.connection, [judged.id for judged in verdicts])
        gone = _gone(verdicts, newest)
        changed = sum(self._judgement(batch, judged, newest) for judged in verdicts)
        return changed + sum(self._judgement(batch, judged, newest) for judged in gone)

    def _judgement(self, batch: Batch, judged: Judged, newest: dict[ImageId, dict[str, Any]]) -> bool:
        """The rows of one verdict: record, image, quotations, verdict. False where the newest one says the same."""
        image = judged.id
        batch.add(
            tables.record, source=image.source, record=image.record, capture=judged.capture, session=self.session.id
        )
        _describe(batch, judged, self.source.spec.rule_version)
        row = _verdict(batch, judged, self.source.spec.rule_version)
        if image in newest and all(newest[image][name] == value for name, value in row.items()):
            return False
        newest[image] = row
        batch.log(tables.verdict, source=image.source, record=image.record, part=image.part, **row, at=batch.now)
        return True

    def _progress(self, batch: Batch, state: str, cursor: str | None, records: int) -> None:
        batch.add(
            tables.crawl_progress,
            id=batch.next_id(tables.crawl_progress),
            session=self.session.id,
            state=state,
            cursor=cursor,
            records=records,
            at=batch.now,
        )


def _gone(verdicts: list[Judged], newest: dict[ImageId, dict[str, Any]]) -> list[Judged]:
    """
    Refusals of images that were claimed once and are no more in their records, as the records are now.

    What a source takes back must not stay claimed. The reason is the record's own where it was refused as a whole.
    """
    judged = {each.id for each in verdicts}
    records = {(each.id.source, each.id.record): each for each in verdicts}
    found = []
    for image, row in newest.items():
        record = records.get((image.source, image.record))
        if record is not None and row["outcome"] == "claim" and image not in judged:
            whole = isinstance(record.verdict, Refusal) and not record.id.part
            refusal = record.verdict if whole else Refusal(Reason.NO_IMAGE)
            found.append(Judged(image, None, refusal, record.capture))
    return found


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


def _verdict(batch: Batch, judged: Judged, version: int) -> dict[str, Any]:
    """A row of `verdict`, without the image's name and without the time."""
    verdict = judged.verdict
    claim = verdict if isinstance(verdict, Claim) else None
    return {
        "capture": judged.capture,
        "rule_version": version,
        "outcome": "claim" if claim else "refusal",
        "licence": str(verdict.licence) if verdict.licence else None,
        "kind": str(verdict.licence.kind) if verdict.licence else None,
        "grade": str(claim.grade) if claim else None,
        "subject": str(claim.subject) if claim else None,
        "jurisdiction": None,
        "reason": None if isinstance(verdict, Claim) else str(verdict.reason),
        "evidence": [batch.evidence(quotation) for quotation in verdict.evidence],
    }


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
        medium=described.medium,
        culture=described.culture,
        description=described.description,
        content_type=None,
        region=None,
    )


def _name(judged: Judged) -> str:
    return "claim" if isinstance(judged.verdict, Claim) else str(judged.verdict.reason)
