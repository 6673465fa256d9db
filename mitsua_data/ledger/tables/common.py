"""What all tables are made of, and the two tables of the log itself."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, MetaData, String, Table, Text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def digest(name: str, *, nullable: bool = False) -> Column[str]:
    """A sha256, in lower-case hex."""
    return Column(name, String(64), nullable=nullable)


def time(name: str, *, nullable: bool = False) -> Column[str]:
    """A time: UTC, ISO 8601."""
    return Column(name, String(32), nullable=nullable)


def seq() -> Column[int]:
    """Primary key of a logged table: the index of the row's leaf."""
    return Column("seq", Integer, ForeignKey("log_leaf.seq"), primary_key=True, autoincrement=False)


def image_key() -> tuple[Column[str], Column[str], Column[str]]:
    """The name of an image: source, record, part."""
    return (
        Column("source", String(64), nullable=False),
        Column("record", Text, nullable=False),
        Column("part", Text, nullable=False),
    )


log_leaf = Table(
    "log_leaf",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(32), nullable=False),
    Column("leaf_hash", LargeBinary(32), nullable=False),
)
"""seq counts from 0 without gaps."""

checkpoint = Table(
    "checkpoint",
    metadata,
    Column("size", Integer, primary_key=True, autoincrement=False),
    Column("origin", Text, nullable=False),
    digest("root"),
    Column("note", Text, nullable=False),
    Column("timestamp_token", LargeBinary),
    time("made_at"),
)
