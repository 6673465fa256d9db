"""
Opening the ledger, and adding to it.

Rows go in by batches, a batch is one transaction. When `Ledger.batch()` returns, its rows are on the disk (SQLite:
`synchronous=FULL`): nothing acknowledged is ever lost. In SQLite one process writes at a time; in PostgreSQL many may,
and the batches queue for the log's numbers, so that its leaves have no gaps and one order.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import quote, unquote

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, func, make_url, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from mitsua_data.canonical import canonical
from mitsua_data.errors import IntegrityError, LedgerError, LedgerLocked, StorageError, UsageError
from mitsua_data.ledger import events, queries, schema, tables
from mitsua_data.model import Evidence, Json

try:  # brings its own SQLite, newer than the 3.51.3 that repaired a corruption bug of write-ahead logs
    from pysqlite3 import dbapi2 as sqlite_module
except ImportError:
    import sqlite3 as sqlite_module

Clock = Callable[[], datetime]
_DISK_TROUBLE = ("disk is full", "disk I/O error", "No space left")
_NOT_WRITABLE = ("readonly database", "unable to open database", "permission denied")
_BUSY = ("database is locked", "database table is locked")
_AWAY = ("connection failed", "failed to resolve host", "server closed the connection", "connection is lost")
_DAMAGED = ("not a database", "malformed")
_MAKE_WRITABLE = "make the workspace's folder writable, or copy it to a place that is"
BUSY_S: Final = 30
"""Seconds to wait for another process that is reading or writing in the same moment."""
LOG_LOCK: Final = 0x6D69747375610001
"""PostgreSQL's advisory lock for adding to the log, held to the end of the transaction: "mitsua", 1."""


def utc_now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """ISO 8601 in UTC, to the second: how times stand in the ledger."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def require(place: Path | str) -> None:
    """Raises LedgerError where there is no ledger file. A database elsewhere is asked when it is opened."""
    if isinstance(place, Path) and not place.is_file():
        raise LedgerError(f"{place}: there is no ledger here", advice="begin with: mitsua crawl SOURCE")


class Ledger:
    """The one user of the database. Reading methods are in `queries`; adding goes through `batch()`."""

    def __init__(self, engine: Engine, *, clock: Clock = utc_now, salt: Callable[[], bytes] = lambda: os.urandom(16)):
        self.engine = engine
        self.clock = clock
        self.salt = salt

    @classmethod
    def open(cls, place: Path | str, *, clock: Clock = utc_now, create: bool = False) -> Self:
        """
        The ledger at `place`: a SQLite file, or a database URL. One on a disk that cannot be written can still be read.

        Raises SchemaMismatch where it was made by another version, LedgerError where it is missing or no ledger,
        UsageError for an URL that names no database.
        """
        if not create:
            require(place)
        ledger = cls(_engine(place), clock=clock)
        with storage_errors(ledger.label):
            schema.prepare(ledger.engine, ledger.label, create=create)
        return ledger

    @property
    def label(self) -> str:
        """Where it is, for people: a file's path, or an URL without its password."""
        url = self.engine.url
        if url.get_backend_name() == "sqlite" and url.database:
            return unquote(url.database.removeprefix("file:"))
        return url.render_as_string(hide_password=True)

    def close(self) -> None:
        """Give the database back."""
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def batch(self) -> Iterator[Batch]:
        """One transaction. It is committed, and safe, when the block ends; an error inside leaves no trace."""
        with storage_errors(self.label), self.engine.begin() as connection:
            batch = Batch(connection, self.clock, self.salt)
            yield batch
            batch.flush()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for reading."""
        with storage_errors(self.label), self.engine.connect() as connection:
            yield connection


class Batch:
    """Rows on their way in. Leaves get their numbers here, in the order the rows are added."""

    def __init__(self, connection: Connection, clock: Clock, salt: Callable[[], bytes]) -> None:
        self.connection = connection
        self.moment = clock()
        self.now = stamp(self.moment)
        self._salt = salt
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(LOG_LOCK)))
        last = connection.execute(select(func.max(tables.log_leaf.c.seq))).scalar()
        self._next = 0 if last is None else last + 1
        self._rows: dict[Table, list[dict[str, Any]]] = {}
        self._evidence: dict[tuple[str, str], tuple[int, Json]] = {}
        self._looked_up: set[tuple[str, str]] = set()

    def add(self, table: Table, **row: Any) -> None:
        """Add a row that is no leaf. A row that is already there, under the same key, stays as it is."""
        self._rows.setdefault(table, []).append(row)

    def log(self, table: Table, **row: Any) -> int:
        """Add a row that is a leaf of the log; returns its seq."""
        seq, self._next = self._next, self._next + 1
        whole = {column.name: row.get(column.name) for column in table.columns} | {"seq": seq}
        self.add(tables.log_leaf, seq=seq, kind=tables.kind_of(table), leaf_hash=events.leaf(table, whole))
        self.add(table, **whole)
        return seq

    def expect(self, quotations: Iterable[Evidence]) -> None:
        """Look up many quotations at once, so that `evidence` need not ask for each."""
        wanted = {(each.capture, each.pointer) for each in quotations} - self._evidence.keys()
        table = tables.evidence
        for chunk in queries.chunks(sorted({capture for capture, _ in wanted})):
            query = select(table.c.capture, table.c.pointer, table.c.seq, table.c.value)
            for row in self.connection.execute(query.where(table.c.capture.in_(chunk))):
                self._evidence[(row.capture, row.pointer)] = int(row.seq), row.value
        self._looked_up |= wanted

    def evidence(self, quotation: Evidence) -> int:
        """The seq of a quotation, adding it where it is new. Raises IntegrityError if it had another value before."""
        key = (quotation.capture, quotation.pointer)
        if key not in self._evidence and key not in self._looked_up:
            self.expect([quotation])
        if key not in self._evidence:
            self._evidence[key] = self._new_evidence(quotation), quotation.value
        seq, recorded = self._evidence[key]
        if canonical(recorded) != canonical(quotation.value):
            raise IntegrityError(
                f"capture {key[0]} at {key[1]!r}: recorded {recorded!r}, read {quotation.value!r}",
                advice="the same bytes cannot say two things: report this, the pointer's reading has changed",
            )
        return seq

    def _new_evidence(self, quotation: Evidence) -> int:
        value: Json = quotation.value
        return self.log(
            tables.evidence, capture=quotation.capture, pointer=quotation.pointer, value=value, salt=self._salt()
        )

    def next_id(self, table: Table) -> int:
        """The next number for a table that counts its rows by `id`."""
        pending = self._rows.get(table, ())
        if pending:
            return int(pending[-1]["id"]) + 1
        last = self.connection.execute(select(func.max(table.c.id))).scalar()
        return 1 if last is None else int(last) + 1

    def flush(self) -> None:
        """Send what was added, tables in the order their foreign keys ask for."""
        for table in tables.metadata.sorted_tables:
            if rows := self._rows.pop(table, None):
                self.connection.execute(_insert(self.connection, table), rows)


def _insert(connection: Connection, table: Table) -> Any:
    if table in tables.LOGGED or table is tables.log_leaf:
        return table.insert()
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table).on_conflict_do_nothing()


def _engine(place: Path | str) -> Engine:
    try:
        url = URL.create("sqlite", database=str(place)) if isinstance(place, Path) else make_url(place)
        if url.get_backend_name() == "postgresql" and url.drivername == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
        if url.get_backend_name() != "sqlite":
            return create_engine(url)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        advice = "write it like postgresql://HOST/NAME, and install the driver: pip install '.[postgres]'"
        raise UsageError(f"the ledger's URL names no database: {error}", advice=advice) from error
    frozen = isinstance(place, Path) and _cannot_change(place)
    if frozen:
        # SQLite makes files beside a ledger even to read it; told that nobody writes, it does without.
        url = url.set(database=f"file:{quote(str(place))}").update_query_dict(
            {"mode": "ro", "immutable": "1", "uri": "true"}
        )
    engine = create_engine(url, module=sqlite_module, connect_args={"timeout": BUSY_S})
    pragmas = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON")

    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _: object) -> None:
        for pragma in () if frozen else pragmas:
            connection.execute(f"PRAGMA {pragma}")

    return engine


def _cannot_change(place: Path) -> bool:
    """Whether the ledger is there, whole in its one file, and its folder takes no files."""
    pending = Path(f"{place}-wal")
    return place.is_file() and not os.access(place.parent, os.W_OK) and not pending.exists()


@contextmanager
def storage_errors(place: str) -> Iterator[None]:
    """Turn what the database says of the disk, or of a file that is no ledger, into one clear error."""
    try:
        yield
    except DBAPIError as error:
        said = str(error.orig).strip().partition("\n")[0]
        problem = f"{place}: {said}"
        if any(each in said for each in _DISK_TROUBLE):
            raise StorageError(problem) from error
        if any(each in said for each in _NOT_WRITABLE):
            raise StorageError(problem, advice=_MAKE_WRITABLE) from error
        if any(each in said for each in _BUSY):
            raise LedgerLocked(problem) from error
        if any(each in said for each in _AWAY):
            raise LedgerError(problem, advice="is the server running, and is its URL (MITSUA_LEDGER) right?") from error
        if any(each in said for each in _DAMAGED):
            raise LedgerError(problem, advice="restore it from a copy, or use another --workspace") from error
        raise
