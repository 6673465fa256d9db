"""
`consistency.json`: that the ledger only grew. A list of {size, root, path}, one for each earlier published checkpoint.

Each path is an RFC 9162 consistency proof from the tree at `size` to the release's own checkpoint. Whoever kept an
earlier checkpoint can so tell, offline, that no row behind it was changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mitsua_data.canonical import canonical, parse_canonical
from mitsua_data.errors import IntegrityError
from mitsua_data.ledger.merkle import verify_consistency
from mitsua_data.shards.notes import Checkpoint
from mitsua_data.shards.shapes import Border, Count, Sha256Hex, first_line

MAX_CONSISTENCY: Final = 16 * 1024 * 1024
"""Largest file read, in bytes: room for some 5,000 earlier checkpoints."""


class Growth(Border):
    """One proof. `root` and the nodes of `path` are in hex."""

    size: Count
    root: Sha256Hex
    path: list[Sha256Hex]

    @classmethod
    def of(cls, size: int, root: bytes, path: Sequence[bytes]) -> Growth:
        """The proof for an earlier tree head."""
        return cls(size=size, root=root.hex(), path=[node.hex() for node in path])

    def proves(self, now: Checkpoint) -> bool:
        """Whether the tree of `now` begins with the tree of this size and root."""
        path = [bytes.fromhex(node) for node in self.path]
        return verify_consistency(self.size, bytes.fromhex(self.root), now.size, now.root, path)


def growth_text(proofs: Sequence[Growth]) -> bytes:
    """The file's bytes, smallest tree first."""
    return canonical([proof.dump() for proof in sorted(proofs, key=lambda proof: proof.size)])


def read_growth(text: bytes, *, what: str) -> list[Growth]:
    """The proofs in a file. Raises IntegrityError where it is not canonical JSON of that shape."""
    try:
        value = parse_canonical(text, limit=MAX_CONSISTENCY)
        if not isinstance(value, list):
            raise ValueError("expected a list")
        return [Growth.model_validate(item) for item in value]
    except ValueError as error:
        raise IntegrityError(f"{what}: {first_line(error)}") from error


def check_growth(now: Checkpoint, seen: Checkpoint, proofs: Sequence[Growth]) -> None:
    """
    Raises IntegrityError unless the tree of `now` is the one seen, or can be shown to begin with it.

    A smaller tree is a rollback, another root at the same size a rewrite; a larger one needs a proof from exactly the
    size and root that were seen.
    """
    if now.origin != seen.origin:
        raise IntegrityError(f"checkpoint of another log: got {now.origin}, expected {seen.origin}")
    if now.size < seen.size:
        raise IntegrityError(f"checkpoint of {now.origin}: got size {now.size}, expected at least {seen.size} as seen")
    if now.size == seen.size:
        if now.root != seen.root:
            raise IntegrityError(f"history of {now.origin}: got root {now.root.hex()}, expected {seen.root.hex()}")
        return
    fitting = [proof for proof in proofs if (proof.size, proof.root) == (seen.size, seen.root.hex())]
    if seen.size and not any(proof.proves(now) for proof in fitting):
        problem = "a wrong proof" if fitting else "no proof"
        raise IntegrityError(
            f"history of {now.origin}: got {problem} that size {now.size} grew from the size {seen.size} seen, "
            f"root {seen.root.hex()}"
        )
