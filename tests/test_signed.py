"""What a pointer into an envelope finds: the words that a key signed, and no others."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from mitsua_data.canonical import canonical
from mitsua_data.model import MediaType
from mitsua_data.pointers import UnreadableBody, derive
from mitsua_data.shards.dsse import seal, unseal
from mitsua_data.signed import MAX_SIGNATURES
from tests.permitted import REGISTRAR, STRANGER

SAID: Any = {"a": [{"b": "words"}], "none": None, "c": ""}
ENVELOPE = json.loads(seal(canonical(SAID), "application/x", REGISTRAR))
KEY = REGISTRAR.public.raw.hex()


def found(pointer: str, **changes: Any) -> Any:
    envelope = {name: value for name, value in (ENVELOPE | changes).items() if value is not ...}
    return derive(json.dumps(envelope).encode(), MediaType.JSON, pointer)


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_what_was_signed_is_found_by_the_key_that_signed_it() -> None:
    assert found(f"dsse:{KEY}/a/0/b") == "words"
    assert found(f"dsse:{KEY}/none") is None
    assert found(f"dsse:{KEY}/nothing") is None
    assert found("/payloadType") == "application/x", "the envelope itself is JSON like any other"


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"payload": encoded(canonical(SAID | {"a": "other"}))}, id="other-words"),
        pytest.param({"payloadType": "application/y"}, id="another-type"),
        pytest.param({"payload": ENVELOPE["payload"] + "\n"}, id="base64-with-a-line-end"),
        pytest.param({"payload": ENVELOPE["payload"].rstrip("=")}, id="base64-without-its-end"),
        pytest.param({"payload": ...}, id="no-payload"),
        pytest.param({"payload": SAID}, id="a-payload-in-the-open"),
        pytest.param({"signatures": []}, id="no-signature"),
        pytest.param({"signatures": [{"keyid": REGISTRAR.keyid, "sig": encoded(bytes(64))}]}, id="zeros"),
        pytest.param({"signatures": [{"keyid": REGISTRAR.keyid}]}, id="a-name-alone"),
        pytest.param({"signatures": [ENVELOPE["signatures"][0]["sig"]]}, id="a-text"),
        pytest.param({"signatures": ENVELOPE["signatures"][0]}, id="not-a-list"),
        pytest.param({"signatures": ENVELOPE["signatures"] * (MAX_SIGNATURES + 1)}, id="too-many"),
    ],
)
def test_what_was_not_signed_so_is_not_found(changes: dict[str, Any]) -> None:
    with pytest.raises(UnreadableBody):
        found(f"dsse:{KEY}/a/0/b", **changes)


@pytest.mark.parametrize(
    "pointer",
    [
        pytest.param(f"dsse:{STRANGER.public.raw.hex()}/a", id="by-another-key"),
        pytest.param(f"dsse:{KEY.upper()}/a", id="another-spelling"),
        pytest.param(f"dsse:{KEY[:-2]}/a", id="a-shorter-key"),
        pytest.param("dsse:/a", id="by-no-key"),
        pytest.param(f"dsse:{KEY}", id="the-whole"),
        pytest.param(f"dsse:{'0' * 64}/a", id="a-key-of-small-order"),
    ],
)
def test_a_pointer_names_one_key(pointer: str) -> None:
    with pytest.raises(UnreadableBody):
        found(pointer)


def test_a_signed_payload_that_is_no_json_says_nothing() -> None:
    for payload in (b"words", b'{"a": 1, "a": 2}', b'{"a": NaN}', b"\xff"):
        body = seal(payload, "application/x", REGISTRAR)
        with pytest.raises(UnreadableBody):
            derive(body, MediaType.JSON, f"dsse:{KEY}/a")


def test_of_several_signatures_one_is_enough_and_two_ways_of_looking_agree() -> None:
    (theirs,) = json.loads(seal(canonical(SAID), "application/x", STRANGER))["signatures"]
    both = ENVELOPE | {"signatures": [theirs, *ENVELOPE["signatures"]]}
    for signer in (REGISTRAR, STRANGER):
        pointer = f"dsse:{signer.public.raw.hex()}/a/0/b"
        assert derive(json.dumps(both).encode(), MediaType.JSON, pointer) == "words"
        keys = {signer.keyid: signer.public}
        opened = unseal(canonical(both) + b"\n", "application/x", keys, what="both")
        assert (json.loads(opened.payload), opened.signer) == (SAID, signer.public)
