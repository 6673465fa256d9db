"""Releases of ours and of others: keys that are handed on, flipped bits."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Mitsua
from tests.tiny import Tiny


def test_a_stranger_verifies_with_the_keys_that_were_handed_on(mitsua: Mitsua, tiny: Tiny, tmp_path: Path) -> None:
    mine = ("-w", tmp_path / "stranger")
    untold = mitsua("verify", tiny.release, *mine)
    assert untold.code == 5
    assert untold.complaint.endswith("from somebody you trust: mitsua keys trust builder FILE")
    for row in mitsua("keys", "list", "-w", tiny.root, "--format", "json").rows:
        assert mitsua("keys", "trust", row["role"], row["file"], *mine).code == 0
    assert mitsua("verify", tiny.release, *mine).code == 0
    assert {row["whose"] for row in mitsua("keys", "list", *mine, "--format", "json").rows} == {"trusted"}


def test_a_workspace_without_keys_says_so(mitsua: Mitsua, tmp_path: Path) -> None:
    ran = mitsua("keys", "list", "-w", tmp_path / "new")
    assert (ran.code, ran.out) == (0, "")
    assert "no keys in" in ran.err
    assert not (tmp_path / "new").exists()


def test_a_flipped_bit_is_found_by_verify_and_by_audit(mitsua: Mitsua, tiny: Tiny) -> None:
    shard = next(tiny.release.glob("train/*.tar"))
    data = bytearray(shard.read_bytes())
    data[700] ^= 1
    shard.chmod(0o644)
    shard.write_bytes(data)
    verify = mitsua("verify", tiny.release, "-w", tiny.root, "--format", "json")
    assert verify.code == 1
    assert {row["file"] for row in verify.rows[:-1]} >= {f"train/{shard.name}"}
    assert mitsua("verify", tiny.release, "--no-read-data", "-w", tiny.root).code == 0
    audit = mitsua("audit", tiny.release, "-w", tiny.root)
    assert audit.code == 1
    assert "FAIL: " in audit.err
    assert "findings" in audit.out


@pytest.mark.parametrize("command", ["verify", "audit"])
def test_a_release_that_is_not_there_is_no_finding(mitsua: Mitsua, tiny: Tiny, command: str) -> None:
    ran = mitsua(command, tiny.root / "releases/none-1", "-w", tiny.root)
    assert (ran.code, "no such release" in ran.complaint) == (2, True)
