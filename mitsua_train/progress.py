"""What a person sees while a run works: bars with the time left, and lines, on stderr."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, TypeAlias

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

Advance: TypeAlias = Callable[[int], None]
"""Moves a bar on by a count."""


class Bar(Protocol):
    """A bar in the making."""

    def __call__(self, count: int) -> None:
        """So many more are done."""
        ...

    def say(self, text: str) -> None:
        """A few words beside the bar, such as the loss."""
        ...


class Reporter(Protocol):
    """Where a run tells how far it is."""

    def bar(self, what: str, total: int, done: int = 0) -> AbstractContextManager[Bar]:
        """A bar of `total`, of which `done` were done before."""
        ...

    def line(self, text: str) -> None:
        """One line."""
        ...


class Terminal:
    """A Reporter on stderr."""

    def __init__(self) -> None:
        self.console = Console(stderr=True, highlight=False)

    @contextmanager
    def bar(self, what: str, total: int, done: int = 0) -> Iterator[Bar]:
        """See Reporter."""
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(elapsed_when_finished=False),
            TextColumn("{task.fields[words]}"),
        )
        with Progress(*columns, console=self.console) as progress:
            task = progress.add_task(what, total=total, completed=done, words="")

            class _Bar:
                def __call__(self, count: int) -> None:
                    progress.advance(task, count)

                def say(self, text: str) -> None:
                    progress.update(task, words=text)

            yield _Bar()

    def line(self, text: str) -> None:
        """See Reporter."""
        self.console.print(escape(text), soft_wrap=True)


class Quiet:
    """A Reporter that keeps its lines and shows nothing."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    @contextmanager
    def bar(self, what: str, total: int, done: int = 0) -> Iterator[Bar]:  # noqa: ARG002  a Reporter's signature
        """See Reporter."""
        yield _Silent()

    def line(self, text: str) -> None:
        """See Reporter."""
        self.lines.append(text)


class _Silent:
    def __call__(self, count: int) -> None:
        """Nothing is shown."""

    def say(self, text: str) -> None:
        """Nothing is shown."""
