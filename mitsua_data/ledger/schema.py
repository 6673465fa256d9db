"""
Bringing a database to this version's schema, through Alembic; and refusing one that is newer.

Triggers make the ledger append-only: no UPDATE, no DELETE, and leaves numbered without gaps. They stop accidents; the
signed checkpoint catches owners.
"""

from __future__ import annotations

from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Engine, inspect

from mitsua_data import shipped
from mitsua_data.errors import LedgerError, SchemaMismatch

VERSION_TABLE: Final = "mitsua_schema"


def config() -> Config:
    """Alembic's settings, without an ini file."""
    settings = Config()
    settings.set_main_option("script_location", str(shipped.folder("migrations")))
    settings.set_main_option("path_separator", "os")
    return settings


def prepare(engine: Engine, label: str, *, create: bool) -> None:
    """
    Check the schema; with `create`, make it in an empty database or bring an older one up. `label` is the database's
    name in messages.

    Raises SchemaMismatch where the ledger is newer than this program, or older and `create` is not set;
    LedgerError where the database holds something else.
    """
    scripts = ScriptDirectory.from_config(config())
    head = scripts.get_current_head()
    with engine.connect() as connection:
        current = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()
        occupied = current is None and bool(inspect(connection).get_table_names())
    if current == head:
        return
    if occupied:
        raise LedgerError(f"{label}: this database is not a ledger", advice="name another --workspace")
    if current is not None and not _known(scripts, current):
        raise SchemaMismatch(f"{label}: the ledger has schema {current}, this program knows up to {head}")
    if current is None and not create:
        raise LedgerError(f"{label}: an empty database, and no ledger yet", advice="begin with: mitsua crawl SOURCE")
    if not create:
        raise SchemaMismatch(
            f"{label}: the ledger has schema {current}, this program needs {head}",
            advice="run any command that writes, such as mitsua crawl, to bring it up to date",
        )
    upgrade(engine)


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Migrate up, in one transaction."""
    with engine.begin() as connection:
        settings = config()
        settings.attributes["connection"] = connection
        command.upgrade(settings, revision)


def downgrade(engine: Engine, revision: str = "base") -> None:
    """Migrate down, in one transaction. For tests of the migrations; a ledger with rows is never taken down."""
    with engine.begin() as connection:
        settings = config()
        settings.attributes["connection"] = connection
        command.downgrade(settings, revision)


def _known(scripts: ScriptDirectory, revision: str) -> bool:
    try:
        return scripts.get_revision(revision) is not None
    except CommandError:
        return False
