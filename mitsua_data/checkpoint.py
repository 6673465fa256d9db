"""
Making checkpoints: the log's size and root at one moment, signed by the log key and kept in the ledger.

A release carries one; whoever holds an older one can ask for proof that the newer log only grew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mitsua_data.errors import IntegrityError
from mitsua_data.ledger import queries, tables
from mitsua_data.ledger.merkle import Tree
from mitsua_data.ledger.store import Ledger
from mitsua_data.shards.keys import Signer
from mitsua_data.shards.notes import Checkpoint, sign_checkpoint


@dataclass(frozen=True)
class Head:
    """A signed tree head, and the tree it is the head of (for proofs)."""

    checkpoint: Checkpoint
    note: str
    tree: Tree


def log_origin(ledger: Ledger, signer: Signer) -> str:
    """The log's name: one log a ledger, told apart by the log key that signed its first checkpoint."""
    with ledger.read() as connection:
        first = next(iter(queries.checkpoints(connection)), None)
    return str(first.origin) if first is not None else f"mitsua.log/{signer.keyid[:16]}"


def make_checkpoint(ledger: Ledger, signer: Signer) -> Head:
    """
    Sign the log as it stood after the last row that a release can rest on.

    Rows that only tell of releases (published, audited, trained on) do not count: building again from the same
    evidence gives the same checkpoint, to the byte. One that is in the ledger already is used again. Raises
    IntegrityError where the log did not grow from every checkpoint that was signed before: a fork is never signed.
    """
    with ledger.read() as connection:
        size = queries.evidence_size(connection)
        tree = Tree(queries.leaf_hashes(connection, size))
        made_before = queries.checkpoints(connection)
    for row in made_before:
        _require_grown(tree, row)
    known = next((row for row in made_before if row.size == size), None)
    made = Checkpoint(log_origin(ledger, signer), size, tree.root())
    if known is not None:
        return Head(made, known.note, tree)
    note = sign_checkpoint(made, signer)
    with ledger.batch() as batch:
        batch.add(
            tables.checkpoint,
            size=size,
            origin=made.origin,
            root=made.root.hex(),
            note=note,
            timestamp_token=None,
            made_at=batch.now,
        )
    return Head(made, note, tree)


def _require_grown(tree: Tree, row: Any) -> None:
    """Raises IntegrityError unless the tree begins with that of a checkpoint's row."""
    found = tree.root(row.size).hex() if row.size <= len(tree) else f"missing: the log has {len(tree)} leaves"
    if found != row.root:
        raise IntegrityError(
            f"ledger: the log's first {row.size} leaves have root {row.root} by a signed checkpoint, now it is {found}",
            advice="the log was changed; restore the ledger from a copy",
        )


def earlier(ledger: Ledger, size: int) -> list[tuple[int, bytes]]:
    """Size and root of every checkpoint made before the log had this size, oldest first."""
    with ledger.read() as connection:
        return [(row.size, bytes.fromhex(row.root)) for row in queries.checkpoints(connection) if row.size < size]
