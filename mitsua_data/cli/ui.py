"""
What commands show: data on stdout, people's things (progress, summaries, advice) on stderr.

Text from outside is shown without control characters and without bidirectional overrides: a title cannot drive the
terminal.
"""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mitsua_data.ledger.store import Ledger, require
from mitsua_data.workspace import Workspace

WIDE: Final = 10_000
"""Columns of a table that no person looks at: rows stay whole lines in files and pipes."""


class _ForPeople(Console):
    """Where progress bars and advice go. Nobody reading them is no reason to stop."""

    def on_broken_pipe(self) -> None:
        self.quiet = True


class _ForData(Console):
    """Where tables go. A reader that went away is told to the caller, as with any other data."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


people: Final = _ForPeople(stderr=True, highlight=False)


class Format(StrEnum):
    """How data is printed on stdout."""

    TABLE = "table"
    JSON = "json"


WorkspaceOption = Annotated[
    Path,
    typer.Option(
        "--workspace", "-w", envvar="MITSUA_WORKSPACE", help="The folder that holds everything.", show_default=True
    ),
]
FormatOption = Annotated[Format, typer.Option("--format", help="How to print data on stdout.")]
PolicyOption = Annotated[str, typer.Option("--policy", help="A shipped policy's name, or a .toml file.")]
DEFAULT_WORKSPACE: Final = Path("workspace")


@contextmanager
def reading(place: Workspace) -> Iterator[Ledger]:
    """The workspace's ledger, while others may be writing. Raises LedgerError where there is none."""
    with Ledger.open(place.ledger) as ledger:
        yield ledger


@contextmanager
def writing(place: Workspace, *, begin: bool = False) -> Iterator[Ledger]:
    """
    The workspace's ledger, under the write lock; an older one is brought up to date.

    With `begin` the workspace is made where there is none; without, LedgerError is raised and nothing is left behind.
    """
    if not begin:
        require(place.ledger)
    with place.writing(), Ledger.open(place.ledger, create=True) as ledger:
        yield ledger


def clean(text: str) -> str:
    """Text without control and format characters (C0, C1, bidirectional overrides): safe for a terminal."""
    return "".join(mark if unicodedata.category(mark) not in {"Cc", "Cf", "Cs"} else "�" for mark in text)


def emit(value: Any) -> None:
    """One JSON value on a line of stdout."""
    write_line(json.dumps(value, ensure_ascii=False))


def write_line(text: str) -> None:
    """A line of stdout, there at once for whoever reads along. Half of a surrogate pair is escaped."""
    sys.stdout.write(text.encode("utf-8", "backslashreplace").decode("utf-8") + "\n")
    sys.stdout.flush()


def many(count: int, noun: str) -> str:
    """`1 image`, `2,000 images`."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def note(text: str) -> None:
    """A line for people, on stderr."""
    people.print(escape(_clean_lines(text)), soft_wrap=True)


def _clean_lines(text: str) -> str:
    return "\n".join(map(clean, text.split("\n")))


def show_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table on stdout; numbers stand to the right."""
    table = Table(box=None, pad_edge=False)
    for index, column in enumerate(columns):
        numeric = bool(rows) and all(isinstance(row[index], int) for row in rows)
        table.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(escape(clean(f"{cell:,}" if isinstance(cell, int) else str(cell))) for cell in row))
    console = _ForData(highlight=False, width=None if sys.stdout.isatty() else WIDE)
    console.print(escape(clean(title)), style="bold", soft_wrap=True)
    console.print(table)
