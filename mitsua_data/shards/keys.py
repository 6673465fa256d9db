"""
Ed25519 keys: five roles, one private key each, and the public keys that somebody chose to trust.

    keys/{log,builder,auditor,trainer,registrar}.pem      private, PKCS #8, mode 0600, made on first use
    trust/{log,builder,auditor,trainer,registrar}/*.pub   public, PEM; being there means being pinned

A key speaks for one role only: were the builder's key also the auditor's, an audit would prove nothing.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from mitsua_data.errors import SignatureError, StorageError, UsageError

MAX_KEY_FILE: Final = 4096
"""Largest key file read, in bytes; a PEM file of an Ed25519 key has about 120."""


class Role(StrEnum):
    """What a key may sign."""

    LOG = "log"
    """Checkpoints of the ledger, and revocation lists."""
    BUILDER = "builder"
    """Manifests of releases."""
    AUDITOR = "auditor"
    """Attestations about releases."""
    TRAINER = "trainer"
    """Training records."""
    REGISTRAR = "registrar"
    """Permissions: that a rights holder's grant was seen, and what it allows."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """One public key, known by `keyid`."""

    raw: bytes
    """The 32 bytes of RFC 8032."""

    @property
    def keyid(self) -> str:
        """SHA-256, in hex, of the 32 bytes."""
        return sha256(self.raw).hexdigest()

    @property
    def key(self) -> Ed25519PublicKey:
        """The key as `cryptography` knows it."""
        return Ed25519PublicKey.from_public_bytes(self.raw)

    def pem(self) -> bytes:
        """SubjectPublicKeyInfo, PEM."""
        return self.key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Whether `signature` (64 bytes) is this key's over `message`."""
        try:
            self.key.verify(signature, message)
        except InvalidSignature:
            return False
        return True

    @classmethod
    def load(cls, path: Path) -> PublicKey:
        """Read a PEM file. Raises UsageError where it is missing or holds anything but an Ed25519 public key."""
        try:
            key = load_pem_public_key(_read(path))
        except (ValueError, UnsupportedAlgorithm) as error:
            raise UsageError(f"{path}: not a public key in PEM form ({error})") from error
        if not isinstance(key, Ed25519PublicKey):
            raise UsageError(f"{path}: got a key of another kind, expected Ed25519")
        return cls(key.public_bytes(Encoding.Raw, PublicFormat.Raw))


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key at work. Its `repr` does not show it."""

    public: PublicKey
    private: Ed25519PrivateKey = field(repr=False, compare=False)

    @property
    def keyid(self) -> str:
        """The public key's id."""
        return self.public.keyid

    def sign(self, message: bytes) -> bytes:
        """The Ed25519 signature, 64 bytes. Deterministic: the same message has the same signature."""
        return self.private.sign(message)

    @classmethod
    def of(cls, private: Ed25519PrivateKey) -> Signer:
        """A signer by a key held in memory."""
        return cls(PublicKey(private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)), private)


class TrustStore:
    """The pinned public keys in a folder. What is not pinned is not trusted; no network, no default keys."""

    def __init__(self, trust: Path) -> None:
        self.trust = trust

    def pinned(self, role: Role) -> dict[str, PublicKey]:
        """
        Key id to key, for one role; empty where nobody is trusted.

        Raises UsageError for an unreadable `.pub` file, and for a key that is pinned for a second role as well.
        """
        keys = self._in(role)
        for other in Role:
            if other is not role and (shared := keys.keys() & self._in(other).keys()):
                raise UsageError(
                    f"{self.trust}: key {min(shared)[:16]} is pinned as {role} and as {other}",
                    advice="a key may speak for one role only; remove one of the two files",
                )
        return keys

    def trust_key(self, role: Role, file: Path) -> PublicKey:
        """
        Pin the public key in a PEM file for a role. Pinning it again changes nothing.

        Raises UsageError where the file is no Ed25519 public key, or the key already speaks for another role.
        """
        key = PublicKey.load(file)
        self._pin(role, key)
        return key

    def file_of(self, role: Role, keyid: str) -> Path:
        """Where a pinned key's file is, when it was pinned by `trust_key` or made here."""
        return self.trust / role / f"{keyid[:16]}.pub"

    def _in(self, role: Role) -> dict[str, PublicKey]:
        folder = self.trust / role
        keys = [PublicKey.load(path) for path in sorted(folder.glob("*.pub"))] if folder.is_dir() else []
        return {key.keyid: key for key in keys}

    def _pin(self, role: Role, key: PublicKey) -> Path:
        for other in Role:
            if other is not role and key.keyid in self._in(other):
                raise UsageError(
                    f"key {key.keyid[:16]} is pinned as {other}, so it cannot be pinned as {role}",
                    advice="make a key of its own for each role",
                )
        path = self.file_of(role, key.keyid)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            create_file(path, key.pem(), 0o644)
        except FileExistsError:
            return path
        except OSError as error:
            raise StorageError(f"{path}: {error.strerror}") from error
        return path


class KeyRing(TrustStore):
    """Our own private keys beside the keys we trust. Our own public keys are pinned when they are made."""

    def __init__(self, keys: Path, trust: Path) -> None:
        super().__init__(trust)
        self.keys = keys

    def signer(self, role: Role) -> Signer:
        """
        The signer of a role; its key is made on first use.

        Raises UsageError where the key file is open to other users or is no Ed25519 private key, and StorageError
        where a new one cannot be written.
        """
        path = self.keys / f"{role}.pem"
        if not path.exists():
            self._make(path, role)
        return Signer.of(_load_private(path))

    def _make(self, path: Path, role: Role) -> None:
        private = Ed25519PrivateKey.generate()
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        # Pinned first: a crash in between leaves a pin that nothing can sign for, not a key that nobody trusts.
        pin = self._pin(role, Signer.of(private).public)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            create_file(path, pem, 0o600)
        except FileExistsError:
            pin.unlink()  # another process was first; its key is the key
        except OSError as error:
            pin.unlink()
            raise StorageError(f"{path}: {error.strerror}") from error


def _load_private(path: Path) -> Ed25519PrivateKey:
    """Read a private key that nobody else can read."""
    pem = _read(path, private=True)
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise UsageError(f"{path}: not a private key in PEM form ({error})", advice="restore it from a copy") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(f"{path}: got a key of another kind, expected Ed25519", advice="restore it from a copy")
    return key


def _read(path: Path, *, private: bool = False) -> bytes:
    """A key file's bytes; the mode is looked at on the open file, so that it is the file that is read."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if private and stat.S_IMODE(status.st_mode) & 0o077:
                raise UsageError(
                    f"{path}: other users can read this private key (mode {stat.S_IMODE(status.st_mode):04o})",
                    advice=f"run: chmod 600 {path}",
                )
            data = file.read(MAX_KEY_FILE + 1)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from error
    if len(data) > MAX_KEY_FILE:
        raise UsageError(f"{path}: more than {MAX_KEY_FILE} bytes, so not a key file")
    return data


def create_file(path: Path, data: bytes, mode: int) -> None:
    """Write a file that must not exist yet, whole and synced. Raises FileExistsError where it does, else OSError."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        path.unlink(missing_ok=True)
        raise


def require_pinned(keys: dict[str, PublicKey], role: Role) -> dict[str, PublicKey]:
    """The same keys, unless there are none: nobody trusted is not everybody trusted. Raises SignatureError."""
    if not keys:
        raise SignatureError(
            f"no {role} key is pinned",
            advice=f"get the {role}'s public key from somebody you trust: mitsua keys trust {role} FILE",
        )
    return keys
