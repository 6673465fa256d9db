"""
The crawl: pages are captured, judged and committed together, a batch a transaction.

Order within a batch: bytes into the WARC file, fsync, then the rows that speak of them. A crawl that is killed leaves
at worst a tail of bytes that no row speaks of; the next run cuts it off and goes on behind the last committed page.
Law: killed at any points and run again, a crawl ends with the rows of one that was never interrupted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from mitsua_data.captures import CaptureStore
from mitsua_data.errors import SourceError
from mitsua_data.ledger import crawls, queries
from mitsua_data.ledger.store import Ledger
from mitsua_data.missing import Missing, Placed, ask_again
from mitsua_data.noticing import Watch
from mitsua_data.recording import NotHad, PageVerdicts, Recorder
from mitsua_data.sessions import CrawlTally, Holdings, Session
from mitsua_data.sources.base import Judged, Page, Source, WebSource, judge_records
from mitsua_data.web.reader import CapturingReader, Missed

BATCH_RECORDS: Final = 200
"""Records in one transaction. With `synchronous=FULL`, about 100 is where the cost of the fsync is spread enough."""


def crawl(
    source: Source[Any],
    reader: Any,
    ledger: Ledger,
    store: CaptureStore,
    *,
    holdings: Holdings,
    limit: int | None = None,
    again: bool = False,
    progress: Callable[[int], None] = lambda _: None,
    announce: Callable[[int], None] = lambda _: None,
) -> CrawlTally:
    """
    Capture and judge everything `reader` offers, going on where an interrupted crawl of the same holdings, under the
    same version of the source's rule, stopped.

    `limit`: stop at the record with the image of this number, counted from the crawl's beginning (the crawl then counts
    as done). `again`: look at everything again; it goes on with no crawl that was not begun so, too. `announce` is
    called with the number of images still to come, about, where the source tells. Raises SourceError, StorageError.
    """
    session, tally, listed = _begin(source, ledger, store, holdings, again=again)
    missing = Missing.of(ledger, source.spec.id, session.id)
    left = None if limit is None else max(limit - tally.before, 0)
    with store.writer(session.id) as writer:
        recorder = Recorder(source, ledger, writer, session, tally, missing, state="pending" if listed else "running")
        recorder.watch = Watch(source.spec, reader.lookout if isinstance(reader, CapturingReader) else None)
        if limit is None and missing.waiting and isinstance(source, WebSource) and _asks(reader):
            asked = missing.waiting
            tally.asked_again = len(asked)
            late = ask_again(source, reader, asked, tally.resumed_after or "")
            _commit(recorder, source, reader, late, None, progress)
            recorder.settle(asked)
        if left != 0 and not listed:
            pages = _placed(source, reader, tally.resumed_after)
            pages = _announced(pages, tally.before, left, announce)
            _commit(recorder, source, reader, pages, left, progress)
        recorder.finish(limited=limit is not None)
    announce(tally.records)  # what the source told before was about so many
    return tally


def _begin(
    source: Source[Any], ledger: Ledger, store: CaptureStore, holdings: Holdings, *, again: bool
) -> tuple[Session, CrawlTally, bool]:
    """A new session, or the one to go on with, and whether that has listed everything already."""
    with ledger.read() as connection:
        store.trim(queries.committed(connection))
        last = crawls.unfinished(connection, source.spec.id)
        number, size = crawls.count(connection, source.spec.id), crawls.log_size(connection)
    same = (holdings.as_json(), source.spec.rule_version, again)
    if last is not None and (last.holdings, last.rule_version, last.again is not None) == same:
        tally = CrawlTally(resumed_after=last.cursor, before=last.records)
        return Session(last.session, holdings, opened=True, again=last.again), tally, last.state == "pending"
    return Session(f"{source.spec.id}-{number:05}", holdings, again=size if again else None), CrawlTally(), False


def _asks(reader: Any) -> bool:
    return isinstance(reader, CapturingReader) and reader.asks


def _commit(
    recorder: Recorder,
    source: Source[Any],
    reader: Any,
    pages: Iterator[Placed],
    limit: int | None,
    progress: Callable[[int], None],
) -> None:
    """Judge the pages and commit them, batch after batch. What an early end leaves unanswered is written down."""
    web = reader if isinstance(reader, CapturingReader) else None
    if web is not None:
        web.given_up = recorder.missing.given_up
    try:
        for batch, missed, met in _batches(source, pages, limit, web.missed if web else list):
            progress(recorder.commit(batch, missed, last=met))
    except SourceError:
        recorder.stopped(web.missed() if web else [])
        raise


def _placed(source: Source[Any], reader: Any, after: str | None) -> Iterator[Placed]:
    """The pages behind `after`, each with the cursor that it is listed behind."""
    for page in source.pages(reader, after):
        yield page, after
        after = page.cursor


def _announced(
    pages: Iterator[Placed], before: int, limit: int | None, announce: Callable[[int], None]
) -> Iterator[Placed]:
    """The same pages; what the first one tells of the length of the way is passed on."""
    told = False
    for page, behind in pages:
        if not told and page.total is not None:
            to_come = max(page.total - before, 0)
            announce(to_come if limit is None else min(to_come, limit))
            told = True
        yield page, behind


def _batches(
    source: Source[Any], pages: Iterator[Placed], limit: int | None, missed_of: Callable[[], list[Missed]]
) -> Iterator[tuple[list[PageVerdicts], list[NotHad], bool]]:
    """
    Pages with their verdicts, in lists of about BATCH_RECORDS verdicts, what could not be had of them, and whether it
    is the list that meets `limit`. What is there when a source fails comes before its error.

    The page that meets the limit may be cut, behind a whole record; so its cursor is nothing to go on behind.
    """
    waiting: list[PageVerdicts] = []
    unanswered: list[NotHad] = []
    total = size = 0
    try:
        for page, behind in pages:
            missed, records = missed_of(), list(judge_records(source, page))
            _balance(source, page, len(records), len(missed))
            judged = [each for record in records for each in record]
            if limit is not None:
                judged = _whole_records(judged, limit - total)
            total, size = total + len(judged), size + len(judged)
            waiting.append((page, judged))
            unanswered += [(each, behind) for each in missed]
            met = limit is not None and total >= limit
            if met or size >= BATCH_RECORDS:
                yield waiting, unanswered, met
                waiting, unanswered, size = [], [], 0
            if met:
                return
    except SourceError:
        if waiting:
            yield waiting, unanswered, False
        raise
    if waiting:
        yield waiting, unanswered, False


def _balance(source: Source[Any], page: Page, judged: int, missed: int) -> None:
    """Raises SourceError where a page's list and what became of its records do not agree: something was passed over."""
    if page.listed in {None, judged + missed}:
        return
    where = page.bodies[0].locator if page.bodies else f"the page before {page.cursor!r}"
    raise SourceError(
        f"{source.spec.id}: {where} lists {page.listed} records, {judged} were judged and {missed} could not be had",
        advice="nothing of this page was kept; please report it: the source's list and its rule do not fit any more",
    )


def _whole_records(judged: list[Judged], limit: int) -> list[Judged]:
    """The first `limit` verdicts, and the rest of the last one's record."""
    end = min(limit, len(judged))
    while 0 < end < len(judged) and judged[end].id.record == judged[end - 1].id.record:
        end += 1
    return judged[:end]
