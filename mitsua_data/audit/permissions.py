"""
The auditor's own look at permissions: the signed words again, by the keys that this auditor trusts.

A claim under a permission holds if the capture that it quotes is a permission signed by a registrar who is pinned here,
was on record in the same words when the release was made, covers the original by its digest, and if its term covers
both the moment that the decision states and the moment of the audit. Whether it was withdrawn is looked at with all
other withdrawals.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from mitsua_data.audit.bodies import Bodies, Unread
from mitsua_data.errors import IntegrityError
from mitsua_data.ledger import behind
from mitsua_data.ledger.behind import Row
from mitsua_data.ledger.store import Ledger, stamp
from mitsua_data.licences import Licence
from mitsua_data.shards.keys import PublicKey, Role, TrustStore
from mitsua_data.shards.permission import Permission, read

_SIGNED: Final = re.compile(r"dsse:[0-9a-f]{64}/")
LICENCE: Final = Licence.PERMISSION.value

Problem = tuple[str, str]
"""Got, expected."""


@dataclass
class Permissions:
    """Every permission on record, as rows, and those of them that were read again."""

    rows: dict[str, Row]
    """Permission id → the row that put it on record; the first one, of several."""
    works: dict[str, set[str]]
    """Permission id → the works that the ledger says it covers."""
    withdrawn: dict[str, str]
    """Original → the permission that covered it, and was withdrawn."""
    keys: dict[str, PublicKey]
    """Registrars whom this auditor trusts."""
    now: datetime
    ends: set[datetime] = field(default_factory=set)
    """When the terms end of those that were relied on."""
    _read: dict[str, tuple[Permission | None, list[Problem]]] = field(default_factory=dict)

    @classmethod
    def of(cls, ledger: Ledger, trust: TrustStore, now: datetime) -> Permissions:
        """What the ledger has on record. Raises LedgerError, UsageError."""
        with ledger.read() as connection:
            rows, works = behind.permissions(connection)
            gone = [row["target"] for row in behind.revocations(connection) if row["target_kind"] == "permission"]
        withdrawn = {work: permission for permission in gone for work in works.get(permission, ())}
        return cls(rows, works, withdrawn, trust.pinned(Role.REGISTRAR), now)

    def problems(
        self, verdict: Row, evidence: dict[int, Row], decision: Row | None, original: str, size: int, bodies: Bodies
    ) -> Iterator[Problem]:
        """What is wrong with the permission that a verdict rests on; nothing, where it rests on none."""
        if verdict["licence"] != LICENCE:
            return
        quoted = {
            row["capture"]
            for seq in behind.quoted_by(verdict)
            if (row := evidence.get(seq)) is not None and _SIGNED.match(row["pointer"])
        }
        if len(quoted) != 1:
            yield f"{len(quoted)} signed statements quoted", "one permission"
            return
        (name,) = quoted
        if name not in self._read:
            self._read[name] = self._look(name, size, bodies)
        permission, found = self._read[name]
        yield from found
        if permission is None:
            return
        if original not in permission.works:
            yield f"an original that permission {name[:16]}… does not list", original
        moments = {"of the audit": stamp(self.now)} | ({"of the decision": decision["at"]} if decision else {})
        for label, moment in moments.items():
            if not permission.term.covers(datetime.fromisoformat(moment)):
                term = f"{permission.term.first} to {permission.term.last}"
                yield f"a term from {term}", f"one that covers the moment {label}, {moment}"

    def _look(self, name: str, size: int, bodies: Bodies) -> tuple[Permission | None, list[Problem]]:
        """A permission from its captured bytes, and what is wrong with it whatever it is used for."""
        body = bodies.get(name)
        if isinstance(body, Unread):
            return None, [(body.problem, f"a permission with sha256 {name}")]
        try:
            permission = read(body.data, self.keys, what=f"permission {name[:16]}…").permission
        except IntegrityError as error:
            return None, [(str(error), "a permission that a registrar pinned here has signed")]
        if permission.term.ends is not None:
            self.ends.add(permission.term.ends)
        row = self.rows.get(name)
        if row is None or row["seq"] >= size:
            return permission, [(f"permission {name[:16]}… not on record then", "a row of the ledger")]
        ends = permission.term.ends
        told = {
            "document": permission.document,
            "grantor_ref": permission.licensor.sha256,
            "originals_root": permission.works_root.hex(),
            "granted_at": stamp(permission.term.begins),
            "expires_at": None if ends is None else stamp(ends),
        }
        problems = [
            (f"{column} {row[column]}", f"{column} {value}") for column, value in told.items() if row[column] != value
        ]
        if self.works.get(name, set()) != permission.works.keys():
            problems.append(("other works in the ledger", f"the {len(permission.works)} works that were signed"))
        return permission, problems
