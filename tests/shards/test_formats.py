"""
Releases of every format that was ever published must verify for ever, and pass the gate of their day.

`tests/formats/release-1` was written once and is never written again: a change that cannot read it is a new format,
which gets a name and a folder of its own.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from mitsua_data.errors import AttestationExpired
from mitsua_data.shards.keys import TrustStore
from mitsua_data.shards.verify import verify_release
from mitsua_train.gate import AuditedRelease, GateRules, open_audited
from tests.shards.releases import NOW

FORMAT_1 = Path(__file__).resolve().parents[1] / "formats" / "release-1"


def opened(seen: Path, days: float) -> AuditedRelease:
    return open_audited(
        FORMAT_1 / "release",
        GateRules(frozenset({"default"}), frozenset({"CC0-1.0"}), max_revocation_age_days=1000),
        trust=TrustStore(FORMAT_1 / "trust"),
        revocation_list=FORMAT_1 / "revocations.dsse.json",
        seen_file=seen / "seen.json",
        now=NOW + timedelta(days=days),
    )


def test_a_release_of_format_1_verifies() -> None:
    assert verify_release(FORMAT_1 / "release", TrustStore(FORMAT_1 / "trust"), now=NOW) == []


def test_a_release_of_format_1_passes_the_gate_of_its_day(tmp_path: Path) -> None:
    audited = opened(tmp_path, 1)
    assert audited.digest == "43cf45acfd8e25782e28b4ee272f62e13adeeb394abd07062cda7f8a4e3482a7"
    assert [(sample.key, sample.split, len(sample.image)) for sample in audited.samples()] == [
        ("00000000", "train", 64),
        ("00000001", "train", 64),
        ("00000004", "val", 64),
    ]


def test_its_audit_is_over_since(tmp_path: Path) -> None:
    with pytest.raises(AttestationExpired, match="expired at 2026-05-30"):
        opened(tmp_path, 90)
