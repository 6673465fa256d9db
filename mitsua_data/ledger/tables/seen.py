"""What was seen: sources, crawls, captures, records, images, quotations, verdicts, signals."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from mitsua_data.ledger.tables.common import image_key, metadata, seq, time

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
    time("added_at"),
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
    time("started_at"),
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
    time("at"),
)
"""One row a batch, in the transaction of what the batch yielded. `state`: running, done."""

missed = Table(
    "missed",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("session", String(64), ForeignKey("crawl_session.id"), nullable=False),
    Column("source", String(64), nullable=False),
    Column("url", Text, nullable=False),
    Column("media_type", String(64), nullable=False),
    Column("behind", Text),
    Column("state", String(16), nullable=False),
    Column("failure", String(32)),
    Column("problem", Text),
    time("at"),
    Index(None, "source"),
)
"""
Answers that a crawl could not have, a row a run. Of one URL the newest row counts. `state`: pending (to be asked for
again), stopped (the crawl ended with it, and goes on there), failed, had (it came later). `media_type` is what the rule
will read the answer as; `behind`, the cursor that its page was listed behind.
"""

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
    time("fetched_at"),
)

terms_snapshot = Table(
    "terms_snapshot",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("url", Text, primary_key=True),
    Column("capture", String(64), ForeignKey("capture.sha256"), primary_key=True),
    time("fetched_at"),
    time("valid_until", nullable=True),
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
    *image_key(),
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
    Column("medium", Text, nullable=False, server_default=""),
    Column("culture", Text, nullable=False, server_default=""),
    Column("description", Text, nullable=False, server_default=""),
    Column("content_type", Text),
    Column("region", Text),
    Index(None, "source", "record", "part", "capture", "rule_version", unique=True),
)
"""An image as its record describes it, before anybody has seen its bytes."""

evidence = Table(
    "evidence",
    metadata,
    seq(),
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
    seq(),
    *image_key(),
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
    time("at"),
    Index(None, "source", "record", "part"),
)
"""A claim or a refusal. `evidence`: the seqs it rests on. A verdict that says what the newest one says is not added."""

signal = Table(
    "signal",
    metadata,
    seq(),
    Column("evidence", Integer, ForeignKey("evidence.seq"), nullable=False),
    Column("protocol", String(32), nullable=False),
    Column("scope", Text, nullable=False),
    Column("value_raw", Text),
    Column("verdict", String(8), nullable=False),
    Column("parser_version", Integer, nullable=False),
    time("at"),
    Index(None, "scope", "protocol"),
)
"""
What a captured document says of mining or training. `protocol` and `scope` are those of `signals`; of each pair the
newest row counts. `verdict`: allow, block, unknown, none (looked, found none).
"""
