"""Opt-out signals are looked up by what they cover."""

from __future__ import annotations

from alembic import op

revision = "0006_signals"
down_revision = "0005_missed"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_signal_scope_protocol"), "signal", ["scope", "protocol"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_signal_scope_protocol"), table_name="signal")
