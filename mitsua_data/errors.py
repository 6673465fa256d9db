"""
Everything that can go wrong, as one tree.

    MitsuaError
    ├── UsageError        2   wrong argument, configuration, policy, dataset or recipe
    ├── SourceError       3   a source cannot be reached, or serves something unreadable
    ├── LedgerError       4
    │   ├── LedgerLocked      another process is writing in this workspace
    │   ├── SchemaMismatch    the workspace was made by an older or newer version
    │   └── StorageError      the disk is full, read-only or failing
    ├── IntegrityError    5   bytes differ from what was recorded or signed
    │   └── SignatureError    a signature is missing, wrong, or by a key nobody pinned
    └── UnauditedError    6   the trainer's gate refuses a release
        ├── ShardDamaged · ManifestUntrusted · AttestationUntrusted · AttestationExpired
        ├── AttestationFailed · PolicyNotAllowed · LicenceNotAllowed
        ├── CheckpointRefused · RevocationsStale · MemberRevoked

Exit code 0 means fine, 1 means findings (an audit or verify that found something), 70 a bug, 130 interrupted.
Each error carries one line of advice. The command line catches `MitsuaError` once, and nothing else.
"""

from __future__ import annotations

from typing import ClassVar, Final

EXIT_OK: Final = 0
EXIT_FINDINGS: Final = 1
EXIT_USAGE: Final = 2
EXIT_BUG: Final = 70
EXIT_INTERRUPTED: Final = 130


class MitsuaError(Exception):
    """Something we foresaw. `str(error)` says what is wrong; `advice` says what to do about it."""

    exit_code: ClassVar[int] = EXIT_BUG
    default_advice: ClassVar[str] = ""

    def __init__(self, problem: str, *, advice: str | None = None) -> None:
        super().__init__(problem)
        self.advice = self.default_advice if advice is None else advice

    def line(self) -> str:
        """The one line a person sees: `<what is wrong>; <what to do>`."""
        problem = " ".join(str(self).split())
        return f"{problem}; {self.advice}" if self.advice else problem


class UsageError(MitsuaError):
    """A wrong argument, path, configuration, policy, dataset or recipe."""

    exit_code = 2
    default_advice = "see --help"


class SourceError(MitsuaError):
    """A source cannot be reached, or what it serves cannot be read."""

    exit_code = 3
    default_advice = "run the same command again later"


class LedgerError(MitsuaError):
    """The ledger cannot be used as it is."""

    exit_code = 4
    default_advice = "restore the workspace from a copy, or use another --workspace"


class LedgerLocked(LedgerError):
    """Another process holds the workspace's write lock."""

    default_advice = "wait for it to end, or use another --workspace"


class SchemaMismatch(LedgerError):
    """The ledger's schema is not the one this version writes."""

    default_advice = "install the version of mitsua that made this workspace, or use another --workspace"


class StorageError(LedgerError):
    """The disk refused: full, read-only, or failing. Nothing half-written was kept."""

    default_advice = "free some space or choose another --workspace, then run the same command again"


class IntegrityError(MitsuaError):
    """Bytes differ from what was recorded or signed."""

    exit_code = 5
    default_advice = "do not use these files; fetch a fresh copy and verify it"


class SignatureError(IntegrityError):
    """A signature is missing, wrong, or by a key that is not pinned."""

    default_advice = "get the signer's public key from somebody you trust: mitsua keys trust ROLE FILE"


class UnauditedError(MitsuaError):
    """The trainer's gate refuses a release. There is no flag that skips it."""

    exit_code = 6
    default_advice = "run: mitsua audit RELEASE"


class ShardDamaged(UnauditedError):
    """A shard's bytes are not those the manifest names."""

    default_advice = "restore the release from a good copy, or build it again"


class ManifestUntrusted(UnauditedError):
    """The manifest's signature is missing, wrong, or by a builder key that is not pinned."""

    default_advice = "pin the builder's key with: mitsua keys trust builder FILE, or build the release yourself"


class AttestationUntrusted(UnauditedError):
    """The attestation is missing, wrong, about another release, or by an auditor key that is not pinned."""


class AttestationExpired(UnauditedError):
    """The attestation was once good; its time is over."""

    default_advice = "audit the release again: mitsua audit RELEASE"


class AttestationFailed(UnauditedError):
    """The auditor looked, and found something."""

    default_advice = "read the audit report, then build a release without what it found"


class PolicyNotAllowed(UnauditedError):
    """The release was decided under a policy that the recipe does not allow."""

    default_advice = "build under an allowed policy, or name this one in the recipe's data.policies"


class LicenceNotAllowed(UnauditedError):
    """A sample's licence is not among those the recipe allows."""

    default_advice = "build without it, or name the licence in the recipe's data.licences"


class CheckpointRefused(UnauditedError):
    """The ledger's checkpoint is older than, or does not descend from, the last one this trainer saw."""

    default_advice = "ask the publisher why history differs; keep the older checkpoint as evidence"


class RevocationsStale(UnauditedError):
    """The revocation list is missing, unsigned, or older than the recipe allows."""

    default_advice = "run: mitsua withdraw --republish"


class MemberRevoked(UnauditedError):
    """The release holds an image that was withdrawn."""

    default_advice = "build a new release; withdrawn images are left out of it"
