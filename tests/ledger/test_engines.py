"""One ledger, two engines: the same input gives the same log, and PostgreSQL takes many writers at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from sqlalchemy import select

from mitsua_data.captures import CaptureStore
from mitsua_data.crawl import crawl
from mitsua_data.decide import decide
from mitsua_data.demo.museum import serve_museum
from mitsua_data.ledger import events, queries, tables
from mitsua_data.ledger.merkle import root_of
from mitsua_data.ledger.store import Ledger
from mitsua_data.model import Evidence
from mitsua_data.policy import Policy
from mitsua_data.sessions import Holdings
from mitsua_data.sources.drawn_museum import DrawnMuseum
from mitsua_data.web import Access, CapturingReader, WebClient

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)


def filled(place: Path | str, captures: Path, base_url: str) -> list[bytes]:
    """A crawl and its decisions at `place`, with nothing in them that is drawn by lot; the leaves of its log."""
    source = DrawnMuseum()
    with (
        Ledger.open(place, clock=lambda: NOON, create=True) as ledger,
        CaptureStore(captures) as store,
        WebClient(Access.for_source(source.spec, base_url=base_url)) as client,
    ):
        ledger.salt = lambda: b"s" * 16
        holdings = Holdings("web", (source.spec.homepage,), "test")
        crawl(source, CapturingReader(client), ledger, store, holdings=holdings)
        decide(ledger, Policy.load())
        with ledger.read() as connection:
            return list(queries.leaf_hashes(connection))


def test_the_same_input_gives_the_same_root_on_both(tmp_path: Path, postgresql: str) -> None:
    with serve_museum(60) as base_url:
        ours = filled(tmp_path / "ledger.sqlite", tmp_path / "a", base_url)
        theirs = filled(postgresql, tmp_path / "b", base_url)
    assert len(ours) > 200
    assert ours == theirs
    assert root_of(ours) == root_of(theirs)


WRITERS, BATCHES, ROWS = 6, 20, 5


def test_many_writers_at_once_leave_no_gap(postgresql: str) -> None:
    Ledger.open(postgresql, create=True).close()

    def write(writer: int) -> None:
        with Ledger.open(postgresql) as ledger:
            for number in range(BATCHES):
                with ledger.batch() as batch:
                    digest = sha256(f"{writer}/{number}".encode()).hexdigest()
                    batch.add(tables.capture, sha256=digest, media_type="text/plain", size=1, warc="a", offset=0,
                              length=1)  # fmt: skip
                    for row in range(ROWS):
                        batch.evidence(Evidence(digest, f"/{row}", writer))

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))
    with Ledger.open(postgresql) as ledger, ledger.read() as connection:
        rows = connection.execute(select(tables.evidence).order_by(tables.evidence.c.seq)).all()
        leaves = list(queries.leaf_hashes(connection))
    assert [row.seq for row in rows] == list(range(WRITERS * BATCHES * ROWS))
    assert leaves == [events.leaf(tables.evidence, dict(row._mapping)) for row in rows]
