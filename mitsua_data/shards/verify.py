"""
`mitsua verify`: what anybody can check of a release offline, with the pinned public keys and nothing else.

Signatures, digests, the layout of the folder, that each sample's decision and original are in the signed ledger, that
the ledger only grew, and that the columns say what the shards say. It finds all it can, and does not stop at the first.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from mitsua_data.canonical import digest, parse_canonical
from mitsua_data.errors import IntegrityError
from mitsua_data.ledger.merkle import leaf_hash, verify_inclusion
from mitsua_data.licences import Licence
from mitsua_data.model import Json, Outcome
from mitsua_data.shards import attestation
from mitsua_data.shards.attestation import AuditVerdict
from mitsua_data.shards.columns import ProofRole, ProofRow, read_proofs, read_samples, told_columns
from mitsua_data.shards.consistency import check_growth
from mitsua_data.shards.keys import Role, TrustStore, require_pinned
from mitsua_data.shards.manifest import ATTESTATION, CHECKPOINT, CONSISTENCY, MANIFEST, PROOFS, ShardEntry
from mitsua_data.shards.notes import Checkpoint
from mitsua_data.shards.part import WHOLE, Part
from mitsua_data.shards.reader import Release, ShardSample, open_release

MAX_FINDINGS: Final = 20
"""Findings told one by one for each file; the rest is a number."""
EVENT_KINDS: Final[Mapping[ProofRole, frozenset[str]]] = {
    ProofRole.DECISION: frozenset({"decision"}),
    ProofRole.ORIGINAL: frozenset({"original", "occurrence"}),
}
"""Which ledger events can prove what."""
_NAMES_FILE: Final = re.compile(
    r"(?P<file>(?:train|val)/.*?|[\w.-]+\.(?:jsonl?|sig|note|parquet|md)): (?P<problem>.*)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be."""

    file: str
    """Relative to the release."""
    problem: str
    """With both sides, where two differ: got …, expected …."""


@dataclass(frozen=True, slots=True)
class _Told:
    """What a sample says of itself, and a proof or the manifest must say, too."""

    image: str
    original: str
    source: str
    licence: Licence


class _Findings:
    """Collects, and keeps a broken file from filling the report."""

    def __init__(self) -> None:
        self._found: list[Finding] = []
        self._by_file: Counter[str] = Counter()

    def add(self, file: str, problem: str) -> None:
        """`file` is what was looked at; a problem that names a file itself knows better."""
        if named := _NAMES_FILE.match(problem):
            file, problem = named["file"], named["problem"]
        self._by_file[file] += 1
        if self._by_file[file] <= MAX_FINDINGS:
            self._found.append(Finding(file, problem))

    @contextmanager
    def noting(self, file: str) -> Iterator[None]:
        """What cannot be verified becomes a finding about `file`."""
        try:
            yield
        except IntegrityError as error:
            self.add(file, str(error))

    def all(self) -> list[Finding]:
        """In order of files as they were looked at; a count where a file had more than were told."""
        more = [
            Finding(file, f"{count - MAX_FINDINGS} more findings like these")
            for file, count in self._by_file.items()
            if count > MAX_FINDINGS
        ]
        return self._found + more


def verify_release(
    path: Path,
    trust: TrustStore,
    *,
    read_data: bool = True,
    part: Part = WHOLE,
    against: Sequence[Checkpoint] = (),
    now: datetime | None = None,
    progress: Callable[[int], None] = lambda _: None,
    announce: Callable[[int], None] = lambda _: None,
) -> list[Finding]:
    """
    Everything that is wrong with a release, or nothing.

    Without `read_data`, shards, columns and proofs are not read: signatures, layout and the checkpoint are. An
    attestation is looked at where there is one; its expiry only where `now` is given. `part`: only these shards are
    read, so that several machines share the work. `against`: checkpoints that somebody kept from before; the ledger
    must be shown to have grown from each. `announce` is called with the number of samples that will be read,
    `progress` with those of each shard.
    Raises UsageError where `path` is no folder, or a pinned key file is unusable.
    """
    findings = _Findings()
    try:
        release = open_release(path, require_pinned(trust.pinned(Role.BUILDER), Role.BUILDER))
    except IntegrityError as error:
        findings.add(MANIFEST, str(error))
        return findings.all()
    _signatures(release, trust, now, findings)
    with findings.noting(MANIFEST):
        for problem in release.layout_problems():
            findings.add(MANIFEST, problem)
    _small_files(release, findings)
    _grown(release, against, findings)
    if read_data:
        shards = part.of(release.signed.manifest.shards)
        announce(sum(entry.samples for entry in shards))
        _data(release, shards, findings, progress)
    return findings.all()


def _signatures(release: Release, trust: TrustStore, now: datetime | None, findings: _Findings) -> None:
    with findings.noting(CHECKPOINT):
        release.checkpoint(require_pinned(trust.pinned(Role.LOG), Role.LOG))
    if not os.path.lexists(release.folder.path / ATTESTATION):
        return
    with findings.noting(ATTESTATION):
        keys = require_pinned(trust.pinned(Role.AUDITOR), Role.AUDITOR)
        attested = attestation.read(release.folder, release.signed, keys)
        said = attested.attestation
        if said.verdict is not AuditVerdict.PASS:
            findings.add(ATTESTATION, f"got verdict {said.verdict} with {len(said.findings)} findings, expected pass")
        if now is not None and attested.expired(now):
            findings.add(ATTESTATION, f"expired at {said.expires_at}, now is {now}")


def _small_files(release: Release, findings: _Findings) -> None:
    """Documents, and the proofs that the ledger only grew."""
    manifest = release.signed.manifest
    for document in manifest.documents:
        with findings.noting(document.name):
            release.check_digest(document)
    with findings.noting(CONSISTENCY):
        now = _stated_checkpoint(release)
        for growth in release.growth():
            if not growth.proves(now):
                findings.add(CONSISTENCY, f"does not prove that size {now.size} grew from size {growth.size}")


def _grown(release: Release, against: Sequence[Checkpoint], findings: _Findings) -> None:
    """That the ledger of each earlier checkpoint is the beginning of this one."""
    for seen in against:
        with findings.noting(CONSISTENCY):
            check_growth(_stated_checkpoint(release), seen, release.growth())


def _stated_checkpoint(release: Release) -> Checkpoint:
    """The manifest's checkpoint. Raises IntegrityError for an origin that cannot be one."""
    try:
        return release.signed.manifest.checkpoint.checkpoint()
    except ValueError as error:
        raise IntegrityError(f"{MANIFEST}: {error}") from error


def _data(release: Release, shards: Sequence[ShardEntry], findings: _Findings, progress: Callable[[int], None]) -> None:
    told: dict[str, _Told] = {}
    transform = digest(release.signed.manifest.transform)
    for entry in shards:
        _shard(release, entry, transform, told, findings)
        progress(entry.samples)
    stated = release.signed.manifest.counts
    if whole := len(told) == stated.train + stated.val:
        _counts(release, told, findings)
    with findings.noting(PROOFS):
        _proofs(release, told, whole, findings)


def _proofs(release: Release, told: Mapping[str, _Told], whole: bool, findings: _Findings) -> None:
    """Both proofs of every sample that could be read; where all could, proofs of no sample are findings, too."""
    checkpoint = _stated_checkpoint(release)
    proven: Counter[tuple[str, ProofRole]] = Counter()
    for row in read_proofs(release.read(release.signed.manifest.proofs), PROOFS):
        if row.key not in told and not whole:
            continue
        proven[row.key, row.role] += 1
        if problem := _proof_problem(row, told.get(row.key), checkpoint, release.signed.manifest.policy.sha256):
            findings.add(PROOFS, f"sample {row.key}, {row.role}: {problem}")
    for key in told:
        for role in ProofRole:
            if (count := proven[key, role]) != 1:
                findings.add(PROOFS, f"sample {key}: got {count} proofs of its {role}, expected 1")


def _counts(release: Release, told: Mapping[str, _Told], findings: _Findings) -> None:
    """The manifest's counts by source and by licence, counted again."""
    manifest = release.signed.manifest
    for name, found, stated in (
        ("sources", Counter(each.source for each in told.values()), {s.id: s.samples for s in manifest.sources}),
        ("licences", Counter(str(each.licence) for each in told.values()), dict(manifest.licences)),
    ):
        said = {str(key): samples for key, samples in stated.items()}
        if found != said:
            findings.add(MANIFEST, f"{name}: got {said}, expected {dict(sorted(found.items()))}")


def _shard(release: Release, entry: ShardEntry, transform: str, told: dict[str, _Told], findings: _Findings) -> None:
    """One shard and its columns; what its samples say goes into `told`."""
    columns: list[dict[str, Any]] | None = None
    with findings.noting(entry.parquet.name):
        columns = read_samples(release.read(entry.parquet), entry.parquet.name)
        if len(columns) != entry.samples:
            findings.add(entry.parquet.name, f"got {len(columns)} rows, expected {entry.samples}")
            columns = None
    with findings.noting(entry.name), release.shard(entry) as shard:
        for position, sample in enumerate(shard.samples()):
            if problem := _sample_problem(release, sample, transform, told):
                findings.add(entry.name, f"sample {sample.key}: {problem}")
            provenance = sample.provenance
            told[sample.key] = _Told(provenance.id, provenance.original_sha256, provenance.source, provenance.licence)
            if columns is not None and (problem := _columns_problem(sample, columns[position])):
                findings.add(entry.parquet.name, f"row {position}: {problem}")


def _sample_problem(release: Release, sample: ShardSample, transform: str, told: Mapping[str, _Told]) -> str | None:
    manifest = release.signed.manifest
    if sample.key in told:
        return "its key stands twice in the release"
    if sample.provenance.policy != manifest.policy.sha256:
        return f"got policy {sample.provenance.policy}, expected {manifest.policy.sha256}"
    if sample.provenance.transform != transform:
        return f"got transform {sample.provenance.transform}, expected {transform}"
    return None


def _columns_problem(sample: ShardSample, row: Mapping[str, Any]) -> str | None:
    """The first column that says something else than the shard."""
    expected = told_columns(sample.key, sample.split, sample.caption, sample.provenance)
    for name, value in expected.items():
        if row[name] != value:
            return f"{name}: got {row[name]!r}, expected {value!r} as in the shard"
    return None


def _proof_problem(row: ProofRow, told: _Told | None, checkpoint: Checkpoint, policy: str) -> str | None:
    if told is None:
        return "no such sample in the shards"
    try:
        event = parse_canonical(row.event)
    except ValueError as error:
        return f"its event is not canonical JSON ({error})"
    if not isinstance(event, dict) or event.get("kind") not in EVENT_KINDS[row.role]:
        return "its event is of another kind"
    for name, expected in _must_say(row.role, told, policy).items():
        if event.get(name) != expected:
            return f"its event says {name} {event.get(name)!r}, expected {expected!r}"
    if not verify_inclusion(leaf_hash(row.event), row.leaf_index, checkpoint.size, row.path, checkpoint.root):
        return f"leaf {row.leaf_index} is not in the ledger of size {checkpoint.size}, root {checkpoint.root.hex()}"
    return None


def _must_say(role: ProofRole, told: _Told, policy: str) -> dict[str, Json]:
    if role is ProofRole.DECISION:
        return {"image": told.image, "policy": policy, "outcome": Outcome.ACCEPT.value}
    return {"image": told.image, "sha256": told.original}
