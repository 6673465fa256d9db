"""A tree head is signed over a log that grew from every head signed before, or not at all."""

from __future__ import annotations

import pytest

from mitsua_data.checkpoint import make_checkpoint
from mitsua_data.errors import IntegrityError
from mitsua_data.ledger import tables
from mitsua_data.shards.keys import Role
from tests.forgery import sql
from tests.tiny import Tiny


def size_of_next(tiny: Tiny) -> int:
    """The size of a checkpoint made after one more row."""
    with tiny.open() as (ledger, _):
        with ledger.batch() as batch:
            batch.log(
                tables.revocation,
                target_kind="source",
                target="another",
                basis="takedown",
                note="",
                received_at=batch.now,
                effective_at=batch.now,
            )
        return make_checkpoint(ledger, tiny.keys.signer(Role.LOG)).checkpoint.size


def test_a_log_that_grew_gets_a_larger_head(tiny: Tiny) -> None:
    with tiny.open() as (ledger, _):
        before = make_checkpoint(ledger, tiny.keys.signer(Role.LOG)).checkpoint.size
    assert size_of_next(tiny) > before


def test_a_log_rewritten_below_an_earlier_head_is_not_signed(tiny: Tiny) -> None:
    sql(tiny, "UPDATE log_leaf SET leaf_hash = zeroblob(32) WHERE seq = 3")
    with pytest.raises(IntegrityError, match="by a signed checkpoint"):
        size_of_next(tiny)


def test_a_log_cut_short_is_not_signed(tiny: Tiny) -> None:
    sql(tiny, "DELETE FROM log_leaf WHERE seq >= 20")
    with pytest.raises(IntegrityError, match="the log has 21 leaves"):
        size_of_next(tiny)
