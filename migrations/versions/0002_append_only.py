"""Triggers: rows are added, never changed, never removed; leaves are numbered without gaps."""

from __future__ import annotations

from alembic import op

revision = "0002_append_only"
down_revision = "0001_tables"
branch_labels = None
depends_on = None

TABLES = (
    "attempt", "audit", "capture", "capture_seen", "check_result", "checkpoint", "crawl_progress", "crawl_session",
    "decision", "evidence", "exposure", "image", "log_leaf", "occurrence", "original", "permission", "policy_version",
    "record", "release", "revocation", "sample", "shard", "signal", "source", "terms_snapshot", "tool_model",
    "training_run", "transform", "verdict",
)  # fmt: skip


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        _postgresql()
    else:
        _sqlite()


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in TABLES:
            op.execute(f"DROP TRIGGER append_only ON {table}")
            op.execute(f"DROP TRIGGER no_truncate ON {table}")
        op.execute("DROP TRIGGER no_gap ON log_leaf")
        op.execute("DROP FUNCTION mitsua_append_only()")
        op.execute("DROP FUNCTION mitsua_no_gap()")
        return
    for table in TABLES:
        op.execute(f"DROP TRIGGER {table}_no_update")
        op.execute(f"DROP TRIGGER {table}_no_delete")
    op.execute("DROP TRIGGER log_leaf_no_gap")


def _sqlite() -> None:
    # INSERT OR REPLACE deletes without firing a DELETE trigger unless recursive_triggers is on: `store` sets it.
    for table in TABLES:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
    op.execute(
        "CREATE TRIGGER log_leaf_no_gap BEFORE INSERT ON log_leaf "
        "WHEN NEW.seq <> (SELECT COALESCE(MAX(seq) + 1, 0) FROM log_leaf) "
        "BEGIN SELECT RAISE(ABORT, 'log_leaf has no gaps'); END"
    )


def _postgresql() -> None:
    op.execute(
        "CREATE FUNCTION mitsua_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    op.execute(
        "CREATE FUNCTION mitsua_no_gap() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF NEW.seq <> (SELECT COALESCE(MAX(seq) + 1, 0) FROM log_leaf) THEN "
        "RAISE EXCEPTION 'log_leaf has no gaps'; END IF; RETURN NEW; END $$"
    )
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION mitsua_append_only()"
        )
        op.execute(
            f"CREATE TRIGGER no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION mitsua_append_only()"
        )
    op.execute("CREATE TRIGGER no_gap BEFORE INSERT ON log_leaf FOR EACH ROW EXECUTE FUNCTION mitsua_no_gap()")
