"""
One network in training, and one step of it. The same for the autoencoder and the denoiser: only the loss differs.

A step's batch, times, noise and dropped captions are functions of (seed, step), so a stage that was saved after step k
and loaded goes on exactly as one that was never stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from mitsua_data.errors import UsageError
from mitsua_train.data import Images
from mitsua_train.ema import Ema
from mitsua_train.encoders import TextEncoder
from mitsua_train.keyed import batch_indices, generator
from mitsua_train.latents import Latents, encode_moments
from mitsua_train.loss import flow_loss, vae_loss
from mitsua_train.machine import Machine
from mitsua_train.models import Network, weights
from mitsua_train.noise import TIME_SCALE, between, draw_times, velocity
from mitsua_train.recipe import Fit, Recipe

ADAM_FIELDS = ("step", "exp_avg", "exp_avg_sq")


@dataclass
class Stage:
    """A network, its optimizer, its moving average where it has one, and how far it is."""

    name: str
    network: Network
    fit: Fit
    machine: Machine
    loss: Callable[[int], Tensor]
    """The loss of a step's batch (0-based), a scalar."""
    ema: Ema | None = None
    done: int = 0
    """Steps taken."""
    history: list[float] = field(default_factory=list)
    """The loss of every step taken."""

    def __post_init__(self) -> None:
        self.network.to(self.machine.device).train()
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(),
            lr=self.fit.rate,
            betas=self.fit.betas,
            weight_decay=self.fit.weight_decay,
            fused=True,
        )

    def take(self) -> float:
        """
        The next step; returns its loss.

        Raises UsageError where the loss is no number: then nothing of this step was kept.
        """
        for group in self.optimizer.param_groups:
            group["lr"] = self.fit.rate_at(self.done)
        loss = self.loss(self.done)
        value = float(loss.detach())
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), self.fit.clip)
        if not torch.isfinite(norm + value):
            raise UsageError(
                f"{self.name}: the loss of step {self.done} is {value}, its gradient {float(norm)}",
                advice="set a lower rate in the recipe, or precision = fp32; the last checkpoint is whole",
            )
        self.optimizer.step()
        if self.ema:
            self.ema.update(self.network, self.done)
        self.done += 1
        self.history.append(value)
        return value

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """The network has the moving average of its weights inside, where it has one."""
        with self.ema.shown_in(self.network) if self.ema else nullcontext():
            yield

    def state(self) -> dict[str, dict[str, Tensor]]:
        """All that the next step depends on, by file of a checkpoint."""
        groups = {
            "network": weights(self.network),
            "optimizer": self._adam(),
            "history": {"loss": torch.tensor(self.history, dtype=torch.float64)},
        }
        return groups | {"average": self.ema.state()} if self.ema else groups

    def load(self, step: int, groups: Mapping[str, Mapping[str, Tensor]]) -> None:
        """Go on after `step` steps. Raises KeyError or RuntimeError where the state is of another network."""
        self.network.load_state_dict(dict(groups["network"]))
        saved = groups["optimizer"]
        state = {
            index: {name: saved[f"{parameter}.{name}"] for name in ADAM_FIELDS}
            for index, (parameter, _) in enumerate(self.network.named_parameters())
        }
        self.optimizer.load_state_dict({"state": state, "param_groups": self.optimizer.state_dict()["param_groups"]})
        if self.ema:
            self.ema.load(groups["average"])
        self.done, self.history = step, groups["history"]["loss"].tolist()

    def _adam(self) -> dict[str, Tensor]:
        state = self.optimizer.state_dict()["state"]
        return {
            f"{parameter}.{name}": state[index][name].cpu()
            for index, (parameter, _) in enumerate(self.network.named_parameters())
            for name in ADAM_FIELDS
        }


def vae_stage(vae: Network, images: Images, recipe: Recipe, machine: Machine) -> Stage:
    """The autoencoder, learning to give back what it is shown."""
    spec = recipe.vae

    def loss(step: int) -> Tensor:
        rows = batch_indices(recipe.seed, "vae", step, count=len(images), batch=spec.fit.batch)
        x_BCHW = images.batch(rows).to(machine.device)
        with machine.autocast():
            mean, log_variance = encode_moments(vae, x_BCHW)
            noise = torch.randn(mean.shape, generator=generator(recipe.seed, "vae", "noise", step)).to(mean.device)
            latent = mean + noise * (0.5 * log_variance).exp()
            y_BCHW = vae.decode(latent).sample.float()
        return vae_loss(y_BCHW, x_BCHW, mean, log_variance, spec)

    return Stage("vae", vae, spec.fit, machine, loss)


def unet_stage(
    unet: Network, latents: Latents, captions: Sequence[str], encoder: TextEncoder, recipe: Recipe, machine: Machine
) -> Stage:
    """The denoiser, learning the velocity from latents to noise. `captions` are those of the latents, row by row."""
    spec, objective = recipe.unet, recipe.objective

    def loss(step: int) -> Tensor:
        rows = batch_indices(recipe.seed, "unet", step, count=len(latents), batch=spec.fit.batch)
        numbers = generator(recipe.seed, "unet", "noise", step)
        x_BCHW = latents.draw(rows, numbers)
        noise_BCHW = torch.randn(x_BCHW.shape, generator=numbers)
        t_B = draw_times(len(rows), objective.time_mean, objective.time_std, numbers)
        dropped_B = torch.rand(len(rows), generator=numbers) < objective.caption_drop
        text_BLD = encoder.encode(["" if drop else captions[row] for row, drop in zip(rows, dropped_B, strict=True)])
        guess_BCHW = predict(unet, between(x_BCHW, noise_BCHW, t_B), t_B, text_BLD, machine)
        return flow_loss(guess_BCHW, velocity(x_BCHW, noise_BCHW).to(machine.device))

    return Stage("unet", unet, spec.fit, machine, loss, Ema(unet.to(machine.device), spec.ema))


def predict(unet: Network, x_BCHW: Tensor, t_B: Tensor, text_BLD: Tensor, machine: Machine) -> Tensor:
    """The velocity that the denoiser sees in `x_BCHW` at times `t_B`, float32, on the machine's device."""
    device = machine.device
    with machine.autocast():
        guess: Tensor = unet(x_BCHW.to(device), t_B.to(device) * TIME_SCALE, text_BLD.to(device)).sample
    return guess.float()
