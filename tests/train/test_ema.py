"""The moving average of weights."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from mitsua_train.ema import Ema


def layer(value: float) -> nn.Linear:
    made = nn.Linear(1, 1)
    put(made, value)
    return made


def put(made: nn.Linear, value: float) -> None:
    with torch.no_grad():
        made.weight.fill_(value)
        made.bias.fill_(-value)


def test_by_hand() -> None:
    made = layer(0.0)
    ema = Ema(made, 0.5)
    put(made, 10.0)
    ema.update(made, 0)  # decay 1/10: 0.1 · 0 + 0.9 · 10
    assert float(ema.state()["weight"]) == pytest.approx(9.0)
    put(made, 1.0)
    ema.update(made, 1000)  # decay 0.5: (9 + 1) / 2
    assert float(ema.state()["weight"]) == pytest.approx(5.0)
    assert float(ema.state()["bias"]) == pytest.approx(-5.0)


def test_it_is_lent_and_given_back() -> None:
    made = layer(3.0)
    ema = Ema(made, 0.9)
    put(made, 8.0)
    with pytest.raises(ZeroDivisionError), ema.shown_in(made):
        assert float(made.weight.detach()) == 3.0
        raise ZeroDivisionError
    assert float(made.weight.detach()) == 8.0


def test_a_saved_average_goes_on() -> None:
    made = layer(3.0)
    ema = Ema(made, 0.9)
    saved = {name: value.clone() for name, value in ema.state().items()}
    put(made, 5.0)
    ema.update(made, 50)
    ema.load(saved)
    assert float(ema.state()["weight"]) == 3.0
    with pytest.raises(KeyError):
        ema.load({"weight": torch.zeros(1, 1)})
