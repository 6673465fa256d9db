"""Progress in logs: a line now and then, with the time left; and none that nobody asked for."""

from __future__ import annotations

import pytest

from mitsua_data.cli import bars
from mitsua_data.cli.bars import progress
from mitsua_data.cli.ui import clean, many, show_table


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(bars._Lines.__init__, "__kwdefaults__", {"every": 30.0, "clock": made})
    return made


def test_a_log_has_a_line_now_and_then_and_one_at_the_end(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    with progress("crawl x") as advance:
        for second in range(90):
            clock.now = float(second)
            advance(10)
            if second == 40:
                advance.expect(1800)
    assert capsys.readouterr().err.splitlines() == [
        "crawl x: 310, 0:00:30 so far",
        "crawl x: 610 of 1,800, 0:01:00 so far, 0:01:57 left",
        "crawl x: 900 of 1,800, 0:01:29",
    ]


def test_a_short_step_has_one_line(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    with progress("build", 3) as advance:
        advance(3)
    assert capsys.readouterr().err == "build: 3, 0:00:00\n"


def test_a_step_that_fails_leaves_the_word_to_its_error(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RuntimeError), progress("build", 3) as advance:
        advance(1)
        raise RuntimeError
    assert capsys.readouterr() == ("", "")


def test_progress_can_be_set(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    with progress("download") as advance:
        clock.now = 31.0
        advance.reach(100, 200)
        advance.reach(200, 200)
    assert capsys.readouterr().err.splitlines() == [
        "download: 100 of 200, 0:00:31 so far, 0:00:31 left",
        "download: 200, 0:00:31",
    ]


def test_numbers_have_their_plural() -> None:
    assert [many(count, "image") for count in (0, 1, 2000)] == ["0 images", "1 image", "2,000 images"]


def test_nothing_from_outside_drives_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    hostile = "\x1b[31mred\x9b2J\u202eevil\ud800[bold]x[/bold]"
    assert clean(hostile) == "�[31mred�2J�evil�[bold]x[/bold]"
    show_table(hostile, ("a",), [(hostile,)])
    shown = capsys.readouterr().out
    assert shown.count("[bold]x[/bold]") == 2
    assert not {"\x1b", "\x9b", "\u202e", "\ud800"} & set(shown)
