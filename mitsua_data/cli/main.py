"""
The `mitsua` program: the list of commands, and the one place where errors become exit codes.

Commands that need torch live in mitsua_train and are announced by the entry point group `mitsua.commands` in
pyproject.toml, so that this package never imports them by name and works without them.
"""

from __future__ import annotations

import errno
import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Annotated, Any

import typer

from mitsua_data import __version__
from mitsua_data.cli import (
    audit,
    build,
    check,
    collect,
    crawl,
    demo,
    drift,
    explain,
    inspect,
    keys,
    ledger,
    permit,
    sources,
    verify,
    withdraw,
)
from mitsua_data.cli.ui import note, people, write_line
from mitsua_data.errors import EXIT_BUG, EXIT_INTERRUPTED, EXIT_OK, MitsuaError, StorageError, UsageError

COMMANDS = (
    sources,
    inspect,
    crawl,
    collect,
    build,
    audit,
    verify,
    check,
    explain,
    permit,
    withdraw,
    drift,
    keys,
    ledger,
    demo,
)
"""Modules that add their commands to the program, in the order that --help shows."""
PLUGINS = "mitsua.commands"
"""Entry point group of commands in other packages."""

DISK_TROUBLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EFBIG, errno.EMFILE, errno.ENFILE})
INSTALL = "install what training needs with: make install, or, in the checkout, pip install '.[train]'"


def build_app() -> typer.Typer:
    """The whole program."""
    app = typer.Typer(
        name="mitsua",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    app.callback(help="Image training data whose rights can be shown, and a trainer that takes nothing else.")(_program)
    for module in COMMANDS:
        module.register(app)
    for plugin in sorted(entry_points(group=PLUGINS), key=lambda each: each.name):
        _plug(app, plugin)
    return app


def _version(wanted: bool) -> None:
    if wanted:
        write_line(f"mitsua {__version__}")
        raise typer.Exit


def _program(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """What stands before every command."""


def _plug(app: typer.Typer, plugin: EntryPoint) -> None:
    """Add another package's commands; where what they need is not installed, one that says so under their name."""
    try:
        register: Callable[[typer.Typer], None] = plugin.load()
    except ModuleNotFoundError as error:
        missing = _not_installed(error)

        def say_so() -> None:
            raise missing

        loose = {"allow_extra_args": True, "ignore_unknown_options": True}
        app.command(plugin.name, help=f"Not here: {missing}.", context_settings=loose)(say_so)
    else:
        register(app)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; returns the exit code. The only place that catches MitsuaError."""
    try:
        return _dispatch(list(sys.argv[1:] if arguments is None else arguments))
    except MitsuaError as error:
        return _tell(error)
    except typer.TyperException as error:
        return _misused(error)
    except ModuleNotFoundError as error:
        return _tell(_not_installed(error))
    except BrokenPipeError:  # whoever read our stdout has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_OK
    except OSError as error:
        return _tell(_of_system(error))
    except KeyboardInterrupt:
        note("mitsua: interrupted; run the same command again to go on from here")
        return EXIT_INTERRUPTED


def _dispatch(arguments: list[str]) -> int:
    # Not typer's own main(): it takes Ctrl-C, EOFError and closed pipes for its own, and tells nobody.
    command = typer.main.get_command(build_app())
    try:
        with command.make_context("mitsua", arguments) as context:
            result: Any = command.invoke(context)
    except typer.Exit as leaving:
        return int(leaving.exit_code)
    return result if isinstance(result, int) else EXIT_OK


def _tell(error: MitsuaError) -> int:
    note(f"mitsua: {error.line()}")
    return error.exit_code


def _misused(error: typer.TyperException) -> int:
    """A command line that cannot be understood, in one line; the help itself, where nothing was asked for."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "mitsua"
    said = error.format_message().replace("Value error, ", "")  # pydantic's, for nobody
    if said.startswith("Usage:"):
        people.out(said)
        return UsageError.exit_code
    return _tell(UsageError(said.rstrip("."), advice=f"see {command} --help"))


def _of_system(error: OSError) -> MitsuaError:
    """Trouble with a file that no lower layer named. Raises the error again where it is about something else."""
    if error.errno in DISK_TROUBLE:
        return StorageError(f"{error.filename or 'the disk'}: {error.strerror}")
    if error.errno is None or error.filename is None:
        raise error
    return UsageError(f"{error.filename}: {error.strerror}", advice="look at this path and its permissions")


def _not_installed(error: ModuleNotFoundError) -> UsageError:
    """Raises the error again where what is missing is a part of ourselves."""
    name = (error.name or "").partition(".")[0]
    if name == __name__.partition(".")[0]:
        raise error
    return UsageError(f"{name or error} is not installed", advice=INSTALL)


def main() -> None:
    """The console script. A bug leaves its traceback in a file, and one line on stderr."""
    try:
        code = run()
    except Exception:  # noqa: BLE001  the outermost frame: whatever arrives here is a bug, and is reported as one
        with tempfile.NamedTemporaryFile("w", prefix="mitsua-bug-", suffix=".txt", delete=False) as report:
            traceback.print_exc(file=report)
        note(f"mitsua: this is a bug in mitsua, not a fault of yours; please send us {report.name}")
        code = EXIT_BUG
    sys.exit(code)
