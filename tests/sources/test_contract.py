"""Works under contract: claimed only where a pinned registrar signed that these very bytes may be trained on."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mitsua_data.archives import Archive, open_archive
from mitsua_data.errors import SourceError
from mitsua_data.inspection import inspect_paths
from mitsua_data.licences import Licence
from mitsua_data.model import UNLIMITED, Claim, Grade, Reason, Refusal, Verdict
from mitsua_data.pointers import derive
from mitsua_data.policy import Policy
from mitsua_data.shards.dsse import seal
from mitsua_data.shards.keys import Role, TrustStore
from mitsua_data.sources.base import Judged, Page, judge_page
from mitsua_data.sources.contract import STATEMENT, Contract
from tests.permitted import REGISTRAR, STRANGER, WORKS, deliver, hexed, page, predicate, registrars, sealed, statement
from tests.tiny import drawing

SOURCE = Contract()
DEFAULT, PERMITTING = Policy.load(), Policy.load("with-permission")
WORK = "a/work_1.png"
NOW = datetime(2026, 1, 2, tzinfo=UTC)


def judged(made: Page) -> dict[str, Judged]:
    return {each.id.record: each for each in judge_page(SOURCE, made)}


def verdict(envelope: bytes | None, *signers: Any, files: dict[str, bytes] | None = None) -> Verdict:
    """What is said of the first work, where `signers` are pinned (our registrar, by default)."""
    made = page(files or {WORK: WORKS[WORK]}, envelope, *(signers or (REGISTRAR,)))
    (found,) = judged(made).values()
    return found.verdict


def reason(found: Verdict) -> Reason:
    assert isinstance(found, Refusal), found
    assert found.evidence
    return found.reason


def test_a_signed_grant_is_claimed_as_a_permission_on_the_strongest_grade() -> None:
    found = verdict(sealed())
    assert isinstance(found, Claim)
    assert (found.licence, found.grade) == (Licence.PERMISSION, Grade.E4)


def test_the_default_policy_does_not_accept_it_and_the_other_does() -> None:
    found = verdict(sealed())
    assert [str(each) for each in DEFAULT.outcome(found)[1]] == ["licence_not_in_policy"]
    assert PERMITTING.outcome(found) == ("accept", ())
    assert PERMITTING.rules.accept.licences == DEFAULT.rules.accept.licences | {Licence.PERMISSION}
    assert SOURCE.spec.may_claim == {Licence.PERMISSION}, "a grant is no dedication"


def test_the_claim_quotes_what_was_granted_and_who_signed_it() -> None:
    found = verdict(sealed())
    signed = f"dsse:{REGISTRAR.public.raw.hex()}/predicate"
    said = {each.pointer.removeprefix(signed): each.value for each in found.evidence}
    assert said[f"/works/{hexed(WORKS[WORK])}"] == WORK
    assert said["/document"] == predicate()["document"]
    assert said["/allowed_acts"] == ["training"]
    assert (said["/term/from"], said["/term/until"]) == ("2024-01-01", "2030-12-31")
    assert said[f"/registrars/{REGISTRAR.keyid}"] == REGISTRAR.public.raw.hex()
    assert said["/files/studio~1a~1work_1.png"] == f"sha256:{hexed(WORKS[WORK])}"


def test_every_quotation_can_be_derived_from_the_captures_alone() -> None:
    made = page({WORK: WORKS[WORK]}, sealed(), REGISTRAR)
    bodies = {body.sha256: body for body in made.captures()}
    (found,) = judged(made).values()
    for evidence in found.verdict.evidence:
        body = bodies[evidence.capture]
        assert derive(body.data, body.media_type, evidence.pointer) == evidence.value


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"term": {"from": "2024-01-01", "until": UNLIMITED}}, id="without-an-end"),
        pytest.param({"allowed_acts": ["training", "publish-weights", "redistribution"]}, id="more-acts"),
        pytest.param({"warranties": []}, id="nothing-vouched-for"),
        pytest.param({"credit": ...}, id="no-credit"),
        pytest.param({"term": {"from": "2001-01-01", "until": "2002-01-01"}}, id="over-which-a-rule-cannot-know"),
    ],
)
def test_what_does_not_matter_to_the_rule(changes: dict[str, Any]) -> None:
    assert isinstance(verdict(sealed(predicate(**changes))), Claim)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"allowed_acts": ["publish-weights"]}, Reason.NO_PERMISSION, id="not-for-training"),
        pytest.param({"allowed_acts": []}, Reason.NO_PERMISSION, id="no-acts"),
        pytest.param({"allowed_acts": "training"}, Reason.UNKNOWN_VALUE, id="acts-are-a-list"),
        pytest.param({"allowed_acts": {"training": True}}, Reason.UNKNOWN_VALUE, id="acts-as-keys"),
        pytest.param({"allowed_acts": ["training", "except-portraits"]}, Reason.UNKNOWN_VALUE, id="an-unknown-act"),
        pytest.param({"allowed_acts": ["Training"]}, Reason.UNKNOWN_VALUE, id="another-spelling"),
        pytest.param({"allowed_acts": ...}, Reason.UNREADABLE, id="acts-missing"),
        pytest.param({"allowed_acts": None}, Reason.UNKNOWN_VALUE, id="acts-null"),
        pytest.param({"works": {}}, Reason.NO_PERMISSION, id="no-works"),
        pytest.param({"works": ...}, Reason.NO_PERMISSION, id="works-missing"),
        pytest.param({"works": [hexed(WORKS[WORK])]}, Reason.NO_PERMISSION, id="works-as-a-list"),
        pytest.param({"works": {hexed(WORKS[WORK]): None}}, Reason.NO_PERMISSION, id="a-work-crossed-out"),
        pytest.param({"works": {hexed(WORKS[WORK]): False}}, Reason.NO_PERMISSION, id="a-work-denied"),
        pytest.param({"works": {hexed(WORKS[WORK]).upper(): WORK}}, Reason.NO_PERMISSION, id="a-digest-in-capitals"),
        pytest.param({"works": {hexed(drawing(9)): WORK}}, Reason.NO_PERMISSION, id="the-name-with-other-bytes"),
        pytest.param({"term": ...}, Reason.UNREADABLE, id="term-missing"),
        pytest.param({"term": {"from": "2024-01-01"}}, Reason.UNREADABLE, id="end-missing"),
        pytest.param({"term": {"from": "2024-01-01", "until": None}}, Reason.UNKNOWN_VALUE, id="end-null"),
        pytest.param({"term": {"from": "2024-01-01", "until": "for ever"}}, Reason.UNKNOWN_VALUE, id="end-in-words"),
        pytest.param({"term": {"from": "1 January 2024", "until": UNLIMITED}}, Reason.UNKNOWN_VALUE, id="no-day"),
        pytest.param({"term": {"from": 2024, "until": UNLIMITED}}, Reason.UNKNOWN_VALUE, id="a-number"),
        pytest.param({"licensee": ...}, Reason.UNREADABLE, id="to-nobody"),
        pytest.param({"licensee": " "}, Reason.UNKNOWN_VALUE, id="to-a-space"),
        pytest.param({"licensor": {}}, Reason.UNREADABLE, id="by-nobody"),
        pytest.param({"licensor": {"sha256": "Jane Doe"}}, Reason.UNKNOWN_VALUE, id="a-name-for-a-digest"),
        pytest.param({"document": ...}, Reason.UNREADABLE, id="without-a-document"),
        pytest.param({"document": "an e-mail of 3 May"}, Reason.UNKNOWN_VALUE, id="an-e-mail"),
        pytest.param({"territory": ...}, Reason.UNREADABLE, id="nowhere"),
        pytest.param({"withdrawal_rule": ...}, Reason.UNREADABLE, id="no-withdrawal-rule"),
        pytest.param({"warranties": ...}, Reason.UNREADABLE, id="warranties-missing"),
        pytest.param({"warranties": ["as is"]}, Reason.UNKNOWN_VALUE, id="an-unknown-warranty"),
    ],
)
def test_one_field_decides(changes: dict[str, Any], expected: Reason) -> None:
    # All of it is signed by a registrar we trust: only what it says can be the cause.
    assert reason(verdict(sealed(predicate(**changes)))) is expected


def edited(envelope: bytes, **changes: Any) -> bytes:
    """An envelope with fields replaced, and its signature left as it was."""
    return json.dumps(json.loads(envelope) | changes).encode()


def other_payload() -> str:
    return base64.b64encode(json.dumps(statement(predicate(allowed_acts=["training", "retention"]))).encode()).decode()


@pytest.mark.parametrize(
    "envelope",
    [
        pytest.param(sealed(signer=STRANGER), id="by-a-stranger"),
        pytest.param(edited(sealed(), signatures=[]), id="by-nobody"),
        pytest.param(edited(sealed(), payload=other_payload()), id="other-words-under-the-signature"),
        pytest.param(edited(sealed(), payloadType="application/json"), id="another-type-under-the-signature"),
        pytest.param(
            edited(sealed(signer=STRANGER), signatures=[
                {**json.loads(sealed(signer=STRANGER))["signatures"][0], "keyid": REGISTRAR.keyid}
            ]),
            id="a-stranger-under-our-name",
        ),
        pytest.param(edited(sealed(), signatures=[{"keyid": REGISTRAR.keyid, "sig": ""}]), id="empty-signature"),
        pytest.param(edited(sealed(), signatures="yes"), id="signatures-in-words"),
        pytest.param(edited(sealed(), signatures=[None, 7, {}]), id="signatures-of-no-form"),
        pytest.param(json.dumps(statement()).encode(), id="the-statement-alone"),
        pytest.param(b"", id="empty"),
        pytest.param(b"We allow everything. Jane Doe", id="a-letter"),
        pytest.param(b"[]", id="a-list"),
        pytest.param(sealed()[:-40], id="cut-short"),
    ],
)  # fmt: skip
def test_without_a_signature_by_a_pinned_registrar_nothing_is_claimed(envelope: bytes) -> None:
    assert reason(verdict(envelope)) is Reason.UNSIGNED


def test_nobody_pinned_is_not_everybody_pinned() -> None:
    for made in (page(WORKS, sealed()), page(WORKS, sealed(), STRANGER)):
        assert {reason(each.verdict) for each in judged(made).values()} == {Reason.UNSIGNED}
    without = page(WORKS, sealed(), REGISTRAR)
    alone = {name: body for name, body in without.context.items() if name == f"studio/{STATEMENT}"}
    assert {reason(each.verdict) for each in judged(Page(without.bodies, context=alone)).values()} == {Reason.UNSIGNED}


def test_of_two_signatures_that_of_the_pinned_registrar_counts() -> None:
    ours, theirs = (json.loads(sealed(signer=signer))["signatures"] for signer in (REGISTRAR, STRANGER))
    both = edited(sealed(), signatures=theirs + ours)
    assert isinstance(verdict(both), Claim)
    assert isinstance(verdict(both, STRANGER), Claim)


@pytest.mark.parametrize(
    "envelope",
    [
        pytest.param(sealed(predicateType="urn:mitsua:release:v1"), id="a-release"),
        pytest.param(sealed(_type="https://in-toto.io/Statement/v0.1"), id="an-older-statement"),
        pytest.param(sealed(kind="application/json"), id="another-payload-type"),
    ],
)
def test_a_signed_statement_of_another_kind_is_no_permission(envelope: bytes) -> None:
    assert reason(verdict(envelope)) is Reason.UNKNOWN_VALUE


def test_a_signed_body_that_is_no_statement_is_no_permission() -> None:
    for payload in (b"{}", b"[1]", b"yes", b'{"predicateType": "a", "predicateType": "urn:mitsua:permission:v1"}'):
        found = verdict(seal(payload, "application/vnd.in-toto+json", REGISTRAR))
        assert reason(found) in {Reason.UNSIGNED, Reason.UNREADABLE}


def test_a_file_that_is_not_on_the_list_is_refused_and_the_others_stay() -> None:
    found = judged(page({**WORKS, "a/more.png": drawing(7)}, sealed(), REGISTRAR))
    assert reason(found["studio/a/more.png"].verdict) is Reason.NO_PERMISSION
    assert sum(isinstance(each.verdict, Claim) for each in found.values()) == len(WORKS)


def test_without_a_permission_there_is_no_claim() -> None:
    assert reason(verdict(None)) is Reason.NO_PERMISSION


def test_a_credit_that_was_asked_for_is_the_creator_and_no_name_stands_elsewhere() -> None:
    (found,) = judged(page({WORK: WORKS[WORK]}, sealed(predicate(credit="Studio D")), REGISTRAR)).values()
    assert found.image is not None
    assert (found.image.creator, found.image.title, found.image.category) == ("Studio D", "work 1", "a")
    (unsigned,) = judged(page({WORK: WORKS[WORK]}, sealed(predicate(credit="Studio D"), STRANGER), REGISTRAR)).values()
    assert unsigned.image is not None
    assert unsigned.image.creator == "", "what nobody vouches for is not shown as a credit"


# ── folders ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def opened(*folders: Path, trusted: bool = True) -> Archive:
    beside = [registrars(REGISTRAR) if trusted else registrars()]
    return open_archive(*folders, collection="contract", prefixed=True, beside=beside)


def claims(archive: Archive) -> dict[str, bool]:
    pages = SOURCE.pages(archive)
    return {each.id.record: isinstance(each.verdict, Claim) for made in pages for each in judge_page(SOURCE, made)}


def test_each_delivery_has_its_own_permission(tmp_path: Path) -> None:
    one = deliver(tmp_path / "one", {"x.png": drawing(1)}, sealed(predicate({"x.png": drawing(1)})))
    two = deliver(tmp_path / "two", {"x.png": drawing(2), "y.png": drawing(1)}, sealed(predicate({"x": drawing(2)})))
    bare = deliver(tmp_path / "bare", {"x.png": drawing(1)})
    assert claims(opened(one, two, bare)) == {
        "bare/x.png": False, "one/x.png": True, "two/x.png": True, "two/y.png": False
    }  # fmt: skip


def test_a_permission_deeper_down_and_files_of_other_kinds_mean_nothing(tmp_path: Path) -> None:
    folder = deliver(tmp_path / "studio", {f"b/{WORK}": WORKS[WORK], "readme.txt": b"All may be used."})
    (folder / "b" / STATEMENT).write_bytes(sealed())
    (folder / "?registrars").write_bytes(registrars(REGISTRAR).data)
    assert claims(opened(folder, trusted=False)) == {f"studio/b/{WORK}": False}
    (folder / STATEMENT).write_bytes(sealed())
    assert claims(opened(folder, trusted=False)) == {f"studio/b/{WORK}": False}, "a delivery cannot pin keys"
    assert claims(opened(folder)) == {f"studio/b/{WORK}": True}


def test_pages_resume_behind_any_cursor_and_cover_every_file_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mitsua_data.sources.contract.PAGE", 2)
    folders = [deliver(tmp_path / name, envelope=sealed()) for name in ("b", "a-1", "a")]
    archive = opened(*folders)
    whole = list(SOURCE.pages(archive))
    assert [len(list(SOURCE.records(made))) for made in whole] == [2, 1] * 3
    for place, made in enumerate(whole):
        assert list(SOURCE.pages(archive, after=made.cursor)) == whole[place + 1 :]
    assert sum(len(judged(made)) for made in whole) == 3 * len(WORKS)


def test_a_folder_without_images_is_not_a_delivery(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no image files here"):
        list(SOURCE.pages(opened(deliver(tmp_path / "studio", {"a.txt": b""}, sealed()))))


# ── inspect ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def trust(tmp_path: Path) -> TrustStore:
    key = tmp_path / "registrar.pem"
    key.write_bytes(REGISTRAR.public.pem())
    store = TrustStore(tmp_path / "trust")
    store.trust_key(Role.REGISTRAR, key)
    return store


def inspected(folder: Path, policy: Policy, trust: TrustStore | None, now: datetime = NOW) -> set[tuple[Any, Any]]:
    lines = list(inspect_paths(SOURCE, [folder], policy, trust=trust, now=now))
    assert len(lines) == len(WORKS)
    return {(each["outcome"], each["reason"]) for each in lines}


def test_inspect_says_what_a_policy_makes_of_a_delivery(tmp_path: Path, trust: TrustStore) -> None:
    folder = deliver(tmp_path / "studio", envelope=sealed())
    assert inspected(folder, PERMITTING, trust) == {("accept", None)}
    assert inspected(folder, DEFAULT, trust) == {("refuse", "licence_not_in_policy")}
    assert inspected(folder, PERMITTING, None) == {("refuse", "unsigned")}
    one = list(inspect_paths(SOURCE, [folder / WORK], PERMITTING, trust=trust, now=NOW))
    assert [each["outcome"] for each in one] == ["accept"], "a single file is judged in its surroundings"


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        pytest.param("2024-01-01", "2026-01-02", ("accept", None), id="on-its-last-day"),
        pytest.param("2026-01-02", UNLIMITED, ("accept", None), id="on-its-first-day"),
        pytest.param("2024-01-01", "2026-01-01", ("refuse", "expired"), id="the-day-after"),
        pytest.param("2026-01-03", UNLIMITED, ("refuse", "expired"), id="the-day-before"),
        pytest.param("2024-02-30", UNLIMITED, ("refuse", "expired"), id="a-day-that-never-was"),
        pytest.param("2024-01-01", "2026-13-01", ("refuse", "expired"), id="a-month-that-never-was"),
    ],
)
def test_the_term_must_cover_the_moment(
    tmp_path: Path, trust: TrustStore, first: str, last: str, expected: tuple[str, str | None]
) -> None:
    folder = deliver(tmp_path / "studio", envelope=sealed(predicate(term={"from": first, "until": last})))
    assert inspected(folder, PERMITTING, trust) == {expected}
