"""One ledger, two engines: the same input gives the same log, and PostgreSQL takes many writers at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from sqlite3 import connect

import pytest
from sqlalchemy import Table, select

from mitsua_data.captures import CaptureStore
from mitsua_data.crawl import crawl
from mitsua_data.decide import decide
from mitsua_data.demo.museum import serve_museum
from mitsua_data.errors import IntegrityError, UsageError
from mitsua_data.ledger import events, queries, tables
from mitsua_data.ledger.copying import copy
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


@pytest.mark.parametrize("way", ["there", "back"])
def test_a_copy_in_the_other_engine_is_the_same_log(tmp_path: Path, postgresql: str, way: str) -> None:
    file = tmp_path / "ledger.sqlite"
    ours, theirs = (file, postgresql) if way == "there" else (postgresql, file)
    with serve_museum(30) as base_url:
        leaves = filled(ours, tmp_path / "captures", base_url)
    with Ledger.open(ours) as source, Ledger.open(theirs, create=True) as target:
        copied = copy(source, target)
        assert (copied.leaves, copied.root) == (len(leaves), root_of(leaves).hex())
        for table in tables.metadata.sorted_tables:
            assert rows(source, table) == rows(target, table)
        with pytest.raises(UsageError, match="not empty"):
            copy(source, target)
        with target.batch() as batch:  # and it goes on as a ledger
            assert batch.log(tables.revocation, **REVOCATION, received_at=batch.now, effective_at=batch.now) == len(
                leaves
            )


def test_a_ledger_whose_rows_are_not_what_was_logged_is_not_copied(tmp_path: Path, postgresql: str) -> None:
    with serve_museum(12) as base_url:
        filled(tmp_path / "ledger.sqlite", tmp_path / "captures", base_url)
    with closing(connect(tmp_path / "ledger.sqlite")) as raw:
        raw.execute("DROP TRIGGER verdict_no_update")
        raw.execute("UPDATE verdict SET licence = 'CC0-1.0', outcome = 'claim' WHERE outcome = 'refusal'")
        raw.commit()
    with Ledger.open(tmp_path / "ledger.sqlite") as source, Ledger.open(postgresql, create=True) as target:
        with pytest.raises(IntegrityError, match="is not what was logged"):
            copy(source, target)
        assert rows(target, tables.verdict) == []


REVOCATION = {"target_kind": "source", "target": "x", "basis": "mistake", "note": "", "evidence": None,
              "deadline": None, "resolution": None}  # fmt: skip


def rows(ledger: Ledger, table: Table) -> list[tuple[object, ...]]:
    with ledger.read() as connection:
        return [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns))]
