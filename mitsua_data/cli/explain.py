"""`mitsua explain`: the whole chain of one image."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from mitsua_data.cli.ui import DEFAULT_WORKSPACE, Format, FormatOption, WorkspaceOption, clean, emit, note, open_ledger
from mitsua_data.explain import chain, find, in_words
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
    with open_ledger(place) as ledger:
        images = find(ledger, what)
        runs = read_runs(place.runs, KeyRing(place.keys, place.trust))
        for number, image in enumerate(images):
            known = chain(ledger, image, runs)
            if output is Format.JSON:
                emit(known)
                continue
            lines = [clean(line) for line in in_words(known)]
            sys.stdout.write(("\n" if number else "") + "\n".join(lines) + "\n")
    if len(images) > 1:
        note(f"{len(images):,} images answer to this")
