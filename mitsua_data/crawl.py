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
from mitsua_data.sources.base import Page, Source, judge_page

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
    Capture and judge everything `reader` offers, going on where an interrupted crawl of the same holdings stopped.

    `limit`: stop after this many images (the crawl then counts as done). `announce` is called with the number of images
    still to come, about, where the source tells. Raises SourceError, StorageError.
    """
    with ledger.read() as connection:
        store.trim(queries.committed(connection))
        last = crawls.unfinished(connection, source.spec.id)
        number = crawls.count(connection, source.spec.id)
    session, tally = Session(f"{source.spec.id}-{number:05}", holdings), CrawlTally()
    if last is not None and last.holdings == holdings.as_json():
        session = Session(last.session, holdings, opened=True)
        tally.resumed_after, tally.before = last.cursor, last.records
    with store.writer(session.id) as writer:
        recorder = Recorder(source, ledger, writer, session, tally)
        pages = _announced(source.pages(reader, tally.resumed_after), tally.before, limit, announce)
        for batch in _batches(source, pages, limit):
            progress(recorder.commit(batch))
        recorder.finish()
    return tally


def _announced(
    pages: Iterator[Page], before: int, limit: int | None, announce: Callable[[int], None]
) -> Iterator[Page]:
    """The same pages; what the first one tells of the length of the way is passed on."""
    told = False
    for page in pages:
        if not told and page.total is not None:
            left = max(page.total - before, 0)
            announce(left if limit is None else min(left, limit))
            told = True
        yield page


def _batches(source: Source[Any], pages: Iterator[Page], limit: int | None) -> Iterator[list[PageVerdicts]]:
    """Pages with their verdicts, in lists of about BATCH_RECORDS verdicts, `limit` verdicts at most."""
    waiting: list[PageVerdicts] = []
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
