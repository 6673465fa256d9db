"""
A small whole release, made from nothing: ledger events, keys, pictures, attestation, revocation list.

The pictures are random bytes: what reads a release must never need to decode one. `Yard` is a workspace in miniature.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from mitsua_data.canonical import canonical, digest
from mitsua_data.ledger.merkle import Tree, leaf_hash, list_root
from mitsua_data.licences import Licence
from mitsua_data.model import Evidence, Grade, ImageId, Json
from mitsua_data.shards import attestation, revocations
from mitsua_data.shards.attestation import Attestation, AuditVerdict, Checker
from mitsua_data.shards.columns import ProofRole, ProofRow
from mitsua_data.shards.consistency import Growth
from mitsua_data.shards.keys import KeyRing, Role
from mitsua_data.shards.manifest import PolicyRef, Split
from mitsua_data.shards.notes import Checkpoint, sign_checkpoint
from mitsua_data.shards.revocations import Revocation
from mitsua_data.shards.samples import Provenance, Quotation, SampleRow
from mitsua_data.shards.writer import Published, ReleaseHeader, ReleaseWriter

ORIGIN = "example.org/ledger"
POLICY = PolicyRef(name="default", sha256=sha256(b"policy text").hexdigest())
TRANSFORM: dict[str, Json] = {"size": [64, 48], "fit": "contain", "background": [255, 255, 255]}
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def make_row(number: int, *, source: str = "openclipart", licence: Licence = Licence.CC0_1_0) -> SampleRow:
    """One sample. Its values are awkward on purpose: markup, quotes, other scripts, no creator."""
    image = random.Random(number).randbytes(700 + 13 * number)
    part = "a/b.svg" if number % 2 else ""
    evidence = (
        Evidence("ab" * 32, "/isPublicDomain", True),
        Evidence("cd" * 32, "/rights", None if number % 3 else "CC0"),
    )
    provenance = Provenance(
        id=str(ImageId(source, f"r{number}", part)),
        source=source,
        record=f"r{number}",
        part=part,
        licence=licence,
        licence_uri=licence.uri,
        grade=Grade.E3,
        policy=POLICY.sha256,
        original_sha256=sha256(b"original %d" % number).hexdigest(),
        original_url=f"https://example.org/{number}.png?a=1&b=2",
        landing_url="",
        title='<b>"猫"</b>, =1+1\n' * (number % 2),
        creator="",
        evidence=[Quotation.of(each) for each in evidence],
        transform=digest(TRANSFORM),
        image_sha256=sha256(image).hexdigest(),
    )
    split = Split.VAL if number % 5 == 4 else Split.TRAIN
    caption = f"a picture, number {number} ネコ" if number else ""
    return SampleRow(
        f"{number:08d}", split, image, "png", caption, provenance, 64, 48, 640, 480, tags=("cat", "猫")[: number % 3]
    )


@dataclass
class Yard:
    """Keys, a log and releases under one folder."""

    root: Path
    tree: Tree = field(default_factory=Tree)
    published: list[tuple[int, bytes]] = field(default_factory=list)
    """Size and root of the checkpoints that were published so far."""

    def __post_init__(self) -> None:
        self.keys = KeyRing(self.root / "keys", self.root / "trust")
        self.releases = self.root / "releases"
        self.revocations = self.root / "revocations.dsse.json"
        self.seen = self.root / "seen.json"
        if len(self.tree) == 0:
            self.tree.append(leaf_hash(b"genesis"))

    def log(self, rows: list[SampleRow]) -> list[ProofRow]:
        """Decision and original of each row as events in the log; their proofs lack paths until `proofs`."""
        found = []
        for row in rows:
            told = row.provenance
            events: list[tuple[ProofRole, Json]] = [
                (
                    ProofRole.DECISION,
                    {"kind": "decision", "image": told.id, "policy": told.policy, "outcome": "accept", "reasons": []},
                ),
                (ProofRole.ORIGINAL, {"kind": "original", "image": told.id, "sha256": told.original_sha256}),
            ]
            for role, event in events:
                text = canonical(event)
                found.append(ProofRow(row.key, role, self.tree.append(leaf_hash(text)), text, ()))
        return found

    def note(self) -> str:
        """The tree as it is, signed."""
        return sign_checkpoint(Checkpoint(ORIGIN, len(self.tree), self.tree.root()), self.keys.signer(Role.LOG))

    def build(
        self,
        version: str = "1",
        rows: list[SampleRow] | None = None,
        *,
        name: str = "clip",
        samples_per_shard: int = 4,
        logged: list[ProofRow] | None = None,
    ) -> Published:
        """Log, write, sign and publish."""
        rows = [make_row(number) for number in range(10)] if rows is None else rows
        logged = self.log(rows) if logged is None else logged
        with ReleaseWriter(self.releases, name, version, samples_per_shard=samples_per_shard) as writer:
            for row in rows:
                writer.add(row)
            published = writer.publish(
                header(),
                proofs=[
                    ProofRow(each.key, each.role, each.leaf_index, each.event, self.tree.inclusion(each.leaf_index))
                    for each in logged
                ],
                checkpoint_note=self.note(),
                consistency=[Growth.of(size, root, self.tree.consistency(size)) for size, root in self.published],
                sign=self.keys.signer(Role.BUILDER),
                extra_files={"NOTICE.md": b"# Notice\n"},
            )
        self.published.append((len(self.tree), self.tree.root()))
        return published

    def attest(self, release: Published, changes: dict[str, object] | None = None) -> Path:
        """Sign an attestation: a pass, made now, for 90 days, unless `changes` say otherwise."""
        values: dict[str, object] = {
            "verdict": AuditVerdict.PASS,
            "release": release.signed.manifest.folder,
            "policy": release.signed.manifest.policy,
            "checker": Checker(version="1.0"),
            "counts": {"samples": 10},
            "findings": [],
            "audited_at": NOW,
            "expires_at": NOW + timedelta(days=90),
        }
        said = Attestation.model_validate(values | (changes or {}))
        return attestation.sign(release.path, release.signed, said, self.keys.signer(Role.AUDITOR))

    def revoke(self, *entries: Revocation, issued_at: datetime = NOW, origin: str = ORIGIN) -> None:
        """Publish a revocation list."""
        revocations.publish(self.revocations, revocations.make(origin, entries, issued_at), self.keys.signer(Role.LOG))

    def audited(self, version: str = "1", rows: list[SampleRow] | None = None) -> Published:
        """A release that passes the gate."""
        release = self.build(version, rows)
        self.attest(release)
        self.revoke()
        return release


def header() -> ReleaseHeader:
    """What the release says about itself."""
    return ReleaseHeader(
        policy=POLICY,
        transform=TRANSFORM,
        selection={"per_category": 3},
        exclusion_root=list_root([{"image": "openclipart:x", "reason": "not_open"}]),
        revocation_root=list_root([]),
        sources={"openclipart": {"institution": "Open Clipart"}},
    )
