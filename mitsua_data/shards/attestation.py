"""
`audit.intoto.jsonl`: an auditor's signed word on one release, good until it expires.

It is the one file that is added to a release after publishing. It is bound to the manifest's digest, and through the
manifest to every other byte; its subjects are the manifest and each shard.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from mitsua_data.errors import IntegrityError, SignatureError
from mitsua_data.shards.dsse import MAX_ENVELOPE, open_statement, sign_statement
from mitsua_data.shards.files import Folder, replace_file
from mitsua_data.shards.keys import PublicKey, Signer
from mitsua_data.shards.manifest import ATTESTATION, MANIFEST, Manifest, PolicyRef, SignedManifest
from mitsua_data.shards.shapes import Border, Count, JsonObject, Time, first_line

PREDICATE_TYPE: Final = "urn:mitsua:licence-audit:v1"


class AuditVerdict(StrEnum):
    """What the auditor found."""

    PASS = "pass"  # noqa: S105
    FAIL = "fail"


class Checker(Border):
    """What looked at the release."""

    name: str = "mitsua"
    version: str = Field(min_length=1)


class Attestation(Border):
    """The predicate. A pass has no findings; a fail has at least one."""

    verdict: Annotated[AuditVerdict, Field(strict=False)]
    release: str
    """`<name>-<version>`."""
    policy: PolicyRef
    """The policy that was applied again."""
    checker: Checker
    counts: dict[str, Count]
    """What was looked at: samples, captures read, decisions replayed …"""
    findings: list[JsonObject]
    audited_at: Time
    expires_at: Time

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if (self.verdict is AuditVerdict.PASS) != (not self.findings):
            raise ValueError(f"verdict {self.verdict} with {len(self.findings)} findings")
        if self.expires_at <= self.audited_at:
            raise ValueError("expires before it was made")
        return self


@dataclass(frozen=True, slots=True)
class SignedAttestation:
    """An attestation whose signature and subjects were verified."""

    attestation: Attestation
    digest: str
    """SHA-256, in hex, of `audit.intoto.jsonl`."""
    auditor: PublicKey

    def expired(self, now: datetime) -> bool:
        """Whether its time is over at `now`."""
        return now >= self.attestation.expires_at


def sign(release: Path, signed: SignedManifest, attestation: Attestation, signer: Signer) -> Path:
    """
    Write the attestation into a release, as one step; an older one is replaced. Returns its path.

    Raises ValueError where it speaks of another release or policy than the manifest, StorageError where the disk
    refuses.
    """
    if problem := _mismatch(attestation, signed.manifest):
        raise ValueError(problem)
    envelope = sign_statement(_subjects(signed), PREDICATE_TYPE, attestation.dump(), signer)
    replace_file(release / ATTESTATION, envelope)
    return release / ATTESTATION


def read(folder: Folder, signed: SignedManifest, keys: dict[str, PublicKey]) -> SignedAttestation:
    """
    The attestation about a release, verified against its manifest; verdict and expiry are for the caller to judge.

    Raises IntegrityError where it is missing or malformed, SignatureError where it is by no pinned auditor key, or
    about another manifest, other shards, another release or policy.
    """
    envelope = folder.read(ATTESTATION, MAX_ENVELOPE)
    statement, auditor = open_statement(envelope, PREDICATE_TYPE, keys, what=ATTESTATION)
    found = [(subject.name, subject.digest.sha256) for subject in statement.subject]
    if (MANIFEST, signed.digest) not in found:
        about = next((digest for name, digest in found if name == MANIFEST), "none")
        raise SignatureError(f"{ATTESTATION}: about manifest {about}, expected {signed.digest}")
    if found != _subjects(signed):
        raise SignatureError(f"{ATTESTATION}: about other shards than the manifest names")
    try:
        attestation = Attestation.model_validate(statement.predicate)
    except ValueError as error:
        raise IntegrityError(f"{ATTESTATION}: {first_line(error)}") from error
    if problem := _mismatch(attestation, signed.manifest):
        raise SignatureError(f"{ATTESTATION}: {problem}")
    return SignedAttestation(attestation, sha256(envelope).hexdigest(), auditor)


def _subjects(signed: SignedManifest) -> list[tuple[str, str]]:
    return [(MANIFEST, signed.digest), *((shard.name, shard.sha256) for shard in signed.manifest.shards)]


def _mismatch(attestation: Attestation, manifest: Manifest) -> str | None:
    if attestation.release != manifest.folder:
        return f"about release {attestation.release!r}, expected {manifest.folder!r}"
    if attestation.policy != manifest.policy:
        return f"audited under policy {attestation.policy.sha256}, expected {manifest.policy.sha256}"
    return None
