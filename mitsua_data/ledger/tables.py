"""
The ledger's schema, as SQLAlchemy Core tables. Rows are added, never changed; the newest row wins.

Logged tables (`LOGGED`) carry `seq`, the index of the row's leaf in the Merkle log (see `events`). All other tables
hold what can be re-derived, or what the log needs no opinion on. Times are UTC, ISO 8601 text. Digests are lower-case
hex.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _digest(name: str, *, nullable: bool = False) -> Column[str]:
    return Column(name, String(64), nullable=nullable)


def _time(name: str, *, nullable: bool = False) -> Column[str]:
    return Column(name, String(32), nullable=nullable)


def _seq() -> Column[int]:
    return Column("seq", Integer, ForeignKey("log_leaf.seq"), primary_key=True, autoincrement=False)


def _image_key() -> tuple[Column[str], Column[str], Column[str]]:
    return (
        Column("source", String(64), nullable=False),
        Column("record", Text, nullable=False),
        Column("part", Text, nullable=False),
    )


# ── the log ──────────────────────────────────────────────────────────────────────────────────────────────────────────

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
    _digest("root"),
    Column("note", Text, nullable=False),
    Column("timestamp_token", LargeBinary),
    _time("made_at"),
)

# ── what was seen ────────────────────────────────────────────────────────────────────────────────────────────────────

source = Table(
    "source",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("rule_version", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(16), nullable=False),
    Column("owner", Text, nullable=False),
    Column("homepage", Text, nullable=False),
    Column("country", String(8)),
    Column("base_domain", Text),
    _time("added_at"),
)

crawl_session = Table(
    "crawl_session",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("source", String(64), nullable=False),
    Column("user_agent", Text),
    Column("contact", Text),
    Column("purpose", Text, nullable=False),
    Column("code_version", String(64), nullable=False),
    Column("holdings", JSON, nullable=False),
    Column("config", JSON, nullable=False),
    Column("beacon", Text),
    _time("started_at"),
)
"""`holdings`: what was crawled: label, location, digest or commit where one is known."""

crawl_progress = Table(
    "crawl_progress",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("session", String(64), ForeignKey("crawl_session.id"), nullable=False),
    Column("state", String(16), nullable=False),
    Column("cursor", Text),
    Column("records", Integer, nullable=False),
    _time("at"),
)
"""One row a batch, in the transaction of what the batch yielded. `state`: running, done."""

capture = Table(
    "capture",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("media_type", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("warc", Text, nullable=False),
    Column("offset", Integer, nullable=False),
    Column("length", Integer, nullable=False),
)
"""Bytes, kept once, whoever served them."""

capture_seen = Table(
    "capture_seen",
    metadata,
    Column("sha256", String(64), ForeignKey("capture.sha256"), primary_key=True),
    Column("session", String(64), ForeignKey("crawl_session.id"), primary_key=True),
    Column("locator", Text, primary_key=True),
    _time("fetched_at"),
)

terms_snapshot = Table(
    "terms_snapshot",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("url", Text, primary_key=True),
    Column("capture", String(64), ForeignKey("capture.sha256"), primary_key=True),
    _time("fetched_at"),
    _time("valid_until", nullable=True),
    Column("language", String(16)),
    Column("parsed_signals", JSON),
)

record = Table(
    "record",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("record", Text, primary_key=True),
    Column("capture", String(64), ForeignKey("capture.sha256"), primary_key=True),
    Column("session", String(64), ForeignKey("crawl_session.id"), nullable=False),
)

image = Table(
    "image",
    metadata,
    *_image_key(),
    Column("capture", String(64), ForeignKey("capture.sha256"), nullable=False),
    Column("rule_version", Integer, nullable=False),
    Column("url", Text, nullable=False),
    Column("landing_url", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("creator", Text, nullable=False),
    Column("creator_death_year", Integer),
    Column("date", Text, nullable=False),
    Column("tags", JSON, nullable=False),
    Column("category", Text, nullable=False),
    Column("content_type", Text),
    Column("region", Text),
    Index(None, "source", "record", "part", "capture", "rule_version", unique=True),
)
"""An image as its record describes it, before anybody has seen its bytes."""

evidence = Table(
    "evidence",
    metadata,
    _seq(),
    Column("capture", String(64), ForeignKey("capture.sha256"), nullable=False),
    Column("pointer", Text, nullable=False),
    Column("value", JSON),
    Column("salt", LargeBinary(16), nullable=False),
    UniqueConstraint("capture", "pointer"),
)
"""A quotation, kept once. The leaf holds SHA-256(salt ‖ value): a person's data can be erased, the log stays whole."""

verdict = Table(
    "verdict",
    metadata,
    _seq(),
    *_image_key(),
    Column("capture", String(64), ForeignKey("capture.sha256"), nullable=False),
    Column("rule_version", Integer, nullable=False),
    Column("outcome", String(8), nullable=False),
    Column("licence", String(64)),
    Column("kind", String(16)),
    Column("grade", String(2)),
    Column("subject", String(16)),
    Column("jurisdiction", String(16)),
    Column("reason", String(32)),
    Column("evidence", JSON, nullable=False),
    _time("at"),
    Index(None, "source", "record", "part"),
)
"""A claim or a refusal. `evidence`: the seqs it rests on. A verdict that says what the newest one says is not added."""

signal = Table(
    "signal",
    metadata,
    _seq(),
    Column("evidence", Integer, ForeignKey("evidence.seq"), nullable=False),
    Column("protocol", String(32), nullable=False),
    Column("scope", Text, nullable=False),
    Column("value_raw", Text),
    Column("verdict", String(8), nullable=False),
    Column("parser_version", Integer, nullable=False),
    _time("at"),
)
"""`verdict`: allow, block, unknown, none (looked, found none)."""

# ── what was decided ─────────────────────────────────────────────────────────────────────────────────────────────────

policy_version = Table(
    "policy_version",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("name", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("rules_version", Integer, nullable=False),
    Column("approved_by", Text),
    _time("added_at"),
)

decision = Table(
    "decision",
    metadata,
    _seq(),
    *_image_key(),
    Column("policy", String(64), ForeignKey("policy_version.sha256"), nullable=False),
    Column("outcome", String(8), nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("verdict", Integer, ForeignKey("verdict.seq"), nullable=False),
    Column("inputs", JSON, nullable=False),
    Column("decider", Text, nullable=False),
    _time("at"),
    Index(None, "source", "record", "part", "policy"),
)
"""A pure function of the rows named by `verdict` and `inputs`, under one policy text."""

permission = Table(
    "permission",
    metadata,
    _seq(),
    _digest("grantor_ref"),
    Column("identity_method", Text, nullable=False),
    Column("scope", JSON, nullable=False),
    _digest("originals_root"),
    Column("document", String(64), ForeignKey("capture.sha256"), nullable=False),
    Column("signature", Text),
    _time("granted_at"),
    _time("expires_at", nullable=True),
)

revocation = Table(
    "revocation",
    metadata,
    _seq(),
    Column("target_kind", String(16), nullable=False),
    Column("target", Text, nullable=False),
    Column("basis", String(32), nullable=False),
    Column("note", Text, nullable=False),
    Column("evidence", Integer, ForeignKey("evidence.seq")),
    Column("deadline", String(32)),
    Column("resolution", Text),
    _time("received_at"),
    _time("effective_at"),
)
"""`target_kind`: original (sha256), image (source:record#part), source, permission. Beats any accept, for ever."""

# ── bytes ────────────────────────────────────────────────────────────────────────────────────────────────────────────

original = Table(
    "original",
    metadata,
    Column("sha256", String(64), ForeignKey("capture.sha256"), primary_key=True),
    Column("format", String(16), nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("frames", Integer, nullable=False),
    Column("phash", String(16)),
    Column("marks", JSON, nullable=False),
)
"""Bytes that decode. Width and height in pixels, after EXIF orientation."""

occurrence = Table(
    "occurrence",
    metadata,
    _seq(),
    *_image_key(),
    Column("sha256", String(64), ForeignKey("original.sha256"), nullable=False),
    Column("url", Text, nullable=False),
    _time("at"),
    Index(None, "source", "record", "part"),
    Index(None, "sha256"),
    info={"kind": "original"},
)
"""These bytes are that image: one original may occur in many records, of many sources."""

attempt = Table(
    "attempt",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    *_image_key(),
    Column("url", Text, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("reason", String(32)),
    Column("detail", Text),
    Column("sha256", String(64)),
    Column("bytes", Integer),
    Column("status", Integer),
    Column("peer", String(64)),
    _time("at"),
    Index(None, "source", "record", "part"),
)
"""One row a try. `outcome`: kept, refused, failed (try again)."""

tool_model = Table(
    "tool_model",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("licence", String(64), nullable=False),
    Column("training_data_status", String(16), nullable=False),
    Column("summary_url", Text),
    Column("depends_on", JSON, nullable=False),
)
"""Every model that touched the data, weights or words."""

check_result = Table(
    "check_result",
    metadata,
    Column("sha256", String(64), ForeignKey("original.sha256"), primary_key=True),
    Column("kind", String(32), primary_key=True),
    Column("checker_version", Integer, primary_key=True, autoincrement=False),
    Column("tool_model", String(64), ForeignKey("tool_model.sha256")),
    Column("score", Text),
    Column("verdict", String(16), nullable=False),
    Column("detail", JSON),
    _time("at"),
)
"""`kind`: ai_generated, opt_out, face, illegal, watermark, duplicate_of …"""

transform = Table(
    "transform",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("description", JSON, nullable=False),
    Column("code_version", String(64), nullable=False),
    Column("tool_model", String(64), ForeignKey("tool_model.sha256")),
)

# ── what was published, checked and trained ──────────────────────────────────────────────────────────────────────────

release = Table(
    "release",
    metadata,
    _seq(),
    Column("name", Text, nullable=False),
    Column("version", Text, nullable=False),
    _digest("manifest"),
    Column("parent", String(64)),
    Column("policy", String(64), ForeignKey("policy_version.sha256"), nullable=False),
    Column("checkpoint", Integer, ForeignKey("checkpoint.size"), nullable=False),
    Column("exclusion_root", String(64)),
    Column("revocation_root", String(64)),
    Column("samples", Integer, nullable=False),
    _time("published_at"),
    Index(None, "manifest", unique=True),
)

shard = Table(
    "shard",
    metadata,
    Column("release", Integer, ForeignKey("release.seq"), primary_key=True),
    Column("name", Text, primary_key=True),
    _digest("sha256"),
    Column("bytes", Integer, nullable=False),
    Column("samples", Integer, nullable=False),
    _digest("parquet"),
)

sample = Table(
    "sample",
    metadata,
    Column("release", Integer, ForeignKey("release.seq"), primary_key=True),
    Column("key", String(64), primary_key=True),
    *_image_key(),
    _digest("original"),
    _digest("image"),
    _digest("transform"),
    Column("split", String(16), nullable=False),
    Column("shard", Text, nullable=False),
    Column("decision", Integer, ForeignKey("decision.seq"), nullable=False),
    ForeignKeyConstraint(["release", "shard"], ["shard.release", "shard.name"]),
    Index(None, "original"),
    Index(None, "image"),
)

audit = Table(
    "audit",
    metadata,
    _seq(),
    _digest("manifest"),
    Column("policy", String(64), nullable=False),
    Column("checker_version", String(64), nullable=False),
    Column("scope", Text, nullable=False),
    Column("seed", Text),
    Column("checked", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("upper95", Text),
    _digest("report"),
    Column("auditor", String(64), nullable=False),
    Column("verdict", String(8), nullable=False),
    _time("at"),
    _time("expires_at"),
)

training_run = Table(
    "training_run",
    metadata,
    _seq(),
    Column("id", String(64), nullable=False),
    Column("model", Text, nullable=False),
    Column("code_version", String(64), nullable=False),
    _digest("recipe"),
    Column("releases", JSON, nullable=False),
    Column("seed", Text, nullable=False),
    Column("flops", Text),
    _digest("samples_root"),
    Column("checkpoints", JSON, nullable=False),
    _digest("statement"),
    _time("started_at"),
    _time("ended_at"),
    UniqueConstraint("statement"),
)
"""Read from the signed training record that the trainer leaves; `statement` is that file's sha256."""

exposure = Table(
    "exposure",
    metadata,
    Column("run", Integer, ForeignKey("training_run.seq"), primary_key=True),
    Column("shard", String(64), primary_key=True),
    Column("first_step", Integer, nullable=False),
    Column("last_step", Integer, nullable=False),
    Column("samples", Integer, nullable=False),
)

PRIVATE: Final = frozenset({"seq", "salt", "value"})
"""Columns that stand in no leaf as they are."""

LOGGED: Final = (
    evidence,
    verdict,
    signal,
    decision,
    permission,
    revocation,
    occurrence,
    release,
    audit,
    training_run,
)
"""Tables whose rows are leaves of the log."""


def kind_of(table: Table) -> str:
    """The kind of a logged table's leaves: its name, unless the table says otherwise."""
    return str(table.info.get("kind", table.name))
