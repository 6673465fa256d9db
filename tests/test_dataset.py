"""Datasets: what is selected, what is held out, and that captions are made of the record's own words."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitsua_data.dataset import Captions, Dataset, Part, Select, Split, caption, under
from mitsua_data.errors import UsageError

IMAGE: dict[str, Any] = {
    "source": "openclipart", "category": "shapes/arrows", "width": 60, "height": 40, "image_format": "png"
}  # fmt: skip
WORDS = st.text(alphabet="abcd é-_/,.0123", max_size=30)
RECORDS = st.fixed_dictionaries(
    {
        "source": st.just("openclipart"),
        "record": WORDS,
        "title": WORDS,
        "creator": WORDS,
        "tags": st.lists(WORDS, max_size=3).map(tuple),
        "category": WORDS,
    }
)
RULES = st.builds(
    Captions,
    parts=st.lists(st.sampled_from(Part), max_size=6).map(tuple),
    plain=st.booleans(),
    max_words=st.integers(1, 8),
)
DIGESTS = st.binary(min_size=1).map(lambda data: hashlib.sha256(data).hexdigest())


@pytest.mark.parametrize(
    ("select", "wanted"),
    [
        ({}, True),
        ({"sources": ["openclipart"]}, True),
        ({"sources": ["met"]}, False),
        ({"categories": ["shapes"]}, True),
        ({"categories": ["shapes/arrows"]}, True),
        ({"categories": ["met", "shapes/"]}, True),
        ({"categories": ["shapes/arrow"]}, False),
        ({"categories": ["arrows"]}, False),
        ({"exclude_categories": ["shapes"]}, False),
        ({"exclude_categories": ["shape"]}, True),
        ({"categories": ["shapes"], "exclude_categories": ["shapes/arrows"]}, False),
        ({"formats": ["png"]}, True),
        ({"formats": ["jpeg"]}, False),
        ({"min_side": 40}, True),
        ({"min_side": 41}, False),
        ({"max_aspect": 1.5}, True),
        ({"max_aspect": 1.49}, False),
    ],
)
def test_an_image_is_taken_where_every_condition_holds(select: dict[str, Any], wanted: bool) -> None:
    assert Select(**select).wants(**IMAGE) is wanted
    turned = {**IMAGE, "width": IMAGE["height"], "height": IMAGE["width"]}
    assert Select(**select).wants(**turned) is wanted


def test_a_prefix_ends_at_a_folder() -> None:
    assert under("a/b/c", ("a/b",))
    assert not under("a/bc", ("a/b",))
    assert not under("", ("a",))


@given(original=DIGESTS, seed=st.text(max_size=5), shares=st.tuples(st.floats(0, 0.99), st.floats(0, 0.99)))
def test_what_is_held_out_of_few_is_held_out_of_more(original: str, seed: str, shares: tuple[float, float]) -> None:
    less, more = sorted(shares)
    if Split(val=less, seed=seed).of(original) == "val":
        assert Split(val=more, seed=seed).of(original) == "val"


def test_the_share_held_out_is_the_one_asked_for() -> None:
    digests = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(20_000)]
    for val in (0.0, 0.05, 0.5):
        held = sum(Split(val=val).of(digest) == "val" for digest in digests)
        # Five standard deviations of a binomial: the draw is fixed, so this either holds for ever or never.
        assert abs(held - val * 20_000) <= 5 * (20_000 * val * (1 - val)) ** 0.5


def test_another_seed_is_another_draw() -> None:
    digests = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(200)]
    one, other = ([Split(val=0.5, seed=seed).of(digest) for digest in digests] for seed in ("a", "b"))
    assert one != other
    assert one == [Split(val=0.5, seed="a").of(digest) for digest in digests]


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
    folder = record.rpartition("/")[0]
    assert caption(rule, source="x", record=record, title="", creator=creator, tags=(), category=folder) == words


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ((Part.TITLE,), "A red  Fish".replace("  ", " ")),
        ((Part.TITLE, Part.TAGS), "A red Fish, sea, 2"),
        ((Part.TAGS, Part.TITLE), "a red fish, sea, 2"),
        ((Part.CATEGORY,), "wild animals, fish"),
        ((Part.FOLDER,), "fish"),
        ((Part.NAME, Part.SOURCE), "red_fish_01, met"),
        ((), ""),
    ],
)
def test_phrases_are_joined_once_each_in_the_order_asked_for(parts: tuple[Part, ...], text: str) -> None:
    found = caption(
        Captions(parts=parts),
        source="met",
        record="fish/red_fish_01.svg",
        title=" A red\n Fish ",
        creator="",
        tags=("a red fish", "sea", " ", "2"),
        category="wild_animals/fish",
    )
    assert found == text


@given(rule=RULES, record=RECORDS)
def test_a_caption_has_no_word_that_is_not_the_record_s(rule: Captions, record: dict[str, Any]) -> None:
    text = caption(rule, **record)
    said = " ".join([record["source"], record["record"], record["title"], *record["tags"], record["category"]])
    said = normalize("NFC", f"{said} {said.replace('_', ' ')}").lower()
    assert [word for word in re.findall(r"[^\W\d_]+|\d+", text.lower()) if word not in said] == []
    assert len(text.split()) <= rule.max_words
    assert text == text.strip()


@given(rule=RULES, record=RECORDS)
def test_a_plain_caption_has_each_word_once_and_nothing_but_words(rule: Captions, record: dict[str, Any]) -> None:
    words = caption(rule.model_copy(update={"plain": True}), **record).split(" ")
    assert len(words) == len(set(words))
    assert all(word.isalpha() or word.isdigit() for word in words if word)
    assert all(word == word.lower() for word in words)


def test_words_of_every_script_are_words() -> None:
    title = "Une fleur d'E\u0301te\u0301 猫 №7_b"
    found = caption(
        Captions(parts=(Part.TITLE,), plain=True), source="x", record="", title=title, creator="", tags=(), category=""
    )
    assert found == "une fleur d été 猫 7 b"


GOOD = 'name = "a"\nversion = "1"\n[transform]\nsize = [16, 16]\n'


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (("name", 'name = "A"'), "name"),
        (("version", 'version = "../1"'), "version"),
        (("size", "size = [16]"), "transform.size"),
        (("size", "size = [0, 16]"), "transform.size"),
        (("size", "sizes = [16, 16]"), "transform.size"),
        ((None, "[select]\nsource = []"), "select.source"),
        ((None, "[select]\nmin_side = 0"), "select.min_side"),
        ((None, "[select]\nmax_aspect = 0.5"), "select.max_aspect"),
        ((None, "[split]\nval = 1.0"), "split.val"),
        ((None, '[captions]\nparts = ["smell"]'), "captions.parts"),
        ((None, "[captions]\nmax_words = 0"), "captions.max_words"),
        ((None, "[nonsense]"), "nonsense"),
    ],
)
def test_a_wrong_dataset_names_the_field(tmp_path: Path, change: tuple[str | None, str], where: str) -> None:
    field, line = change
    lines = [line if field and each.startswith(field) else each for each in GOOD.splitlines()]
    path = tmp_path / "dataset.toml"
    path.write_text("\n".join(lines if field else [*lines, line]))
    with pytest.raises(UsageError, match=re.escape(where)) as caught:
        Dataset.load(path)
    assert str(path) in str(caught.value)
    path.write_text(GOOD)
    assert Dataset.load(path).samples_per_shard == 1000


def test_what_was_asked_for_stands_in_the_manifest(tmp_path: Path) -> None:
    path = tmp_path / "dataset.toml"
    path.write_text(GOOD + "[split]\nval = 0.2\n")
    stated = Dataset.load(path).selection()
    assert set(stated) == {"select", "captions", "split"}
    assert stated["split"] == {"val": 0.2, "seed": "mitsua"}
