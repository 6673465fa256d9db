"""
Noise: times, and the straight line from latents to noise along which a rectified flow is learned.

At time t in [0, 1], x_t = (1 - t) x_0 + t n: the latents at 0, standard normal noise at 1. The velocity along the line
is dx_t/dt = n - x_0. (Liu et al. 2022, arXiv 2209.03003; logit-normal times: Esser et al. 2024, arXiv 2403.03206.)

Shapes: B samples, C channels, H x W latents. Times have shape (B,).
"""

from __future__ import annotations

import torch
from torch import Tensor

TIME_SCALE = 1000.0
"""The denoiser is told 1000 t: its time embedding was made for a thousand steps."""


def draw_times(count: int, mean: float, std: float, numbers: torch.Generator) -> Tensor:
    """`count` times, sigmoid(mean + std · normal): logit-normal."""
    return torch.sigmoid(mean + std * torch.randn(count, generator=numbers))


def between(x_BCHW: Tensor, noise_BCHW: Tensor, t_B: Tensor) -> Tensor:
    """x_t: the point of each sample's line at its time."""
    t_B111 = t_B.view(-1, 1, 1, 1)
    return (1.0 - t_B111) * x_BCHW + t_B111 * noise_BCHW


def velocity(x_BCHW: Tensor, noise_BCHW: Tensor) -> Tensor:
    """dx_t/dt, the same at every time of one line."""
    return noise_BCHW - x_BCHW
