"""`mitsua sources` and `mitsua inspect`: what sources there are, and what one says of files you have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mitsua_data.cli.ui import DEFAULT_WORKSPACE, Format, FormatOption, WorkspaceOption, emit, open_ledger, show_table
from mitsua_data.inspection import inspect_paths
from mitsua_data.ledger import queries
from mitsua_data.policy import Policy
from mitsua_data.sources import every, get_source
from mitsua_data.sources.base import ArchiveSource
from mitsua_data.workspace import Workspace


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("sources")(sources_command)
    app.command("inspect")(inspect_command)


def sources_command(workspace: WorkspaceOption = DEFAULT_WORKSPACE, output: FormatOption = Format.TABLE) -> None:
    """Every source: institution, licences it may claim, grade, access, what it needs, images in the ledger."""
    counts = _counts(Workspace(workspace))
    found = []
    for source in every():
        spec = source.spec
        access = "files" if isinstance(source, ArchiveSource) else "web"
        licences = sorted(map(str, spec.may_claim))
        found.append((spec.id, spec.institution, licences, str(spec.grade), access, spec.needs, counts.get(spec.id, 0)))
    if output is Format.JSON:
        names = ("id", "institution", "may_claim", "grade", "access", "needs", "images")
        for row in found:
            emit(dict(zip(names, row, strict=True)))
        return
    rows = [(row[0], row[1], " ".join(row[2]), *row[3:]) for row in found]
    show_table("sources", ("id", "institution", "may claim", "grade", "access", "needs", "images"), rows)


def _counts(place: Workspace) -> dict[str, int]:
    if isinstance(place.ledger, Path) and not place.ledger.is_file():
        return {}
    with open_ledger(place) as ledger, ledger.read() as connection:
        return queries.images_by_source(connection)


def inspect_command(
    source: Annotated[str, typer.Argument(help="Which source; see `mitsua sources`.")],
    files: Annotated[list[Path], typer.Argument(help="Saved responses, packages or folders.")],
    policy: Annotated[str, typer.Option(help="A shipped policy's name, or a .toml file.")] = "default",
) -> None:
    """Dry run on files you have: one JSON line an image. Touches no ledger."""
    for line in inspect_paths(get_source(source), files, Policy.load(policy)):
        emit(line)
