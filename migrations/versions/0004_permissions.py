"""Permissions: the signed statement that each is known by, and the works that it covers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004_permissions"
down_revision = "0003_words"
branch_labels = None
depends_on = None

WORKS = "permission_work"


def upgrade() -> None:
    op.add_column("permission", sa.Column("statement", sa.String(length=64), nullable=True))
    op.create_index(op.f("ix_permission_statement"), "permission", ["statement"], unique=False)
    op.create_table(
        WORKS,
        sa.Column("permission", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["permission"], ["permission.seq"], name=op.f("fk_permission_work_permission")),
        sa.PrimaryKeyConstraint("permission", "sha256", name=op.f("pk_permission_work")),
    )
    op.create_index(op.f("ix_permission_work_sha256"), WORKS, ["sha256"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {WORKS} "
            "FOR EACH ROW EXECUTE FUNCTION mitsua_append_only()"
        )
        op.execute(
            f"CREATE TRIGGER no_truncate BEFORE TRUNCATE ON {WORKS} "
            "FOR EACH STATEMENT EXECUTE FUNCTION mitsua_append_only()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {WORKS}_no_{verb.lower()} BEFORE {verb} ON {WORKS} "
            f"BEGIN SELECT RAISE(ABORT, '{WORKS} is append-only'); END"
        )


def downgrade() -> None:
    op.drop_index(op.f("ix_permission_work_sha256"), table_name=WORKS)
    op.drop_table(WORKS)
    op.drop_index(op.f("ix_permission_statement"), table_name="permission")
    op.drop_column("permission", "statement")
