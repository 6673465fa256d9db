"""What was decided: policies, decisions, permissions, revocations; and the bytes that were fetched."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, String, Table, Text

from mitsua_data.ledger.tables.common import digest, image_key, metadata, seq, time

policy_version = Table(
    "policy_version",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("name", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("rules_version", Integer, nullable=False),
    Column("approved_by", Text),
    time("added_at"),
)

decision = Table(
    "decision",
    metadata,
    seq(),
    *image_key(),
    Column("policy", String(64), ForeignKey("policy_version.sha256"), nullable=False),
    Column("outcome", String(8), nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("verdict", Integer, ForeignKey("verdict.seq"), nullable=False),
    Column("inputs", JSON, nullable=False),
    Column("decider", Text, nullable=False),
    time("at"),
    Index(None, "source", "record", "part", "policy"),
)
"""A pure function of the rows named by `verdict` and `inputs`, under one policy text."""

permission = Table(
    "permission",
    metadata,
    seq(),
    digest("grantor_ref"),
    Column("identity_method", Text, nullable=False),
    Column("scope", JSON, nullable=False),
    digest("originals_root"),
    Column("document", String(64), ForeignKey("capture.sha256"), nullable=False),
    Column("signature", Text),
    time("granted_at"),
    time("expires_at", nullable=True),
    digest("statement", nullable=True),
    Index(None, "statement"),
)
"""
A grant on record. `statement`: sha256 of the signed envelope, by which claims name it; `document`: of what was signed
on paper; `grantor_ref`: SHA-256(salt ‖ name), whose salt lies elsewhere. It holds from `granted_at` to `expires_at`.
"""

permission_work = Table(
    "permission_work",
    metadata,
    Column("permission", Integer, ForeignKey("permission.seq"), primary_key=True),
    Column("sha256", String(64), primary_key=True),
    Index(None, "sha256"),
)
"""The works that a permission covers; its `originals_root` is over these."""

revocation = Table(
    "revocation",
    metadata,
    seq(),
    Column("target_kind", String(16), nullable=False),
    Column("target", Text, nullable=False),
    Column("basis", String(32), nullable=False),
    Column("note", Text, nullable=False),
    Column("evidence", Integer, ForeignKey("evidence.seq")),
    Column("deadline", String(32)),
    Column("resolution", Text),
    time("received_at"),
    time("effective_at"),
)
"""`target_kind`: original (sha256), image (source:record#part), source, permission. Beats any accept, for ever."""

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
    seq(),
    *image_key(),
    Column("sha256", String(64), ForeignKey("original.sha256"), nullable=False),
    Column("url", Text, nullable=False),
    time("at"),
    Index(None, "source", "record", "part"),
    Index(None, "sha256"),
    info={"kind": "original"},
)
"""These bytes are that image: one original may occur in many records, of many sources."""

attempt = Table(
    "attempt",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    *image_key(),
    Column("url", Text, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("reason", String(32)),
    Column("detail", Text),
    Column("sha256", String(64)),
    Column("bytes", Integer),
    Column("status", Integer),
    Column("peer", String(64)),
    time("at"),
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
    time("at"),
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
