"""The geometry and the description of transforms."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from mitsua_data.canonical import canonical
from mitsua_data.images.transform import RULES, Encoding, Fit, Resample, Transform

SIDES = st.integers(1, 9000)
TRANSFORMS = st.builds(
    Transform,
    size=st.tuples(st.integers(1, 2048), st.integers(1, 2048)),
    fit=st.sampled_from(Fit),
    background=st.tuples(*[st.integers(0, 255)] * 3),
    encoding=st.sampled_from(Encoding),
    quality=st.integers(1, 100),
    resample=st.sampled_from(Resample),
    upscale=st.sampled_from([1.0, 1.5, 4.0, 64.0]),
)


@given(transform=TRANSFORMS, width=SIDES, height=SIDES)
def test_a_plan_stays_inside_original_and_sample(transform: Transform, width: int, height: int) -> None:
    plan = transform.plan(width, height)
    if plan is None:
        assert transform.fit is Fit.COVER
        return
    left, top, right, bottom = plan.crop
    assert 0 <= left < right <= width
    assert 0 <= top < bottom <= height
    for side in (0, 1):
        assert plan.scaled[side] >= 1
        assert plan.offset[side] >= 0
        assert plan.offset[side] + plan.scaled[side] <= plan.canvas[side] <= transform.size[side]


@given(transform=TRANSFORMS, width=SIDES, height=SIDES)
def test_nothing_is_enlarged_beyond_the_limit(transform: Transform, width: int, height: int) -> None:
    plan = transform.plan(width, height)
    if plan is not None:
        left, top, right, bottom = plan.crop
        # Rounding to whole pixels may add half of one; a side of one pixel cannot become less.
        assert plan.scaled[0] <= max(1, (right - left) * transform.upscale + 0.5)
        assert plan.scaled[1] <= max(1, (bottom - top) * transform.upscale + 0.5)


@given(transform=TRANSFORMS, width=SIDES, height=SIDES)
def test_samples_that_are_not_shrunk_have_one_size(transform: Transform, width: int, height: int) -> None:
    plan = transform.plan(width, height)
    if plan is not None and transform.fit is not Fit.SHRINK:
        assert plan.canvas == transform.size


@pytest.mark.parametrize(
    ("fit", "size", "original", "crop", "scaled", "canvas", "offset"),
    [
        pytest.param("contain", (64, 64), (200, 100), (0, 0, 200, 100), (64, 32), (64, 64), (0, 16), id="wide-in"),
        pytest.param("contain", (64, 64), (32, 16), (0, 0, 32, 16), (32, 16), (64, 64), (16, 24), id="small-in"),
        pytest.param("cover", (64, 64), (200, 100), (50, 0, 150, 100), (64, 64), (64, 64), (0, 0), id="wide-over"),
        pytest.param(
            "cover", (64, 32), (100, 100), (0, 25, 100, 75), (64, 32), (64, 32), (0, 0), id="square-over-wide"
        ),
        pytest.param("shrink", (64, 64), (200, 100), (0, 0, 200, 100), (64, 32), (64, 32), (0, 0), id="wide-shrunk"),
        pytest.param("shrink", (64, 64), (9000, 1), (0, 0, 9000, 1), (64, 1), (64, 1), (0, 0), id="a-line"),
        pytest.param("shrink", (64, 64), (32, 16), (0, 0, 32, 16), (32, 16), (32, 16), (0, 0), id="small-stays"),
    ],
)
def test_geometry(
    fit: str,
    size: tuple[int, int],
    original: tuple[int, int],
    crop: tuple[int, int, int, int],
    scaled: tuple[int, int],
    canvas: tuple[int, int],
    offset: tuple[int, int],
) -> None:
    plan = Transform(size=size, fit=Fit(fit)).plan(*original)
    assert plan is not None
    assert (plan.crop, plan.scaled, plan.canvas, plan.offset) == (crop, scaled, canvas, offset)


def test_a_picture_too_small_to_cover_is_refused_unless_enlarging_is_allowed() -> None:
    assert Transform(size=(64, 64), fit=Fit.COVER).plan(100, 63) is None
    assert Transform(size=(64, 64), fit=Fit.COVER, upscale=2.0).plan(100, 63) is not None


@given(transform=TRANSFORMS)
def test_a_description_is_the_transform(transform: Transform) -> None:
    described = json.loads(canonical(transform.describe()))
    again = Transform.described(described)
    assert again.describe() == transform.describe()
    assert again.digest == transform.digest


def test_equal_digests_mean_equal_pixels_and_other_options_other_digests() -> None:
    base = Transform(size=(64, 64))
    assert base.digest == Transform(size=(64, 64), quality=50).digest  # PNG has no quality
    others = [
        Transform(size=(64, 65)),
        Transform(size=(64, 64), fit=Fit.COVER),
        Transform(size=(64, 64), background=(0, 0, 0)),
        Transform(size=(64, 64), encoding=Encoding.JPEG),
        Transform(size=(64, 64), encoding=Encoding.JPEG, quality=50),
        Transform(size=(64, 64), resample=Resample.BOX),
        Transform(size=(64, 64), upscale=2.0),
    ]
    assert len({transform.digest for transform in [base, *others]}) == len(others) + 1


def test_a_description_by_other_rules_is_refused() -> None:
    described = Transform(size=(64, 64)).describe()
    with pytest.raises(ValueError, match="other rules"):
        Transform.described(described | {"rules": {**RULES, "version": 0}})


@pytest.mark.parametrize(
    "options",
    [{}, {"size": (0, 1)}, {"size": (64, 64), "fit": "squash"}, {"size": (64, 64), "extra": 1}, {"size": (1, 9000)}],
)
def test_a_transform_is_complete_and_knows_no_other_option(options: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Transform.model_validate(options)


def test_extensions_are_those_a_shard_may_hold() -> None:
    assert {encoding.extension for encoding in Encoding} == {"png", "jpg"}
