"""Times, lines, losses, sampling: the maths, against values worked by hand."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from mitsua_train.loss import best_line, divergence, flow_loss, psnr, vae_loss
from mitsua_train.noise import between, draw_times, velocity
from mitsua_train.sample import follow
from tests.train.school import recipe


def test_the_line_runs_from_image_to_noise() -> None:
    x, noise = torch.full((3, 1, 1, 1), 2.0), torch.full((3, 1, 1, 1), -4.0)
    t = torch.tensor([0.0, 0.25, 1.0])
    assert between(x, noise, t).flatten().tolist() == [2.0, 0.5, -4.0]
    assert velocity(x, noise).flatten().tolist() == [-6.0] * 3


def test_the_velocity_is_the_lines_slope() -> None:
    x, noise = torch.randn(2, 3, 4, 5, dtype=torch.float64), torch.randn(2, 3, 4, 5, dtype=torch.float64)
    t, dt = torch.tensor([0.3, 0.7], dtype=torch.float64), 1e-6
    slope = (between(x, noise, t + dt) - between(x, noise, t)) / dt
    assert torch.allclose(slope, velocity(x, noise), atol=1e-6)


def test_times_are_logit_normal() -> None:
    t = draw_times(200_000, 0.5, 2.0, torch.Generator().manual_seed(1))
    logit = torch.logit(t.double())
    assert float(logit.mean()) == pytest.approx(0.5, abs=0.02)
    assert float(logit.std()) == pytest.approx(2.0, abs=0.02)


def test_the_autoencoders_loss_by_hand() -> None:
    spec = recipe().vae.model_copy(update={"l1": 2.0, "mse": 3.0, "kl": 10.0})
    x, y = torch.zeros(1, 1, 1, 2), torch.tensor([[[[0.5, -1.5]]]])
    mean, log_variance = torch.tensor([2.0, 0.0]), torch.tensor([0.0, math.log(4.0)])
    # |.| mean 1; squares mean 1.25; KL (4 + 1 - 1 - 0)/2 = 2 and (0 + 4 - 1 - log 4)/2.
    kl = (2.0 + (3.0 - math.log(4.0)) / 2) / 2
    assert float(divergence(mean, log_variance)) == pytest.approx(kl)
    assert float(vae_loss(y, x, mean, log_variance, spec)) == pytest.approx(2.0 + 3.75 + 10.0 * kl)


def test_baselines_are_what_simulation_says() -> None:
    numbers = torch.Generator().manual_seed(2)
    x, noise = (torch.randn(400_000, 1, 1, 1, generator=numbers, dtype=torch.float64) for _ in range(2))
    v = velocity(x, noise)
    assert float(flow_loss(torch.zeros_like(v), v)) == pytest.approx(2.0, rel=0.01)
    for time in (0.1, 0.5, 0.8):
        x_t = between(x, noise, torch.full((len(x),), time))
        slope = (x_t * v).mean() / x_t.square().mean()
        assert float(flow_loss(slope * x_t, v)) == pytest.approx(float(best_line(torch.tensor(time))), rel=0.01)


def test_psnr_by_hand() -> None:
    x = torch.zeros(2, 3, 4, 4)
    y = torch.stack([torch.full((3, 4, 4), 0.2), torch.full((3, 4, 4), 2.0)])
    # 10 log10(4 / 0.04) = 20 dB; beyond the range an answer counts as clamped to 1: 10 log10 4.
    assert psnr(y, x).tolist() == pytest.approx([20.0, 10 * math.log10(4)], abs=1e-4)
    assert math.isfinite(float(psnr(x, x)[0]))


@pytest.mark.parametrize("heun", [False, True])
def test_a_straight_flow_is_followed_exactly_in_any_number_of_steps(heun: bool) -> None:
    x, noise = torch.randn(2, 1, 2, 2, dtype=torch.float64), torch.randn(2, 1, 2, 2, dtype=torch.float64)
    for steps in (1, 3):
        counted: list[int] = []
        end = follow(lambda _x, _t: velocity(x, noise), noise, steps, heun=heun, advance=counted.append)
        assert torch.allclose(end, x, atol=1e-6)
        assert sum(counted) == steps


def test_heun_is_of_second_order_and_euler_of_first() -> None:
    def decay(x: Tensor, t: Tensor) -> Tensor:
        return x * (1 + t)  # dx/dt; going from 1 to 0, x(0) = x(1) exp(-3/2)

    def error(steps: int, *, heun: bool) -> float:
        end = follow(decay, torch.ones(1, dtype=torch.float64), steps, heun=heun, advance=lambda _: None)
        return abs(float(end) - math.exp(-1.5))

    assert error(200, heun=False) / error(400, heun=False) == pytest.approx(2.0, rel=0.05)
    assert error(200, heun=True) < error(200, heun=False) / 10
