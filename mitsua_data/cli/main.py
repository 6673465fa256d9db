"""
The `mitsua` program: the list of commands, and the one place where errors become exit codes.

Commands that need torch live in mitsua_train and are announced by the entry point group `mitsua.commands` in
pyproject.toml, so that this package never imports them by name and works without them.
"""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from importlib.metadata import entry_points
from pathlib import Path

import typer

from mitsua_data.cli import audit, build, check, collect, demo, explain, keys, sources, withdraw
from mitsua_data.cli.ui import note
from mitsua_data.errors import EXIT_BUG, EXIT_INTERRUPTED, EXIT_OK, EXIT_USAGE, MitsuaError, StorageError

COMMANDS = (sources, collect, build, audit, check, explain, withdraw, keys, demo)
"""Modules that add their commands to the program, in the order that --help shows."""


def build_app() -> typer.Typer:
    """The whole program."""
    app = typer.Typer(
        name="mitsua",
        help="Image training data whose rights can be shown, and a trainer that takes nothing else.",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    for module in COMMANDS:
        module.register(app)
    for plugin in sorted(entry_points(group="mitsua.commands"), key=lambda each: each.name):
        plugin.load()(app)
    return app


def run(arguments: list[str] | None = None) -> int:
    """Run one command line; returns the exit code. The only place that catches MitsuaError."""
    try:
        result = build_app()(args=arguments, standalone_mode=False)
    except MitsuaError as error:
        note(f"mitsua: {error.line()}")
        return error.exit_code
    except typer.TyperException as error:
        note(f"mitsua: {error}; see mitsua --help")
        return EXIT_USAGE
    except OSError as error:
        return _operating_system(error)
    except (typer.Abort, KeyboardInterrupt):
        note("mitsua: interrupted; run the same command again to go on from here")
        return EXIT_INTERRUPTED
    return result if isinstance(result, int) else EXIT_OK


def _operating_system(error: OSError) -> int:
    """Disk trouble that no lower layer named, in one line; a closed pipe is no trouble at all."""
    if isinstance(error, BrokenPipeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_OK
    if error.errno is None:
        raise error
    named = StorageError(f"{error.filename or 'disk'}: {error.strerror}")
    note(f"mitsua: {named.line()}")
    return named.exit_code


def main() -> None:
    """The console script. A bug leaves its traceback in a file, and one line on stderr."""
    try:
        code = run()
    except Exception:  # noqa: BLE001  the outermost frame: whatever arrives here is a bug, and is reported as one
        with tempfile.NamedTemporaryFile("w", prefix="mitsua-bug-", suffix=".txt", delete=False) as report:
            traceback.print_exc(file=report)
        note(f"mitsua: this is a bug in mitsua, not a fault of yours; please send us {Path(report.name)}")
        code = EXIT_BUG
    sys.exit(code)
