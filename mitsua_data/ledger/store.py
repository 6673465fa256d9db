"""
Opening the ledger, and adding to it.

One process writes at a time (`workspace.lock` sees to it); rows go in by batches, a batch is one transaction. When
`Ledger.batch()` returns, its rows are on the disk (`synchronous=FULL`): nothing acknowledged is ever lost.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Connection, Engine, Table, create_engine, event, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DatabaseError, DBAPIError

from mitsua_data.canonical import canonical
from mitsua_data.errors import IntegrityError, LedgerError, StorageError
from mitsua_data.ledger import events, schema, tables
from mitsua_data.model import Evidence, Json

try:  # brings its own SQLite, newer than the 3.51.3 that repaired a corruption bug of write-ahead logs
    from pysqlite3 import dbapi2 as sqlite_module
except ImportError:
    import sqlite3 as sqlite_module

Clock = Callable[[], datetime]
_DISK_TROUBLE = ("disk is full", "disk I/O error", "readonly database", "unable to open database", "No space left")


def utc_now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """ISO 8601 in UTC, to the second: how times stand in the ledger."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Ledger:
    """The one user of the database. Reading methods are in `queries`; adding goes through `batch()`."""

    def __init__(self, engine: Engine, *, clock: Clock = utc_now, salt: Callable[[], bytes] = lambda: os.urandom(16)):
        self.engine = engine
        self.clock = clock
        self.salt = salt

    @classmethod
    def open(cls, place: Path | str, *, clock: Clock = utc_now, create: bool = False) -> Self:
        """
        The ledger at `place`: a SQLite file, or a database URL.

        Raises SchemaMismatch where it was made by another version, LedgerError where it is missing or no ledger.
        """
        url = f"sqlite:///{place}" if isinstance(place, Path) else place
        if isinstance(place, Path) and not create and not place.is_file():
            raise LedgerError(f"{place}: there is no ledger here", advice="begin with: mitsua crawl SOURCE")
        engine = _engine(url)
        with storage_errors(url):
            schema.prepare(engine, create=create)
        return cls(engine, clock=clock)

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
        with storage_errors(str(self.engine.url)), self.engine.begin() as connection:
            batch = Batch(connection, self.clock, self.salt)
            yield batch
            batch.flush()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for reading."""
        with storage_errors(str(self.engine.url)), self.engine.connect() as connection:
            yield connection


class Batch:
    """Rows on their way in. Leaves get their numbers here, in the order the rows are added."""

    def __init__(self, connection: Connection, clock: Clock, salt: Callable[[], bytes]) -> None:
        self.connection = connection
        self.moment = clock()
        self.now = stamp(self.moment)
        self._salt = salt
        last = connection.execute(select(func.max(tables.log_leaf.c.seq))).scalar()
        self._next = 0 if last is None else last + 1
        self._rows: dict[Table, list[dict[str, Any]]] = {}
        self._evidence: dict[tuple[str, str], tuple[int, Json]] = {}

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

    def evidence(self, quotation: Evidence) -> int:
        """The seq of a quotation, adding it where it is new. Raises IntegrityError if it had another value before."""
        key = (quotation.capture, quotation.pointer)
        if (known := self._evidence.get(key)) is None:
            table = tables.evidence
            known = self.connection.execute(
                select(table.c.seq, table.c.value).where(table.c.capture == key[0], table.c.pointer == key[1])
            ).first()
        if known is None:
            known = self._new_evidence(quotation), quotation.value
        seq, recorded = known
        if canonical(recorded) != canonical(quotation.value):
            raise IntegrityError(
                f"capture {key[0]} at {key[1]!r}: recorded {recorded!r}, read {quotation.value!r}",
                advice="the same bytes cannot say two things: report this, the pointer's reading has changed",
            )
        self._evidence[key] = seq, recorded
        return int(seq)

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


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url)
    engine = create_engine(url, module=sqlite_module, connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _: object) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON"):
            connection.execute(f"PRAGMA {pragma}")

    return engine


@contextmanager
def storage_errors(place: str) -> Iterator[None]:
    """Turn what the database says of the disk, or of a file that is no ledger, into one clear error."""
    try:
        yield
    except DBAPIError as error:
        said = str(error.orig)
        if any(trouble in said for trouble in _DISK_TROUBLE):
            raise StorageError(f"{place}: {said}") from error
        if isinstance(error, DatabaseError) and ("not a database" in said or "malformed" in said):
            raise LedgerError(
                f"{place}: {said}", advice="restore it from a copy, or use another --workspace"
            ) from error
        raise


def as_mapping(row: Any) -> Mapping[str, Any]:
    """A result row by column name."""
    mapping: Mapping[str, Any] = row._mapping
    return mapping
