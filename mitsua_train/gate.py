"""
The gate: the only way from a release on disk to the trainer. It fails closed, and there is no flag that skips it.

A release is opened only if all of this holds, checked in this order, the cheap before the dear:

1. its manifest is signed by a pinned builder key (`ManifestUntrusted`);
2. `train/` and `val/` hold what the manifest names, as plain files (`ShardDamaged`);
3. an attestation about exactly this manifest is signed by a pinned auditor key that is not the builder's
   (`AttestationUntrusted`), says pass (`AttestationFailed`), and is not expired (`AttestationExpired`);
4. the recipe allows the policy (`PolicyNotAllowed`);
5. the checkpoint is signed by a pinned log key, is of one history with the last one seen, and not older than the last
   one seen of this release (`CheckpointRefused`);
6. the revocation list is signed, of the same log, and fresh (`RevocationsStale`);
7. every byte is what the manifest names (`ShardDamaged`), every sample's licence is in the recipe's list
   (`LicenceNotAllowed`), and none was withdrawn (`MemberRevoked`).

Only then is the checkpoint remembered as seen. What `samples` hands on is hashed once more as it is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from mitsua_data.errors import (
    AttestationExpired,
    AttestationFailed,
    AttestationUntrusted,
    CheckpointRefused,
    IntegrityError,
    LicenceNotAllowed,
    ManifestUntrusted,
    MemberRevoked,
    PolicyNotAllowed,
    RevocationsStale,
    ShardDamaged,
    UnauditedError,
)
from mitsua_data.model import Json
from mitsua_data.shards import attestation, revocations
from mitsua_data.shards.attestation import AuditVerdict, SignedAttestation
from mitsua_data.shards.consistency import Growth
from mitsua_data.shards.keys import Role, TrustStore, require_pinned
from mitsua_data.shards.manifest import Manifest, PolicyRef, Split
from mitsua_data.shards.notes import Checkpoint
from mitsua_data.shards.reader import Release, ShardSample, open_release
from mitsua_data.shards.revocations import SignedRevocations
from mitsua_data.shards.samples import Provenance
from mitsua_data.shards.seen import SeenFile

CLOCK_SKEW: Final = timedelta(minutes=5)
"""How far ahead of ours another machine's clock may be."""
FIXED_FITS: Final = frozenset({"contain", "cover"})
"""Transforms after which every image has the same size."""


@dataclass(frozen=True, slots=True)
class GateRules:
    """What a recipe allows. Empty means nothing."""

    policies: frozenset[str]
    """Policies by name, or by the sha256 of their text."""
    licences: frozenset[str]
    """Licence identifiers, as `Licence` spells them."""
    max_revocation_age_days: float
    """How old the revocation list may be."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One training example."""

    key: str
    split: str
    """`train` or `val`."""
    image: bytes
    """Encoded PNG, JPEG or WebP; verified."""
    caption: str
    provenance: Mapping[str, Json]
    """The sample's record: `id`, `source`, `licence`, `evidence` …; `sha256` is the original's digest."""


class AuditedRelease:
    """A release that passed the gate. Only `open_audited` makes one."""

    def __init__(self, release: Release, attested: SignedAttestation, note: str, *, passed: object) -> None:
        if passed is not _PASSED:
            raise TypeError("an AuditedRelease comes from open_audited, and from nowhere else")
        manifest = release.signed.manifest
        self._release = release
        self.name = manifest.name
        self.version = manifest.version
        self.digest = release.signed.digest
        """sha256 of manifest.json."""
        self.shard_digests = tuple(shard.sha256 for shard in manifest.shards)
        self.train_shards = tuple((each.sha256, each.samples) for each in manifest.shards if each.split is Split.TRAIN)
        """sha256 and number of samples of each shard that is trained on, in the order of the samples."""
        self.policy = manifest.policy.sha256
        self.policy_name = manifest.policy.name
        self.checkpoint_note = note
        """The signed note, as text."""
        self.builder = release.signed.builder.keyid
        self.auditor = attested.auditor.keyid
        self.attestation_digest = attested.digest
        """sha256 of audit.intoto.jsonl."""
        self.licences = {licence.value: count for licence, count in manifest.licences.items()}
        self.counts = {Split.TRAIN.value: manifest.counts.train, Split.VAL.value: manifest.counts.val}
        self.image_size = _image_size(manifest)
        """Width and height in pixels where all images have the same, else None."""

    def samples(self, split: str | None = None) -> Iterator[Sample]:
        """
        The samples of one split, or of all, in the manifest's order; a shard is verified whole before its first.

        Raises ShardDamaged before a sample is handed on whose bytes are not those that passed the gate.
        """
        for entry in self._release.signed.manifest.shards:
            if split is not None and entry.split != split:
                continue
            with _refusing(ShardDamaged), self._release.shard(entry) as shard:
                for sample in shard.samples():
                    yield _sample(sample)


_PASSED: Final = object()


def open_audited(
    folder: Path, rules: GateRules, *, trust: TrustStore, revocation_list: Path, seen_file: Path, now: datetime
) -> AuditedRelease:
    """
    Open a release, or refuse it.

    `revocation_list` is the workspace's `revocations.dsse.json`, `seen_file` its `seen.json`; `now` has a time zone.
    Raises one of the UnauditedError subclasses named above (exit code 6), UsageError where `folder` is none or a pinned
    key file is unusable, StorageError where `seen_file` cannot be written.
    """
    seen = SeenFile(seen_file)
    with _refusing(ManifestUntrusted):
        release = open_release(folder, require_pinned(trust.pinned(Role.BUILDER), Role.BUILDER))
    with _refusing(ShardDamaged):
        release.check_layout()
    attested = _attestation(release, trust, now)
    manifest = release.signed.manifest
    _policy(manifest.policy, rules)
    checkpoint, note, growth = _checkpoint(release, trust, seen)
    withdrawn = _revocations(revocation_list, checkpoint, rules, trust, seen, now)
    _every_byte(release, rules, withdrawn)
    with _refusing(CheckpointRefused):
        seen.remember(manifest.name, checkpoint, growth, withdrawn.issued_at)
    return AuditedRelease(release, attested, note, passed=_PASSED)


def _attestation(release: Release, trust: TrustStore, now: datetime) -> SignedAttestation:
    with _refusing(AttestationUntrusted):
        keys = require_pinned(trust.pinned(Role.AUDITOR), Role.AUDITOR)
        attested = attestation.read(release.folder, release.signed, keys)
    said = attested.attestation
    # Pinned keys speak for one role each; this holds even where somebody's copy of the trust folder says otherwise.
    if attested.auditor == release.signed.builder:
        raise AttestationUntrusted(
            f"got an audit by the builder's own key {attested.auditor.keyid[:16]}, expected another"
        )
    if said.verdict is not AuditVerdict.PASS:
        raise AttestationFailed(
            f"audit of {said.release}: got verdict {said.verdict} with {len(said.findings)} findings"
        )
    if said.audited_at > now + CLOCK_SKEW:
        raise AttestationUntrusted(f"audit of {said.release}: made at {said.audited_at}, which is after now ({now})")
    if attested.expired(now):
        raise AttestationExpired(f"audit of {said.release}: expired at {said.expires_at}, now is {now}")
    return attested


def _policy(policy: PolicyRef, rules: GateRules) -> None:
    if not rules.policies & {policy.name, policy.sha256}:
        allowed = ", ".join(sorted(rules.policies)) or "none"
        raise PolicyNotAllowed(f"got policy {policy.name} ({policy.sha256}), expected one of: {allowed}")


def _checkpoint(release: Release, trust: TrustStore, seen: SeenFile) -> tuple[Checkpoint, str, list[Growth]]:
    with _refusing(CheckpointRefused):
        checkpoint, note = release.checkpoint(require_pinned(trust.pinned(Role.LOG), Role.LOG))
        growth = release.growth()
        seen.check_checkpoint(release.signed.manifest.name, checkpoint, growth)
    return checkpoint, note, growth


def _revocations(
    path: Path, checkpoint: Checkpoint, rules: GateRules, trust: TrustStore, seen: SeenFile, now: datetime
) -> SignedRevocations:
    with _refusing(RevocationsStale):
        withdrawn = revocations.read(path, require_pinned(trust.pinned(Role.LOG), Role.LOG))
        seen.check_revocations(checkpoint.origin, withdrawn.issued_at)
    if withdrawn.origin != checkpoint.origin:
        raise RevocationsStale(f"got the revocation list of {withdrawn.origin}, expected that of {checkpoint.origin}")
    if withdrawn.issued_at > now + CLOCK_SKEW:
        raise RevocationsStale(f"revocation list: issued at {withdrawn.issued_at}, which is after now ({now})")
    oldest = now - timedelta(days=rules.max_revocation_age_days)
    if withdrawn.issued_at < oldest:
        raise RevocationsStale(f"revocation list: issued at {withdrawn.issued_at}, expected {oldest} or later")
    return withdrawn


def _every_byte(release: Release, rules: GateRules, withdrawn: SignedRevocations) -> None:
    """Hash every file that the manifest names, and look at every sample's record."""
    manifest = release.signed.manifest
    for entry in manifest.shards:
        with _refusing(ShardDamaged), release.shard(entry) as shard:
            release.check_digest(entry.parquet)
            for key, provenance in shard.provenances():
                _sample_allowed(f"{entry.name}: sample {key}", provenance, manifest, rules, withdrawn)
    with _refusing(ShardDamaged):
        for file in (manifest.proofs, manifest.consistency, *manifest.documents):
            release.check_digest(file)


def _sample_allowed(
    where: str, provenance: Provenance, manifest: Manifest, rules: GateRules, withdrawn: SignedRevocations
) -> None:
    if provenance.policy != manifest.policy.sha256:
        raise PolicyNotAllowed(f"{where}: got policy {provenance.policy}, expected {manifest.policy.sha256}")
    if provenance.licence.value not in rules.licences:
        allowed = ", ".join(sorted(rules.licences)) or "none"
        raise LicenceNotAllowed(
            f"{where} ({provenance.id}): got {provenance.licence.value}, expected one of: {allowed}"
        )
    if (entry := withdrawn.of(provenance)) is not None:
        raise MemberRevoked(f"{where} ({provenance.id}): withdrawn by {entry.kind} {entry.target} ({entry.basis})")


def _sample(sample: ShardSample) -> Sample:
    record = sample.provenance.dump() | {"sha256": sample.provenance.original_sha256}
    return Sample(sample.key, sample.split.value, sample.image, sample.caption, record)


def _image_size(manifest: Manifest) -> tuple[int, int] | None:
    match manifest.transform:
        case {"fit": str(fit), "size": [int(width), int(height)]} if fit in FIXED_FITS:
            return width, height
    return None


@contextmanager
def _refusing(refusal: type[UnauditedError]) -> Iterator[None]:
    """Whatever cannot be verified is refused, by the name of the check that failed."""
    try:
        yield
    except IntegrityError as error:
        raise refusal(str(error)) from error
