"""What crawls could not have: answers that are to be asked for again, those that failed, and those that came late."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005_missed"
down_revision = "0004_permissions"
branch_labels = None
depends_on = None

MISSED = "missed"


def upgrade() -> None:
    op.create_table(
        MISSED,
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("session", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("media_type", sa.String(length=64), nullable=False),
        sa.Column("behind", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("failure", sa.String(length=32), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["session"], ["crawl_session.id"], name=op.f("fk_missed_session")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_missed")),
    )
    op.create_index(op.f("ix_missed_source"), MISSED, ["source"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {MISSED} "
            "FOR EACH ROW EXECUTE FUNCTION mitsua_append_only()"
        )
        op.execute(
            f"CREATE TRIGGER no_truncate BEFORE TRUNCATE ON {MISSED} "
            "FOR EACH STATEMENT EXECUTE FUNCTION mitsua_append_only()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {MISSED}_no_{verb.lower()} BEFORE {verb} ON {MISSED} "
            f"BEGIN SELECT RAISE(ABORT, '{MISSED} is append-only'); END"
        )


def downgrade() -> None:
    op.drop_index(op.f("ix_missed_source"), table_name=MISSED)
    op.drop_table(MISSED)
