"""
Recipes: a training run's whole configuration in one TOML file. See manifests/FORMAT.md.

A key that is not known is an error, so a misspelt one cannot be silently ignored. The digest is over the canonical
JSON (RFC 8785) of every value, those left at their defaults included: two files that say the same have one digest.
"""

from __future__ import annotations

import math
import tomllib
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeAlias

import rfc8785
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from mitsua_data.errors import UsageError

Positive: TypeAlias = Annotated[int, Field(ge=1)]
Rate: TypeAlias = Annotated[float, Field(gt=0.0, le=1.0)]
Share: TypeAlias = Annotated[float, Field(ge=0.0, le=1.0)]
Weight: TypeAlias = Annotated[float, Field(ge=0.0)]
Decay: TypeAlias = Annotated[float, Field(ge=0.0, lt=1.0)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Data(_Table):
    """Which release, and what of it the gate lets through. There is no way to write "anything"."""

    release: str = Field(min_length=1)
    """A folder below the workspace's `releases/`; the command line may name another."""
    policies: tuple[str, ...] = Field(min_length=1)
    """Policies by name, or by the sha256 of their text."""
    licences: tuple[str, ...] = Field(min_length=1)
    """Licence identifiers, SPDX or LicenseRef-…"""
    max_revocation_age_days: float = Field(gt=0.0, le=366.0)


class HashedWordsText(_Table):
    """Captions as frozen vectors made from the hash of each word: no weights, nobody's data."""

    kind: Literal["hashed-words"]
    width: Positive = 64
    """Numbers per word."""
    tokens: Annotated[int, Field(ge=2)] = 8
    """Words per caption, the start mark included; further words are not read."""


class OpenClipText(_Table):
    """A frozen OpenCLIP text tower. It was trained on other people's data, so it is declared as an exception."""

    kind: Literal["openclip"]
    model: str = Field(min_length=1)
    """A model that open_clip knows by name, or the path of a configuration in its form (`….json`)."""
    path: str = Field(min_length=1)
    """The weights, a safetensors file on this machine."""
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    """Of that file; any other is refused."""


Text: TypeAlias = Annotated[HashedWordsText | OpenClipText, Field(discriminator="kind")]


class Fit(_Table):
    """How one network is trained: AdamW, linear warm-up, constant rate, linear decay."""

    steps: Positive
    batch: Positive
    rate: Rate
    """Learning rate once warmed up."""
    warmup: int = Field(default=50, ge=0)
    """Steps."""
    decay: Share = 0.5
    """The last share of the steps, over which the rate falls to 1 % of itself."""
    betas: tuple[Decay, Decay] = (0.9, 0.99)
    weight_decay: Weight = 0.01
    clip: float = Field(default=1.0, gt=0.0)
    """Largest norm of the gradient."""

    def rate_at(self, step: int) -> float:
        """The learning rate of a step (0-based): a function of the step alone, so that resuming needs no state."""
        warm = min(1.0, (step + 1) / self.warmup) if self.warmup else 1.0
        left = (self.steps - step) / (self.steps * self.decay) if self.decay else 1.0
        return self.rate * warm * min(1.0, max(0.01, left))

    def scaled(self, factor: float) -> Self:
        """The same with fewer or more steps."""
        steps = max(1, round(self.steps * factor))
        return self.model_copy(update={"steps": steps, "warmup": min(self.warmup, steps)})


class Vae(_Table):
    """The autoencoder: pixels to latents and back."""

    channels: tuple[Positive, ...] = Field(min_length=1)
    """Per level; each level after the first halves height and width."""
    latent_channels: Positive = 4
    layers: Positive = 1
    """Residual blocks per level."""
    groups: Positive = 8
    """Of GroupNorm; divides every entry of `channels`."""
    attention: bool = False
    """Self-attention in the middle."""
    l1: Weight = 1.0
    mse: Weight = 1.0
    """Weights of the mean absolute and the mean squared error; the second keeps colours from being given up early."""
    kl: Weight = 1e-4
    """Weight of the divergence from a standard normal, in nats per latent number."""
    fit: Fit

    @property
    def factor(self) -> int:
        """How many pixels along a side become one latent."""
        return int(2 ** (len(self.channels) - 1))

    @model_validator(mode="after")
    def _groups_fit(self) -> Self:
        _divides(self.groups, self.channels)
        return self


class UNet(_Table):
    """The denoiser, with cross-attention to the caption."""

    channels: tuple[Positive, ...] = Field(min_length=1)
    attention: tuple[bool, ...]
    """Per level: whether it attends to itself and to the caption."""
    layers: Positive = 1
    groups: Positive = 16
    head_width: Positive = 32
    """Channels per attention head."""
    ema: Decay = 0.99
    """Decay of the moving average of the weights; the average is what is kept."""
    fit: Fit

    @model_validator(mode="after")
    def _levels_fit(self) -> Self:
        _divides(self.groups, self.channels)
        if len(self.attention) != len(self.channels):
            raise ValueError(f"attention has {len(self.attention)} levels, channels {len(self.channels)}")
        return self


class Objective(_Table):
    """Rectified flow: the network learns the velocity from image to noise along a straight line."""

    kind: Literal["flow"] = "flow"
    time_mean: float = Field(default=0.0, ge=-4.0, le=4.0)
    time_std: float = Field(default=1.0, gt=0.0, le=4.0)
    """Times are drawn as sigmoid(mean + std · normal): the middle of the way is visited most."""
    caption_drop: Share = 0.1
    """Share of samples whose caption is left out, which makes guidance possible."""


class Train(_Table):
    """How the run goes about its work; threads, precision and device decide about the last bits of the result."""

    threads: int = Field(default=2, ge=1, le=1024)
    """At most; never more than there are processors."""
    precision: Literal["auto", "bf16", "fp32"] = "auto"
    """`auto` takes bf16 where the processor has instructions for it."""
    device: Literal["cpu", "cuda"] = "cpu"
    checkpoint_every: Positive = 200
    """Steps."""
    keep: Positive = 2
    """Checkpoints kept per network."""


class Sampling(_Table):
    """How samples are drawn."""

    steps: Positive = 20
    method: Literal["heun", "euler"] = "heun"
    guidance: float = Field(default=2.0, ge=1.0, le=50.0)
    """1 follows the caption as it was learned; more follows it harder."""
    count: Annotated[int, Field(ge=1, le=64)] = 12
    """Columns of the picture that a run ends with."""


class Recipe(_Table):
    """A recipe file."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")
    seed: int = Field(ge=0, le=2**53 - 1)
    data: Data
    text: Text
    vae: Vae
    unet: UNet
    objective: Objective = Objective()
    train: Train = Train()
    sample: Sampling = Sampling()

    @classmethod
    def load(cls, path: Path) -> Recipe:
        """Read a recipe file. Raises UsageError that names the field and what is wrong with it."""
        try:
            return cls.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        except OSError as error:
            advice = "name a recipe file, such as manifests/recipes/clipart-small.toml"
            raise UsageError(f"{path}: {error.strerror}", advice=advice) from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise UsageError(f"{path}: not TOML: {error}", advice="mend the file; see manifests/FORMAT.md") from error
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            advice = "mend the file; see manifests/FORMAT.md"
            raise UsageError(f"{path}: {where}: {first['msg']}", advice=advice) from error

    @property
    def digest(self) -> str:
        """SHA-256, in hex, of the canonical JSON."""
        return sha256(rfc8785.dumps(self.dump())).hexdigest()

    def dump(self) -> dict[str, Any]:
        """Every value, as JSON."""
        return self.model_dump(mode="json")

    def scaled(self, factor: float) -> Recipe:
        """
        The same recipe with `factor` times the steps, for a trial run.

        Raises UsageError where the factor is not a positive number.
        """
        if not (math.isfinite(factor) and 0.0 < factor <= 100.0):
            raise UsageError(f"--steps-scale: got {factor}, expected more than 0 and at most 100")
        vae = self.vae.model_copy(update={"fit": self.vae.fit.scaled(factor)})
        unet = self.unet.model_copy(update={"fit": self.unet.fit.scaled(factor)})
        return self.model_copy(update={"vae": vae, "unet": unet})


def _divides(groups: int, channels: tuple[int, ...]) -> None:
    uneven = [count for count in channels if count % groups]
    if uneven:
        raise ValueError(f"groups = {groups} does not divide {uneven[0]} channels")
