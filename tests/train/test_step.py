"""Steps: what is saved and loaded goes on to the bit; what is not a number stops the run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import torch

from mitsua_data.errors import UsageError
from mitsua_train.checkpoint import Checkpoints
from mitsua_train.encoders import HashedWords, make_encoder
from mitsua_train.latents import encode_all, whiten
from mitsua_train.models import build_unet, build_vae, weights_digest
from mitsua_train.step import Stage, unet_stage, vae_stage
from tests.train.school import MACHINE, SIZE, recipe
from tests.train.test_models import nothing, pictures

RECIPE = recipe()


def autoencoder() -> Stage:
    return vae_stage(build_vae(RECIPE.vae, RECIPE.seed, SIZE), pictures(5), RECIPE, MACHINE)


def denoiser() -> Stage:
    vae = build_vae(RECIPE.vae, RECIPE.seed, SIZE)
    latents = whiten(vae, encode_all(vae, pictures(5), nothing))
    unet = build_unet(RECIPE.unet, RECIPE.seed, latent_channels=4, latent_side=16, text_width=8)
    captions = ["a", "b c", "", "d", "e"]
    return unet_stage(unet, latents, captions, make_encoder(RECIPE.text), RECIPE, MACHINE)


def take(stage: Stage, steps: int) -> None:
    torch.set_num_threads(1)
    for _ in range(steps):
        stage.take()


def everything(stage: Stage) -> dict[str, dict[str, list[float]]]:
    return {
        group: {name: value.flatten().tolist() for name, value in tensors.items()}
        for group, tensors in stage.state().items()
    }


@pytest.mark.parametrize("make", [autoencoder, denoiser])
def test_six_steps_are_three_and_three_after_a_save(tmp_path: Path, make: Callable[[], Stage]) -> None:
    unbroken = make()
    take(unbroken, 6)

    store = Checkpoints(tmp_path, keep=1, belongs_to={}, machine={})
    first = make()
    take(first, 3)
    store.save(first.name, first.done, first.state())

    torch.manual_seed(99)  # another process has other random numbers
    second = make()
    take(second, 1)  # and may have been somewhere else
    found = store.latest(second.name)
    assert found is not None
    second.load(found.step, found.groups)
    take(second, 3)

    assert everything(second) == everything(unbroken)
    assert len(second.history) == 6
    assert second.history == unbroken.history


@pytest.mark.parametrize("make", [autoencoder, denoiser])
def test_a_step_changes_every_weight_and_the_average_follows(make: Callable[[], Stage]) -> None:
    stage = make()
    before = {name: value.clone() for name, value in stage.network.named_parameters()}
    take(stage, 3)
    unmoved = [name for name, value in stage.network.named_parameters() if torch.equal(value, before[name])]
    assert unmoved == []
    digest = weights_digest(stage.network)
    with stage.averaged():
        assert (weights_digest(stage.network) != digest) == (stage.ema is not None)
    assert weights_digest(stage.network) == digest


def test_learning_lowers_the_loss() -> None:
    stage = autoencoder()
    stage.fit = stage.fit.model_copy(update={"steps": 40, "rate": 3e-3})
    take(stage, 40)
    assert sum(stage.history[-5:]) < 0.8 * sum(stage.history[:5])


def test_a_loss_that_is_no_number_stops_before_it_is_taken_in() -> None:
    stage = denoiser()
    take(stage, 2)
    before = everything(stage)
    whole = stage.loss
    stage.loss = lambda step: whole(step) * float("nan")
    with pytest.raises(UsageError, match="loss of step 2 is nan") as caught:
        stage.take()
    assert "rate" in caught.value.advice
    assert everything(stage) == before


def test_a_gradient_that_is_no_number_stops_too() -> None:
    stage = autoencoder()
    before = weights_digest(stage.network)
    whole = stage.loss
    # Finite forwards, not backwards: the square root's slope at 0.
    stage.loss = lambda step: whole(step) + 0.0 * (whole(step) * 0.0).sqrt()
    with pytest.raises(UsageError, match="gradient"):
        stage.take()
    assert weights_digest(stage.network) == before


def test_dropped_captions_are_read_as_none() -> None:
    class Spy(HashedWords):
        def __init__(self) -> None:
            super().__init__(8, 4)
            self.seen: list[str] = []

        def encode(self, captions: Sequence[str]) -> torch.Tensor:
            self.seen.extend(captions)
            return super().encode(captions)

    objective = RECIPE.objective.model_copy(update={"caption_drop": 0.5})
    always = RECIPE.model_copy(update={"objective": objective})
    stage = denoiser()
    spy = Spy()
    vae = build_vae(RECIPE.vae, RECIPE.seed, SIZE)
    latents = encode_all(vae, pictures(5), nothing)
    stage = unet_stage(stage.network, latents, ["x"] * 5, spy, always, MACHINE)
    for step in range(30):
        stage.loss(step)
    assert set(spy.seen) == {"", "x"}
    assert 0.3 < spy.seen.count("") / len(spy.seen) < 0.7
