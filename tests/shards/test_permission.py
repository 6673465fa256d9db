"""Permissions as they are signed and read: whole, in known words, by a registrar whom somebody trusts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from mitsua_data.errors import IntegrityError, SignatureError
from mitsua_data.model import UNLIMITED, Act, Warranty
from mitsua_data.shards.permission import PREDICATE_TYPE, STATEMENT, Permission, Term, read, reference, sign
from mitsua_data.sources import contract
from tests.permitted import REGISTRAR, STRANGER, hexed, predicate, sealed

KEYS = {REGISTRAR.keyid: REGISTRAR.public}


def test_what_is_signed_is_read_back() -> None:
    permission = Permission.model_validate(predicate())
    envelope = sign(permission, REGISTRAR)
    signed = read(envelope, KEYS, what="it")
    assert (signed.permission, signed.registrar, signed.id) == (permission, REGISTRAR.public, hexed(envelope))
    assert sign(permission, REGISTRAR) == envelope, "deterministic"


def test_the_rule_and_the_form_speak_of_the_same_things() -> None:
    assert contract.STATEMENT == STATEMENT
    assert contract.PLAIN["/predicateType"] == PREDICATE_TYPE
    everything = predicate(allowed_acts=sorted(Act), warranties=sorted(Warranty))
    assert read(sealed(everything), KEYS, what="it").permission.dump() == everything | {
        "recorded_at": "2024-01-01T00:00:00Z"
    }


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"allowed_acts": ["publish-weights"]}, id="not-for-training"),
        pytest.param({"allowed_acts": ["training", "all"]}, id="an-unknown-act"),
        pytest.param({"works": {}}, id="no-works"),
        pytest.param({"works": {"A" * 64: "a"}}, id="a-digest-in-capitals"),
        pytest.param({"term": {"from": "2024-01-02", "until": "2024-01-01"}}, id="backwards"),
        pytest.param({"term": {"from": "2024-02-30", "until": UNLIMITED}}, id="no-such-day"),
        pytest.param({"term": {"from": "2024-01-01", "until": "9999-12-31"}}, id="beyond-counting"),
        pytest.param({"term": {"from": "2024-01-01", "until": None}}, id="null"),
        pytest.param({"licensee": ""}, id="to-nobody"),
        pytest.param({"warranties": ["trust me"]}, id="an-unknown-warranty"),
        pytest.param({"condition": "only portraits"}, id="a-field-more"),
        pytest.param({"credit": ...}, id="a-field-less"),
    ],
)
def test_other_words_are_refused_though_they_are_signed(changes: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError):
        read(sealed(predicate(**changes)), KEYS, what="it")


@pytest.mark.parametrize(
    ("envelope", "error"),
    [
        pytest.param(sealed(signer=STRANGER), SignatureError, id="by-a-stranger"),
        pytest.param(sealed(predicateType="urn:mitsua:release:v1"), SignatureError, id="of-another-type"),
        pytest.param(sealed(kind="application/json"), SignatureError, id="of-another-payload"),
        pytest.param(sealed(subject=[{"name": "document", "digest": {"sha256": "0" * 64}}]), IntegrityError,
                     id="about-another-document"),
        pytest.param(sealed(subject=[{"name": "x.pdf", "digest": {"sha256": predicate()["document"]}}]), IntegrityError,
                     id="a-file-name-for-its-subject"),
        pytest.param(sealed()[:-1], IntegrityError, id="cut"),
    ],
)  # fmt: skip
def test_a_permission_is_of_one_form_signed_by_a_trusted_key(envelope: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        read(envelope, KEYS, what="it")


def test_a_term_begins_with_its_first_day_and_ends_with_its_last() -> None:
    term = Term.model_validate({"from": "2024-01-01", "until": "2024-01-31"})
    moments = {
        datetime(2023, 12, 31, 23, 59, 59, tzinfo=UTC): False,
        datetime(2024, 1, 1, tzinfo=UTC): True,
        datetime(2024, 1, 31, 23, 59, 59, tzinfo=UTC): True,
        datetime(2024, 2, 1, tzinfo=UTC): False,
    }
    assert {moment: term.covers(moment) for moment in moments} == moments
    assert term.ends == datetime(2024, 2, 1, tzinfo=UTC)
    assert Term.model_validate({"from": "2024-01-01", "until": UNLIMITED}).ends is None


def test_a_name_is_found_by_its_salt_alone_in_every_spelling_of_unicode() -> None:
    assert reference("Zo\u00eb  Li", b"salt") == reference("Zoe\u0308 Li ", b"salt")
    assert reference("Zoë Li", b"salt") != reference("Zoë Li", b"other")
    assert reference("Zoe Li", b"salt") != reference("Zoë Li", b"salt")
