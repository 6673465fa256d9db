"""
The auditor's own reading of a policy: small, and from the text alone, so that a mistake in the program's is seen.

Rules of version 1: a verdict is accepted if, and only if, it is a claim about the picture (the reproduction, not the
metadata or a caption), its licence is among `accept.licences`, and its grade is at least `accept.minimum_grade` (E2
where the text says none).
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from mitsua_data.audit.findings import Findings, Kind
from mitsua_data.ledger.behind import Row

RULES_VERSION: Final = 1
"""The meaning that this file knows."""
_GRADES: Final = ("E0", "E1", "E2", "E3", "E4")
"""The weakest first."""
_KNOWN: Final = {"name": None, "accept": {"licences", "minimum_grade"}, "review": {"reasons"}, "signals": {"unknown"}}
"""Tables and keys whose meaning this file knows; another could be a condition."""


@dataclass(frozen=True, slots=True)
class Accepts:
    """What a policy accepts."""

    licences: frozenset[str]
    minimum_grade: int

    def objection(self, verdict: Row) -> str | None:
        """Why a verdict (a row) is not accepted; None where it is."""
        if verdict["outcome"] != "claim":
            return f"{verdict['outcome']}: {verdict['reason']}"
        if verdict["subject"] != "reproduction":
            return f"a claim about the {verdict['subject']}"
        if verdict["licence"] not in self.licences:
            return f"a claim of {verdict['licence']}"
        if verdict["grade"] not in _GRADES or _GRADES.index(verdict["grade"]) < self.minimum_grade:
            return f"a claim on grade {verdict['grade']}"
        return None

    def __str__(self) -> str:
        return f"a claim of {', '.join(sorted(self.licences))}, grade {_GRADES[self.minimum_grade]} or better"


def read_policy(row: Row | None, name: str, digest: str, findings: Findings) -> Accepts | None:
    """What the policy with this digest accepts. None, with a finding, where its text is not there or not understood."""
    where = f"ledger: policy {name}"
    if row is None:
        findings.add(Kind.POLICY, where, got="no text", expected=f"the text with sha256 {digest}")
        return None
    if (found := sha256(row["text"].encode()).hexdigest()) != digest:
        findings.add(Kind.POLICY, where, got=f"a text with sha256 {found}", expected=digest)
        return None
    if row["rules_version"] != RULES_VERSION:
        findings.add(Kind.POLICY, where, got=f"rules of version {row['rules_version']}", expected=RULES_VERSION)
        return None
    try:
        return _accepts(tomllib.loads(row["text"]), name)
    except (ValueError, TypeError, AttributeError) as error:
        findings.add(Kind.POLICY, where, got=error, expected=f"a policy {name!r} that can be understood")
        return None


def _accepts(text: dict[str, Any], name: str) -> Accepts:
    """Raises ValueError, TypeError or AttributeError for anything that could mean something else than it seems."""
    if text.get("name") != name:
        raise ValueError(f"a policy that calls itself {text.get('name')!r}")
    for table, content in text.items():
        if table not in _KNOWN:
            raise ValueError(f"unknown table or key {table!r}")
        known = _KNOWN[table]
        if known is not None and (unknown := content.keys() - known):
            raise ValueError(f"unknown key {min(unknown)!r} in {table!r}")
    accept = text.get("accept", {})
    if not isinstance(accept.get("licences", []), list):
        raise TypeError("accept.licences is no list")
    return Accepts(frozenset(accept.get("licences", ())), _GRADES.index(accept.get("minimum_grade", "E2")))
