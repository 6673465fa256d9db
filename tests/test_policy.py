"""A policy accepts nothing that it does not name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mitsua_data.licences import Licence
from mitsua_data.model import Claim, Evidence, Grade, Outcome, Reason, Subject
from mitsua_data.policy import Policy

CLAIM = Claim(Licence.CC0_1_0, Grade.E3, (Evidence("ab" * 32, "/licence", "CC0"),))


@pytest.mark.parametrize("subject", Subject)
def test_only_a_claim_on_the_picture_itself_counts(subject: Subject) -> None:
    expected = {Subject.REPRODUCTION: (Outcome.ACCEPT, ())}
    found = Policy.load().decide(replace(CLAIM, subject=subject))
    assert found == expected.get(subject, (Outcome.REFUSE, (Reason.OTHER_SUBJECT,)))


def test_a_policy_that_names_nothing_refuses() -> None:
    assert Policy.parse('name = "empty"').decide(CLAIM) == (Outcome.REFUSE, (Reason.LICENCE_NOT_IN_POLICY,))
