"""Alembic's entry: runs migrations on the connection it is handed."""

from __future__ import annotations

from alembic import context

from mitsua_data.ledger.schema import VERSION_TABLE
from mitsua_data.ledger.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
