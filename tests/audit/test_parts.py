"""What an audit is made of: looking at pictures again, reading policies, collecting findings."""

from __future__ import annotations

import io
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mitsua_data.audit import Kind
from mitsua_data.audit.findings import MAX_TEXT, Findings
from mitsua_data.audit.policies import Accepts, read_policy
from mitsua_data.audit.recipes import Recipe
from mitsua_data.audit.run import look_again
from mitsua_data.audit.walk import Job
from mitsua_data.captions import _TEXTS, Captions, Part, TextLicences, Words, caption
from mitsua_data.dataset import Split
from mitsua_data.images.worker import ImageWorker
from mitsua_data.licences import Licence
from mitsua_data.model import ImageId

XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:i="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
 i:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"/></rdf:RDF></x:xmpmeta>"""


def test_an_originals_own_metadata_is_looked_at_again() -> None:
    made = io.BytesIO()
    Image.new("RGB", (24, 24)).save(made, "JPEG", xmp=XMP.encode())
    with ImageWorker() as worker:
        ((kind, got, _),) = look_again(worker, Job("train/00000.tar", "k", b"", made.getvalue()), None)
    assert kind is Kind.OBJECTION
    assert "ai_generated" in got


def test_an_original_that_does_not_decode_is_found() -> None:
    with ImageWorker() as worker:
        ((kind, got, _),) = look_again(worker, Job("train/00000.tar", "k", b"", b"GIF89a, and no more"), None)
    assert kind is Kind.IMAGE
    assert got


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("accept = 3", id="no-table"),
        pytest.param("[accept]\nlicences = 'CC0-1.0'", id="a-text-is-no-list"),
        pytest.param("[accept]\nminimum_grade = 'E9'", id="unknown-grade"),
        pytest.param("[accept]\nunless = ['x']", id="unknown-key"),
        pytest.param("[except]\nx = 1", id="unknown-table"),
        pytest.param("[accept", id="no-toml"),
    ],
)
def test_a_policy_that_may_mean_something_else_is_not_understood(text: str) -> None:
    findings = Findings()
    assert understood(f"name = 'p'\n{text}", findings=findings) is None
    assert [finding.kind for finding in findings.all()] == [Kind.POLICY]


PICTURE = {"subject": "reproduction", "reason": None}


def understood(text: str, *, rules_version: int = 1, findings: Findings | None = None) -> Accepts | None:
    row = {"text": text, "rules_version": rules_version}
    return read_policy(row, "p", sha256(text.encode()).hexdigest(), findings or Findings())


def test_a_policy_under_another_name_or_of_other_rules_is_not_understood() -> None:
    assert understood("name = 'p'") is not None
    assert understood("name = 'q'") is None
    assert understood("") is None
    assert understood("name = 'p'", rules_version=2) is None


def test_a_policy_that_accepts_nothing_refuses_everything() -> None:
    accepts = understood("name = 'p'")
    assert accepts is not None
    assert accepts.objection({"outcome": "claim", "licence": "CC0-1.0", "grade": "E4", **PICTURE})


@pytest.mark.parametrize("grade", ["E0", "E1", "e3", "", None])
def test_a_weak_or_unknown_grade_is_not_accepted(grade: str | None) -> None:
    accepts = understood("name = 'p'\n[accept]\nlicences = ['CC0-1.0']")
    assert accepts is not None
    assert accepts.objection({"outcome": "claim", "licence": "CC0-1.0", "grade": grade, **PICTURE})
    assert accepts.objection({"outcome": "claim", "licence": "CC0-1.0", "grade": "E2", **PICTURE}) is None


@pytest.mark.parametrize("subject", ["work", "metadata", "caption", "", None])
def test_a_claim_about_something_else_than_the_picture_is_not_accepted(subject: str | None) -> None:
    accepts = understood("name = 'p'\n[accept]\nlicences = ['CC0-1.0']")
    assert accepts is not None
    assert accepts.objection({"outcome": "claim", "licence": "CC0-1.0", "grade": "E4", **PICTURE, "subject": subject})


def test_findings_are_cut_sorted_and_counted_once() -> None:
    findings = Findings()
    for where in ("b", "a", "b"):
        findings.add(Kind.LOG, where, got="x" * 9999, expected="\udc80")
    assert [finding.where for finding in findings.all()] == ["a", "b"]
    assert all(len(finding.got) == MAX_TEXT + 1 for finding in findings.all())
    assert all(finding.expected.encode() for finding in findings.all())


WORDS = st.text(alphabet="abcABC012 _-.,()é", max_size=12)
LICENCES = st.sampled_from([None, Licence.CC0_1_0, Licence.CC_BY, Licence.PD_DEDICATION_LEGACY])
TEMPLATES = st.lists(
    st.tuples(st.sampled_from(["", ", ", " (", ") by ", " – “", "” ", "x) ("]), st.sampled_from(list(Part))),
    min_size=1,
    max_size=4,
).map(lambda pieces: "".join(f"{before}{{{part}}}" for before, part in pieces))
WAYS = st.lists(st.sampled_from(list(Part)), min_size=1, max_size=4, unique=True).map(
    lambda parts: {"parts": parts}
) | (st.tuples(TEMPLATES, st.sampled_from(["", ".", ")", ") etc."])).map(lambda both: {"template": "".join(both)}))


@given(
    way=WAYS,
    plain=st.booleans(),
    most=st.integers(1, 6),
    accepted=st.lists(LICENCES.filter(bool), unique=True),
    stated=st.tuples(LICENCES, LICENCES),
    texts=st.fixed_dictionaries(dict.fromkeys(_TEXTS, WORDS)),
    tags=st.lists(WORDS, max_size=3),
    record=WORDS,
)
def test_the_auditor_makes_the_captions_that_the_build_makes(
    way: dict[str, Any],
    plain: bool,
    most: int,
    accepted: list[Licence],
    stated: tuple[Licence | None, Licence | None],
    texts: dict[str, str],
    tags: list[str],
    record: str,
) -> None:
    rule = Captions(**way, plain=plain, max_words=most, licences=tuple(accepted))
    built = caption(rule, Words("s", record, tags=tuple(tags), **texts), TextLicences(*stated))
    recipe = Recipe.of({"captions": rule.model_dump(mode="json"), "split": SPLIT}, {"s": (stated[1], stated[0])})
    assert recipe.caption("s", {"tags": tags, "record": record, **texts}) == (built.text, built.licence)


SPLIT: dict[str, Any] = {"seed": "x", "val": 0.1}


def test_a_release_from_before_licences_of_words_is_read_as_it_was_made() -> None:
    old: dict[str, Any] = {"captions": {"parts": ["title"], "plain": False, "max_words": 9}, "split": SPLIT}
    row = {"title": "A hat", "creator": "", "tags": [], "category": "", "record": "1"}
    assert Recipe.of(old, {}).caption("s", row) == ("A hat", None)
    new = {"captions": {**old["captions"], "licences": ["CC0-1.0"]}, "split": SPLIT}
    assert Recipe.of(new, {}).caption("s", row) == ("", None)
    assert Recipe.of(new, {"s": (None, "CC0-1.0")}).caption("s", row) == ("A hat", "CC0-1.0")


@pytest.mark.parametrize("by", ["original", "record"])
@given(record=WORDS, part=WORDS, share=st.floats(0, 0.99))
def test_the_auditor_holds_out_what_the_build_holds_out(by: Any, record: str, part: str, share: float) -> None:
    split, image = Split(by=by, val=share), ImageId("s", record, part)
    captions: dict[str, Any] = {"parts": [], "plain": False, "max_words": 1}
    recipe = Recipe.of({"captions": captions, "split": split.model_dump(mode="json")}, {})
    assert recipe.split("ab" * 32, image) == split.of("ab" * 32, image)


@pytest.mark.parametrize(
    "change",
    [
        {"captions": {}}, {"split": {}}, {"captions": None}, {"captions": {"parts": [{}]}},
        {"captions": {"template": "{smell}"}}, {"captions": {"template": 1}}, {"captions": {"licences": "CC0-1.0"}},
        {"split": {"by": "museum"}}, {"split": {"seed": 1}},
    ],
)  # fmt: skip
def test_a_selection_that_is_not_understood_is_said_so(change: dict[str, Any]) -> None:
    whole: dict[str, Any] = {"captions": {"parts": ["title"], "plain": False, "max_words": 9}, "split": SPLIT}
    assert Recipe.of(whole, {})
    changed = {name: {**whole[name], **each} if each else each for name, each in change.items()}
    with pytest.raises(ValueError, match="not told in a way"):
        Recipe.of(whole | changed, {})


@pytest.mark.parametrize(
    ("record", "creator", "expected"),
    [
        pytest.param("led/led_circle_green.svg", "", "led circle green", id="folder-and-name"),
        pytest.param("arrows/arrow-left-green_benji_p_01.svg", "Benji Park", "arrows arrow left green", id="maker"),
        pytest.param("jigsaw/jigsaw_blue_03.svg", "Jim", "jigsaw blue 03", id="a-number-of-its-own-stays"),
        pytest.param("clocks/benji.svg", "Benji", "clocks benji", id="two-words-stay"),
    ],
)
def test_plain_captions_leave_the_makers_name_out(record: str, creator: str, expected: str) -> None:
    rule = Captions(parts=(Part.FOLDER, Part.NAME), plain=True)
    folder = record.partition("/")[0]
    words = Words("s", record, creator=creator, category=f"x/{folder}")
    assert caption(rule, words, TextLicences()).text == expected
