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
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from mitsua_data.ledger.store import Ledger
from mitsua_data.workspace import Workspace

people = Console(stderr=True, highlight=False)
"""Where progress bars and advice go."""


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
DEFAULT_WORKSPACE = Path("workspace")


def open_ledger(workspace: Workspace, *, create: bool = False) -> Ledger:
    """The workspace's ledger; `create` for commands that write."""
    return Ledger.open(workspace.ledger, create=create)


def clean(text: str) -> str:
    """Text without control and format characters (C0, C1, bidirectional overrides): safe for a terminal."""
    return "".join(mark if unicodedata.category(mark) not in {"Cc", "Cf", "Cs"} else "�" for mark in text)


def emit(value: Any) -> None:
    """One JSON value on a line of stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def note(text: str) -> None:
    """A line for people, on stderr."""
    people.print(escape(clean(text)), soft_wrap=True)


def show_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table on stdout; numbers stand to the right."""
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, title_style="bold")
    for index, column in enumerate(columns):
        numeric = bool(rows) and all(isinstance(row[index], int) for row in rows)
        table.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(escape(clean(f"{cell:,}" if isinstance(cell, int) else str(cell))) for cell in row))
    Console(highlight=False).print(table)


@contextmanager
def progress(what: str, total: int | None = None) -> Iterator[Advance]:
    """A bar with time left on stderr; yields what moves it on."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=people) as bar:
        yield Advance(bar, bar.add_task(what, total=total))


class Advance:
    """Moves a progress bar on when called with a count."""

    def __init__(self, bar: Progress, task: TaskID) -> None:
        self._bar, self._task = bar, task

    def __call__(self, count: int = 1) -> None:
        """So many more are done."""
        self._bar.advance(self._task, count)

    def expect(self, total: int) -> None:
        """Say how many there will be, once that is known."""
        self._bar.update(self._task, total=total)
