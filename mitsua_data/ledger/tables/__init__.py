"""
The ledger's schema, as SQLAlchemy Core tables. Rows are added, never changed; the newest row wins.

Logged tables (`LOGGED`) carry `seq`, the index of the row's leaf in the Merkle log (see `events`). All other tables
hold what can be re-derived, or what the log needs no opinion on. Times are UTC, ISO 8601 text. Digests are lower-case
hex.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Table

from mitsua_data.ledger.tables.common import checkpoint, log_leaf, metadata
from mitsua_data.ledger.tables.decided import (
    attempt,
    check_result,
    decision,
    occurrence,
    original,
    permission,
    permission_work,
    policy_version,
    revocation,
    tool_model,
    transform,
)
from mitsua_data.ledger.tables.published import audit, exposure, release, sample, shard, training_run
from mitsua_data.ledger.tables.seen import (
    capture,
    capture_seen,
    crawl_progress,
    crawl_session,
    evidence,
    image,
    missed,
    record,
    signal,
    source,
    terms_snapshot,
    verdict,
)

__all__ = [
    "LOGGED",
    "PRIVATE",
    "attempt",
    "audit",
    "capture",
    "capture_seen",
    "check_result",
    "checkpoint",
    "crawl_progress",
    "crawl_session",
    "decision",
    "evidence",
    "exposure",
    "image",
    "kind_of",
    "log_leaf",
    "metadata",
    "missed",
    "occurrence",
    "original",
    "permission",
    "permission_work",
    "policy_version",
    "record",
    "release",
    "revocation",
    "sample",
    "shard",
    "signal",
    "source",
    "terms_snapshot",
    "tool_model",
    "training_run",
    "transform",
    "verdict",
]

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
