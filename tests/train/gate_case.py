"""A release that would pass the gate, with everything a test may spoil."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from mitsua_data.canonical import canonical
from mitsua_data.shards import attestation, manifest
from mitsua_data.shards.dsse import sign_statement
from mitsua_data.shards.keys import Role
from mitsua_data.shards.notes import Checkpoint, sign_checkpoint
from mitsua_data.shards.revocations import Revocation, Target
from mitsua_data.shards.writer import Published
from mitsua_train.gate import AuditedRelease, GateRules, open_audited
from tests.shards.releases import NOW, POLICY, Yard

RULES = GateRules(policies=frozenset({"default"}), licences=frozenset({"CC0-1.0"}), max_revocation_age_days=7)


@dataclass
class Case:
    """A release that would pass, and all that a test may spoil."""

    yard: Yard
    release: Published
    rules: GateRules = RULES
    now: Any = NOW

    @property
    def path(self) -> Path:
        return self.release.path

    def open(self) -> AuditedRelease:
        return open_audited(
            self.path,
            self.rules,
            trust=self.yard.keys,
            revocation_list=self.yard.revocations,
            seen_file=self.yard.seen,
            now=self.now,
        )

    def flip(self, name: str, place: int = -20) -> None:
        data = bytearray((self.path / name).read_bytes())
        data[place] ^= 1
        (self.path / name).write_bytes(data)

    def replace(self, name: str, old: bytes, new: bytes) -> None:
        data = (self.path / name).read_bytes()
        (self.path / name).write_bytes(data.replace(old, new))

    def sign_again(self, edit: Callable[[Any], object], text: Callable[[Any], bytes] = canonical) -> None:
        """A builder and an auditor who both lie: an edited manifest with signatures that verify."""
        value = json.loads((self.path / "manifest.json").read_bytes())
        edit(value)
        data = text(value)
        (self.path / "manifest.json").write_bytes(data)
        digest = sha256(data).hexdigest()
        named = {"format": value["format"], "name": value["name"], "version": value["version"]}
        builder, auditor = self.yard.keys.signer(Role.BUILDER), self.yard.keys.signer(Role.AUDITOR)
        (self.path / "manifest.sig").write_bytes(
            sign_statement([("manifest.json", digest)], manifest.PREDICATE_TYPE, named, builder)
        )
        subjects = [("manifest.json", digest), *((shard["name"], shard["sha256"]) for shard in value["shards"])]
        said = json.loads(json.dumps(ATTESTED)) | {"policy": value["policy"]}
        (self.path / "audit.intoto.jsonl").write_bytes(
            sign_statement(subjects, attestation.PREDICATE_TYPE, said, auditor)
        )

    def put_shard(self, data: bytes) -> None:
        """Other bytes for the first shard, with every signature renewed."""
        (self.path / "train" / "00000.tar").write_bytes(data)
        self.sign_again(lambda m: m["shards"][0].update(sha256=sha256(data).hexdigest(), bytes=len(data)))

    def attest_as(self, role: Role, **changes: object) -> None:
        """The usual attestation, but signed by the key of another role, or of another type or content."""
        subjects: Any = changes.get(
            "subjects",
            [
                ("manifest.json", self.release.signed.digest),
                *((shard.name, shard.sha256) for shard in self.release.signed.manifest.shards),
            ],
        )
        kind = str(changes.get("kind", attestation.PREDICATE_TYPE))
        said: Any = changes.get("said", ATTESTED)
        envelope = sign_statement(subjects, kind, said, self.yard.keys.signer(role))
        (self.path / "audit.intoto.jsonl").write_bytes(envelope)

    def put_note(self, checkpoint: Checkpoint, role: Role = Role.LOG) -> None:
        (self.path / "checkpoint.note").write_text(sign_checkpoint(checkpoint, self.yard.keys.signer(role)))

    def revoke(self, kind: Target, target: str, days: int = 0) -> None:
        when = NOW + timedelta(days=days)
        self.yard.revoke(Revocation(kind=kind, target=target, basis="takedown", effective_at=when))


ATTESTED: dict[str, Any] = {
    "verdict": "pass",
    "release": "clip-1",
    "policy": POLICY.dump(),
    "checker": {"name": "mitsua", "version": "1"},
    "counts": {},
    "findings": [],
    "audited_at": "2026-03-01T12:00:00Z",
    "expires_at": "2026-06-01T12:00:00Z",
}
