"""`mitsua keys`: our own keys, and whom we trust."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mitsua_data.cli.ui import DEFAULT_WORKSPACE, Format, FormatOption, WorkspaceOption, emit, note, show_table
from mitsua_data.shards.keys import KeyRing, Role
from mitsua_data.workspace import Workspace


def register(app: typer.Typer) -> None:
    """Add the command group."""
    keys = typer.Typer(help="Signing keys: our own, and those we trust.", no_args_is_help=True)
    keys.command("list")(list_command)
    keys.command("trust")(trust_command)
    app.add_typer(keys, name="keys")


def list_command(workspace: WorkspaceOption = DEFAULT_WORKSPACE, output: FormatOption = Format.TABLE) -> None:
    """Every pinned public key, by role, and its file, to hand on; our own are made when they are first needed."""
    place = Workspace(workspace)
    ring = KeyRing(place.keys, place.trust)
    rows = []
    for role in Role:
        own = ring.signer(role).keyid if (place.keys / f"{role}.pem").exists() else None
        rows += [
            (str(role), keyid, "ours" if keyid == own else "trusted", str(ring.file_of(role, keyid)))
            for keyid in sorted(ring.pinned(role))
        ]
    if output is Format.JSON:
        for name, keyid, whose, file in rows:
            emit({"role": name, "keyid": keyid, "whose": whose, "file": file})
    elif rows:
        show_table(f"keys of {place.root}", ("role", "key id", "", "file"), rows)
    else:
        note(f"no keys in {place.root} yet: our own are made when they are first needed")


def trust_command(
    role: Annotated[Role, typer.Argument(help="What the key may sign.")],
    file: Annotated[Path, typer.Argument(help="The public key, PEM: from another workspace's trust folder.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
) -> None:
    """Trust somebody's public key for one role."""
    place = Workspace(workspace)
    with place.writing():
        key = KeyRing(place.keys, place.trust).trust_key(role, file)
    note(f"{role} key {key.keyid} is trusted now")
