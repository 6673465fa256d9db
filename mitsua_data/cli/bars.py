"""
Progress of long steps, on stderr: a bar with time left in a terminal; a line now and then in a log.

Where the work fails, the bar goes away: the error says it all.
"""

from __future__ import annotations

import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from mitsua_data.cli.ui import note, people

EVERY_S: Final = 30.0
"""Seconds from one line to the next, where nobody sees a bar."""


class Advance(ABC):
    """Moves a step's progress on when called with a count."""

    @abstractmethod
    def reach(self, done: int, total: int | None) -> None:
        """Say how much is done, of how much; None where that is not known."""

    def __init__(self, total: int | None) -> None:
        self.done, self.total = 0, total

    def __call__(self, count: int = 1) -> None:
        """So many more are done."""
        self.done += count
        self.reach(self.done, self.total)

    def expect(self, total: int) -> None:
        """Say how many there will be, once that is known."""
        self.total = total
        self.reach(self.done, self.total)


@contextmanager
def progress(what: str, total: int | None = None, *, streaming: bool = False, size: bool = False) -> Iterator[Advance]:
    """
    Shows how far a step is, and how long it will take; yields what moves it on.

    `streaming`: the command prints rows as it goes; where both would meet in one terminal, the rows are the progress.
    `size`: what is counted are bytes.
    """
    if not people.is_terminal:
        lines = _Lines(what, total)
        yield lines
        lines.end()
    elif streaming and sys.stdout.isatty():
        yield _Lines(what, total, every=float("inf"))
    else:
        yield from _bar(what, total, size)


def _bar(what: str, total: int | None, size: bool) -> Iterator[Advance]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn() if size else MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    # Left to itself, rich sends what is written to stdout while a bar is shown to the bar's own stream.
    with Progress(*columns, console=people, redirect_stdout=False, redirect_stderr=False) as bar:
        try:
            yield _Bar(bar, bar.add_task(what, total=total), total)
        except BaseException:
            bar.live.transient = True
            raise


class _Bar(Advance):
    def __init__(self, bar: Progress, task: TaskID, total: int | None) -> None:
        super().__init__(total)
        self._bar, self._task = bar, task

    def reach(self, done: int, total: int | None) -> None:
        self._bar.update(self._task, completed=done, total=total)


class _Lines(Advance):
    def __init__(
        self,
        what: str,
        total: int | None,
        *,
        every: float = EVERY_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(total)
        self._what, self._every, self._clock = what, every, clock
        self._began = self._said = clock()

    def reach(self, done: int, total: int | None) -> None:
        self.done, self.total = done, total
        now = self._clock()
        if now - self._said < self._every:
            return
        self._said, passed = now, now - self._began
        left = f", {_span(passed * (total - done) / done)} left" if total and done else ""
        note(f"{self._what}: {self._count()}, {_span(passed)} so far{left}")

    def end(self) -> None:
        """The closing line."""
        note(f"{self._what}: {self._count()}, {_span(self._clock() - self._began)}")

    def _count(self) -> str:
        return f"{self.done:,}" if self.total in {None, self.done} else f"{self.done:,} of {self.total:,}"


def _span(seconds: float) -> str:
    return str(timedelta(seconds=round(max(0.0, seconds))))
