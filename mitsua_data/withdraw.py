"""
Withdrawals: one row each, for ever, and the signed list that trainers must hold.

A withdrawal beats any accept from the moment it is listed. Nothing is deleted: the reach of a withdrawal, which
releases and training runs held the image, stays answerable.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from mitsua_data.checkpoint import log_origin
from mitsua_data.errors import UsageError
from mitsua_data.explain import digest_of, find
from mitsua_data.ledger import history, permissions, queries, tables
from mitsua_data.ledger.store import Ledger, stamp
from mitsua_data.model import ImageId
from mitsua_data.runs import Run
from mitsua_data.shards import revocations
from mitsua_data.shards.keys import Signer
from mitsua_data.shards.permission import reference
from mitsua_data.shards.revocations import Revocation, Target

SHOWN: Final = 5
"""Images named in a message, where a name means several."""
_ID: Final = re.compile(r"[0-9a-f]{12,64}")
"""A permission's id, or enough of it."""


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """One thing to withdraw."""

    kind: Target
    target: str
    note: str = ""
    evidence: int | None = None
    """The quotation (its seq) that shows why, where one does."""


@dataclass(frozen=True)
class Reach:
    """What withdrawals touch."""

    images: tuple[ImageId, ...]
    releases: tuple[dict[str, Any], ...]
    """name, version, manifest, samples, and the shards of it that hold them, with their keys."""

    @property
    def shards(self) -> frozenset[str]:
        """sha256 of every shard that holds what was withdrawn."""
        return frozenset(shard["sha256"] for release in self.releases for shard in release["shards"])

    def runs(self, known: Iterable[Run]) -> list[dict[str, Any]]:
        """
        The training runs on these releases: whether a step took a sample of their shards, and which weights came of it.

        A held-out sample was measured with, and is in no weights.
        """
        manifests, found = {release["manifest"] for release in self.releases}, []
        for run in known:
            if manifests.isdisjoint(run.releases):
                continue
            trained = run.trained_on(self.shards)
            checkpoints = [each.model_dump(include={"name", "stage", "step", "state_sha256"})
                           for each in run.touched(self.shards)]  # fmt: skip
            model = list(run.model) if trained else []
            found.append(run.as_json() | {"trained_on_it": trained, "checkpoints": checkpoints, "model": model})
        return found


UNNAMED: Final = (
    "name an image (its file, sha256, URL or source:record), a source, a permission's id, or a contributor exactly as "
    "in the grant; where the name was erased, the permission's id is what is left"
)


def targets_of(ledger: Ledger, what: str, salts: Mapping[str, bytes] | None = None) -> list[tuple[Target, str]]:
    """
    What a withdrawal of `what` must list: a source; permissions; bytes, where a file or a sha256 is given; one image.

    A permission is named by its id, or the beginning of it; or by its grantor, whose name is found by the `salts` of
    those that were not erased: then all that they granted are meant.

    An image is listed with all bytes it ever had, so that they are gone under any other name, too; a training sample
    with every original that ever gave it. Raises UsageError
    where the ledger knows nothing of that name, or several images.
    """
    with ledger.read() as connection:
        if what in {row.id for row in queries.sources(connection)}:
            return [(Target.SOURCE, what)]
        if granted := _granted(permissions.rows(connection), what, salts or {}):
            return [(Target.PERMISSION, each) for each in granted]
    digest = digest_of(what)
    try:
        images = find(ledger, what)
    except UsageError as error:
        raise UsageError(str(error), advice=UNNAMED) from error
    with ledger.read() as connection:
        if digest is not None:
            return [(Target.ORIGINAL, original) for original in history.originals_of(connection, digest)]
        if len(images) > 1:
            listed = ", ".join(map(str, images[:SHOWN]))
            more = f" and {len(images) - SHOWN} more" if len(images) > SHOWN else ""
            raise UsageError(f"{what!r} names {len(images)} images: {listed}{more}", advice="name one, with its #part")
        had = {each["sha256"] for each in history.originals(connection, images[0])}
    return [(Target.IMAGE, str(images[0])), *((Target.ORIGINAL, sha256) for sha256 in sorted(had))]


def _granted(rows: Iterable[Any], what: str, salts: Mapping[str, bytes]) -> list[str]:
    """The permissions that bear this id, or an id that begins so; or that somebody of this name granted."""
    known = {row.statement: row.grantor_ref for row in rows if row.statement}
    if _ID.fullmatch(what):
        named = [each for each in known if each.startswith(what)]
        if len(named) > 1:
            raise UsageError(f"{what!r} begins the ids of {len(named)} permissions", advice="give more of it")
        return named
    return sorted(each for each, grantor in known.items() if each in salts and reference(what, salts[each]) == grantor)


def withdraw(ledger: Ledger, kind: Target, target: str, *, basis: str, note: str, effective_at: datetime) -> bool:
    """Add one withdrawal. False where the same target was withdrawn before: the first one stands."""
    return withdraw_all(ledger, [Withdrawal(kind, target, note)], basis=basis, effective_at=effective_at)[0]


def withdraw_all(ledger: Ledger, listed: Sequence[Withdrawal], *, basis: str, effective_at: datetime) -> list[bool]:
    """Add withdrawals, all or none. Of each: whether it is new; where a target was withdrawn before, that stands."""
    new = []
    with ledger.batch() as batch:
        known = queries.revocations(batch.connection)
        had: dict[Target, set[str]] = {
            Target.ORIGINAL: set(known.originals),
            Target.IMAGE: set(known.images),
            Target.SOURCE: set(known.sources),
            Target.PERMISSION: set(known.permissions),
        }
        for each in listed:
            new.append(each.target not in had[each.kind])
            if new[-1]:
                had[each.kind].add(each.target)
                batch.log(
                    tables.revocation,
                    target_kind=str(each.kind),
                    target=each.target,
                    basis=basis,
                    note=each.note,
                    evidence=each.evidence,
                    deadline=None,
                    resolution=None,
                    received_at=batch.now,
                    effective_at=stamp(effective_at),
                )
    return new


def publish(ledger: Ledger, path: Path, signer: Signer, now: Callable[[], datetime]) -> int:
    """
    Write the signed list of everything withdrawn so far, dated now. Returns the number of withdrawals.

    With a source, all bytes are listed that were ever received as an image of it, and with a permission all works that
    it covers: they are gone under any other source's name, too, as in every build and audit, where a copy of what is
    not accepted is not accepted either.
    """
    with ledger.read() as connection:
        rows = queries.revocation_rows(connection)
        bytes_of = {
            (row.target_kind, row.target): history.originals_of_source(connection, row.target)
            if row.target_kind == Target.SOURCE
            else permissions.works(connection, [row.target])
            for row in rows
            if row.target_kind in {Target.SOURCE, Target.PERMISSION}
        }
    entries = [
        Revocation(kind=kind, target=target, basis=row.basis, effective_at=datetime.fromisoformat(row.effective_at))
        for row in rows
        for kind, target in (
            (Target(row.target_kind), row.target),
            *((Target.ORIGINAL, sha256) for sha256 in bytes_of.get((row.target_kind, row.target), ())),
        )
    ]
    revocations.publish(
        path, revocations.make(log_origin(ledger, signer), entries, now().replace(microsecond=0)), signer
    )
    return len(rows)


def reach(ledger: Ledger, targets: Iterable[tuple[Target, str]]) -> Reach:
    """The images that these targets name, and the releases that hold them, by name or by bytes."""
    with ledger.read() as connection:
        images, releases = history.reached(connection, [(str(kind), target) for kind, target in targets])
    return Reach(tuple(images), tuple(releases))
