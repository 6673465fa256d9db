"""
What remains of an audit: the report on disk, the auditor's signed word in the release, and a row in the ledger.

In this order: whoever reads the attestation finds the report it stands for. A run that is killed in between leaves no
half of anything, and the next audit starts afresh.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from mitsua_data import __version__
from mitsua_data.audit.result import AuditResult
from mitsua_data.ledger import tables
from mitsua_data.ledger.store import Ledger, stamp
from mitsua_data.model import Json
from mitsua_data.reports.data import report_text
from mitsua_data.reports.html import page
from mitsua_data.shards import attestation
from mitsua_data.shards.attestation import Attestation, Checker
from mitsua_data.shards.files import replace_file
from mitsua_data.shards.keys import KeyRing, Role
from mitsua_data.shards.manifest import SignedManifest

MOST_FINDINGS: Final = 1000
"""Findings that an attestation carries; the report has all of them."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """Where everything is."""

    page: Path
    data: Path
    attestation: Path | None
    """None where nothing was attested: the manifest is by nobody we trust, so there is no release to speak of."""


def sign_and_record(result: AuditResult, ledger: Ledger, keys: KeyRing, release: Path, reports: Path) -> Recorded:
    """
    Write the report below `reports`, sign the attestation into the folder `release`, and tell the ledger.

    Raises StorageError where the disk refuses, UsageError where the auditor's key cannot be used.
    """
    auditor = keys.signer(Role.AUDITOR)
    folder = reports / result.release
    data = report_text(result, auditor.keyid)
    replace_file(folder / "audit.json", data)
    replace_file(folder / "audit.html", page(result, auditor.keyid))
    signed = result.signed
    if signed is None:
        return Recorded(folder / "audit.html", folder / "audit.json", None)
    written = attestation.sign(release, signed, _attestation(result, signed), auditor)
    with ledger.batch() as batch:
        batch.log(
            tables.audit,
            manifest=signed.digest,
            policy=signed.manifest.policy.sha256,
            checker_version=__version__,
            scope="release",
            seed=None,
            checked=result.counts["samples"],
            failures=len(result.findings),
            upper95=None,
            report=sha256(data).hexdigest(),
            auditor=auditor.keyid,
            verdict=result.verdict.value,
            at=stamp(result.audited_at),
            expires_at=stamp(result.expires_at),
        )
    return Recorded(folder / "audit.html", folder / "audit.json", written)


def _attestation(result: AuditResult, signed: SignedManifest) -> Attestation:
    findings: list[dict[str, Json]] = [each.as_json() for each in result.findings[:MOST_FINDINGS]]
    if more := len(result.findings) - len(findings):
        findings.append({"more": more})
    return Attestation(
        verdict=result.verdict,
        release=result.release,
        policy=signed.manifest.policy,
        checker=Checker(version=__version__),
        counts=dict(result.counts),
        findings=findings,
        audited_at=result.audited_at,
        expires_at=result.expires_at,
    )
