"""Datasets: what is selected, what is held out, and that captions are made of the record's own words."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitsua_data.dataset import Dataset, Select, Split, under
from mitsua_data.errors import UsageError
from mitsua_data.model import ImageId

IMAGE: dict[str, Any] = {
    "source": "openclipart", "category": "shapes/arrows", "width": 60, "height": 40, "image_format": "png"
}  # fmt: skip
ONE = ImageId("met", "1", "a")
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
    if Split(val=less, seed=seed).of(original, ONE) == "val":
        assert Split(val=more, seed=seed).of(original, ONE) == "val"


def test_the_share_held_out_is_the_one_asked_for() -> None:
    digests = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(20_000)]
    for val in (0.0, 0.05, 0.5):
        held = sum(Split(val=val).of(digest, ONE) == "val" for digest in digests)
        # Five standard deviations of a binomial: the draw is fixed, so this either holds for ever or never.
        assert abs(held - val * 20_000) <= 5 * (20_000 * val * (1 - val)) ** 0.5


def test_another_seed_is_another_draw() -> None:
    digests = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(200)]
    one, other = ([Split(val=0.5, seed=seed).of(digest, ONE) for digest in digests] for seed in ("a", "b"))
    assert one != other
    assert one == [Split(val=0.5, seed="a").of(digest, ONE) for digest in digests]


def test_by_record_all_images_of_one_work_are_on_one_side_and_by_original_they_need_not_be() -> None:
    images = [ImageId("met", str(record), part) for record in range(50) for part in "abcd"]
    digests = {image: hashlib.sha256(str(image).encode()).hexdigest() for image in images}
    sides: dict[str, dict[str, set[str]]] = {"record": {}, "original": {}}
    for by, found in sides.items():
        split = Split(val=0.5, by=by)  # type: ignore[arg-type]
        for image in images:
            found.setdefault(image.record, set()).add(split.of(digests[image], image))
    assert {len(each) for each in sides["record"].values()} == {1}
    assert {side for each in sides["record"].values() for side in each} == {"train", "val"}
    assert 2 in {len(each) for each in sides["original"].values()}
    # Two museums may number their works alike.
    one, other = (
        {Split(val=0.5, by="record").of("", ImageId(source, str(n), "a")) for n in range(9)} for source in "ab"
    )
    assert one == other == {"train", "val"}


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
        ((None, '[captions]\ntemplate = "{smell}"'), "captions.template"),
        ((None, '[captions]\ntemplate = "{title!r}"'), "captions.template"),
        ((None, '[captions]\ntemplate = "{title:>9}"'), "captions.template"),
        ((None, '[captions]\ntemplate = "{title"'), "captions.template"),
        ((None, '[captions]\ntemplate = "{{title}}"'), "captions.template"),
        ((None, '[captions]\ntemplate = "{}"'), "captions.template"),
        ((None, '[captions]\ntemplate = "a picture"'), "captions.template"),
        ((None, '[captions]\ntemplate = "{title}"\nparts = ["title"]'), "captions"),
        ((None, '[captions]\nlicences = ["free"]'), "captions.licences"),
        ((None, '[split]\nby = "museum"'), "split.by"),
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
    assert stated["split"] == {"val": 0.2, "seed": "mitsua", "by": "original"}
    assert stated["captions"]["licences"] == ["CC0-1.0", "LicenseRef-PD-dedication-legacy", "Unlicense"]
