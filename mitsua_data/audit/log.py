"""The ledger as a whole: is every row the one that was logged, and is the release's checkpoint the head of that log?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mitsua_data.audit.findings import Findings, Kind
from mitsua_data.ledger import behind
from mitsua_data.ledger.behind import Leaf, Row
from mitsua_data.ledger.merkle import Frontier, list_root
from mitsua_data.ledger.store import Ledger
from mitsua_data.model import ImageId, Json
from mitsua_data.shards.manifest import Manifest

MOST_ROWS: Final = 100
"""Rows told one by one; a ledger that was swapped for another differs in all of them."""


def check_log(ledger: Ledger, manifest: Manifest, findings: Findings) -> None:
    """Every leaf is computed again from its row, and the root at the checkpoint's size from the leaves."""
    stated = manifest.checkpoint
    frontier = Frontier()
    differing = 0
    with ledger.read() as connection:
        known = behind.checkpoint(connection, stated.size)
        for leaf in behind.leaves(connection):
            if leaf.logged is not None and frontier.size < stated.size:
                frontier.append(leaf.logged)
            if leaf.logged != leaf.computed:
                differing += 1
                if differing <= MOST_ROWS:
                    _tell(leaf, findings)
    if differing > MOST_ROWS:
        findings.add(Kind.LOG, "ledger", got=f"{differing} rows that differ", expected="the rows that were logged")
    got = f"root {frontier.root().hex()} at size {frontier.size}"
    if got != (expected := f"root {stated.root} at size {stated.size}"):
        findings.add(Kind.CHECKPOINT, "ledger: log", got=got, expected=expected)
    if known is None or (known["root"], known["origin"]) != (stated.root, stated.origin):
        held = f"{known['origin']}, root {known['root']}" if known else "no checkpoint of this size"
        findings.add(Kind.CHECKPOINT, "ledger: checkpoint", got=held, expected=f"{stated.origin}, root {stated.root}")


def check_roots(ledger: Ledger, manifest: Manifest, findings: Findings) -> None:
    """The roots over what was refused and what was withdrawn when the release was made."""
    size = manifest.checkpoint.size
    with ledger.read() as connection:
        refused = list(_refused(behind.decided(connection, manifest.policy.sha256, size)))
        withdrawn = [
            {"kind": row["target_kind"], "target": row["target"]}
            for row in behind.revocations(connection)
            if row["seq"] < size and row["target_kind"] in {"original", "image", "source", "permission"}
        ]
    for name, values, stated in (
        ("exclusion_root", refused, manifest.exclusion_root),
        ("revocation_root", withdrawn, manifest.revocation_root),
    ):
        if (root := list_root(values).hex()) != stated:
            findings.add(Kind.ROOT, "manifest.json", got=f"{name} {stated}", expected=f"{root} over {len(values)} rows")


def _refused(rows: Iterator[Row]) -> Iterator[Json]:
    for row in rows:
        if row["outcome"] != "accept":
            image = ImageId(row["source"], row["record"], row["part"])
            yield {"image": str(image), "outcome": row["outcome"], "reasons": row["reasons"]}


def _tell(leaf: Leaf, findings: Findings) -> None:
    got = leaf.computed.hex() if leaf.computed else "no row that makes a leaf"
    expected = leaf.logged.hex() if leaf.logged else "no leaf: the row was never logged"
    findings.add(Kind.LOG, f"ledger: {leaf.kind} row {leaf.seq}", got=got, expected=expected)
