"""
What a claim rests on where it is a permission: which one, and its term, as the claim's own quotations have them.

A rule has no clock. Whether a permission holds is asked when something is decided, of the moment that the decision
states: so a decision stays a function of the ledger and of its own time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from mitsua_data.licences import Licence
from mitsua_data.model import UNLIMITED, Claim, Verdict

_TERM: Final = re.compile(r"dsse:[0-9a-f]{64}/predicate/term/(?P<end>from|until)")


@dataclass(frozen=True, slots=True)
class Grant:
    """The permission that a claim quotes."""

    id: str
    """SHA-256 of the statement, which is the capture that is quoted."""
    first: date
    last: date | None
    """The last day on which it holds; None: its term has no end."""

    def covers(self, moment: datetime) -> bool:
        """Whether the moment lies in its term: from the first day's beginning to the last day's end, in UTC."""
        day = moment.astimezone(UTC).date()
        return self.first <= day and (self.last is None or day <= self.last)


def rests_on_permission(verdict: Verdict) -> bool:
    """Whether a verdict is a claim that holds only under a permission."""
    return isinstance(verdict, Claim) and verdict.licence is Licence.PERMISSION


def grant_of(verdict: Verdict) -> Grant | None:
    """The permission that a verdict quotes; None where it quotes no term, two, or one that is no term."""
    quoted: dict[tuple[str, str], object] = {}
    for each in verdict.evidence:
        if (match := _TERM.fullmatch(each.pointer)) is not None:
            quoted[each.capture, match["end"]] = each.value
    ids = {capture for capture, _ in quoted}
    if len(ids) != 1 or len(quoted) != 2:  # a beginning and an end, of one permission
        return None
    (statement,) = ids
    first, last = _day(quoted[statement, "from"]), _day(quoted[statement, "until"])
    endless = quoted[statement, "until"] == UNLIMITED
    return None if first is None or (last is None and not endless) else Grant(statement, first, last)


def in_force(verdict: Verdict, moment: datetime) -> bool:
    """Whether a verdict needs no permission, or quotes one whose term covers the moment."""
    if not rests_on_permission(verdict):
        return True
    grant = grant_of(verdict)
    return grant is not None and grant.covers(moment)


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
