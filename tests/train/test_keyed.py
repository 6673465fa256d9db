"""Keyed randomness: functions of (seed, purpose, step) and of nothing else."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from mitsua_train.keyed import batch_indices, draws, exposed, generator, seed_of


def test_seeds_are_pinned_for_ever() -> None:
    # A record that names a seed must give the same draws in every later version.
    assert seed_of(7, "unet", "noise", 3) == 3981044691276896735
    assert seed_of(7, "unet", "noise", 3) != seed_of(7, "unet", "noise3")
    assert 0 <= seed_of(0) < 2**63


def test_the_global_generator_is_neither_read_nor_moved() -> None:
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = torch.randn(4, generator=generator(7, "a"))
    batch_indices(7, "a", 5, count=9, batch=2)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    assert torch.equal(torch.randn(4, generator=generator(7, "a")), first)


@given(seed=st.integers(0, 2**40), count=st.integers(1, 30), batch=st.integers(1, 40), epoch=st.integers(0, 3))
def test_an_epoch_takes_no_sample_twice(seed: int, count: int, batch: int, epoch: int) -> None:
    size = min(batch, count)
    steps = count // size
    taken = [
        int(row)
        for step in range(epoch * steps, (epoch + 1) * steps)
        for row in batch_indices(seed, "vae", step, count=count, batch=batch)
    ]
    assert len(taken) == len(set(taken)) == steps * size
    assert set(taken) <= set(range(count))


def test_epochs_and_stages_differ_in_order() -> None:
    orders = {
        (stage, epoch): tuple(
            int(row) for step in range(4) for row in batch_indices(3, stage, 4 * epoch + step, count=16, batch=4)
        )
        for stage in ("vae", "unet")
        for epoch in range(2)
    }
    assert len(set(orders.values())) == 4


def test_draws_count_what_the_steps_take() -> None:
    counts = draws(3, "vae", 7, count=5, batch=2)
    by_hand = [0] * 5
    for step in range(7):
        for row in batch_indices(3, "vae", step, count=5, batch=2):
            by_hand[int(row)] += 1
    assert counts == by_hand
    assert sum(counts) == 14


@given(
    seed=st.integers(0, 2**40),
    sizes=st.lists(st.integers(1, 6), min_size=1, max_size=5),
    batch=st.integers(1, 8),
    steps=st.integers(0, 12),
)
def test_a_group_is_exposed_from_the_first_step_that_takes_one_of_it_to_the_last(
    seed: int, sizes: list[int], batch: int, steps: int
) -> None:
    group = [number for number, size in enumerate(sizes) for _ in range(size)]
    taken = [
        {group[int(row)] for row in batch_indices(seed, "vae", step, count=len(group), batch=batch)}
        for step in range(steps)
    ]
    expected = []
    for number in range(len(sizes)):
        when = [step + 1 for step, groups in enumerate(taken) if number in groups]
        expected.append((when[0], when[-1]) if when else None)
    assert exposed(seed, "vae", steps, sizes=sizes, batch=batch) == expected
