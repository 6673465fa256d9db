"""A policy accepts nothing that it does not name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitsua_data.errors import UsageError
from mitsua_data.licences import Licence
from mitsua_data.model import Claim, Evidence, Grade, Outcome, Reason, Refusal, Subject
from mitsua_data.policy import Accept, Objections, Policy, Review, Rules

QUOTED = (Evidence("ab" * 32, "/licence", "CC0"),)
CLAIM = Claim(Licence.CC0_1_0, Grade.E3, QUOTED)
DEFAULT = Policy.load()

CLAIMS = st.builds(
    Claim,
    licence=st.sampled_from(Licence),
    grade=st.sampled_from(Grade),
    evidence=st.just(QUOTED),
    subject=st.sampled_from(Subject),
)
REFUSALS = st.builds(Refusal, reason=st.sampled_from(Reason))
OBJECTIONS = st.builds(Objections, revoked=st.booleans(), opt_out=st.booleans(), ai_generated=st.booleans())
RULES = st.builds(
    Rules,
    name=st.just("any"),
    accept=st.builds(Accept, licences=st.frozensets(st.sampled_from(Licence)), minimum_grade=st.sampled_from(Grade)),
    review=st.builds(Review, reasons=st.frozensets(st.sampled_from(Reason))),
)


@pytest.mark.parametrize("subject", Subject)
def test_only_a_claim_on_the_picture_itself_counts(subject: Subject) -> None:
    expected = {Subject.REPRODUCTION: (Outcome.ACCEPT, ())}
    found = DEFAULT.decide(replace(CLAIM, subject=subject))
    assert found == expected.get(subject, (Outcome.REFUSE, (Reason.OTHER_SUBJECT,)))


@given(claim=CLAIMS)
def test_a_policy_that_names_nothing_refuses_everything(claim: Claim) -> None:
    outcome, reasons = Policy.parse('name = "empty"').decide(claim)
    assert outcome is Outcome.REFUSE
    assert Reason.LICENCE_NOT_IN_POLICY in reasons


@pytest.mark.parametrize(
    ("verdict", "objections", "expected"),
    [
        (CLAIM, {}, (Outcome.ACCEPT, ())),
        (replace(CLAIM, grade=Grade.E2), {}, (Outcome.ACCEPT, ())),
        (replace(CLAIM, grade=Grade.E4), {}, (Outcome.ACCEPT, ())),
        (replace(CLAIM, licence=Licence.PD_DEDICATION_LEGACY), {}, (Outcome.ACCEPT, ())),
        (replace(CLAIM, grade=Grade.E1), {}, (Outcome.REFUSE, (Reason.GRADE_TOO_LOW,))),
        (replace(CLAIM, licence=Licence.PDM_1_0), {}, (Outcome.REFUSE, (Reason.LICENCE_NOT_IN_POLICY,))),
        (replace(CLAIM, licence=Licence.CC_BY), {}, (Outcome.REFUSE, (Reason.LICENCE_NOT_IN_POLICY,))),
        (CLAIM, {"revoked": True}, (Outcome.REFUSE, (Reason.REVOKED,))),
        (CLAIM, {"opt_out": True}, (Outcome.REFUSE, (Reason.OPT_OUT,))),
        (CLAIM, {"ai_generated": True}, (Outcome.REFUSE, (Reason.AI_GENERATED,))),
        (
            replace(CLAIM, licence=Licence.GPL, grade=Grade.E0),
            {"revoked": True, "opt_out": True},
            (Outcome.REFUSE, (Reason.REVOKED, Reason.OPT_OUT, Reason.LICENCE_NOT_IN_POLICY, Reason.GRADE_TOO_LOW)),
        ),
        (Refusal(Reason.NO_STATEMENT), {}, (Outcome.REVIEW, (Reason.NO_STATEMENT,))),
        (Refusal(Reason.NOT_OPEN), {}, (Outcome.REFUSE, (Reason.NOT_OPEN,))),
        (Refusal(Reason.NO_STATEMENT), {"revoked": True}, (Outcome.REFUSE, (Reason.REVOKED, Reason.NO_STATEMENT))),
    ],
)
def test_the_default_policy(
    verdict: Claim | Refusal, objections: dict[str, bool], expected: tuple[Outcome, tuple[Reason, ...]]
) -> None:
    assert DEFAULT.decide(verdict, Objections(**objections)) == expected


@given(rules=RULES, claim=CLAIMS, objections=OBJECTIONS)
def test_a_claim_is_accepted_exactly_where_all_of_the_policy_holds(
    rules: Rules, claim: Claim, objections: Objections
) -> None:
    outcome, reasons = Policy(rules, "").decide(claim, objections)
    everything_holds = (
        claim.licence in rules.accept.licences
        and int(claim.grade.value[1]) >= int(rules.accept.minimum_grade.value[1])
        and claim.subject == "reproduction"
        and objections == Objections()
    )
    assert (outcome is Outcome.ACCEPT) == everything_holds == (reasons == ())
    assert outcome is not Outcome.REVIEW


@given(rules=RULES, refusal=REFUSALS, objections=OBJECTIONS)
def test_a_refusal_is_never_accepted_and_waits_only_where_nothing_speaks_against_it(
    rules: Rules, refusal: Refusal, objections: Objections
) -> None:
    outcome, reasons = Policy(rules, "").decide(refusal, objections)
    waits = refusal.reason in rules.review.reasons and objections == Objections()
    assert outcome is (Outcome.REVIEW if waits else Outcome.REFUSE)
    assert reasons[-1] is refusal.reason


def test_without_a_word_on_grades_an_aggregator_is_not_enough() -> None:
    policy = Policy.parse('name = "a"\n[accept]\nlicences = ["CC0-1.0"]')
    assert [policy.decide(replace(CLAIM, grade=grade))[0] for grade in Grade] == [
        Outcome.REFUSE, Outcome.REFUSE, Outcome.ACCEPT, Outcome.ACCEPT, Outcome.ACCEPT
    ]  # fmt: skip


def test_every_change_of_the_text_is_another_policy() -> None:
    texts = ['name = "a"', 'name = "a"\n', 'name = "a"  # why']
    assert len({Policy.parse(text).sha256 for text in texts}) == 3


def test_a_policy_is_named_by_its_name_or_by_its_file(tmp_path: Path) -> None:
    file = tmp_path / "strict.toml"
    file.write_text('name = "strict"')
    assert (Policy.load("default").name, Policy.load(str(file)).name) == ("default", "strict")


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('name = "A B"', "name"),
        ("", "name"),
        ('name = "a"\nlicences = []', "licences"),
        ('name = "a"\n[accept]\nlicences = ["CC0"]', "accept.licences"),
        ('name = "a"\n[accept]\nminimum_grade = "E9"', "accept.minimum_grade"),
        ('name = "a"\n[accept]\nminimum_grades = "E2"', "accept.minimum_grades"),
        ('name = "a"\n[review]\nreasons = ["none"]', "review.reasons"),
        ("name = ", "Invalid value"),
    ],
)
def test_a_wrong_policy_names_the_field(text: str, where: str) -> None:
    with pytest.raises(UsageError, match=where):
        Policy.parse(text)
