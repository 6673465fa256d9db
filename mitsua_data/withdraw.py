"""
Withdrawals: one row each, for ever, and the signed list that trainers must hold.

A withdrawal beats any accept from the moment it is listed. Nothing is deleted: the reach of a withdrawal, which
releases and training runs held the image, stays answerable.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from mitsua_data.checkpoint import log_origin
from mitsua_data.ledger import history, queries, tables
from mitsua_data.ledger.store import Ledger
from mitsua_data.model import ImageId
from mitsua_data.shards import revocations
from mitsua_data.shards.keys import Signer
from mitsua_data.shards.revocations import Revocation, Target


@dataclass(frozen=True)
class Reach:
    """What a withdrawal touches."""

    images: tuple[str, ...]
    releases: tuple[dict[str, Any], ...]


def withdraw(ledger: Ledger, kind: Target, target: str, *, basis: str, note: str, effective_at: datetime) -> bool:
    """Add the withdrawal. False where the same target was withdrawn before: the first one stands."""
    with ledger.batch() as batch:
        known = queries.revocations(batch.connection)
        if target in {"original": known.originals, "image": known.images, "source": known.sources}[kind]:
            return False
        batch.log(
            tables.revocation,
            target_kind=str(kind),
            target=target,
            basis=basis,
            note=note,
            evidence=None,
            deadline=None,
            resolution=None,
            received_at=batch.now,
            effective_at=effective_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        )
    return True


def publish(ledger: Ledger, path: Path, signer: Signer, now: Callable[[], datetime]) -> int:
    """Write the signed list of everything withdrawn so far, dated now. Returns the number of entries."""
    with ledger.read() as connection:
        rows = queries.revocation_rows(connection)
    entries = [
        Revocation(
            kind=Target(row.target_kind),
            target=row.target,
            basis=row.basis,
            effective_at=datetime.fromisoformat(row.effective_at),
        )
        for row in rows
    ]
    revocations.publish(
        path, revocations.make(log_origin(ledger, signer), entries, now().replace(microsecond=0)), signer
    )
    return len(entries)


def reach(ledger: Ledger, images: list[ImageId]) -> Reach:
    """The releases that hold any of these images, by name or by bytes."""
    with ledger.read() as connection:
        found = {row["manifest"]: row for image in images for row in history.releases(connection, image)}
    held = tuple({name: row[name] for name in ("name", "version", "manifest")} for row in found.values())
    return Reach(tuple(map(str, images)), held)
