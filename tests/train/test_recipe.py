"""Recipes: nothing unknown, nothing impossible, one digest for one meaning."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from mitsua_data.errors import UsageError
from mitsua_data.licences import Licence
from mitsua_train.recipe import Fit, Recipe
from tests.train.school import recipe

RECIPES = Path(__file__).resolve().parents[2] / "manifests" / "recipes"


@pytest.mark.parametrize("path", sorted(RECIPES.glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_recipe_loads(path: Path) -> None:
    loaded = Recipe.load(path)
    assert loaded.name == path.stem
    assert set(loaded.data.licences) <= set(Licence)


def write(folder: Path, text: str) -> Path:
    path = folder / "recipe.toml"
    path.write_text(text)
    return path


SHIPPED = (RECIPES / "clipart-small.toml").read_text()


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        pytest.param("caption_drop", "captions_drop", "objective.captions_drop", id="a-misspelt-key"),
        pytest.param("[text]", "[texts]", "text", id="a-misspelt-section"),
        pytest.param('policies = ["default"]', "policies = []", "data.policies", id="no-policy-is-not-any-policy"),
        pytest.param('"hashed-words"', '"clip"', "text", id="an-unknown-encoder"),
        pytest.param("channels = [16, 32, 64]", "channels = [16, 33, 64]", "does not divide 33", id="uneven-groups"),
        pytest.param("[false, true, true]", "[false, true]", "attention has 2 levels", id="levels-differ"),
        pytest.param("max_revocation_age_days = 7", "max_revocation_age_days = 0", "data.max_revocation", id="no-age"),
        pytest.param('name = "clipart-small"', 'name = "../up"', "name", id="a-name-that-climbs"),
        pytest.param("seed = ", "seed = -", "seed", id="a-negative-seed"),
        pytest.param("[data]", "[data", "not TOML", id="not-toml"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, old: str, new: str, named: str) -> None:
    assert SHIPPED.count(old) >= 1
    with pytest.raises(UsageError) as caught:
        Recipe.load(write(tmp_path, SHIPPED.replace(old, new, 1)))
    assert named in str(caught.value)
    assert caught.value.exit_code == 2
    assert "\n" not in caught.value.line()


def test_a_missing_file_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        Recipe.load(tmp_path / "none.toml")


def test_a_default_spelt_out_changes_no_digest() -> None:
    plain = recipe()
    spelt = Recipe.model_validate(plain.dump())
    assert spelt.digest == plain.digest


def numbers(value: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if isinstance(value, dict):
        return [found for name, each in value.items() for found in numbers(each, (*path, name))]
    return [path] if isinstance(value, int | float) and not isinstance(value, bool) else []


def test_every_number_is_in_the_digest() -> None:
    shipped = Recipe.model_validate(tomllib.loads(SHIPPED))
    places = numbers(shipped.dump())
    digests = {shipped.digest}
    for place in places:
        changed = shipped.dump()
        inner = changed
        for name in place[:-1]:
            inner = inner[name]
        inner[place[-1]] *= 0.9 if isinstance(inner[place[-1]], float) else 2
        inner[place[-1]] += not inner[place[-1]]
        digests.add(Recipe.model_validate(changed).digest)
    assert len(digests) == len(places) + 1
    assert len(places) > 30


def test_the_rate_warms_up_holds_and_decays() -> None:
    fit = Fit(steps=100, batch=1, rate=0.5, warmup=10, decay=0.4)
    assert fit.rate_at(0) == pytest.approx(0.05)
    assert fit.rate_at(9) == fit.rate_at(59) == pytest.approx(0.5)
    assert fit.rate_at(80) == pytest.approx(0.25)  # half of the last 40 steps are left
    assert fit.rate_at(99) == pytest.approx(0.5 / 40)
    assert Fit(steps=3, batch=1, rate=0.5, warmup=0, decay=0).rate_at(2) == 0.5


def test_scaling_changes_steps_and_nothing_else() -> None:
    whole = recipe()
    half = whole.scaled(0.5)
    assert (half.vae.fit.steps, half.unet.fit.steps) == (3, 3)
    assert whole.scaled(1e-9).vae.fit.steps == 1
    assert half.digest != whole.digest
    assert half.scaled(2.0).digest == whole.digest


@pytest.mark.parametrize("factor", [0.0, -1.0, float("nan"), float("inf"), 101.0])
def test_a_scale_that_is_none_is_refused(factor: float) -> None:
    with pytest.raises(UsageError, match="steps-scale"):
        recipe().scaled(factor)
