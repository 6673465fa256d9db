"""People and programs at one terminal: bars on stderr, data on stdout, and neither in the other."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import threading
from pathlib import Path

from mitsua_data.sources import every, get_source
from tests.cli.conftest import Mitsua
from tests.tiny import ACCEPTED


def in_terminal(*arguments: object, stdout_too: bool = False) -> tuple[str, str]:
    """Stdout and stderr of a command whose stderr, and on demand its stdout, is a terminal."""
    ours, theirs = pty.openpty()
    seen = bytearray()

    def listen() -> None:
        try:
            while data := os.read(ours, 4096):
                seen.extend(data)
        except OSError:
            return  # how Linux says that nobody writes any more

    listener = threading.Thread(target=listen)
    listener.start()
    done = subprocess.run(
        [sys.executable, "-m", "mitsua_data", *map(str, arguments)],
        stdout=theirs if stdout_too else subprocess.PIPE,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "120"},
        check=False,
    )
    os.close(theirs)
    listener.join(10)
    os.close(ours)
    return (done.stdout or b"").decode(), seen.decode()


def test_data_stays_on_stdout_while_a_bar_is_shown(collection: Path) -> None:
    out, shown = in_terminal("inspect", "openclipart", collection)
    assert len([json.loads(line) for line in out.splitlines()]) == ACCEPTED + 3
    assert "15/15" in shown
    assert "evidence" not in shown


def test_rows_are_their_own_progress_where_they_are_seen(collection: Path) -> None:
    _, shown = in_terminal("check", collection / "png", stdout_too=True)
    assert shown.count('"kind": "image"') == ACCEPTED + 2
    assert "━" not in shown


def test_an_error_takes_the_bar_away(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    _, shown = in_terminal("crawl", "openclipart", "--from", tmp_path / "empty", "-w", tmp_path / "w")
    assert shown.rstrip().endswith("name the folder or package that holds the collection")
    assert "\x1b[2K" in shown.rpartition("mitsua: ")[0].rpartition("\n")[2], "the line of the bar is erased"


def test_a_table_in_a_pipe_keeps_its_rows_whole(mitsua: Mitsua) -> None:
    lines = mitsua("sources", "-w", "nowhere").out.splitlines()
    assert len(lines) == 2 + len(every())
    needs = get_source("openclipart").spec.needs
    assert any(needs in line and line.startswith("openclipart ") for line in lines)
