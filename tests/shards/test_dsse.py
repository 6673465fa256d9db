"""Envelopes: what was signed, by whom, and as what. Nothing is parsed before."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mitsua_data.canonical import canonical
from mitsua_data.errors import IntegrityError, SignatureError
from mitsua_data.model import Json
from mitsua_data.shards.dsse import STATEMENT_PAYLOAD, open_statement, seal, sign_statement, unseal
from mitsua_data.shards.keys import Signer

KIND = "urn:example:kind:v1"
DIGEST = "ab" * 32
SIGNER = Signer.of(Ed25519PrivateKey.from_private_bytes(b"1" * 32))
OTHER = Signer.of(Ed25519PrivateKey.from_private_bytes(b"2" * 32))
KEYS = {SIGNER.keyid: SIGNER.public}
ENVELOPE = sign_statement([("manifest.json", DIGEST)], KIND, {"verdict": "pass", "n": 3}, SIGNER)


def line(value: Json) -> bytes:
    return canonical(value) + b"\n"


def test_a_statement_is_read_back_with_its_signer() -> None:
    statement, signer = open_statement(ENVELOPE, KIND, KEYS, what="x")
    assert signer == SIGNER.public
    assert [(subject.name, subject.digest.sha256) for subject in statement.subject] == [("manifest.json", DIGEST)]
    assert statement.predicate == {"verdict": "pass", "n": 3}


def test_the_envelope_is_in_toto_as_others_read_it() -> None:
    outer = json.loads(ENVELOPE)
    inner = json.loads(base64.b64decode(outer["payload"]))
    assert outer["payloadType"] == "application/vnd.in-toto+json"
    assert (inner["_type"], inner["predicateType"]) == ("https://in-toto.io/Statement/v1", KIND)
    # DSSE's pre-authentication encoding, by hand: the type stands inside what is signed.
    payload = base64.b64decode(outer["payload"])
    pae = b"DSSEv1 28 application/vnd.in-toto+json %d %b" % (len(payload), payload)
    assert SIGNER.public.verifies(base64.b64decode(outer["signatures"][0]["sig"]), pae)
    assert ENVELOPE.endswith(b"}\n")
    assert ENVELOPE.count(b"\n") == 1


def test_signing_is_deterministic() -> None:
    assert sign_statement([("manifest.json", DIGEST)], KIND, {"n": 3, "verdict": "pass"}, SIGNER) == ENVELOPE


def test_every_flipped_bit_is_noticed() -> None:
    for place in range(len(ENVELOPE) * 8):
        changed = bytearray(ENVELOPE)
        changed[place // 8] ^= 1 << place % 8
        with pytest.raises(IntegrityError):
            open_statement(bytes(changed), KIND, KEYS, what="x")


def test_only_a_pinned_key_counts() -> None:
    with pytest.raises(SignatureError, match=rf"x: signed by {SIGNER.keyid[:16]}; expected a pinned key .none."):
        open_statement(ENVELOPE, KIND, {}, what="x")
    with pytest.raises(SignatureError, match=OTHER.keyid[:16]):
        open_statement(ENVELOPE, KIND, {OTHER.keyid: OTHER.public}, what="x")


def test_a_key_id_is_only_a_hint() -> None:
    # The attacker signs with a key of their own and writes the pinned key's id beside the signature.
    forged = json.loads(sign_statement([("manifest.json", DIGEST)], KIND, {"verdict": "pass"}, OTHER))
    forged["signatures"][0]["keyid"] = SIGNER.keyid
    with pytest.raises(SignatureError, match="does not verify"):
        open_statement(line(forged), KIND, KEYS, what="x")


def test_a_payload_of_another_type_is_refused_though_it_is_signed() -> None:
    payload = base64.b64decode(json.loads(ENVELOPE)["payload"])
    with pytest.raises(SignatureError, match="payload type 'text/plain', expected"):
        open_statement(seal(payload, "text/plain", SIGNER), KIND, KEYS, what="x")
    relabelled = json.loads(seal(payload, "text/plain", SIGNER)) | {"payloadType": STATEMENT_PAYLOAD}
    with pytest.raises(SignatureError, match="does not verify"):
        open_statement(line(relabelled), KIND, KEYS, what="x")


def test_a_statement_of_another_kind_is_refused_though_it_is_signed() -> None:
    with pytest.raises(SignatureError, match="got predicate type 'urn:example:kind:v1', expected 'urn:other'"):
        open_statement(ENVELOPE, "urn:other", KEYS, what="x")


def _edited(change: Callable[[dict[str, Any]], object]) -> bytes:
    value = json.loads(ENVELOPE)
    change(value)
    return line(value)


@pytest.mark.parametrize(
    "envelope",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{}", id="no-fields"),
        pytest.param(b"[" * 50_000, id="deep"),
        pytest.param(b"\x80\x04pickle", id="a-pickle"),
        pytest.param(b" " * (5 * 1024 * 1024), id="too-large"),
        pytest.param(_edited(lambda e: e.update(extra=1)), id="a-field-more"),
        pytest.param(_edited(lambda e: e.update(signatures=[])), id="no-signature"),
        pytest.param(_edited(lambda e: e.update(signatures=e["signatures"] * 10_000)), id="ten-thousand-signatures"),
        pytest.param(_edited(lambda e: e.update(signatures=e["signatures"] * 2)), id="one-key-twice"),
        pytest.param(_edited(lambda e: e.update(payload=e["payload"] + "=")), id="padding-too-much"),
        pytest.param(_edited(lambda e: e.update(payload="\n" + e["payload"])), id="a-line-end-in-base64"),
        pytest.param(_edited(lambda e: e.update(payload=7)), id="a-number-for-the-payload"),
        pytest.param(_edited(lambda e: e["signatures"][0].pop("sig")), id="a-signature-without-signature"),
        pytest.param(ENVELOPE.replace(b'{"payload"', b'{"payloadType":"x","payload"'), id="a-key-twice"),
        pytest.param(ENVELOPE * 2, id="two-envelopes"),
        pytest.param(ENVELOPE + b"\n", id="a-line-end-more"),
        pytest.param(ENVELOPE.rstrip(), id="no-line-end"),
        pytest.param(json.dumps(json.loads(ENVELOPE)).encode() + b"\n", id="spaces"),
    ],
)
def test_what_is_no_envelope_is_refused(envelope: bytes) -> None:
    with pytest.raises(IntegrityError):
        unseal(envelope, STATEMENT_PAYLOAD, KEYS, what="x")


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(b"not json", id="not-json"),
        pytest.param(b"[]", id="a-list"),
        pytest.param(b'{"_type":"https://in-toto.io/Statement/v0.1"}', id="an-older-type"),
        pytest.param(
            canonical(
                {"_type": "https://in-toto.io/Statement/v1", "predicateType": KIND, "predicate": {}, "subject": []}
            ),
            id="no-subject",
        ),
        pytest.param(
            canonical(
                {
                    "_type": "https://in-toto.io/Statement/v1",
                    "predicateType": KIND,
                    "predicate": {},
                    "subject": [{"name": "manifest.json", "digest": {"sha1": "ab"}}],
                }
            ),
            id="a-weaker-digest",
        ),
    ],
)
def test_what_is_no_statement_is_refused_though_it_is_signed(payload: bytes) -> None:
    with pytest.raises(IntegrityError, match="not an in-toto statement"):
        open_statement(seal(payload, STATEMENT_PAYLOAD, SIGNER), KIND, KEYS, what="x")


def test_two_signatures_need_one_that_is_pinned() -> None:
    value = json.loads(ENVELOPE)
    value["signatures"] += json.loads(
        sign_statement([("manifest.json", DIGEST)], KIND, {"n": 3, "verdict": "pass"}, OTHER)
    )["signatures"]
    assert open_statement(line(value), KIND, KEYS, what="x")[1] == SIGNER.public
