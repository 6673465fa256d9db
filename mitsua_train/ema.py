"""A moving average of a network's weights: smoother than the weights of any one step, and what a run keeps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class Ema:
    """
    average ← d · average + (1 - d) · weights, after each step.

    d = min(decay, (1 + n) / (10 + n)) at the n-th update, from 0: early on, the average forgets its random beginning.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay = decay
        self._names = [name for name, _ in model.named_parameters()]
        self._average = [value.detach().clone() for value in model.parameters()]

    @torch.no_grad()
    def update(self, model: nn.Module, step: int) -> None:
        """Take in the weights after step `step` (0-based)."""
        decay = min(self.decay, (1 + step) / (10 + step))
        torch._foreach_lerp_(self._average, [value.detach() for value in model.parameters()], 1.0 - decay)

    def state(self) -> dict[str, Tensor]:
        """Parameter name to average."""
        return dict(zip(self._names, self._average, strict=True))

    @torch.no_grad()
    def load(self, state: Mapping[str, Tensor]) -> None:
        """Go on from a saved state. Raises KeyError where a parameter is missing."""
        for name, value in zip(self._names, self._average, strict=True):
            value.copy_(state[name])

    @contextmanager
    def shown_in(self, model: nn.Module) -> Iterator[None]:
        """The model has the average's weights inside, and its own again after."""
        own = [value.detach().clone() for value in model.parameters()]
        _copy(self._average, model)
        try:
            yield
        finally:
            _copy(own, model)


@torch.no_grad()
def _copy(values: list[Tensor], model: nn.Module) -> None:
    for parameter, value in zip(model.parameters(), values, strict=True):
        parameter.copy_(value)
