"""`mitsua inspect`: what a source's rule says of files you have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mitsua_data.cli.bars import progress
from mitsua_data.cli.ui import DEFAULT_WORKSPACE, PolicyOption, WorkspaceOption, emit
from mitsua_data.inspection import inspect_paths
from mitsua_data.policy import Policy
from mitsua_data.shards.keys import TrustStore
from mitsua_data.sources import get_source
from mitsua_data.workspace import Workspace


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("inspect")(inspect_command)


def inspect_command(
    source: Annotated[str, typer.Argument(help="Which source; see `mitsua sources`. Or a declaration, a .toml file.")],
    files: Annotated[list[Path], typer.Argument(help="Saved responses, packages or folders.")],
    policy: PolicyOption = "default",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
) -> None:
    """Dry run on files you have: one JSON line an image. Of the workspace, only trusted keys are looked at."""
    found, rules = get_source(source), Policy.load(policy)
    trust = TrustStore(Workspace(workspace).trust)
    with progress(f"inspect {found.spec.id}", streaming=True) as advance:
        for line in inspect_paths(found, files, rules, announce=advance.expect, trust=trust):
            emit(line)
            advance()
