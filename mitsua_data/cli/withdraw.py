"""`mitsua withdraw`: take an image out, for ever."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from mitsua_data.cli.ui import DEFAULT_WORKSPACE, Format, FormatOption, WorkspaceOption, emit, many, note, writing
from mitsua_data.errors import UsageError
from mitsua_data.ledger.store import Ledger, utc_now
from mitsua_data.runs import Run, read_runs
from mitsua_data.shards.keys import KeyRing, Role
from mitsua_data.shards.revocations import Target
from mitsua_data.withdraw import Reach, publish, reach, targets_of, withdraw
from mitsua_data.workspace import Workspace


class Basis(StrEnum):
    """Why something is withdrawn."""

    OPT_OUT = "opt-out"
    TAKEDOWN = "takedown"
    LICENCE_CHANGED = "licence-changed"
    LEGAL_ORDER = "legal-order"
    MISTAKE = "mistake"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("withdraw")(withdraw_command)


def withdraw_command(
    what: Annotated[
        str | None, typer.Argument(help="An image file, a sha256, an URL, source:record#part, or a source's id.")
    ] = None,
    basis: Annotated[Basis, typer.Option(help="Why.")] = Basis.OPT_OUT,
    because: Annotated[str, typer.Option("--note", help="In words, for the record.")] = "",
    republish: Annotated[bool, typer.Option("--republish", help="Only sign and date the list anew.")] = False,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    output: FormatOption = Format.TABLE,
) -> None:
    """Withdraw an image or a source, and publish the signed list that trainers must hold. It is never undone."""
    if (what is None) != republish:
        raise UsageError("name what to withdraw, or give --republish alone", advice="see mitsua withdraw --help")
    place = Workspace(workspace)
    ring = KeyRing(place.keys, place.trust)
    with writing(place) as ledger:
        told = [] if what is None else _withdraw(ledger, what, basis, because)
        # Before anything is looked up that may fail: a trainer must learn of it.
        count = publish(ledger, place.revocations, ring.signer(Role.LOG), utc_now)
        if told:
            touched = reach(ledger, [(kind, target) for kind, target, _ in told])
            _show(told, touched, _runs(place, ring, touched), output)
    note(f"{place.revocations}: {many(count, 'withdrawal')}, signed")


def _withdraw(ledger: Ledger, what: str, basis: Basis, because: str) -> list[tuple[Target, str, bool]]:
    """What was listed: kind, target, and whether it is new."""
    now = utc_now()
    return [
        (kind, target, withdraw(ledger, kind, target, basis=str(basis), note=because, effective_at=now))
        for kind, target in targets_of(ledger, what)
    ]


def _runs(place: Workspace, ring: KeyRing, touched: Reach) -> list[Run]:
    manifests = {release["manifest"] for release in touched.releases}
    runs = read_runs(place.runs, ring, bad=lambda error: note(f"mitsua: not counted: {error.line()}"))
    return [run for run in runs if manifests & set(run.releases)]


def _show(told: list[tuple[Target, str, bool]], touched: Reach, runs: list[Run], output: Format) -> None:
    if output is Format.JSON:
        emit(
            {
                "withdrawn": [{"kind": str(kind), "target": target, "new": new} for kind, target, new in told],
                "images": [str(image) for image in touched.images],
                "releases": list(touched.releases),
                "training_runs": [run.as_json() for run in runs],
            }
        )
    for kind, target, new in told:
        note(f"{kind} {target} {'is withdrawn' if new else 'had been withdrawn before'}")
    held, trained = many(len(touched.releases), "release"), many(len(runs), "training run")
    note(f"it reaches {many(len(touched.images), 'image')}, {held}, {trained}")
    for release in touched.releases:
        note(f"  release {release['name']} {release['version']}, {many(release['samples'], 'sample')} of it")
    if touched.releases:
        note("no trainer takes these releases any more: run mitsua decide, raise the version in the dataset's file,")
        note("and build and audit again")
    for run in runs:
        note(f"  run {run.name}: was trained on it, {run.steps:,} steps; see {run.path}")
