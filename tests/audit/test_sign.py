"""What remains of an audit: a report, an attestation, a row in the ledger."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

import pytest

from mitsua_data.audit import AuditResult, Kind, audit_release
from mitsua_data.audit.sign import sign_and_record
from mitsua_data.errors import SignatureError
from mitsua_data.ledger.store import stamp
from mitsua_data.shards import attestation
from mitsua_data.shards.attestation import AuditVerdict
from mitsua_data.shards.keys import Role
from mitsua_data.shards.reader import open_release
from mitsua_data.shards.verify import verify_release
from tests.audit.breaking import kinds, original_of, place_of, withdrawn
from tests.forgery import ask, flip
from tests.tiny import ACCEPTED, NOON, Tiny


def record(tiny: Tiny) -> AuditResult:
    with tiny.open() as (ledger, store):
        result = audit_release(ledger, store, tiny.release, tiny.keys, workers=1)
        sign_and_record(result, ledger, tiny.keys, tiny.release, tiny.root / "reports")
    return result


def read_attestation(tiny: Tiny) -> attestation.SignedAttestation:
    release = open_release(tiny.release, tiny.keys.pinned(Role.BUILDER))
    return attestation.read(release.folder, release.signed, tiny.keys.pinned(Role.AUDITOR))


def test_a_pass_is_signed_reported_and_remembered(tiny: Tiny) -> None:
    record(tiny)
    signed = read_attestation(tiny)
    assert signed.attestation.verdict is AuditVerdict.PASS
    assert signed.attestation.counts["samples"] == ACCEPTED
    assert signed.attestation.expires_at - signed.attestation.audited_at == timedelta(days=90)
    assert verify_release(tiny.release, tiny.keys, now=NOON) == []
    report = (tiny.root / "reports" / "tiny-1" / "audit.json").read_bytes()
    columns = "verdict, failures, checked, auditor, report, at, expires_at"
    expires = stamp(NOON + timedelta(days=90))
    assert ask(tiny, f"SELECT {columns} FROM audit") == [
        ("pass", 0, ACCEPTED, signed.auditor.keyid, sha256(report).hexdigest(), stamp(NOON), expires)
    ]


def test_the_same_audit_twice_leaves_the_same_bytes(tiny: Tiny) -> None:
    kept = [
        tiny.release / "audit.intoto.jsonl",
        *(tiny.root / "reports" / "tiny-1" / f"audit.{e}" for e in ("json", "html")),
    ]
    record(tiny)
    first = [path.read_bytes() for path in kept]
    record(tiny)
    assert [path.read_bytes() for path in kept] == first


def test_a_failed_audit_is_signed_too_and_does_not_stick(tiny: Tiny) -> None:
    path, place = place_of(tiny, original_of(tiny))
    flip(path, place)
    assert record(tiny).verdict is AuditVerdict.FAIL
    signed = read_attestation(tiny).attestation
    assert signed.verdict is AuditVerdict.FAIL
    assert [finding["kind"] for finding in signed.findings] == ["capture"]
    flip(path, place)
    assert record(tiny).verdict is AuditVerdict.PASS
    assert read_attestation(tiny).attestation.verdict is AuditVerdict.PASS
    assert [row[0] for row in ask(tiny, "SELECT verdict FROM audit ORDER BY seq")] == ["fail", "pass"]


def test_many_findings_fit_into_an_attestation(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mitsua_data.audit.sign.MOST_FINDINGS", 3)
    withdrawn("source", lambda _: "openclipart")(tiny)
    assert len(record(tiny).findings) == ACCEPTED
    assert read_attestation(tiny).attestation.findings[-1] == {"more": ACCEPTED - 3}


def test_a_manifest_by_nobody_we_trust_is_reported_and_not_attested(tiny: Tiny) -> None:
    for pin in (tiny.workspace.trust / "builder").iterdir():
        pin.unlink()
    result = record(tiny)
    assert kinds(result) == {Kind.RELEASE_FILE}
    assert not (tiny.release / "audit.intoto.jsonl").exists()
    assert b"not signed by a builder that is trusted here" in (tiny.root / "reports/tiny-1/audit.html").read_bytes()
    assert ask(tiny, "SELECT * FROM audit") == []


def test_the_builders_key_is_not_an_auditors(tiny: Tiny) -> None:
    record(tiny)
    release = open_release(tiny.release, tiny.keys.pinned(Role.BUILDER))
    with pytest.raises(SignatureError):
        attestation.read(release.folder, release.signed, tiny.keys.pinned(Role.BUILDER))
