"""`mitsua explain`: the whole chain of one image."""

from __future__ import annotations

from typing import Annotated

import typer

from mitsua_data.cli.ui import (
    DEFAULT_WORKSPACE,
    Format,
    FormatOption,
    WorkspaceOption,
    clean,
    emit,
    note,
    reading,
    write_line,
)
from mitsua_data.explain import chain, find
from mitsua_data.reports.chain import in_words
from mitsua_data.runs import read_runs
from mitsua_data.shards.keys import KeyRing
from mitsua_data.workspace import Workspace


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("explain")(explain_command)


def explain_command(
    what: Annotated[str, typer.Argument(help="An image file, a sha256, an URL, source:record, or a record's id.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    output: FormatOption = Format.TABLE,
) -> None:
    """What was said of an image, where, when, under which rule; in which release, and in which training run."""
    place = Workspace(workspace)
    with reading(place) as ledger:
        images = find(ledger, what)
        ring = KeyRing(place.keys, place.trust)
        runs = read_runs(place.runs, ring, bad=lambda error: note(f"mitsua: not counted: {error.line()}"))
        for number, image in enumerate(images):
            known = chain(ledger, image, runs)
            if output is Format.JSON:
                emit(known)
                continue
            if number:
                write_line("")
            for line in in_words(known):
                write_line(clean(line))
    if len(images) > 1:
        note(f"{len(images):,} images answer to this")
