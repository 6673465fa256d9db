"""Every way to be unaudited: what is spoilt, and the error it must be refused by."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from mitsua_data.canonical import canonical
from mitsua_data.errors import (
    AttestationExpired,
    AttestationFailed,
    AttestationUntrusted,
    CheckpointRefused,
    LicenceNotAllowed,
    ManifestUntrusted,
    MemberRevoked,
    PolicyNotAllowed,
    RevocationsStale,
    ShardDamaged,
    UnauditedError,
)
from mitsua_data.ledger.merkle import Tree, leaf_hash
from mitsua_data.licences import Licence
from mitsua_data.model import Json
from mitsua_data.shards import manifest
from mitsua_data.shards.dsse import seal
from mitsua_data.shards.keys import Role
from mitsua_data.shards.notes import Checkpoint
from mitsua_data.shards.revocations import Target
from tests.shards.releases import NOW, ORIGIN, make_row
from tests.train.file_ways import MANIFEST, SHARDS, Spoil, link, steps, swap_keys, unpin
from tests.train.gate_case import ATTESTED, Case

ATTESTATION: dict[str, Spoil] = {
    "attestation-missing": lambda c: (c.path / "audit.intoto.jsonl").unlink(),
    "attestation-empty": lambda c: (c.path / "audit.intoto.jsonl").write_bytes(b""),
    "attestation-flipped": lambda c: c.flip("audit.intoto.jsonl", 200),
    "attestation-a-symlink": lambda c: link(c.path / "audit.intoto.jsonl", "/etc/passwd"),
    "attestation-twice": lambda c: (c.path / "audit.intoto.jsonl").write_bytes(
        (c.path / "audit.intoto.jsonl").read_bytes() * 2
    ),
    "attestation-by-nobody-known": steps(lambda c: swap_keys(c, Role.AUDITOR), lambda c: c.attest_as(Role.AUDITOR)),
    "attestation-by-the-builder": lambda c: c.attest_as(Role.BUILDER),
    "attestation-by-the-log": lambda c: c.attest_as(Role.LOG),
    "auditor-not-pinned": lambda c: unpin(c, Role.AUDITOR),
    "attestation-of-another-kind": lambda c: c.attest_as(Role.AUDITOR, kind=manifest.PREDICATE_TYPE),
    "attestation-about-another-manifest": lambda c: c.attest_as(Role.AUDITOR, subjects=[("manifest.json", "0" * 64)]),
    "attestation-about-no-shards": lambda c: c.attest_as(
        Role.AUDITOR, subjects=[("manifest.json", c.release.signed.digest)]
    ),
    "attestation-about-another-release": lambda c: c.attest_as(Role.AUDITOR, said=ATTESTED | {"release": "clip-2"}),
    "attestation-under-another-policy": lambda c: c.attest_as(
        Role.AUDITOR, said=ATTESTED | {"policy": {"name": "default", "sha256": "0" * 64}}
    ),
    "attestation-without-verdict": lambda c: c.attest_as(
        Role.AUDITOR, said={name: value for name, value in ATTESTED.items() if name != "verdict"}
    ),
    "attestation-that-passes-with-findings": lambda c: c.attest_as(
        Role.AUDITOR, said=ATTESTED | {"findings": [{"problem": "x"}]}
    ),
    "attestation-from-the-future": lambda c: c.attest_as(
        Role.AUDITOR, said=ATTESTED | {"audited_at": "2026-03-01T12:06:00Z"}
    ),
    "manifest-as-attestation": lambda c: (c.path / "audit.intoto.jsonl").write_bytes(
        (c.path / "manifest.sig").read_bytes()
    ),
}


def later(case: Case, **time: int) -> None:
    case.now = NOW + timedelta(**time)
    case.yard.revoke(issued_at=case.now)


EXPIRED: dict[str, Spoil] = {
    "expired-this-moment": lambda c: later(c, days=90),
    "expired-long-ago": lambda c: later(c, days=900),
}
FAILED: dict[str, Spoil] = {
    "audit-failed": lambda c: c.yard.attest(c.release, {"verdict": "fail", "findings": [{"problem": "no evidence"}]}),
}


def rules(**changes: Any) -> Spoil:
    def change(case: Case) -> None:
        case.rules = replace(case.rules, **changes)

    return change


def release_of(**changes: Any) -> Spoil:
    """A release whose third sample differs, signed and audited like any other."""

    def build(case: Case) -> None:
        rows = [make_row(number) for number in range(5)]
        rows[2] = replace(rows[2], provenance=rows[2].provenance.model_copy(update=changes))
        case.release = case.yard.audited("2", rows)

    return build


POLICIES: dict[str, Spoil] = {
    "another-policy": rules(policies=frozenset({"strict"})),
    "another-policys-digest": rules(policies=frozenset({"0" * 64})),
    "no-policy-allowed": rules(policies=frozenset()),
    "one-sample-under-another-policy": release_of(policy="0" * 64),
}
LICENCES: dict[str, Spoil] = {
    "another-licence": rules(licences=frozenset({"LicenseRef-PDM-1.0"})),
    "no-licence-allowed": rules(licences=frozenset()),
    "a-licence-in-another-spelling": rules(licences=frozenset({"cc0-1.0"})),
    "one-sample-under-another-licence": release_of(licence=Licence.CC_BY_NC),
}


def head(case: Case, **changes: Any) -> Checkpoint:
    return replace(case.release.signed.manifest.checkpoint.checkpoint(), **changes)


def seen_before(case: Case, size: int, root: bytes, origin: str = ORIGIN) -> None:
    log: dict[str, Json] = {
        "last": {"size": size, "root": root.hex()},
        "earlier": [],
        "releases": {},
        "revocations_issued_at": "2026-02-01T00:00:00Z",
    }
    case.yard.seen.write_bytes(canonical({"format": "mitsua-seen/1", "logs": {origin: log}}))


def forked(case: Case) -> None:
    """The trainer saw release 1; release 2 comes from a log whose past was changed, with proofs made up to fit."""
    case.open()
    case.yard.tree = Tree([leaf_hash(b"another past"), *(leaf_hash(str(n).encode()) for n in range(40))])
    case.release = case.yard.audited("2")


def unproven(case: Case) -> None:
    case.open()
    case.yard.published.clear()
    case.release = case.yard.audited("2")


def rolled_back(case: Case) -> None:
    newer = case.yard.audited("2")
    Case(case.yard, newer).open()


CHECKPOINTS: dict[str, Spoil] = {
    "checkpoint-missing": lambda c: (c.path / "checkpoint.note").unlink(),
    "checkpoint-flipped": lambda c: c.flip("checkpoint.note"),
    "checkpoint-not-text": lambda c: (c.path / "checkpoint.note").write_bytes(b"\xff\xfe"),
    "checkpoint-a-symlink": lambda c: link(c.path / "checkpoint.note", "/etc/passwd"),
    "checkpoint-unsigned": lambda c: (c.path / "checkpoint.note").write_text(head(c).text + "\n"),
    "checkpoint-by-the-builder": lambda c: c.put_note(head(c), Role.BUILDER),
    "checkpoint-by-nobody-known": steps(lambda c: swap_keys(c, Role.LOG), lambda c: c.put_note(head(c))),
    "log-not-pinned": lambda c: unpin(c, Role.LOG),
    "checkpoint-of-another-root": lambda c: c.put_note(head(c, root=bytes(32))),
    "checkpoint-of-another-size": lambda c: c.put_note(head(c, size=99)),
    "checkpoint-of-another-log": lambda c: c.put_note(head(c, origin="other.example")),
    "consistency-flipped": lambda c: c.flip("consistency.json", 0),
    "consistency-missing": lambda c: (c.path / "consistency.json").unlink(),
    "another-root-at-the-size-seen": lambda c: seen_before(c, 21, bytes(32)),
    "a-larger-log-seen": lambda c: seen_before(c, 22, bytes(32)),
    "a-smaller-log-seen-that-nothing-leads-from": lambda c: seen_before(c, 20, bytes(32)),
    "memory-broken": lambda c: c.yard.seen.write_bytes(b"{}\n"),
    "memory-empty": lambda c: c.yard.seen.write_bytes(b""),
    "history-forked": forked,
    "growth-without-proof": unproven,
    "release-rolled-back": rolled_back,
}


def revocations_by(case: Case, role: Role) -> None:
    value = json.loads(canonical(case_list(case)))
    envelope = seal(canonical(value), "application/vnd.mitsua.revocations+json", case.yard.keys.signer(role))
    case.yard.revocations.write_bytes(envelope)


def case_list(case: Case) -> Any:
    return {"format": "mitsua-revocations/1", "origin": ORIGIN, "issued_at": "2026-03-01T12:00:00Z", "entries": []}


def older_list(case: Case) -> None:
    case.open()
    case.yard.revoke(issued_at=NOW - timedelta(hours=1))


def flipped_list(case: Case) -> None:
    data = bytearray(case.yard.revocations.read_bytes())
    data[40] ^= 1
    case.yard.revocations.write_bytes(data)


STALE: dict[str, Spoil] = {
    "revocations-missing": lambda c: c.yard.revocations.unlink(),
    "revocations-empty": lambda c: c.yard.revocations.write_bytes(b""),
    "revocations-unsigned": lambda c: c.yard.revocations.write_bytes(canonical(case_list(c))),
    "revocations-flipped": flipped_list,
    "revocations-by-the-builder": lambda c: revocations_by(c, Role.BUILDER),
    "revocations-by-the-auditor": lambda c: revocations_by(c, Role.AUDITOR),
    "revocations-too-old": lambda c: c.yard.revoke(issued_at=NOW - timedelta(days=7, seconds=1)),
    "revocations-from-the-future": lambda c: c.yard.revoke(issued_at=NOW + timedelta(minutes=6)),
    "revocations-of-another-log": lambda c: c.yard.revoke(origin="other.example"),
    "revocations-older-than-seen": older_list,
    "revocations-of-no-age-allowed": steps(
        rules(max_revocation_age_days=0),
        lambda c: c.yard.revoke(issued_at=NOW - timedelta(seconds=1)),
    ),
}
REVOKED: dict[str, Spoil] = {
    "image-withdrawn": lambda c: c.revoke(Target.IMAGE, make_row(3).provenance.id),
    "image-withdrawn-from-val": lambda c: c.revoke(Target.IMAGE, make_row(9).provenance.id),
    "original-withdrawn": lambda c: c.revoke(Target.ORIGINAL, make_row(3).provenance.original_sha256),
    "source-withdrawn": lambda c: c.revoke(Target.SOURCE, "openclipart"),
    "withdrawn-from-next-year-on": lambda c: c.revoke(Target.IMAGE, make_row(3).provenance.id, days=365),
}

WAYS: list[tuple[str, Spoil, type[UnauditedError]]] = [
    (name, spoil, refusal)
    for refusal, table in (
        (ManifestUntrusted, MANIFEST),
        (ShardDamaged, SHARDS),
        (AttestationUntrusted, ATTESTATION),
        (AttestationExpired, EXPIRED),
        (AttestationFailed, FAILED),
        (PolicyNotAllowed, POLICIES),
        (LicenceNotAllowed, LICENCES),
        (CheckpointRefused, CHECKPOINTS),
        (RevocationsStale, STALE),
        (MemberRevoked, REVOKED),
    )
    for name, spoil in table.items()
]
