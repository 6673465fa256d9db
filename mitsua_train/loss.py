"""
Losses, and what they are to be compared with.

Autoencoder:  l1 · mean|y - x| + mse · mean(y - x)² + kl · KL, with KL per latent number,
KL(N(m, s²) ‖ N(0, 1)) = (m² + s² - 1 - log s²) / 2, in nats.

Denoiser: mean (v̂ - v)², v = n - x_0.

Baselines of the denoiser, for whitened latents (mean 0 and variance 1 per channel) and x_0 independent of n:

* predicting the mean: E[v | t] = E[n] - E[x_0] = 0, whose loss is Var n + Var x_0 = 2 at every time;
* the best line: predicting v from the same number of x_t alone. Cov(v, x_t) = t - (1 - t) = 2t - 1 and
  Var x_t = (1 - t)² + t², so the loss left is 2 - (2t - 1)² / ((1 - t)² + t²) = 1 / ((1 - t)² + t²).

Whoever is below the second line uses more than one number at a time: it has learned how the numbers hang together.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from mitsua_train.recipe import Vae

PREDICTING_THE_MEAN = 2.0
"""Loss of the answer 0, for whitened latents, at every time."""


def vae_loss(y_BCHW: Tensor, x_BCHW: Tensor, mean: Tensor, log_variance: Tensor, spec: Vae) -> Tensor:
    """The autoencoder's loss, a scalar. Images are in [-1, 1]."""
    loss = spec.l1 * functional.l1_loss(y_BCHW, x_BCHW) + spec.mse * functional.mse_loss(y_BCHW, x_BCHW)
    return loss + spec.kl * divergence(mean, log_variance)


def divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mean, e^log_variance) ‖ N(0, 1)) in nats, averaged over all numbers."""
    return 0.5 * (mean.square() + log_variance.exp() - 1.0 - log_variance).mean()


def flow_loss(guess_BCHW: Tensor, velocity_BCHW: Tensor) -> Tensor:
    """Mean squared error of the velocity, a scalar."""
    return functional.mse_loss(guess_BCHW, velocity_BCHW)


def best_line(t: Tensor) -> Tensor:
    """The loss that the best number-by-number linear guess leaves at each time."""
    return 1.0 / ((1.0 - t).square() + t.square())


def psnr(y_BCHW: Tensor, x_BCHW: Tensor) -> Tensor:
    """
    Peak signal-to-noise ratio of each image, in dB, shape (B,). Images are in [-1, 1]; the peak is 2.

    PSNR = 10 log10(2² / mean (y - x)²); the error is kept at 1e-10 at least, so that equal images have a finite one.
    """
    error_B = (y_BCHW.clamp(-1, 1) - x_BCHW).square().flatten(1).mean(1).clamp_min(1e-10)
    return 10.0 * torch.log10(4.0 / error_B)
