"""What was published, checked and trained: releases, shards, samples, audits, training runs."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from mitsua_data.ledger.tables.common import digest, image_key, metadata, seq, time

release = Table(
    "release",
    metadata,
    seq(),
    Column("name", Text, nullable=False),
    Column("version", Text, nullable=False),
    digest("manifest"),
    Column("parent", String(64)),
    Column("policy", String(64), ForeignKey("policy_version.sha256"), nullable=False),
    Column("checkpoint", Integer, ForeignKey("checkpoint.size"), nullable=False),
    Column("exclusion_root", String(64)),
    Column("revocation_root", String(64)),
    Column("samples", Integer, nullable=False),
    time("published_at"),
    Index(None, "manifest", unique=True),
)

shard = Table(
    "shard",
    metadata,
    Column("release", Integer, ForeignKey("release.seq"), primary_key=True),
    Column("name", Text, primary_key=True),
    digest("sha256"),
    Column("bytes", Integer, nullable=False),
    Column("samples", Integer, nullable=False),
    digest("parquet"),
)

sample = Table(
    "sample",
    metadata,
    Column("release", Integer, ForeignKey("release.seq"), primary_key=True),
    Column("key", String(64), primary_key=True),
    *image_key(),
    digest("original"),
    digest("image"),
    digest("transform"),
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
    seq(),
    digest("manifest"),
    Column("policy", String(64), nullable=False),
    Column("checker_version", String(64), nullable=False),
    Column("scope", Text, nullable=False),
    Column("seed", Text),
    Column("checked", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("upper95", Text),
    digest("report"),
    Column("auditor", String(64), nullable=False),
    Column("verdict", String(8), nullable=False),
    time("at"),
    time("expires_at"),
)

training_run = Table(
    "training_run",
    metadata,
    seq(),
    Column("id", String(64), nullable=False),
    Column("model", Text, nullable=False),
    Column("code_version", String(64), nullable=False),
    digest("recipe"),
    Column("releases", JSON, nullable=False),
    Column("seed", Text, nullable=False),
    Column("flops", Text),
    digest("samples_root"),
    Column("checkpoints", JSON, nullable=False),
    digest("statement"),
    time("started_at"),
    time("ended_at"),
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
