"""
What a run is measured by, on images that it never trained on.

The denoiser's loss is taken at fixed times with noise that depends on nothing but the seed, so that two runs, or two
moments of one, are compared on the same questions. Its baselines are those of `loss`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import torch
from torch import Tensor

from mitsua_data.model import Json
from mitsua_train.data import Images
from mitsua_train.encoders import TextEncoder
from mitsua_train.keyed import generator
from mitsua_train.latents import CHUNK, Latents, decode_all
from mitsua_train.loss import PREDICTING_THE_MEAN, best_line, flow_loss, psnr
from mitsua_train.machine import Machine
from mitsua_train.models import Network
from mitsua_train.noise import between, velocity
from mitsua_train.step import predict

TIMES = 8
"""Times at which the denoiser is asked: the middles of as many equal parts of [0, 1]."""


@dataclass(frozen=True)
class Measured:
    """The figures of a run. Losses are mean squared errors of the velocity, over all times and held-out images."""

    psnr_db: float
    """Of the autoencoder's reconstructions, mean over held-out images."""
    psnr_mean_image_db: float
    """Of the training images' mean as the answer to every held-out image: what no learning gives."""
    loss: float
    loss_other_captions: float
    """The same with each image's caption exchanged for its neighbour's: above `loss` where captions are used."""
    loss_predicting_the_mean: float
    loss_best_line: float
    loss_by_time: tuple[float, ...]

    def as_json(self) -> dict[str, Json]:
        """For the training record and `metrics.json`."""
        return asdict(self) | {"loss_by_time": list(self.loss_by_time)}


@torch.no_grad()
def measure(
    vae: Network,
    unet: Network,
    *,
    train: Images,
    val: Images,
    latents: Latents,
    encoder: TextEncoder,
    seed: int,
    machine: Machine,
) -> Measured:
    """`latents` are those of `val`, row by row."""
    everything = torch.arange(len(val))
    x_NCHW = val.batch(everything)
    mean_image = train.x_NCHW.float().mean(0, keepdim=True) / 127.5 - 1.0
    others = (*val.captions[1:], val.captions[0])
    by_time = flow_by_time(unet, latents, encoder, val.captions, seed, machine)
    times = question_times()
    return Measured(
        psnr_db=float(psnr(decode_all(vae, latents.mean_NCHW), x_NCHW).mean()),
        psnr_mean_image_db=float(psnr(mean_image.expand_as(x_NCHW), x_NCHW).mean()),
        loss=float(by_time.mean()),
        loss_other_captions=float(flow_by_time(unet, latents, encoder, others, seed, machine).mean()),
        loss_predicting_the_mean=PREDICTING_THE_MEAN,
        loss_best_line=float(best_line(times).mean()),
        loss_by_time=tuple(float(value) for value in by_time),
    )


def question_times() -> Tensor:
    """The fixed times, shape (TIMES,)."""
    return (torch.arange(TIMES) + 0.5) / TIMES


@torch.no_grad()
def flow_by_time(
    unet: Network, latents: Latents, encoder: TextEncoder, captions: Sequence[str], seed: int, machine: Machine
) -> Tensor:
    """The denoiser's mean loss at each of the fixed times, shape (TIMES,)."""
    unet.eval()
    losses = []
    for index, time in enumerate(question_times()):
        x_NCHW = latents.mean_NCHW
        noise_NCHW = torch.randn(x_NCHW.shape, generator=generator(seed, "validation", index))
        t_N = time.expand(len(x_NCHW))
        parts = []
        for rows in torch.split(torch.arange(len(x_NCHW)), CHUNK):
            x, noise = x_NCHW[rows], noise_NCHW[rows]
            text_BLD = encoder.encode([captions[row] for row in rows])
            guess = predict(unet, between(x, noise, t_N[rows]), t_N[rows], text_BLD, machine)
            parts.append(flow_loss(guess.cpu(), velocity(x, noise)) * len(rows))
        losses.append(torch.stack(parts).sum() / len(x_NCHW))
    return torch.stack(losses)
