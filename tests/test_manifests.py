"""The shipped manifests are good, and FORMAT.md names every field they may have."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel

from mitsua_data.dataset import Dataset
from mitsua_data.images.transform import Transform
from mitsua_data.policy import Policy, Rules
from mitsua_data.sources import declared
from mitsua_data.sources.iiif import Museum
from mitsua_data.sources.listed import Listed, ListedPage, Picture
from mitsua_data.sources.nft import NftDeclaration
from mitsua_data.sources.repository import Declaration
from mitsua_train.recipe import Fit, HashedWordsText, Objective, OpenClipText, Recipe, Sampling, Train, UNet, Vae

MANIFESTS = Path(__file__).resolve().parents[1] / "manifests"
FORMAT = (MANIFESTS / "FORMAT.md").read_text(encoding="utf-8")
READERS = {
    "policies": lambda path: Policy.load(str(path)),
    "datasets": Dataset.load,
    "sources": declared,
    "recipes": Recipe.load,
}


@pytest.mark.parametrize("path", sorted(MANIFESTS.glob("*/*.toml")), ids=lambda path: path.name)
def test_shipped_manifests_are_read(path: Path) -> None:
    assert READERS[path.parent.name](path)


def test_the_recipe_of_the_demo_takes_what_the_demo_builds() -> None:
    recipe = Recipe.load(MANIFESTS / "recipes/clipart-small.toml")
    for name in ("clipart", "drawn"):
        dataset = Dataset.load(MANIFESTS / f"datasets/{name}.toml")
        assert dataset.policy in recipe.data.policies
        assert all(side % recipe.vae.factor == 0 for side in dataset.transform.size)
        accepted = Policy.load(dataset.policy).rules.accept.licences
        assert {str(licence) for licence in accepted} <= set(recipe.data.licences)


MODELS = (
    Rules,
    Dataset,
    Transform,
    Declaration,
    Museum,
    Listed,
    ListedPage,
    Picture,
    NftDeclaration,
    Recipe,
    Vae,
    UNet,
    Fit,
    HashedWordsText,
    OpenClipText,
    Objective,
    Train,
    Sampling,
)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_field_is_explained(model: type[BaseModel]) -> None:
    for field in model.model_fields:
        assert field in FORMAT, f"{model.__name__}.{field} is not in manifests/FORMAT.md"
