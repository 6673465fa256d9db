"""
Checkpoints: a Merkle tree's size and root, signed, in the C2SP signed-note form.

    <origin>            who keeps the log; also the name of its key
    <size>              leaves, decimal
    <base64 root>
                        an empty line
    — <origin> <base64(key id, 4 bytes ‖ Ed25519 signature)>

Text: https://c2sp.org/tlog-checkpoint over https://c2sp.org/signed-note. The signature covers the lines above the empty
one, with their line ends. Lines signed by others (witnesses) are allowed and ignored.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from mitsua_data.errors import IntegrityError, SignatureError
from mitsua_data.ledger.merkle import HASH_BYTES
from mitsua_data.shards.keys import PublicKey, Signer

MAX_NOTE: Final = 64 * 1024
"""Largest note read, in bytes."""
MAX_SIGNATURES: Final = 16
_ED25519: Final = b"\x01"
_KEY_HASH_BYTES: Final = 4
_SIGNATURE_BYTES: Final = 64
_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,18}")
_SIGNATURE_LINE: Final = re.compile(r"— (?P<name>[^\s+]+) (?P<blob>[A-Za-z0-9+/]+={0,2})")
_UNPRINTABLE: Final = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree head."""

    origin: str
    """The log's unique name, without spaces or plus signs: a host and path, such as `example.org/ledger`."""
    size: int
    """Leaves."""
    root: bytes
    """32 bytes."""

    def __post_init__(self) -> None:
        if not self.origin or re.search(r"[\s+]", self.origin) or _UNPRINTABLE.search(self.origin):
            raise ValueError(f"{self.origin!r} cannot name a log: no spaces, no plus signs, not empty")
        if not 0 <= self.size < 2**63 or len(self.root) != HASH_BYTES:
            raise ValueError("a tree head has a size from 0 to 2^63 - 1 and a root of 32 bytes")

    @property
    def text(self) -> str:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def key_hash(name: str, key: PublicKey) -> bytes:
    """The 4 bytes by which a note names a key: SHA-256(name ‖ 0x0A ‖ 0x01 ‖ key)[:4]."""
    return sha256(name.encode() + b"\n" + _ED25519 + key.raw).digest()[:_KEY_HASH_BYTES]


def sign_note(text: str, name: str, signer: Signer) -> str:
    """A signed note over `text` (which ends in a line end). Deterministic."""
    blob = key_hash(name, signer.public) + signer.sign(text.encode())
    return f"{text}\n— {name} {base64.b64encode(blob).decode()}\n"


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer) -> str:
    """The checkpoint as a note signed by the log's key. Law: `open_checkpoint` gives the same checkpoint back."""
    return sign_note(checkpoint.text, checkpoint.origin, signer)


def read_checkpoint(note: str) -> Checkpoint:
    """The checkpoint a note speaks of, *without* looking at signatures. Raises IntegrityError for malformed text."""
    return _parse(_split(note)[0])


def open_checkpoint(note: str, keys: Mapping[str, PublicKey]) -> Checkpoint:
    """
    The checkpoint of a note signed by one of `keys` under the name in its first line.

    Raises IntegrityError for malformed text, SignatureError where no key of ours signed it, or where a line that names
    one of our keys does not verify.
    """
    text, _ = _split(note)
    checkpoint = _parse(text)
    verify_note(note, checkpoint.origin, keys)
    return checkpoint


def verify_note(note: str, name: str, keys: Mapping[str, PublicKey]) -> PublicKey:
    """The key of ours that signed the note as `name`. Raises as `open_checkpoint` does."""
    text, lines = _split(note)
    known = {key_hash(name, key): key for key in keys.values()}
    found: PublicKey | None = None
    for line in lines:
        signed_by, blob = _signature(line)
        key = known.get(blob[:_KEY_HASH_BYTES])
        if signed_by != name or key is None:
            continue
        if not key.verifies(blob[_KEY_HASH_BYTES:], text.encode()):
            raise SignatureError(f"checkpoint of {name}: the signature by key {key.keyid[:16]} does not verify")
        found = key
    if found is None:
        pinned = ", ".join(sorted(keyid[:16] for keyid in keys)) or "none"
        raise SignatureError(f"checkpoint of {name}: no signature by a pinned log key (pinned: {pinned})")
    return found


def _split(note: str) -> tuple[str, list[str]]:
    """The signed text, and the signature lines."""
    text, gap, tail = note.rpartition("\n\n")
    lines = tail.split("\n")
    if not gap or lines.pop() != "" or not 1 <= len(lines) <= MAX_SIGNATURES or len(note) > MAX_NOTE:
        raise IntegrityError("checkpoint: not a signed note: expected text, an empty line, 1 to 16 signatures")
    if _UNPRINTABLE.search(note):
        raise IntegrityError("checkpoint: holds control characters")
    return text + "\n", lines


def _parse(text: str) -> Checkpoint:
    lines = text.split("\n")
    if len(lines) != 4 or not _SIZE.fullmatch(lines[1]):
        raise IntegrityError("checkpoint: expected three lines: origin, size, root")
    try:
        return Checkpoint(lines[0], int(lines[1]), _unbase64(lines[2]))
    except ValueError as error:
        raise IntegrityError(f"checkpoint: {error}") from error


def _signature(line: str) -> tuple[str, bytes]:
    """Who a signature line says it is by, and its key hash with signature."""
    match = _SIGNATURE_LINE.fullmatch(line)
    try:
        blob = _unbase64(match["blob"]) if match else b""
    except ValueError:
        blob = b""
    if match is None or len(blob) <= _KEY_HASH_BYTES:
        raise IntegrityError("checkpoint: malformed signature line")
    return match["name"], blob


def _unbase64(text: str) -> bytes:
    """Decode, and refuse a second spelling of the same bytes. Raises ValueError."""
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data).decode() != text:
        raise binascii.Error("base64 with stray bits")
    return data
