"""Captions: made of the record's own words, in an order or by a template, and of none whose licence is not accepted."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitsua_data.captions import DEDICATIONS, FACTS, Caption, Captions, Part, TextLicences, Words, caption
from mitsua_data.licences import Licence

FREE = TextLicences(Licence.CC0_1_0, Licence.CC0_1_0)
TEXT = st.text(alphabet="abcd é-_/,.0123", max_size=30)
RECORDS = st.builds(
    Words,
    source=st.just("openclipart"),
    record=TEXT,
    tags=st.lists(TEXT, max_size=3).map(tuple),
    **dict.fromkeys(("title", "creator", "date", "medium", "culture", "description", "category"), TEXT),
)
PARTS = st.lists(st.sampled_from(Part), max_size=6).map(tuple)
TEMPLATES = st.lists(
    st.tuples(st.sampled_from([" ", ", ", " (", ") by ", " – "]), st.sampled_from(Part)), min_size=1, max_size=5
).map(lambda pieces: "".join(f"{before}{{{part}}}" for before, part in pieces) + ".")
RULES = st.builds(Captions, parts=PARTS, plain=st.booleans(), max_words=st.integers(1, 8)) | st.builds(
    Captions, template=TEMPLATES, plain=st.booleans(), max_words=st.integers(1, 8)
)
HAT = Words(
    "met", "hats/hat_01.svg", title="A hat", creator="Ann", date="1890", medium="felt", culture="French",
    tags=("hat", "a hat", "felt"), description="Worn once.", category="costume/hats",
)  # fmt: skip


def text(rule: Captions, **words: Any) -> str:
    return caption(rule, Words(**{"source": "x", "record": ""} | words), FREE).text


@pytest.mark.parametrize(
    ("record", "creator", "words"),
    [
        ("signs_and_symbols/led/led_circle_green.svg", "", "led circle green"),
        ("shapes/jigsaw/jigsaw_blue_03.svg", "", "jigsaw blue 03"),
        ("shapes/arrows/arrow-left-green_benji_p_01.svg", "Benji Park", "arrows arrow left green"),
        ("signs_and_symbols/clocks/clock07.svg", "", "clocks clock 07"),
        ("people/smilies/smiley_01.svg", "", "smilies smiley 01"),
    ],
)
def test_names_of_files_become_plain_words(record: str, creator: str, words: str) -> None:
    rule = Captions(parts=(Part.FOLDER, Part.NAME), plain=True)
    assert text(rule, record=record, creator=creator, category=record.rpartition("/")[0]) == words


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ((Part.TITLE,), "A red Fish"),
        ((Part.TITLE, Part.TAGS), "A red Fish, sea, 2"),
        ((Part.TAGS, Part.TITLE), "a red fish, sea, 2"),
        ((Part.CATEGORY,), "wild animals, fish"),
        ((Part.FOLDER,), "fish"),
        ((Part.NAME, Part.SOURCE), "red_fish_01, met"),
        ((Part.DATE, Part.MEDIUM, Part.CULTURE, Part.CREATOR), "1890, oil, French"),
        ((Part.DESCRIPTION,), "It swims."),
        ((), ""),
    ],
)
def test_phrases_are_joined_once_each_in_the_order_asked_for(parts: tuple[Part, ...], expected: str) -> None:
    found = text(
        Captions(parts=parts), source="met", record="fish/red_fish_01.svg", title=" A red\n Fish ", date="1890",
        medium="oil", culture=" French", tags=("a red fish", "sea", " ", "2"), category="wild_animals/fish",
        description="It\tswims.",
    )  # fmt: skip
    assert found == expected


TEMPLATE = "{title}, {medium}, {culture}, {date} by {creator}"


@pytest.mark.parametrize(
    ("template", "missing", "expected"),
    [
        (TEMPLATE, "", "A hat, felt, French, 1890 by Ann"),
        (TEMPLATE, "title", "felt, French, 1890 by Ann"),
        (TEMPLATE, "medium culture", "A hat, 1890 by Ann"),
        (TEMPLATE, "creator", "A hat, felt, French, 1890"),
        (TEMPLATE, "title medium culture date", "Ann"),
        (TEMPLATE, "title medium culture date creator", ""),
        ("{title} ({date}), {medium}.", "", "A hat (1890), felt."),
        ("{title} ({date}), {medium}.", "date", "A hat, felt."),
        ("{title} ({date}), {medium}.", "title", "(1890), felt."),
        ("{title} ({date}), {medium}.", "title date", "felt."),
        ("{title} ({date}), {medium}.", "medium", "A hat (1890)."),
        ("{title} ({date}), {medium}.", "title date medium", ""),
        ("a photograph of {title} “{culture}”", "", "a photograph of A hat “French”"),
        ("a photograph of {title} “{culture}”", "title", "“French”"),
        ("a photograph of {title} “{culture}”", "culture", "a photograph of A hat"),
        ("{tags}; {category}", "", "hat, a hat, felt; costume, hats"),
        ("{folder} {name} {source}", "", "hats hat_01 met"),
        ("{title} {title}", "", "A hat A hat"),
    ],
)
def test_a_template_drops_what_is_missing_with_what_stands_around_it(
    template: str, missing: str, expected: str
) -> None:
    nothing: dict[str, Any] = dict.fromkeys(missing.split(), "")
    words = replace(HAT, **nothing)
    assert caption(Captions(template=template), words, FREE).text == expected


@pytest.mark.parametrize(
    ("most", "expected"),
    [(1, "A"), (2, "A hat"), (3, "A hat (felt"), (4, "A hat (felt) by"), (5, "A hat (felt) by Ann")],
)
def test_a_template_that_is_cut_ends_in_a_word(most: int, expected: str) -> None:
    rule = Captions(template="{title} ({medium}) by {creator}", max_words=most)
    assert caption(rule, HAT, FREE).text.removesuffix(")") == expected.removesuffix(")")


def test_a_template_may_be_plain() -> None:
    rule = Captions(template="{title}, {medium} ({date}) by {creator}", plain=True)
    assert caption(rule, HAT, FREE).text == "a hat felt 1890 by"
    assert caption(rule, replace(HAT, creator=""), FREE).text == "a hat felt 1890"


# ── licences ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("stated", "accepted", "expected"),
    [
        pytest.param(FREE, DEDICATIONS, Caption("A hat, Worn once., hats", "CC0-1.0"), id="all-free"),
        pytest.param(
            TextLicences(), DEDICATIONS, Caption("hats", None, (Part.TITLE, Part.DESCRIPTION)), id="none-is-stated"
        ),
        pytest.param(
            TextLicences(Licence.CC0_1_0, Licence.CC_BY), DEDICATIONS,
            Caption("A hat, hats", "CC0-1.0", (Part.DESCRIPTION,)), id="description-is-cc-by",
        ),
        pytest.param(
            TextLicences(Licence.CC0_1_0, Licence.CC_BY), (Licence.CC0_1_0, Licence.CC_BY),
            Caption("A hat, Worn once., hats", "CC0-1.0 AND LicenseRef-CC-BY"), id="cc-by-is-accepted",
        ),
        pytest.param(
            TextLicences(Licence.CC0_1_0, Licence.CC0_1_0), (Licence.CC_BY,),
            Caption("hats", None, (Part.TITLE, Part.DESCRIPTION)), id="another-is-accepted",
        ),
        pytest.param(
            TextLicences(None, Licence.CC0_1_0), (), Caption("hats", None, (Part.TITLE, Part.DESCRIPTION)),
            id="nothing-is-accepted",
        ),
        pytest.param(
            TextLicences(Licence.PD_DEDICATION_LEGACY), DEDICATIONS,
            Caption("A hat, hats", "LicenseRef-PD-dedication-legacy", (Part.DESCRIPTION,)), id="another-dedication",
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("way", ["parts", "template"])
def test_words_enter_under_a_licence_that_is_stated_and_accepted(
    stated: TextLicences, accepted: tuple[Licence, ...], expected: Caption, way: str
) -> None:
    made: dict[str, Any] = {
        "parts": {"parts": (Part.TITLE, Part.DESCRIPTION, Part.FOLDER)},
        "template": {"template": "{title}, {description}, {folder}"},
    }
    assert caption(Captions(licences=accepted, **made[way]), HAT, stated) == expected


@pytest.mark.parametrize("part", sorted(set(Part) - FACTS))
def test_each_part_that_somebody_wrote_has_a_licence(part: Part) -> None:
    found = caption(Captions(parts=(part,)), HAT, TextLicences())
    assert found == Caption("", None, (part,))
    empty: Any = () if part is Part.TAGS else ""
    assert caption(Captions(parts=(part,)), replace(HAT, **{part.value: empty}), TextLicences()).withheld == ()


@given(
    rule=RULES,
    words=RECORDS,
    stated=st.builds(TextLicences, st.sampled_from([None, *Licence]), st.sampled_from([None, *Licence])),
)
def test_no_word_enters_whose_licence_is_not_accepted(rule: Captions, words: Words, stated: TextLicences) -> None:
    found = caption(rule, words, stated)
    barred = {part for part in set(rule.asked_for) - FACTS if stated.of(part) not in rule.licences}
    assert set(found.withheld) == {part for part in barred if words.phrases(part)}
    silent: dict[str, Any] = {part.value: () if part is Part.TAGS else "" for part in barred}
    without = caption(rule, replace(words, **silent), stated)
    # Only the maker's name is looked at all the same, to be left out.
    assert found.text == without.text or "creator" in silent
    assert found.licence == without.licence
    assert found.licence is None or set(found.licence.split(" AND ")) <= set(map(str, rule.licences))


# ── laws ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@given(rule=RULES, words=RECORDS)
def test_a_caption_has_no_word_that_is_not_the_record_s_or_the_template_s(rule: Captions, words: Words) -> None:
    found = caption(rule, words, FREE).text
    said = " ".join([phrase for part in Part for phrase in words.phrases(part)] + [words.category, "by"])
    said = normalize("NFC", f"{said} {said.replace('_', ' ')}").lower()
    assert [word for word in re.findall(r"[^\W\d_]+|\d+", found.lower()) if word not in said] == []
    assert len(found.split()) <= rule.max_words
    assert found == found.strip()


@given(rule=RULES, words=RECORDS)
def test_a_plain_caption_has_each_word_once_and_nothing_but_words(rule: Captions, words: Words) -> None:
    found = caption(rule.model_copy(update={"plain": True}), words, FREE).text.split(" ")
    assert len(found) == len(set(found))
    assert all(word.isalpha() or word.isdigit() for word in found if word)
    assert all(word == word.lower() for word in found)


def test_words_of_every_script_are_words() -> None:
    title = "Une fleur d'E\u0301te\u0301 猫 №7_b"
    assert text(Captions(parts=(Part.TITLE,), plain=True), title=title) == "une fleur d été 猫 7 b"
