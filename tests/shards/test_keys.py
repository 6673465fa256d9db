"""Keys: made once, kept from others, pinned by choice, and each for one role."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from mitsua_data.errors import SignatureError, StorageError, UsageError
from mitsua_data.shards.keys import KeyRing, PublicKey, Role, TrustStore, require_pinned


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return KeyRing(tmp_path / "keys", tmp_path / "trust")


def test_a_key_is_made_on_first_use_and_pinned(ring: KeyRing) -> None:
    signer = ring.signer(Role.BUILDER)
    assert list(ring.pinned(Role.BUILDER)) == [signer.keyid]
    assert ring.signer(Role.BUILDER) == signer
    assert stat.S_IMODE((ring.keys / "builder.pem").stat().st_mode) == 0o600
    assert all(not ring.pinned(role) for role in Role if role is not Role.BUILDER)


def test_each_role_has_a_key_of_its_own(ring: KeyRing) -> None:
    assert len({ring.signer(role).keyid for role in Role}) == len(Role)


def test_a_private_key_is_not_shown(ring: KeyRing) -> None:
    signer = ring.signer(Role.LOG)
    secret = signer.private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    assert "private" not in repr(signer)
    assert repr(secret) not in repr(signer)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_private_key_that_others_can_read_is_refused(ring: KeyRing, mode: int) -> None:
    ring.signer(Role.AUDITOR)
    path = ring.keys / "auditor.pem"
    path.chmod(mode)
    with pytest.raises(UsageError, match=f"other users can read this private key .mode {mode:04o}") as caught:
        ring.signer(Role.AUDITOR)
    assert caught.value.advice == f"run: chmod 600 {path}"


def _other_kind() -> bytes:
    key = generate_private_key(SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"hello", id="no-pem"),
        pytest.param(b"x" * 5000, id="too-large"),
        pytest.param(_other_kind(), id="another-kind-of-key"),
    ],
)
def test_a_broken_private_key_is_said_and_kept(ring: KeyRing, content: bytes) -> None:
    ring.signer(Role.LOG)
    (ring.keys / "log.pem").write_bytes(content)
    with pytest.raises(UsageError, match=r"log\.pem"):
        ring.signer(Role.LOG)
    assert (ring.keys / "log.pem").read_bytes() == content


def test_somebody_elses_key_is_pinned_by_file(ring: KeyRing, tmp_path: Path) -> None:
    other = KeyRing(tmp_path / "other", tmp_path / "other-trust").signer(Role.BUILDER)
    file = tmp_path / "their.pub"
    file.write_bytes(other.public.pem())
    assert ring.trust_key(Role.BUILDER, file) == other.public
    assert ring.trust_key(Role.BUILDER, file) == other.public
    assert list(ring.pinned(Role.BUILDER)) == [other.keyid]
    assert TrustStore(ring.trust).pinned(Role.BUILDER) == ring.pinned(Role.BUILDER)


def test_a_private_key_is_not_taken_for_a_public_one(ring: KeyRing) -> None:
    ring.signer(Role.LOG)
    with pytest.raises(UsageError, match="not a public key"):
        ring.trust_key(Role.BUILDER, ring.keys / "log.pem")
    with pytest.raises(UsageError, match="No such file"):
        ring.trust_key(Role.BUILDER, ring.keys / "nobody.pub")


def test_another_kind_of_public_key_is_refused(ring: KeyRing, tmp_path: Path) -> None:
    key = generate_private_key(SECP256R1()).public_key()
    (tmp_path / "ec.pub").write_bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    with pytest.raises(UsageError, match="expected Ed25519"):
        ring.trust_key(Role.BUILDER, tmp_path / "ec.pub")


def test_a_key_cannot_be_pinned_for_two_roles(ring: KeyRing, tmp_path: Path) -> None:
    builder = ring.signer(Role.BUILDER)
    file = tmp_path / "builder.pub"
    file.write_bytes(builder.public.pem())
    with pytest.raises(UsageError, match="is pinned as builder, so it cannot be pinned as auditor"):
        ring.trust_key(Role.AUDITOR, file)


def test_a_key_copied_into_two_roles_is_trusted_in_neither(ring: KeyRing) -> None:
    builder = ring.signer(Role.BUILDER)
    (ring.trust / "auditor").mkdir()
    (ring.trust / "auditor" / "copy.pub").write_bytes(builder.public.pem())
    for role in (Role.BUILDER, Role.AUDITOR):
        with pytest.raises(UsageError, match="is pinned as"):
            ring.pinned(role)


def test_nobody_trusted_is_not_everybody_trusted(ring: KeyRing) -> None:
    with pytest.raises(SignatureError, match="no auditor key is pinned"):
        require_pinned(ring.pinned(Role.AUDITOR), Role.AUDITOR)


def test_a_full_disk_leaves_neither_key_nor_pin(ring: KeyRing, monkeypatch: pytest.MonkeyPatch) -> None:
    synced = os.fsync
    calls = iter(range(100))

    def failing(fd: int) -> None:
        if next(calls) == 1:  # the pin is written first, then the key
            raise OSError(28, "No space left on device")
        synced(fd)

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(StorageError, match="No space left"):
        ring.signer(Role.LOG)
    assert not ring.pinned(Role.LOG)
    assert not (ring.keys / "log.pem").exists()


def test_signatures_are_deterministic_and_bound_to_their_message(ring: KeyRing) -> None:
    signer = ring.signer(Role.TRAINER)
    signature = signer.sign(b"message")
    assert signer.sign(b"message") == signature
    assert signer.public.verifies(signature, b"message")
    assert not signer.public.verifies(signature, b"massage")
    assert not signer.public.verifies(signature[:-1], b"message")
    assert PublicKey(signer.public.raw) == signer.public
