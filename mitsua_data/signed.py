"""
What a DSSE envelope says, if a key signed it: a pure function of the two, so that a quotation can rest on it.

The trainer and the audit verify signatures by another path (`shards.dsse`); what both accept was signed.

Reference: https://github.com/secure-systems-lab/dsse (v1): Ed25519 over `DSSEv1 <size> <type> <size> <payload>`.
"""

from __future__ import annotations

import base64
import binascii
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from mitsua_data.canonical import parse_json
from mitsua_data.model import Json

MAX_SIGNATURES: Final = 16
"""Most signatures that are looked at."""


def said(envelope: Json, key: str) -> Json:
    """
    The JSON payload of an envelope that the Ed25519 key (32 bytes, in hex) signed.

    Raises ValueError where it is no envelope, no signature in it is by this key, or the payload is no JSON.
    """
    if not isinstance(envelope, dict):
        raise ValueError("not a DSSE envelope")
    kind, payload, signatures = (envelope.get(name) for name in ("payloadType", "payload", "signatures"))
    if not isinstance(kind, str) or not isinstance(signatures, list) or len(signatures) > MAX_SIGNATURES:
        raise ValueError("not a DSSE envelope")
    data = _bytes(payload)
    message = b"DSSEv1 %d %b %d %b" % (len(kind.encode()), kind.encode(), len(data), data)
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
    if not any(_verifies(public, each, message) for each in signatures):
        raise ValueError(f"no signature in it is by the key {key[:16]}…")
    return parse_json(data)


def _verifies(public: Ed25519PublicKey, signature: Json, message: bytes) -> bool:
    try:
        public.verify(_bytes(signature.get("sig") if isinstance(signature, dict) else None), message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _bytes(text: Json) -> bytes:
    """Base64 in its one spelling. Raises ValueError."""
    if not isinstance(text, str):
        raise ValueError("not a DSSE envelope")
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(f"not base64: {error}") from error
    if base64.b64encode(data).decode() != text:
        raise ValueError("base64 with stray bits")
    return data
