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
from mitsua_data.ledger import crawls, queries
from mitsua_data.ledger.store import Ledger
from mitsua_data.recording import CrawlTally, Holdings, PageVerdicts, Recorder, Session
from mitsua_data.sources.base import Judged, Page, Source, judge_page

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
    progress: Callable[[int], None] = lambda _: None,
    announce: Callable[[int], None] = lambda _: None,
) -> CrawlTally:
    """
    Capture and judge everything `reader` offers, going on where an interrupted crawl of the same holdings, under the
    same version of the source's rule, stopped.

    `limit`: stop at the record with the image of this number, counted from the crawl's beginning (the crawl then counts
    as done). `announce` is called with the number of images still to come, about, where the source tells. Raises
    SourceError, StorageError.
    """
    with ledger.read() as connection:
        store.trim(queries.committed(connection))
        last = crawls.unfinished(connection, source.spec.id)
        number = crawls.count(connection, source.spec.id)
    session, tally = Session(f"{source.spec.id}-{number:05}", holdings), CrawlTally()
    rule = source.spec.rule_version
    if last is not None and (last.holdings, last.rule_version) == (holdings.as_json(), rule):
        session = Session(last.session, holdings, opened=True)
        tally.resumed_after, tally.before = last.cursor, last.records
    left = None if limit is None else max(limit - tally.before, 0)
    with store.writer(session.id) as writer:
        recorder = Recorder(source, ledger, writer, session, tally)
        pages = _announced(source.pages(reader, tally.resumed_after), tally.before, left, announce)
        for batch, met in _batches(source, pages, left) if left != 0 else ():
            progress(recorder.commit(batch, last=met))
        recorder.finish()
    announce(tally.records)  # what the source told before was about so many
    return tally


def _announced(
    pages: Iterator[Page], before: int, limit: int | None, announce: Callable[[int], None]
) -> Iterator[Page]:
    """The same pages; what the first one tells of the length of the way is passed on."""
    told = False
    for page in pages:
        if not told and page.total is not None:
            to_come = max(page.total - before, 0)
            announce(to_come if limit is None else min(to_come, limit))
            told = True
        yield page


def _batches(
    source: Source[Any], pages: Iterator[Page], limit: int | None
) -> Iterator[tuple[list[PageVerdicts], bool]]:
    """
    Pages with their verdicts, in lists of about BATCH_RECORDS verdicts, and whether it is the one that meets `limit`.

    The page that meets it may be cut, behind a whole record; so its cursor is nothing to go on behind.
    """
    waiting: list[PageVerdicts] = []
    total = size = 0
    for page in pages:
        judged = list(judge_page(source, page))
        if limit is not None:
            judged = _whole_records(judged, limit - total)
        total, size = total + len(judged), size + len(judged)
        waiting.append((page, judged))
        met = limit is not None and total >= limit
        if met or size >= BATCH_RECORDS:
            yield waiting, met
            waiting, size = [], 0
        if met:
            return
    if waiting:
        yield waiting, False


def _whole_records(judged: list[Judged], limit: int) -> list[Judged]:
    """The first `limit` verdicts, and the rest of the last one's record."""
    end = min(limit, len(judged))
    while 0 < end < len(judged) and judged[end].id.record == judged[end - 1].id.record:
        end += 1
    return judged[:end]
