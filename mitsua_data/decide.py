"""
Applying a policy to everything the ledger holds. A decision is added only where it differs from the newest one.

A decision is a function of the rows that it names, and of the moment that it states: only a permission's term is
compared with that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from mitsua_data.grants import grant_of, in_force, rests_on_permission
from mitsua_data.ledger import permissions, queries, tables, wishes
from mitsua_data.ledger.queries import Decided, Revocations, Standing
from mitsua_data.ledger.store import Ledger, stamp
from mitsua_data.model import ImageId, Outcome, Reason
from mitsua_data.policy import RULES_VERSION, Objections, Policy
from mitsua_data.signals import Wishes, Word

BATCH: Final = 1000
"""Decisions in one transaction."""

BLOCKING: Final = {"ai_generated": "yes", "opt_out": "block"}
"""The verdict of a check that speaks against an image, by kind."""


@dataclass
class Tally:
    """Counts of decisions, as `mitsua decide` prints them."""

    policy: str
    total: int = 0
    added: int = 0
    by_outcome: Counter[str] = field(default_factory=Counter)
    by_source: dict[str, Counter[str]] = field(default_factory=dict)
    by_reason: Counter[str] = field(default_factory=Counter)

    def count(self, image: ImageId, outcome: Outcome, reasons: tuple[Reason, ...]) -> None:
        """Count one decision."""
        self.total += 1
        self.by_outcome[outcome] += 1
        self.by_source.setdefault(image.source, Counter())[outcome] += 1
        self.by_reason.update(str(reason) for reason in reasons)

    def as_json(self) -> dict[str, Any]:
        """The form that `decide --format json` ends with."""
        outcomes = [str(outcome) for outcome in Outcome]
        return {
            "policy": self.policy,
            "total": self.total,
            **{outcome: self.by_outcome[outcome] for outcome in outcomes},
            "by_source": {
                source: {outcome: counts[outcome] for outcome in outcomes}
                for source, counts in sorted(self.by_source.items())
            },
            "by_reason": dict(sorted(self.by_reason.items())),
        }


@dataclass(frozen=True, slots=True)
class Ruling:
    """One decision, before it is a row."""

    standing: Standing
    outcome: Outcome
    reasons: tuple[Reason, ...]
    inputs: dict[str, Any]

    def same_as(self, old: Decided | None) -> bool:
        """True where the newest decision already says this, on the same grounds."""
        return old is not None and (old.outcome, old.reasons, old.verdict_seq, old.inputs) == (
            str(self.outcome),
            tuple(str(reason) for reason in self.reasons),
            self.standing.verdict_seq,
            self.inputs,
        )


@dataclass(frozen=True, slots=True)
class Permissions:
    """Whether permissions hold: those on record, and the moment that is asked about."""

    on_record: Mapping[str, int]
    """Permission id → seq of its row."""
    moment: datetime

    def row_of(self, standing: Standing) -> int | None:
        """The row of the permission that a claim rests on; None where it rests on none, or on none on record."""
        grant = grant_of(standing.verdict) if rests_on_permission(standing.verdict) else None
        return None if grant is None else self.on_record.get(grant.id)


def rulings(
    policy: Policy,
    standings: Iterable[Standing],
    revoked: Revocations,
    checks: dict[str, dict[str, str]],
    granted: Permissions,
    said: Wishes,
) -> Iterator[Ruling]:
    """The decision on each image: the pure function that a replay calls too."""
    for standing in standings:
        withdrawals = revoked.of(standing.image, standing.original, standing.verdict.evidence)
        permission = granted.row_of(standing)
        seen = checks.get(standing.original or "", {})
        signals = said.of(standing.image.source, standing.urls, standing.capture)
        words = {wish.word for wish in signals}
        blocking = sorted(kind for kind, verdict in BLOCKING.items() if seen.get(kind) == verdict)
        objections = Objections(
            revoked=bool(withdrawals),
            opt_out="opt_out" in blocking or Word.BLOCK in words,
            opt_out_unclear=Word.UNKNOWN in words,
            ai_generated="ai_generated" in blocking,
            no_permission=permission is None and rests_on_permission(standing.verdict),
            expired=not in_force(standing.verdict, granted.moment),
        )
        outcome, reasons = policy.decide(standing.verdict, objections)
        inputs: dict[str, Any] = {}
        if permission is not None:
            inputs["permission"] = permission
        if withdrawals:
            inputs["revocations"] = withdrawals
        if blocking:
            inputs["checks"] = {"original": standing.original, "kinds": blocking}
        if signals:
            inputs["signals"] = [wish.seq for wish in signals]
        yield Ruling(standing, outcome, reasons, inputs)


def current(ledger: Ledger, policy: Policy, moment: datetime | None = None) -> list[tuple[Ruling, Decided | None]]:
    """
    What the policy says of every image now, beside the newest decision: None, or stale where `same_as` is false.

    `moment` is when that is, by the ledger's clock unless told: a permission may have begun or ended since.
    """
    with ledger.read() as connection:
        known = queries.decisions(connection, policy.sha256)
        standings = list(queries.standings(connection))
        revoked, checks = queries.revocations(connection), queries.checks(connection)
        granted = Permissions(permissions.on_record(connection), moment or ledger.clock())
        said = wishes.wishes(connection)
    found = rulings(policy, standings, revoked, checks, granted, said)
    return [(each, known.get(each.standing.image)) for each in found]


def decide(
    ledger: Ledger,
    policy: Policy,
    *,
    progress: Callable[[int], None] = lambda _: None,
    announce: Callable[[int], None] = lambda _: None,
) -> Tally:
    """
    Decide on every image under one policy; what was decided the same way before stays. Returns the counts.

    `announce` is called once with the number of decisions to add.
    """
    tally, fresh, moment = Tally(policy.name), [], ledger.clock()
    for ruling, known in current(ledger, policy, moment):
        tally.count(ruling.standing.image, ruling.outcome, ruling.reasons)
        if not ruling.same_as(known):
            fresh.append(ruling)
    announce(len(fresh))
    for start in range(0, len(fresh), BATCH):
        chunk = fresh[start : start + BATCH]
        _add(ledger, policy, chunk, moment)
        tally.added += len(chunk)
        progress(len(chunk))
    return tally


def _add(ledger: Ledger, policy: Policy, chunk: list[Ruling], moment: datetime) -> None:
    """Rows that state the moment of which they are true, whenever they are written."""
    with ledger.batch() as batch:
        batch.add(
            tables.policy_version,
            sha256=policy.sha256,
            name=policy.name,
            text=policy.text,
            rules_version=RULES_VERSION,
            approved_by=None,
            added_at=batch.now,
        )
        for ruling in chunk:
            image = ruling.standing.image
            batch.log(
                tables.decision,
                source=image.source,
                record=image.record,
                part=image.part,
                policy=policy.sha256,
                outcome=str(ruling.outcome),
                reasons=[str(reason) for reason in ruling.reasons],
                verdict=ruling.standing.verdict_seq,
                inputs=ruling.inputs,
                decider=f"rules/{RULES_VERSION}",
                at=stamp(moment),
            )
