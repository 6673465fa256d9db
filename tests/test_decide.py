"""Decisions: added only where something changed, each a pure function of the rows that it names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from mitsua_data.decide import Tally, current, decide
from mitsua_data.ledger import queries, tables
from mitsua_data.ledger.store import Ledger
from mitsua_data.model import ImageId, Outcome, Reason
from mitsua_data.policy import Objections, Policy
from mitsua_data.shards.revocations import Target
from mitsua_data.withdraw import withdraw
from tests.tiny import ACCEPTED, NOON, PUBLIC_DOMAIN, SOURCE, Tiny, draw_collection, svg

FIRST = ImageId("openclipart", "shapes/disc_01.svg", "png")
NOTHING = Policy.parse('name = "nothing"')


@pytest.fixture
def fetched(tmp_path: Path) -> Tiny:
    """A workspace with originals, and no release."""
    tiny = Tiny(tmp_path / "workspace", draw_collection(tmp_path / "collection"))
    tiny.root.mkdir()
    tiny.crawl()
    tiny.decide()
    tiny.fetch()
    return tiny


def decisions(ledger: Ledger) -> list[dict[str, Any]]:
    with ledger.read() as connection:
        return [
            dict(row._mapping) for row in connection.execute(select(tables.decision).order_by(tables.decision.c.seq))
        ]


def leaves(ledger: Ledger) -> int:
    with ledger.read() as connection:
        return sum(1 for _ in queries.leaf_hashes(connection))


def decided(tiny: Tiny, policy: Policy | None = None) -> Tally:
    with tiny.open() as (ledger, _):
        return decide(ledger, policy or tiny.policy)


def test_every_image_is_decided_once(fetched: Tiny) -> None:
    with fetched.open() as (ledger, _):
        rows = decisions(ledger)
    assert len(rows) == len({(row["source"], row["record"], row["part"]) for row in rows}) == ACCEPTED + 3
    assert [row["outcome"] for row in rows].count("accept") == ACCEPTED


def test_deciding_again_adds_nothing(fetched: Tiny) -> None:
    with fetched.open() as (ledger, _):
        before = leaves(ledger)
        again = decide(ledger, fetched.policy)
        assert (again.total, again.added, leaves(ledger)) == (ACCEPTED + 3, 0, before)


def test_two_policies_do_not_disturb_each_other(fetched: Tiny) -> None:
    other = decided(fetched, NOTHING)
    assert (other.added, other.by_outcome["refuse"]) == (ACCEPTED + 3, ACCEPTED + 3)
    assert decided(fetched).added == decided(fetched, NOTHING).added == 0


def original_of_the_first(ledger: Ledger) -> str:
    with ledger.read() as connection:
        return next(each.original or "" for each in queries.standings(connection) if each.image == FIRST)


@pytest.mark.parametrize(
    ("kind", "target", "changed"),
    [
        (Target.IMAGE, lambda _: str(FIRST), 1),
        (Target.ORIGINAL, original_of_the_first, 1),
        (Target.SOURCE, lambda _: "openclipart", ACCEPTED + 3),
        (Target.SOURCE, lambda _: "another", 0),
        (Target.ORIGINAL, lambda _: "0" * 64, 0),
    ],
)
def test_a_withdrawal_changes_the_decisions_it_reaches_and_no_others(
    fetched: Tiny, kind: Target, target: Callable[[Ledger], str], changed: int
) -> None:
    with fetched.open() as (ledger, _):
        withdraw(ledger, kind, target(ledger), basis="takedown", note="", effective_at=NOON)
        tally = decide(ledger, fetched.policy)
        newest = decisions(ledger)[-tally.added :] if tally.added else []
    assert tally.added == changed == tally.by_reason["revoked"]
    assert all(row["outcome"] == "refuse" and row["reasons"][0] == "revoked" for row in newest)
    assert all(row["inputs"]["revocations"] for row in newest)


def test_another_withdrawal_of_the_same_image_is_another_ground(fetched: Tiny) -> None:
    with fetched.open() as (ledger, _):
        for kind, target in ((Target.IMAGE, str(FIRST)), (Target.ORIGINAL, original_of_the_first(ledger))):
            withdraw(ledger, kind, target, basis="takedown", note="", effective_at=NOON)
            assert decide(ledger, fetched.policy).added == 1
        first, second = decisions(ledger)[-2:]
    assert (first["outcome"], first["reasons"]) == (second["outcome"], second["reasons"])
    assert set(first["inputs"]["revocations"]) < set(second["inputs"]["revocations"])


@pytest.mark.parametrize(
    ("kind", "verdict", "reason"),
    [
        ("opt_out", "block", Reason.OPT_OUT),
        ("ai_generated", "yes", Reason.AI_GENERATED),
        ("opt_out", "none", None),
        ("ai_generated", "none", None),
    ],
)
def test_a_check_that_speaks_against_an_image_beats_its_claim(
    fetched: Tiny, kind: str, verdict: str, reason: Reason | None
) -> None:
    with fetched.open() as (ledger, _):
        with ledger.batch() as batch:
            batch.add(
                tables.check_result, sha256=original_of_the_first(ledger), kind=kind, checker_version=2,
                tool_model=None, score=None, verdict=verdict, detail=None, at=batch.now,
            )  # fmt: skip
        tally = decide(ledger, fetched.policy)
        newest = decisions(ledger)[-1]
    if reason is None:
        assert tally.added == 0
    else:
        assert (tally.added, newest["record"], newest["reasons"]) == (1, FIRST.record, [reason])
        assert newest["inputs"]["checks"]["kinds"] == [kind]


def test_a_newer_checker_s_word_counts(fetched: Tiny) -> None:
    with fetched.open() as (ledger, _):
        for version, verdict in ((3, "none"), (2, "block")):
            with ledger.batch() as batch:
                batch.add(
                    tables.check_result, sha256=original_of_the_first(ledger), kind="opt_out", checker_version=version,
                    tool_model=None, score=None, verdict=verdict, detail=None, at=batch.now,
                )  # fmt: skip
        assert decide(ledger, fetched.policy).added == 0


def test_a_changed_statement_changes_the_decision_and_keeps_the_old_one(fetched: Tiny) -> None:
    (fetched.collection / "svg/shapes/disc_13.svg").write_bytes(svg(13, licence=PUBLIC_DOMAIN))
    (fetched.collection / "svg/shapes/disc_01.svg").write_bytes(svg(1, licence=""))
    fetched.crawl()
    tally = decided(fetched)
    with fetched.open() as (ledger, _):
        history = {(row["record"], row["outcome"]) for row in decisions(ledger)}
    assert tally.added >= 2
    assert {("shapes/disc_13.svg", "review"), ("shapes/disc_13.svg", "accept")} <= history
    assert {("shapes/disc_01.svg", "accept"), ("shapes/disc_01.svg", "review")} <= history


def test_every_decision_replays_from_the_rows_it_names(fetched: Tiny) -> None:
    with fetched.open() as (ledger, _):
        withdraw(ledger, Target.IMAGE, str(FIRST), basis="opt-out", note="", effective_at=NOON)
        decide(ledger, fetched.policy)
        decide(ledger, NOTHING)
        with ledger.read() as connection:
            verdicts = {
                row.seq: queries.verdict_of(row, queries.evidence_rows(connection))
                for row in connection.execute(select(tables.verdict))
            }
            texts = {row.sha256: row.text for row in connection.execute(select(tables.policy_version))}
        for row in decisions(ledger):
            blocking = row["inputs"].get("checks", {}).get("kinds", [])
            objections = Objections(
                revoked=bool(row["inputs"].get("revocations")),
                opt_out="opt_out" in blocking,
                ai_generated="ai_generated" in blocking,
            )
            outcome, reasons = Policy.parse(texts[row["policy"]]).decide(verdicts[row["verdict"]], objections)
            assert (row["outcome"], row["reasons"]) == (outcome, list(reasons))


def test_what_is_current_is_what_was_decided(fetched: Tiny) -> None:
    with fetched.open() as (ledger, _):
        assert all(ruling.same_as(known) for ruling, known in current(ledger, fetched.policy))
        assert all(known is None for _, known in current(ledger, NOTHING))


def test_the_counts_add_up(fetched: Tiny) -> None:
    told = decided(fetched).as_json()
    assert told["total"] == sum(told[outcome] for outcome in Outcome) == sum(told["by_source"][SOURCE.spec.id].values())
    assert sum(told["by_reason"].values()) == told["review"] + told["refuse"]


def test_progress_counts_what_is_added(fetched: Tiny) -> None:
    announced: list[int] = []
    moved: list[int] = []
    with fetched.open() as (ledger, _):
        decide(ledger, NOTHING, progress=moved.append, announce=announced.append)
    assert announced == [sum(moved)] == [ACCEPTED + 3]
