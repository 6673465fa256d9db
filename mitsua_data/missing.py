"""
What a crawl could not have, and when it is asked for again.

An answer that may come another time (a server error, a silent host, "slow down") is pending: the source's next crawl
asks for it first. In its RUNS-th run without an answer it counts as failed. Any other failure is failed at once; the
next whole crawl asks for it like for everything else.

A crawl that ends because nothing is answered any more stands before a page that was not committed, and goes on there.
What it had asked for is only counted (`stopped`): three records that a server can never give would else hold up a crawl
for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby, islice
from typing import Final, TypeAlias

from mitsua_data.errors import SourceError
from mitsua_data.ledger import crawls, tables
from mitsua_data.ledger.store import Batch, Ledger
from mitsua_data.model import MediaType
from mitsua_data.sources.base import Body, Page, WebSource
from mitsua_data.web.reader import CapturingReader, Missed

RUNS: Final = 3
"""In how many runs an answer is asked for before it counts as failed."""
PENDING: Final = "pending"
FAILED: Final = "failed"
STOPPED: Final = "stopped"
HAD: Final = "had"
_AT_ONCE: Final = 100
"""Late answers asked for together."""
_NOTHING: Final = crawls.Owed(HAD, MediaType.BINARY, "", None, 0)

Placed: TypeAlias = "tuple[Page, str | None]"
"""A page, and the cursor that it was listed behind."""


@dataclass
class Missing:
    """What one source's crawls could not have: as the ledger knows it, and as this run finds it."""

    source: str
    session: str
    owed: dict[str, crawls.Owed] = field(default_factory=dict)
    """By URL: what earlier runs asked for in vain."""
    now: dict[str, str] = field(default_factory=dict)
    """By URL: PENDING or FAILED, of what this run could not have."""
    written: set[str] = field(default_factory=set)
    """URLs with a row of this run."""

    @classmethod
    def of(cls, ledger: Ledger, source: str, session: str) -> Missing:
        """As the ledger knows it."""
        with ledger.read() as connection:
            return cls(source, session, crawls.owed(connection, source))

    @property
    def waiting(self) -> dict[str, crawls.Owed]:
        """By URL: what is to be asked for again, in a fixed order, by type."""
        found = ((url, each) for url, each in self.owed.items() if each.state == PENDING)
        return dict(sorted(found, key=lambda each: (each[1].media_type, each[0])))

    @property
    def given_up(self) -> frozenset[str]:
        """What this crawl asks for no more."""
        return frozenset(url for url, each in self.owed.items() if (each.state, each.session) == (FAILED, self.session))

    @property
    def failed(self) -> int:
        """How many answers of this run failed."""
        return sum(state == FAILED for state in self.now.values())

    @property
    def pending(self) -> int:
        """How many answers of this run are to be asked for again."""
        return sum(state == PENDING for state in self.now.values())

    def note(self, batch: Batch, missed: Iterable[tuple[Missed, str | None]], *, stopped: bool = False) -> None:
        """
        Write down what could not be had, and behind which cursor its page was listed.

        `stopped`: the crawl ended with it, before its page was committed.
        """
        for each, behind in missed:
            known = self.owed.get(each.url)
            if each.url not in self.written:
                runs = 1 + (known.runs if known is not None and known.state in {PENDING, STOPPED} else 0)
                waits = each.pending and runs < RUNS
                self._add(batch, each, (STOPPED if stopped else PENDING) if waits else FAILED, runs, behind)
            if not stopped:
                self.now[each.url] = FAILED if self.owed[each.url].state == FAILED else PENDING

    def had(self, batch: Batch, bodies: Iterable[Body]) -> None:
        """Write down what came after all."""
        for body in bodies:
            self.now.pop(body.locator, None)
            if self.owed.get(body.locator, _NOTHING).state in {PENDING, STOPPED}:
                self._add(batch, Missed(body.locator, body.media_type), HAD, 0, None)

    def settle(self, batch: Batch, asked: Iterable[str]) -> None:
        """Write down what is listed no more: it was asked for again with its page, and was not on it."""
        for url in set(asked) - self.written:
            missed = Missed(url, self.owed[url].media_type, problem="its page lists it no more")
            self._add(batch, missed, FAILED, 0, None)
            self.now[url] = FAILED

    def _add(self, batch: Batch, missed: Missed, state: str, runs: int, behind: str | None) -> None:
        self.owed[missed.url] = crawls.Owed(state, missed.media_type, self.session, behind, runs)
        self.written.add(missed.url)
        batch.add(
            tables.missed,
            id=batch.next_id(tables.missed),
            session=self.session,
            source=self.source,
            url=missed.url,
            media_type=str(missed.media_type),
            behind=behind,
            state=state,
            failure=None if missed.failure is None else str(missed.failure),
            problem=missed.problem or None,
            at=batch.now,
        )


def ask_again(
    source: WebSource, reader: CapturingReader, waiting: Mapping[str, crawls.Owed], cursor: str
) -> Iterator[Placed]:
    """
    Pages of late answers, as `Source.saved` makes them; or whole pages once more, where a source joins answers.

    `cursor` is where the crawl stands, and goes on. Where the server answers nothing any more, what it gave is on a
    last page, and SourceError is raised behind it.
    """
    if source.joins:
        for behind in dict.fromkeys(each.behind for each in waiting.values()):
            for page in islice(source.pages(reader, behind), 1):
                yield replace(page, cursor=cursor), behind
        return
    terms, urls = source.captured_terms(reader), list(waiting)
    for start in range(0, len(urls), _AT_ONCE):
        bodies: list[Body] = []
        ended: SourceError | None = None
        try:
            for media_type, some in groupby(urls[start : start + _AT_ONCE], key=lambda url: waiting[url].media_type):
                for body in reader.each(some, media_type):
                    bodies.append(body)  # noqa: PERF402  what came before an error is kept
        except SourceError as error:
            ended = error
        for page in list(source.saved(bodies)) or [Page(())]:
            yield replace(page, cursor=cursor, context={**page.context, **terms}), None
        if ended is not None:
            raise ended
