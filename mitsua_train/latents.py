"""
Latents: every training image once through the autoencoder, kept in memory as posterior mean and deviation.

The denoiser learns on latents with mean 0 and variance 1 per channel. The whitening is folded into the autoencoder's
own 1x1 convolutions (`quant_conv`, `post_quant_conv`), so the autoencoder that a run leaves needs no numbers beside it.

Shapes: N samples, C channels, H x W latents.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from mitsua_train.data import Images
from mitsua_train.models import Network

CHUNK = 32
"""Images encoded or decoded at a time; fixed, since it decides about the last bits."""
LOWEST, HIGHEST = -30.0, 20.0
"""Bounds of a log-variance, as diffusers has them."""


@dataclass(frozen=True)
class Latents:
    """The posteriors of all images of a split."""

    mean_NCHW: Tensor  # noqa: N815  the suffix names the axes
    std_NCHW: Tensor  # noqa: N815  the suffix names the axes

    def __len__(self) -> int:
        return len(self.mean_NCHW)

    def draw(self, rows: Tensor, numbers: torch.Generator) -> Tensor:
        """A fresh draw from the posteriors of some rows, `x_BCHW`."""
        mean, std = self.mean_NCHW[rows], self.std_NCHW[rows]
        return mean + std * torch.randn(mean.shape, generator=numbers)


def encode_moments(vae: Network, x_BCHW: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and log-variance of the posteriors, float32, each BCHW."""
    moments: Tensor = vae.quant_conv(vae.encoder(x_BCHW)).float()
    mean, log_variance = moments.chunk(2, dim=1)
    return mean, log_variance.clamp(LOWEST, HIGHEST)


@torch.no_grad()
def encode_all(vae: Network, images: Images, advance: Callable[[int], None]) -> Latents:
    """Every image's posterior, in float32, on the CPU; `advance` is called with a count."""
    vae.eval()
    means, stds = [], []
    for rows in torch.split(torch.arange(len(images)), CHUNK):
        mean, log_variance = encode_moments(vae, images.batch(rows).to(vae.device))
        means.append(mean.cpu())
        stds.append((0.5 * log_variance).exp().cpu())
        advance(len(rows))
    return Latents(torch.cat(means), torch.cat(stds))


@torch.no_grad()
def whiten(vae: Network, latents: Latents) -> Latents:
    """
    Fold into the autoencoder what gives these latents mean 0 and variance 1 per channel; the whitened latents.

    With z' = (z - m) / s: quant_conv's means are shifted and scaled, its log-variances lowered by 2 log s, and
    post_quant_conv takes z = s z' + m. Law: decoding is unchanged up to rounding.
    """
    mean_C = latents.mean_NCHW.mean((0, 2, 3))
    # The variance of a draw: that of the means, and the mean of the posteriors' own.
    std_C = (latents.mean_NCHW.var((0, 2, 3)) + latents.std_NCHW.square().mean((0, 2, 3))).sqrt()
    shift, scale = mean_C.to(vae.device), std_C.to(vae.device)
    count = len(mean_C)
    into, out = vae.quant_conv, vae.post_quant_conv
    into.weight[:count] /= scale.view(-1, 1, 1, 1)
    into.bias[:count] = (into.bias[:count] - shift) / scale
    into.bias[count:] -= 2.0 * scale.log()
    out.bias += out.weight[:, :, 0, 0] @ shift
    out.weight *= scale.view(1, -1, 1, 1)
    mean_1C11, std_1C11 = mean_C.view(1, -1, 1, 1), std_C.view(1, -1, 1, 1)
    return Latents((latents.mean_NCHW - mean_1C11) / std_1C11, latents.std_NCHW / std_1C11)


@torch.no_grad()
def decode_all(vae: Network, z_NCHW: Tensor) -> Tensor:
    """Images in [-1, 1], NCHW, on the CPU, of latents."""
    vae.eval()
    parts = [vae.decode(z.to(vae.device)).sample.float().cpu() for z in torch.split(z_NCHW, CHUNK)]
    return torch.cat(parts).clamp(-1.0, 1.0)
