"""
All randomness of a run, as pure functions of (seed, what it is for, step).

Nothing random is carried from step to step, so a run that was killed and resumed draws what the unbroken run draws,
and no generator's state needs to be saved.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256

import torch
from torch import Tensor


def seed_of(seed: int, *labels: str | int) -> int:
    """63 bits of SHA-256 over the seed and the labels, in order; for torch's generators."""
    text = "/".join(str(part) for part in ("mitsua", seed, *labels))
    return int.from_bytes(sha256(text.encode()).digest()[:8], "big") >> 1


def generator(seed: int, *labels: str | int) -> torch.Generator:
    """A CPU generator of its own for one purpose at one step."""
    return torch.Generator().manual_seed(seed_of(seed, *labels))


def batch_indices(seed: int, stage: str, step: int, *, count: int, batch: int) -> Tensor:
    """
    Which samples a step takes: indices into `count` samples, shape (B,), B = min(batch, count).

    Law: each epoch of `count // B` steps takes no sample twice, in an order of its own; what is left over (fewer than
    a batch) differs from epoch to epoch.
    """
    size = min(batch, count)
    epoch, place = divmod(step, count // size)
    return _order(seed, stage, epoch, count)[place * size : (place + 1) * size]


def draws(seed: int, stage: str, steps: int, *, count: int, batch: int) -> list[int]:
    """How often each of `count` samples is taken in the first `steps` steps."""
    taken = torch.zeros(count, dtype=torch.int64)
    for step in range(steps):
        taken[batch_indices(seed, stage, step, count=count, batch=batch)] += 1
    return [int(times) for times in taken]


def exposed(seed: int, stage: str, steps: int, *, sizes: Sequence[int], batch: int) -> list[tuple[int, int] | None]:
    """
    For samples in groups of these sizes, one group after another: the first and the last step, counted from 1, that
    took a sample of each group; None for a group of which none was taken.
    """
    group = torch.repeat_interleave(torch.arange(len(sizes)), torch.tensor(sizes, dtype=torch.int64))
    found: list[tuple[int, int] | None] = [None] * len(sizes)
    for step in range(steps):
        for each in set(group[batch_indices(seed, stage, step, count=len(group), batch=batch)].tolist()):
            first = found[each]
            found[each] = (step + 1 if first is None else first[0], step + 1)
    return found


@lru_cache(maxsize=4)
def _order(seed: int, stage: str, epoch: int, count: int) -> Tensor:
    return torch.randperm(count, generator=generator(seed, stage, "order", epoch))
