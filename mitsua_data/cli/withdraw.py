"""`mitsua withdraw`: take images out, for ever, and say what they have reached."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

import typer

from mitsua_data.cli.reach import Told, show_reach
from mitsua_data.cli.ui import DEFAULT_WORKSPACE, Format, FormatOption, WorkspaceOption, many, note, writing
from mitsua_data.errors import UsageError
from mitsua_data.ledger.store import Ledger, utc_now
from mitsua_data.permits import salts
from mitsua_data.shards.keys import KeyRing, Role
from mitsua_data.withdraw import publish, reach, targets_of, withdraw
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
        str | None,
        typer.Argument(
            help="An image file, a sha256, an URL, source:record#part, a source's id, a permission's id, or the name of"
            " whoever granted permissions."
        ),
    ] = None,
    basis: Annotated[Basis, typer.Option(help="Why.")] = Basis.OPT_OUT,
    because: Annotated[str, typer.Option("--note", help="In words, for the record.")] = "",
    republish: Annotated[bool, typer.Option("--republish", help="Only sign and date the list anew.")] = False,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    output: FormatOption = Format.TABLE,
) -> None:
    """Withdraw an image, a permission or a source, and publish the list that trainers must hold. It is never undone."""
    if (what is None) != republish:
        raise UsageError("name what to withdraw, or give --republish alone", advice="see mitsua withdraw --help")
    place = Workspace(workspace)
    ring = KeyRing(place.keys, place.trust)
    with writing(place) as ledger:
        told = [] if what is None else _withdraw(ledger, what, salts(place), basis, because)
        # Before anything is looked up that may fail: a trainer must learn of it.
        count = publish(ledger, place.revocations, ring.signer(Role.LOG), utc_now)
        if told:
            show_reach(told, reach(ledger, [(kind, target) for kind, target, _ in told]), place, ring, output)
    note(f"{place.revocations}: {many(count, 'withdrawal')}, signed")


def _withdraw(ledger: Ledger, what: str, known: Mapping[str, bytes], basis: Basis, because: str) -> list[Told]:
    """What was listed; `known` are the salts of grantors' names."""
    now = utc_now()
    return [
        (kind, target, withdraw(ledger, kind, target, basis=str(basis), note=because, effective_at=now))
        for kind, target in targets_of(ledger, what, known)
    ]
