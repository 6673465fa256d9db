"""The nouns: what their values cannot be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitsua_data.licences import Licence
from mitsua_data.model import Claim, Evidence, Grade, ImageId, Outcome, Reason, Subject

QUOTED = Evidence("0" * 64, "/rights", "CC0")
ABSENT = Evidence("0" * 64, "/rights", None)
identifiers = st.text(st.sampled_from("ab#%:/23 5"), max_size=8)
images = st.builds(ImageId, st.sampled_from(["met", "openclipart"]), identifiers, identifiers)


def test_a_claim_without_evidence_is_not_a_claim() -> None:
    with pytest.raises(ValueError, match="quotes nothing"):
        Claim(Licence.CC0_1_0, Grade.E3, ())


def test_a_claim_that_rests_on_absence_alone_is_not_a_claim() -> None:
    with pytest.raises(ValueError, match="quotes nothing"):
        Claim(Licence.CC0_1_0, Grade.E3, (ABSENT,))
    assert Claim(Licence.CC0_1_0, Grade.E3, (QUOTED, ABSENT)).subject is Subject.REPRODUCTION


def test_false_and_the_empty_text_are_quotations() -> None:
    for value in (False, "", 0):
        assert Claim(Licence.CC0_1_0, Grade.E2, (Evidence("0" * 64, "/credit", value),)).evidence[0].value == value


def test_grades_rank_in_the_order_of_their_names() -> None:
    assert [grade.rank for grade in Grade] == [0, 1, 2, 3, 4]
    assert sorted(Grade, key=lambda grade: grade.rank) == sorted(Grade)


@given(images, images)
def test_two_images_never_have_one_name(one: ImageId, other: ImageId) -> None:
    assert (str(one) == str(other)) == (one == other)


def test_an_image_is_named_as_people_write_it() -> None:
    assert str(ImageId("openclipart", "animals/cat.svg", "png")) == "openclipart:animals/cat.svg#png"
    assert str(ImageId("met", "436535", "")) == "met:436535"


@pytest.mark.parametrize("vocabulary", [Outcome, Reason, Subject])
def test_words_of_closed_vocabularies_are_lower_case_names(vocabulary: type[Outcome | Reason | Subject]) -> None:
    assert all(word.value == word.name.lower() for word in vocabulary)
