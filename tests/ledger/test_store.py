"""The ledger keeps what it was given, and refuses to be changed."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, make_url, select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from mitsua_data.errors import IntegrityError, LedgerError, LedgerLocked, SchemaMismatch, StorageError, UsageError
from mitsua_data.ledger import events, queries, schema, tables
from mitsua_data.ledger.merkle import root_of
from mitsua_data.ledger.store import Batch, Ledger, storage_errors
from mitsua_data.model import Evidence

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
DIGEST = "ab" * 32


@pytest.fixture
def ledger(place: Path | str) -> Iterator[Ledger]:
    with Ledger.open(place, clock=lambda: NOON, create=True) as made:
        made.salt = lambda: b"s" * 16
        yield made


def add_capture(batch: Batch, sha256: str = DIGEST) -> None:
    batch.add(tables.capture, sha256=sha256, media_type="text/plain", size=3, warc="a.warc.gz", offset=0, length=9)


def test_migrations_make_exactly_the_schema_in_the_code(ledger: Ledger) -> None:
    with ledger.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": schema.VERSION_TABLE, "compare_type": True}
        )
        assert compare_metadata(context, tables.metadata) == []


def test_migrations_go_down_and_up_again(ledger: Ledger) -> None:
    schema.downgrade(ledger.engine)
    with ledger.engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) <= {schema.VERSION_TABLE}
    schema.upgrade(ledger.engine)
    with ledger.engine.connect() as connection:
        assert set(tables.metadata.tables) <= set(inspect(connection).get_table_names())


def test_a_batch_that_fails_leaves_no_trace(ledger: Ledger) -> None:
    with pytest.raises(RuntimeError), ledger.batch() as batch:
        add_capture(batch)
        batch.evidence(Evidence(DIGEST, "/a", 1))
        batch.flush()
        raise RuntimeError("killed here")
    with ledger.read() as connection:
        assert queries.captures(connection) == {}
        assert list(queries.leaf_hashes(connection)) == []


TRIGGERS = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type='trigger' AND tbl_name=:t",
    "postgresql": "SELECT tgname AS name FROM pg_trigger WHERE tgrelid = CAST(:t AS regclass) AND tgenabled = 'O'",
}


@pytest.mark.parametrize("table", [table.name for table in tables.metadata.sorted_tables])
def test_no_row_of_any_table_can_be_changed_or_removed(ledger: Ledger, table: str) -> None:
    with ledger.engine.connect() as connection:
        names = {row.name for row in connection.execute(text(TRIGGERS[connection.dialect.name]), {"t": table})}
    wanted = {
        "sqlite": {f"{table}_no_update", f"{table}_no_delete"},
        "postgresql": {"append_only", "no_truncate"},
    }
    assert wanted[ledger.engine.dialect.name] <= names


@pytest.mark.parametrize(
    ("engine", "statement"),
    [
        ("both", "UPDATE evidence SET value = '2'"),
        ("both", "DELETE FROM evidence"),
        ("sqlite", "INSERT OR REPLACE INTO evidence SELECT seq, capture, pointer, '2', salt FROM evidence"),
        ("sqlite", "INSERT INTO log_leaf VALUES (7, 'evidence', x'00')"),
        ("postgresql", "INSERT INTO log_leaf VALUES (7, 'evidence', '\\x00')"),
        ("postgresql", "TRUNCATE evidence CASCADE"),
        ("postgresql", "INSERT INTO evidence SELECT * FROM evidence ON CONFLICT (seq) DO UPDATE SET value = '2'"),
    ],
)
def test_the_ledger_is_append_only(ledger: Ledger, engine: str, statement: str) -> None:
    if engine not in {"both", ledger.engine.dialect.name}:
        pytest.skip(f"a statement of {engine}")
    with ledger.batch() as batch:
        add_capture(batch)
        batch.evidence(Evidence(DIGEST, "/a", 1))
    with pytest.raises(DBAPIError, match=r"append-only|gaps"), ledger.engine.begin() as connection:
        connection.execute(text(statement))
    with ledger.read() as connection:
        assert queries.evidence_rows(connection)[0].value == 1


def test_a_quotation_is_kept_once_and_cannot_change(ledger: Ledger) -> None:
    with ledger.batch() as batch:
        add_capture(batch)
        first = batch.evidence(Evidence(DIGEST, "/a", 1))
    with ledger.batch() as batch:
        assert batch.evidence(Evidence(DIGEST, "/a", 1)) == first
        with pytest.raises(IntegrityError):
            batch.evidence(Evidence(DIGEST, "/a", 2))


def test_the_log_covers_every_logged_row(ledger: Ledger) -> None:
    with ledger.batch() as batch:
        add_capture(batch)
        for number in range(5):
            batch.evidence(Evidence(DIGEST, f"/{number}", number))
    with ledger.read() as connection:
        rows = connection.execute(select(tables.evidence).order_by(tables.evidence.c.seq)).all()
        recomputed = [events.leaf(tables.evidence, dict(row._mapping)) for row in rows]
        assert list(queries.leaf_hashes(connection)) == recomputed
    assert len(set(recomputed)) == 5
    assert root_of(recomputed) != root_of(recomputed[:-1])


def test_erasing_salt_and_value_is_not_needed_to_prove_a_leaf() -> None:
    row = {"seq": 0, "capture": DIGEST, "pointer": "/a", "value": "A. Person", "salt": b"s" * 16}
    assert b"A. Person" not in events.canonical(tables.evidence, row)
    assert events.leaf(tables.evidence, row) != events.leaf(tables.evidence, row | {"value": "B. Person"})


def test_a_missing_ledger_says_how_to_begin(tmp_path: Path) -> None:
    with pytest.raises(LedgerError) as caught:
        Ledger.open(tmp_path / "ledger.sqlite")
    assert "mitsua crawl" in caught.value.advice


def test_a_newer_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "ledger.sqlite", create=True) as made, made.engine.begin() as connection:
        connection.execute(text(f"UPDATE {schema.VERSION_TABLE} SET version_num = '9999_future'"))
    before = (tmp_path / "ledger.sqlite").read_bytes()
    with pytest.raises(SchemaMismatch, match="9999_future"):
        Ledger.open(tmp_path / "ledger.sqlite", create=True)
    assert (tmp_path / "ledger.sqlite").read_bytes() == before


def test_an_older_schema_is_brought_up_by_a_writer_only(tmp_path: Path) -> None:
    place = tmp_path / "ledger.sqlite"
    with Ledger.open(place, create=True) as made:
        schema.downgrade(made.engine, "0001_tables")
    with pytest.raises(SchemaMismatch):
        Ledger.open(place)
    Ledger.open(place, create=True).close()
    Ledger.open(place).close()


def test_another_database_is_not_taken_for_a_ledger(tmp_path: Path) -> None:
    place = tmp_path / "ledger.sqlite"
    place.write_bytes(b"this is no database, whatever its name" * 100)
    with pytest.raises(LedgerError):
        Ledger.open(place)


@pytest.fixture
def frozen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A ledger in a folder that takes no files."""
    with Ledger.open(tmp_path / "ledger.sqlite", create=True) as made, made.batch() as batch:
        add_capture(batch)
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    return tmp_path / "ledger.sqlite"


def test_a_ledger_on_a_read_only_disk_is_read_and_not_written(frozen: Path) -> None:
    with Ledger.open(frozen) as ledger:
        with ledger.read() as connection:
            assert set(queries.captures(connection)) == set()
            assert connection.execute(select(tables.capture.c.sha256)).scalar() == DIGEST
        assert {path.name for path in frozen.parent.iterdir()} == {frozen.name}
        with pytest.raises(StorageError, match="readonly database") as caught, ledger.batch() as batch:
            add_capture(batch, "cd" * 32)
    assert str(caught.value).startswith(str(frozen))
    assert "make the workspace's folder writable" in caught.value.advice


def test_a_ledger_that_was_not_closed_is_not_read_as_if_it_had_been(frozen: Path) -> None:
    # What is in the log beside it, and not yet in the file, would be missed.
    Path(f"{frozen}-wal").write_bytes(b"")
    with Ledger.open(frozen) as ledger, ledger.batch() as batch:
        add_capture(batch, "cd" * 32)


@pytest.mark.parametrize("url", ["nonsense", "oracle-of-delphi://x", "postgresql+nothing://user:secret@a.example/b"])
def test_an_url_that_names_no_database_is_a_mistake_of_the_user(url: str) -> None:
    with pytest.raises(UsageError, match="names no database") as caught:
        Ledger.open(url)
    assert "postgresql://HOST/NAME" in caught.value.advice


def test_a_server_that_is_not_there_is_named_without_its_password() -> None:
    with pytest.raises(LedgerError, match="connection failed") as caught:
        Ledger.open("postgresql://user:secret@127.0.0.1:1/b")
    assert "secret" not in caught.value.line()
    assert "MITSUA_LEDGER" in caught.value.advice


def test_a_password_is_not_shown() -> None:
    # No driver is needed to name a database.
    engine: Any = SimpleNamespace(url=make_url("postgresql://user:secret@a.example/b"))
    assert Ledger(engine).label == "postgresql://user:***@a.example/b"


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("database or disk is full", StorageError),
        ("disk I/O error", StorageError),
        ("attempt to write a readonly database", StorageError),
        ("unable to open database file", StorageError),
        ("database is locked", LedgerLocked),
        ("database disk image is malformed", LedgerError),
        ("file is not a database", LedgerError),
        ("connection failed: Connection refused", LedgerError),
        ("no such table: verdict", OperationalError),
    ],
)
def test_what_the_database_says_of_the_disk_is_one_clear_error(said: str, kind: type[Exception]) -> None:
    with pytest.raises(kind, match=said), storage_errors("the ledger"):
        raise OperationalError("SELECT", {}, sqlite3.OperationalError(said))


def test_a_path_with_marks_that_urls_use_is_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "a?b=c#d%20e &"
    folder.mkdir()
    place = folder / "ledger.sqlite"
    Ledger.open(place, create=True).close()
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    with Ledger.open(place) as ledger, ledger.read() as connection:
        assert queries.captures(connection) == {}
    assert ledger.label == str(place)
