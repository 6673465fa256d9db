"""`mitsua sources` and `mitsua inspect`: what sources there are, and what one says of files you have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mitsua_data.cli.bars import progress
from mitsua_data.cli.ui import (
    DEFAULT_WORKSPACE,
    Format,
    FormatOption,
    PolicyOption,
    WorkspaceOption,
    emit,
    note,
    reading,
    show_table,
)
from mitsua_data.errors import LedgerError
from mitsua_data.holdings import sources_of
from mitsua_data.inspection import inspect_paths
from mitsua_data.ledger import queries
from mitsua_data.policy import Policy
from mitsua_data.shards.keys import TrustStore
from mitsua_data.sources import every, get_source
from mitsua_data.sources.base import AnySource, ArchiveSource
from mitsua_data.workspace import Workspace


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("sources")(sources_command)
    app.command("inspect")(inspect_command)


def sources_command(workspace: WorkspaceOption = DEFAULT_WORKSPACE, output: FormatOption = Format.TABLE) -> None:
    """Every source: institution, licences it may claim, grade, access, what it needs, images in the ledger."""
    known, counts = _known(Workspace(workspace))
    found = []
    for source in sorted(known, key=lambda each: each.spec.id):
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


def _known(place: Workspace) -> tuple[tuple[AnySource, ...], dict[str, int]]:
    """Sources, shipped and declared, and how many images of each were judged; the shipped ones where no ledger is."""
    try:
        with reading(place) as ledger, ledger.read() as connection:
            return sources_of(ledger), queries.images_by_source(connection)
    except LedgerError as error:
        if not isinstance(place.ledger, Path) or place.ledger.exists():
            note(f"mitsua: images are not counted: {error.line()}")
        return every(), {}


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
