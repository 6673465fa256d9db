"""`mitsua check`: looks at image files and tar shards on their own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mitsua_data.cli.bars import progress
from mitsua_data.cli.ui import emit, note
from mitsua_data.errors import EXIT_FINDINGS, EXIT_OK
from mitsua_data.images.check import check_file, files_under
from mitsua_data.images.worker import ImageWorker


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("check")(check_command)


def check_command(
    paths: Annotated[list[Path], typer.Argument(help="Image files, tar shards, or folders of them.")],
) -> int:
    """Open every picture and shard safely: one JSON line a file. Exit code 1 where anything is refused."""
    files = list(files_under(paths))
    refused = 0
    with ImageWorker() as worker, progress("check", len(files), streaming=True) as advance:
        for file in files:
            checked = check_file(worker, file)
            emit(checked.row())
            advance()
            refused += not checked.is_ok
    note(f"{len(files):,} files: {len(files) - refused:,} fine, {refused:,} refused")
    return EXIT_FINDINGS if refused else EXIT_OK
