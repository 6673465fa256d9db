"""`mitsua ledger`: the database that holds it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mitsua_data.cli.bars import progress
from mitsua_data.cli.ui import DEFAULT_WORKSPACE, Format, FormatOption, WorkspaceOption, emit, note, reading
from mitsua_data.ledger.copying import copy
from mitsua_data.ledger.store import Ledger
from mitsua_data.workspace import Workspace


def register(app: typer.Typer) -> None:
    """Add the command group."""
    ledger = typer.Typer(help="The ledger's database.", no_args_is_help=True)
    ledger.command("copy")(copy_command)
    ledger.callback()(_group)
    app.add_typer(ledger, name="ledger")


def _group() -> None:
    """One command so far, and still a group."""


def copy_command(
    target: Annotated[str, typer.Argument(help="A new SQLite file, or the URL of an empty PostgreSQL database.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    output: FormatOption = Format.TABLE,
) -> None:
    """Copy the ledger into another database, and prove that both are the same log."""
    place = target if "://" in target else Path(target)
    ours_at = Workspace(workspace)
    with reading(ours_at) as ours, Ledger.open(place, create=True) as theirs:
        with progress("ledger copy") as advance:
            copied = copy(ours, theirs, progress=advance)
        label = theirs.label
    if output is Format.JSON:
        emit({"target": label, "rows": copied.rows, "leaves": copied.leaves, "root": copied.root})
        return
    note(f"{label}: {copied.rows:,} rows; both logs have {copied.leaves:,} leaves and the root {copied.root}")
    if isinstance(place, str):
        note(f"to use it: export MITSUA_LEDGER={label}")
    else:
        note(f"to use it, put it in the place of {ours_at.root / 'ledger.sqlite'}")
