"""`mitsua check`: looks at image files and tar shards on their own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mitsua_data.cli.ui import note
from mitsua_data.errors import EXIT_FINDINGS, EXIT_OK


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("check")(check_command)
