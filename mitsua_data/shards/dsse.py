"""
Signed statements: DSSE envelopes (Ed25519) around in-toto Statements v1.

What is signed is PAE(payload type, payload bytes), so the type stands inside the signature; the payload is parsed only
after a pinned key has been found to have signed it. An envelope is one line of canonical JSON, in no other spelling.

References: https://github.com/secure-systems-lab/dsse (v1), https://in-toto.io/Statement/v1.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from pydantic import Field
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import Error as SecuresystemslibError
from securesystemslib.signer import CryptoSigner, SSlibKey

from mitsua_data.canonical import canonical, parse_json
from mitsua_data.errors import IntegrityError, SignatureError
from mitsua_data.model import Json
from mitsua_data.shards.keys import PublicKey, Signer
from mitsua_data.shards.shapes import Border, JsonObject, Sha256Hex, first_line

STATEMENT_TYPE: Final = "https://in-toto.io/Statement/v1"
STATEMENT_PAYLOAD: Final = "application/vnd.in-toto+json"
MAX_ENVELOPE: Final = 4 * 1024 * 1024
"""Largest envelope read by default, in bytes."""
MAX_SIGNATURES: Final = 16


class Digests(Border):
    """A digest set; SHA-256 and nothing weaker."""

    sha256: Sha256Hex


class Subject(Border):
    """A file that a statement is about."""

    name: str = Field(min_length=1, max_length=1024)
    digest: Digests


class Statement(Border):
    """An in-toto Statement v1. `predicate` is read further by whoever knows its type."""

    type_: Literal["https://in-toto.io/Statement/v1"] = Field(default=STATEMENT_TYPE, alias="_type")
    subject: list[Subject] = Field(min_length=1)
    predicate_type: str = Field(alias="predicateType", min_length=1)
    predicate: JsonObject


class _EnvelopeSignature(Border):
    keyid: str
    sig: str


class _EnvelopeShape(Border):
    payload: str
    payload_type: str = Field(alias="payloadType")
    signatures: list[_EnvelopeSignature] = Field(min_length=1, max_length=MAX_SIGNATURES)


@dataclass(frozen=True, slots=True)
class Opened:
    """A payload whose signature was verified."""

    payload: bytes
    signer: PublicKey


def seal(payload: bytes, payload_type: str, signer: Signer) -> bytes:
    """An envelope: one line of canonical JSON with its line end. Deterministic."""
    envelope = Envelope(payload, payload_type, {})
    envelope.sign(CryptoSigner(signer.private, _sslib(signer.public)))
    return canonical(envelope.to_dict()) + b"\n"


def unseal(
    envelope: bytes, payload_type: str, keys: Mapping[str, PublicKey], *, what: str, limit: int = MAX_ENVELOPE
) -> Opened:
    """
    The payload of an envelope signed by one of `keys`. `what` names the document in errors.

    Raises IntegrityError where it is no envelope, SignatureError where no key of ours signed exactly these bytes under
    exactly this payload type.
    """
    parsed = _parse(envelope, what, limit)
    if parsed.payload_type != payload_type:
        raise SignatureError(f"{what}: got payload type {parsed.payload_type!r}, expected {payload_type!r}")
    pinned = ", ".join(sorted(keyid[:16] for keyid in keys)) or "none"
    found = [signature.keyid for signature in parsed.signatures if signature.keyid in keys]
    if not found:
        signed_by = ", ".join(signature.keyid[:16] for signature in parsed.signatures)
        raise SignatureError(f"{what}: signed by {signed_by}; expected a pinned key ({pinned})")
    try:
        opened = Envelope.from_dict(parsed.dump())
        accepted = opened.verify([_sslib(keys[keyid]) for keyid in found], threshold=1)
    except SecuresystemslibError as error:
        raise SignatureError(f"{what}: the signature by key {found[0][:16]} does not verify") from error
    return Opened(opened.payload, keys[min(accepted)])


def sign_statement(
    subjects: Sequence[tuple[str, str]], predicate_type: str, predicate: Mapping[str, Json], signer: Signer
) -> bytes:
    """An envelope around a Statement about files given as (name, sha256 in hex)."""
    statement = Statement(
        subject=[Subject(name=name, digest=Digests(sha256=sha256)) for name, sha256 in subjects],
        predicateType=predicate_type,
        predicate=dict(predicate),
    )
    return seal(canonical(statement.dump()), STATEMENT_PAYLOAD, signer)


def open_statement(
    envelope: bytes, predicate_type: str, keys: Mapping[str, PublicKey], *, what: str, limit: int = MAX_ENVELOPE
) -> tuple[Statement, PublicKey]:
    """
    The Statement of an envelope, and whose it is.

    Raises SignatureError as `unseal` does, and where the signed bytes are of another predicate type: a builder's word
    on a manifest must not pass for an auditor's on the same file. Raises IntegrityError for a malformed statement.
    """
    opened = unseal(envelope, STATEMENT_PAYLOAD, keys, what=what, limit=limit)
    try:
        statement = Statement.model_validate(parse_json(opened.payload, limit=limit))
    except ValueError as error:
        raise IntegrityError(f"{what}: not an in-toto statement ({first_line(error)})") from error
    if statement.predicate_type != predicate_type:
        raise SignatureError(f"{what}: got predicate type {statement.predicate_type!r}, expected {predicate_type!r}")
    return statement, opened.signer


def _parse(envelope: bytes, what: str, limit: int) -> _EnvelopeShape:
    try:
        value = parse_json(envelope, limit=limit)
        if canonical(value) + b"\n" != envelope:
            raise ValueError("expected one line of canonical JSON")
        parsed = _EnvelopeShape.model_validate(value)
        for text in (parsed.payload, *(signature.sig for signature in parsed.signatures)):
            if base64.b64encode(base64.b64decode(text, validate=True)).decode() != text:
                raise ValueError("base64 with stray bits")
        if len({signature.keyid for signature in parsed.signatures}) != len(parsed.signatures):
            raise ValueError("two signatures by one key")
    except ValueError as error:
        raise IntegrityError(f"{what}: not a DSSE envelope ({first_line(error)})") from error
    return parsed


def _sslib(key: PublicKey) -> SSlibKey:
    return SSlibKey.from_crypto(key.key, key.keyid)
