"""`mitsua withdraw`: take an image out, for ever."""

from __future__ import annotations

import hashlib
import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from mitsua_data.cli.ui import DEFAULT_WORKSPACE, Format, FormatOption, WorkspaceOption, emit, note, open_ledger
from mitsua_data.errors import UsageError
from mitsua_data.explain import find
from mitsua_data.ledger import history
from mitsua_data.ledger.store import Ledger, utc_now
from mitsua_data.model import ImageId
from mitsua_data.runs import read_runs
from mitsua_data.shards.keys import KeyRing, Role
from mitsua_data.shards.revocations import Target
from mitsua_data.sources import every
from mitsua_data.withdraw import publish, reach, withdraw
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
        str | None, typer.Argument(help="An image file, a sha256, source:record#part, or a source's id.")
    ] = None,
    basis: Annotated[Basis, typer.Option(help="Why.")] = Basis.OPT_OUT,
    because: Annotated[str, typer.Option("--note", help="In words, for the record.")] = "",
    republish: Annotated[bool, typer.Option("--republish", help="Only sign and date the list anew.")] = False,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    output: FormatOption = Format.TABLE,
) -> None:
    """Withdraw an image or a source, and publish the signed list that trainers must hold. It is never undone."""
    if (what is None) != republish:
        raise UsageError("name what to withdraw, or give --republish alone", advice="see: mitsua withdraw --help")
    place = Workspace(workspace)
    ring = KeyRing(place.keys, place.trust)
    with place.writing(), open_ledger(place) as ledger:
        if what is not None:
            _withdraw(ledger, place, ring, what, basis, because, output)
        count = publish(ledger, place.revocations, ring.signer(Role.LOG), utc_now)
    note(f"{place.revocations}: {count:,} withdrawals, signed")


def _withdraw(
    ledger: Ledger, place: Workspace, ring: KeyRing, what: str, basis: Basis, because: str, output: Format
) -> None:
    kind, target, images = _target(ledger, what)
    fresh = withdraw(ledger, kind, target, basis=str(basis), note=because, effective_at=utc_now())
    touched = reach(ledger, images)
    manifests = {release["manifest"] for release in touched.releases}
    runs = [run for run in read_runs(place.runs, ring) if manifests & set(run.releases)]
    if output is Format.JSON:
        emit(
            {
                "kind": str(kind),
                "target": target,
                "new": fresh,
                "images": list(touched.images),
                "releases": list(touched.releases),
                "training_runs": [run.as_json() for run in runs],
            }
        )
        return
    note(f"{kind} {target} {'is withdrawn' if fresh else 'had been withdrawn before'}; it reaches")
    note(f"  {len(touched.images):,} images, {len(touched.releases):,} releases, {len(runs):,} training runs")
    for release in touched.releases:
        note(f"  release {release['name']} {release['version']}: no trainer takes it any more; build its next version")
    for run in runs:
        note(f"  run {run.name}: was trained on it; its record says for how many steps ({run.steps:,})")


def _target(ledger: Ledger, what: str) -> tuple[Target, str, list[ImageId]]:
    """What a withdrawal names: bytes where bytes are given, else one image, else a source."""
    if what in {source.spec.id for source in every()}:
        return Target.SOURCE, what, []
    path = Path(what)
    if path.is_file() or re.fullmatch(r"[0-9a-f]{64}", what):
        digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else what
        images = find(ledger, digest)
        with ledger.read() as connection:
            return Target.ORIGINAL, history.original_of(connection, digest), images
    images = find(ledger, what)
    if len(images) > 1:
        listed = ", ".join(map(str, images[:5]))
        raise UsageError(f"{what!r} names {len(images)} images: {listed}", advice="name one of them, with its #part")
    return Target.IMAGE, str(images[0]), images
