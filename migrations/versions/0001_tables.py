"""The ledger's tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001_tables"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attempt",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("bytes", sa.Integer(), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("peer", sa.String(length=64), nullable=True),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
    )
    op.create_index(op.f("ix_attempt_source_record_part"), "attempt", ["source", "record", "part"], unique=False)
    op.create_table(
        "capture",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("warc", sa.Text(), nullable=False),
        sa.Column("offset", sa.Integer(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_capture")),
    )
    op.create_table(
        "checkpoint",
        sa.Column("size", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("timestamp_token", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_checkpoint")),
    )
    op.create_table(
        "crawl_session",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.Column("contact", sa.Text(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("code_version", sa.String(length=64), nullable=False),
        sa.Column("holdings", sa.JSON(), nullable=False),
        sa.Column("config", sa.JSON(), nullable=False),
        sa.Column("beacon", sa.Text(), nullable=True),
        sa.Column("started_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crawl_session")),
    )
    op.create_table(
        "log_leaf",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_log_leaf")),
    )
    op.create_table(
        "policy_version",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("rules_version", sa.Integer(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("added_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_policy_version")),
    )
    op.create_table(
        "source",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("rule_version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("homepage", sa.Text(), nullable=False),
        sa.Column("country", sa.String(length=8), nullable=True),
        sa.Column("base_domain", sa.Text(), nullable=True),
        sa.Column("added_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", "rule_version", name=op.f("pk_source")),
    )
    op.create_table(
        "tool_model",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("licence", sa.String(length=64), nullable=False),
        sa.Column("training_data_status", sa.String(length=16), nullable=False),
        sa.Column("summary_url", sa.Text(), nullable=True),
        sa.Column("depends_on", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_tool_model")),
    )
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("manifest", sa.String(length=64), nullable=False),
        sa.Column("policy", sa.String(length=64), nullable=False),
        sa.Column("checker_version", sa.String(length=64), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("seed", sa.Text(), nullable=True),
        sa.Column("checked", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("upper95", sa.Text(), nullable=True),
        sa.Column("report", sa.String(length=64), nullable=False),
        sa.Column("auditor", sa.String(length=64), nullable=False),
        sa.Column("verdict", sa.String(length=8), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("expires_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["seq"], ["log_leaf.seq"], name=op.f("fk_audit_seq")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit")),
    )
    op.create_table(
        "capture_seen",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("session", sa.String(length=64), nullable=False),
        sa.Column("locator", sa.Text(), nullable=False),
        sa.Column("fetched_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["session"], ["crawl_session.id"], name=op.f("fk_capture_seen_session")),
        sa.ForeignKeyConstraint(["sha256"], ["capture.sha256"], name=op.f("fk_capture_seen_sha256")),
        sa.PrimaryKeyConstraint("sha256", "session", "locator", name=op.f("pk_capture_seen")),
    )
    op.create_table(
        "crawl_progress",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("session", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["session"], ["crawl_session.id"], name=op.f("fk_crawl_progress_session")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crawl_progress")),
    )
    op.create_table(
        "evidence",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("capture", sa.String(length=64), nullable=False),
        sa.Column("pointer", sa.Text(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=True),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=False),
        sa.ForeignKeyConstraint(["capture"], ["capture.sha256"], name=op.f("fk_evidence_capture")),
        sa.ForeignKeyConstraint(["seq"], ["log_leaf.seq"], name=op.f("fk_evidence_seq")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_evidence")),
        sa.UniqueConstraint("capture", "pointer", name=op.f("uq_evidence_capture_pointer")),
    )
    op.create_table(
        "image",
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("capture", sa.String(length=64), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("landing_url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("creator", sa.Text(), nullable=False),
        sa.Column("creator_death_year", sa.Integer(), nullable=True),
        sa.Column("date", sa.Text(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=True),
        sa.Column("region", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["capture"], ["capture.sha256"], name=op.f("fk_image_capture")),
    )
    op.create_index(
        op.f("ix_image_source_record_part_capture_rule_version"),
        "image",
        ["source", "record", "part", "capture", "rule_version"],
        unique=True,
    )
    op.create_table(
        "original",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("format", sa.String(length=16), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("frames", sa.Integer(), nullable=False),
        sa.Column("phash", sa.String(length=16), nullable=True),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["sha256"], ["capture.sha256"], name=op.f("fk_original_sha256")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_original")),
    )
    op.create_table(
        "permission",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("grantor_ref", sa.String(length=64), nullable=False),
        sa.Column("identity_method", sa.Text(), nullable=False),
        sa.Column("scope", sa.JSON(), nullable=False),
        sa.Column("originals_root", sa.String(length=64), nullable=False),
        sa.Column("document", sa.String(length=64), nullable=False),
        sa.Column("signature", sa.Text(), nullable=True),
        sa.Column("granted_at", sa.String(length=32), nullable=False),
        sa.Column("expires_at", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["document"], ["capture.sha256"], name=op.f("fk_permission_document")),
        sa.ForeignKeyConstraint(["seq"], ["log_leaf.seq"], name=op.f("fk_permission_seq")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_permission")),
    )
    op.create_table(
        "record",
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("capture", sa.String(length=64), nullable=False),
        sa.Column("session", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["capture"], ["capture.sha256"], name=op.f("fk_record_capture")),
        sa.ForeignKeyConstraint(["session"], ["crawl_session.id"], name=op.f("fk_record_session")),
        sa.PrimaryKeyConstraint("source", "record", "capture", name=op.f("pk_record")),
    )
    op.create_table(
        "release",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("manifest", sa.String(length=64), nullable=False),
        sa.Column("parent", sa.String(length=64), nullable=True),
        sa.Column("policy", sa.String(length=64), nullable=False),
        sa.Column("checkpoint", sa.Integer(), nullable=False),
        sa.Column("exclusion_root", sa.String(length=64), nullable=True),
        sa.Column("revocation_root", sa.String(length=64), nullable=True),
        sa.Column("samples", sa.Integer(), nullable=False),
        sa.Column("published_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["checkpoint"], ["checkpoint.size"], name=op.f("fk_release_checkpoint")),
        sa.ForeignKeyConstraint(["policy"], ["policy_version.sha256"], name=op.f("fk_release_policy")),
        sa.ForeignKeyConstraint(["seq"], ["log_leaf.seq"], name=op.f("fk_release_seq")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_release")),
    )
    op.create_index(op.f("ix_release_manifest"), "release", ["manifest"], unique=True)
    op.create_table(
        "terms_snapshot",
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("capture", sa.String(length=64), nullable=False),
        sa.Column("fetched_at", sa.String(length=32), nullable=False),
        sa.Column("valid_until", sa.String(length=32), nullable=True),
        sa.Column("language", sa.String(length=16), nullable=True),
        sa.Column("parsed_signals", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["capture"], ["capture.sha256"], name=op.f("fk_terms_snapshot_capture")),
        sa.PrimaryKeyConstraint("source", "url", "capture", name=op.f("pk_terms_snapshot")),
    )
    op.create_table(
        "training_run",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("code_version", sa.String(length=64), nullable=False),
        sa.Column("recipe", sa.String(length=64), nullable=False),
        sa.Column("releases", sa.JSON(), nullable=False),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("flops", sa.Text(), nullable=True),
        sa.Column("samples_root", sa.String(length=64), nullable=False),
        sa.Column("checkpoints", sa.JSON(), nullable=False),
        sa.Column("statement", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.String(length=32), nullable=False),
        sa.Column("ended_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["seq"], ["log_leaf.seq"], name=op.f("fk_training_run_seq")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_training_run")),
        sa.UniqueConstraint("statement", name=op.f("uq_training_run_statement")),
    )
    op.create_table(
        "transform",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("description", sa.JSON(), nullable=False),
        sa.Column("code_version", sa.String(length=64), nullable=False),
        sa.Column("tool_model", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["tool_model"], ["tool_model.sha256"], name=op.f("fk_transform_tool_model")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_transform")),
    )
    op.create_table(
        "verdict",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("capture", sa.String(length=64), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=False),
        sa.Column("licence", sa.String(length=64), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=True),
        sa.Column("grade", sa.String(length=2), nullable=True),
        sa.Column("subject", sa.String(length=16), nullable=True),
        sa.Column("jurisdiction", sa.String(length=16), nullable=True),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["capture"], ["capture.sha256"], name=op.f("fk_verdict_capture")),
        sa.ForeignKeyConstraint(["seq"], ["log_leaf.seq"], name=op.f("fk_verdict_seq")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_verdict")),
    )
    op.create_index(op.f("ix_verdict_source_record_part"), "verdict", ["source", "record", "part"], unique=False)
    op.create_table(
        "check_result",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("checker_version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tool_model", sa.String(length=64), nullable=True),
        sa.Column("score", sa.Text(), nullable=True),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=True),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["sha256"], ["original.sha256"], name=op.f("fk_check_result_sha256")),
        sa.ForeignKeyConstraint(["tool_model"], ["tool_model.sha256"], name=op.f("fk_check_result_tool_model")),
        sa.PrimaryKeyConstraint("sha256", "kind", "checker_version", name=op.f("pk_check_result")),
    )
    op.create_table(
        "decision",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("policy", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("verdict", sa.Integer(), nullable=False),
        sa.Column("inputs", sa.JSON(), nullable=False),
        sa.Column("decider", sa.Text(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["policy"], ["policy_version.sha256"], name=op.f("fk_decision_policy")),
        sa.ForeignKeyConstraint(["seq"], ["log_leaf.seq"], name=op.f("fk_decision_seq")),
        sa.ForeignKeyConstraint(["verdict"], ["verdict.seq"], name=op.f("fk_decision_verdict")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_decision")),
    )
    op.create_index(
        op.f("ix_decision_source_record_part_policy"), "decision", ["source", "record", "part", "policy"], unique=False
    )
    op.create_table(
        "exposure",
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("shard", sa.String(length=64), nullable=False),
        sa.Column("first_step", sa.Integer(), nullable=False),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.Column("samples", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["training_run.seq"], name=op.f("fk_exposure_run")),
        sa.PrimaryKeyConstraint("run", "shard", name=op.f("pk_exposure")),
    )
    op.create_table(
        "occurrence",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["seq"], ["log_leaf.seq"], name=op.f("fk_occurrence_seq")),
        sa.ForeignKeyConstraint(["sha256"], ["original.sha256"], name=op.f("fk_occurrence_sha256")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_occurrence")),
    )
    op.create_index(op.f("ix_occurrence_sha256"), "occurrence", ["sha256"], unique=False)
    op.create_index(op.f("ix_occurrence_source_record_part"), "occurrence", ["source", "record", "part"], unique=False)
    op.create_table(
        "revocation",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("target_kind", sa.String(length=16), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("basis", sa.String(length=32), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Integer(), nullable=True),
        sa.Column("deadline", sa.String(length=32), nullable=True),
        sa.Column("resolution", sa.Text(), nullable=True),
        sa.Column("received_at", sa.String(length=32), nullable=False),
        sa.Column("effective_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["evidence"], ["evidence.seq"], name=op.f("fk_revocation_evidence")),
        sa.ForeignKeyConstraint(["seq"], ["log_leaf.seq"], name=op.f("fk_revocation_seq")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_revocation")),
    )
    op.create_table(
        "shard",
        sa.Column("release", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("samples", sa.Integer(), nullable=False),
        sa.Column("parquet", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["release"], ["release.seq"], name=op.f("fk_shard_release")),
        sa.PrimaryKeyConstraint("release", "name", name=op.f("pk_shard")),
    )
    op.create_table(
        "signal",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("evidence", sa.Integer(), nullable=False),
        sa.Column("protocol", sa.String(length=32), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("value_raw", sa.Text(), nullable=True),
        sa.Column("verdict", sa.String(length=8), nullable=False),
        sa.Column("parser_version", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["evidence"], ["evidence.seq"], name=op.f("fk_signal_evidence")),
        sa.ForeignKeyConstraint(["seq"], ["log_leaf.seq"], name=op.f("fk_signal_seq")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_signal")),
    )
    op.create_table(
        "sample",
        sa.Column("release", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("original", sa.String(length=64), nullable=False),
        sa.Column("image", sa.String(length=64), nullable=False),
        sa.Column("transform", sa.String(length=64), nullable=False),
        sa.Column("split", sa.String(length=16), nullable=False),
        sa.Column("shard", sa.Text(), nullable=False),
        sa.Column("decision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["decision"], ["decision.seq"], name=op.f("fk_sample_decision")),
        sa.ForeignKeyConstraint(
            ["release", "shard"], ["shard.release", "shard.name"], name=op.f("fk_sample_release_shard")
        ),
        sa.ForeignKeyConstraint(["release"], ["release.seq"], name=op.f("fk_sample_release")),
        sa.PrimaryKeyConstraint("release", "key", name=op.f("pk_sample")),
    )
    op.create_index(op.f("ix_sample_image"), "sample", ["image"], unique=False)
    op.create_index(op.f("ix_sample_original"), "sample", ["original"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_sample_original"), table_name="sample")
    op.drop_index(op.f("ix_sample_image"), table_name="sample")
    op.drop_table("sample")
    op.drop_table("signal")
    op.drop_table("shard")
    op.drop_table("revocation")
    op.drop_index(op.f("ix_occurrence_source_record_part"), table_name="occurrence")
    op.drop_index(op.f("ix_occurrence_sha256"), table_name="occurrence")
    op.drop_table("occurrence")
    op.drop_table("exposure")
    op.drop_index(op.f("ix_decision_source_record_part_policy"), table_name="decision")
    op.drop_table("decision")
    op.drop_table("check_result")
    op.drop_index(op.f("ix_verdict_source_record_part"), table_name="verdict")
    op.drop_table("verdict")
    op.drop_table("transform")
    op.drop_table("training_run")
    op.drop_table("terms_snapshot")
    op.drop_index(op.f("ix_release_manifest"), table_name="release")
    op.drop_table("release")
    op.drop_table("record")
    op.drop_table("permission")
    op.drop_table("original")
    op.drop_index(op.f("ix_image_source_record_part_capture_rule_version"), table_name="image")
    op.drop_table("image")
    op.drop_table("evidence")
    op.drop_table("crawl_progress")
    op.drop_table("capture_seen")
    op.drop_table("audit")
    op.drop_table("tool_model")
    op.drop_table("source")
    op.drop_table("policy_version")
    op.drop_table("log_leaf")
    op.drop_table("crawl_session")
    op.drop_table("checkpoint")
    op.drop_table("capture")
    op.drop_index(op.f("ix_attempt_source_record_part"), table_name="attempt")
    op.drop_table("attempt")
