"""Workspaces that are missing, foreign, in use, read-only or full, and Ctrl-C: one clear line, and nothing lost."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from mitsua_data.captures import CaptureWriter
from mitsua_data.ledger.store import Batch
from mitsua_data.sources import every
from tests.cli.conftest import Mitsua
from tests.tiny import ACCEPTED, Tiny, draw_collection, svg

# ── workspaces ───────────────────────────────────────────────────────────────────────────────────────────────────────

READING: dict[str, list[str]] = {"explain": ["x"]}
WRITING: dict[str, list[str]] = {
    "decide": [],
    "fetch": [],
    "build": ["dataset.toml"],
    "audit": ["release"],
    "withdraw": ["x"],
    "drift": ["openclipart"],
}


@pytest.fixture
def placed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a dataset file and something that looks like a release: what some commands ask for first."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "release").mkdir()
    (tmp_path / "dataset.toml").write_text('name = "a"\nversion = "1"\n[transform]\nsize = [16, 16]\n')
    return tmp_path


@pytest.mark.parametrize("command", [*READING, *WRITING])
def test_without_a_ledger_it_says_how_to_begin_and_leaves_nothing_behind(
    mitsua: Mitsua, placed: Path, command: str
) -> None:
    ran = mitsua(command, *(READING | WRITING)[command], "-w", "nowhere")
    assert ran.code == 4
    assert ran.complaint.endswith("there is no ledger here; begin with: mitsua crawl SOURCE")
    assert not (placed / "nowhere").exists()


@pytest.mark.parametrize("command", [*READING, *WRITING, "crawl"])
def test_a_workspace_of_a_newer_version_is_refused_and_left_alone(
    mitsua: Mitsua, crawled: Tiny, placed: Path, command: str
) -> None:
    with closing(sqlite3.connect(crawled.root / "ledger.sqlite")) as connection, connection:
        connection.execute("UPDATE mitsua_schema SET version_num = '9999_future'")
    before = (crawled.root / "ledger.sqlite").read_bytes()
    crawl = ["openclipart", "--from", str(crawled.collection)]
    ran = mitsua(command, *(READING | WRITING | {"crawl": crawl})[command], "-w", crawled.root)
    assert ran.code == 4
    assert "has schema 9999_future, this program knows up to" in ran.complaint
    assert "install the version of mitsua that made this workspace" in ran.complaint
    assert (crawled.root / "ledger.sqlite").read_bytes() == before


def test_sources_are_told_even_where_the_ledger_is_not_ours(mitsua: Mitsua, tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").write_bytes(b"this is no database, whatever its name" * 100)
    ran = mitsua("sources", "-w", tmp_path, "--format", "json")
    assert (ran.code, len(ran.rows)) == (0, len(every()))
    assert "images are not counted" in ran.err


@pytest.mark.parametrize("command", [*WRITING, "crawl", "keys trust"])
def test_a_second_process_is_turned_away_at_once(mitsua: Mitsua, crawled: Tiny, placed: Path, command: str) -> None:
    more = {"crawl": ["openclipart", "--from", str(crawled.collection)], "keys trust": ["log", "a.pub"]}
    with crawled.workspace.writing():
        ran = mitsua(*command.split(), *(WRITING | more)[command], "-w", crawled.root)
    assert ran.code == 4
    assert f"another process is writing here (process {os.getpid()} on " in ran.complaint
    assert ran.complaint.endswith("wait for it to end, or use another --workspace")


def test_reading_goes_on_while_another_process_writes(mitsua: Mitsua, crawled: Tiny) -> None:
    with crawled.workspace.writing(), crawled.open() as (ledger, _), ledger.batch():
        assert mitsua("explain", "shapes/disc_01.svg", "-w", crawled.root).code == 0
        assert (
            mitsua("sources", "openclipart", "-w", crawled.root, "--format", "json").rows[0]["images"] == ACCEPTED + 3
        )


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_file_is_no_workspace(mitsua: Mitsua, collection: Path, tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    ran = mitsua("crawl", "openclipart", "--from", collection, "-w", tmp_path / place)
    assert ran.code == 2
    assert ran.complaint.endswith("is not a folder; name a folder with --workspace")


@pytest.fixture
def frozen(crawled: Tiny, monkeypatch: pytest.MonkeyPatch) -> Tiny:
    """A workspace on a disk that takes no writes. Not by its mode: the superuser may write anywhere."""
    real_access, real_open = os.access, os.open

    def access(path: Any, mode: int, **more: Any) -> bool:
        return real_access(path, mode, **more) and not (mode & os.W_OK and inside(path))

    def opening(path: Any, flags: int, *more: Any, **named: Any) -> int:
        if inside(path) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            raise OSError(30, "Read-only file system", str(path))
        return real_open(path, flags, *more, **named)

    def inside(path: Any) -> bool:
        return str(path).startswith(str(crawled.root))

    monkeypatch.setattr(os, "access", access)
    monkeypatch.setattr(os, "open", opening)
    return crawled


def test_a_read_only_workspace_can_be_read(mitsua: Mitsua, frozen: Tiny) -> None:
    before = {path.name for path in frozen.root.iterdir()}
    ran = mitsua("explain", "shapes/disc_01.svg", "-w", frozen.root)
    assert (ran.code, ran.err) == (0, "")
    assert {path.name for path in frozen.root.iterdir()} == before


@pytest.mark.parametrize("command", [("decide",), ("fetch",), ("withdraw", "shapes/disc_01.svg")])
def test_a_read_only_workspace_cannot_be_written(mitsua: Mitsua, frozen: Tiny, command: tuple[str, ...]) -> None:
    ran = mitsua(*command, "-w", frozen.root)
    assert ran.code == 4
    assert ran.complaint.endswith("make the folder writable, or name another with --workspace")


# ── a disk that is full, and a hand on Ctrl-C ────────────────────────────────────────────────────────────────────────


def full_captures(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(fd: int, data: Any) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mitsua_data.captures.os.write", refuse)


def full_fsync(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mitsua_data.captures.os.fsync", refuse)


def full_ledger(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Batch) -> None:
        raise OperationalError("INSERT", {}, sqlite3.OperationalError("database or disk is full"))

    monkeypatch.setattr(Batch, "flush", refuse)


def failing_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Batch) -> None:
        raise OperationalError("INSERT", {}, sqlite3.OperationalError("disk I/O error"))

    monkeypatch.setattr(Batch, "flush", refuse)


@pytest.mark.parametrize("break_it", [full_captures, full_fsync, full_ledger, failing_disk])
def test_a_full_or_failing_disk_is_one_line_and_nothing_is_lost(
    mitsua: Mitsua,
    collection: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    break_it: Callable[[pytest.MonkeyPatch], None],
) -> None:
    workspace = tmp_path / "w"
    command = ("crawl", "openclipart", "--from", collection, "-w", workspace)
    with monkeypatch.context() as patch:
        break_it(patch)
        ran = mitsua(*command)
    assert ran.code == 4
    assert ran.complaint.endswith("free some space or choose another --workspace, then run the same command again")
    again = mitsua(*command, "--format", "json")
    assert (again.code, again.rows[0]["claims"]) == (0, ACCEPTED)
    assert mitsua("explain", "shapes/disc_12.svg", "-w", workspace).code == 0


def test_a_full_disk_while_fetching_and_building_loses_nothing(
    mitsua: Mitsua, crawled: Tiny, placed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert mitsua("decide", "-w", crawled.root).code == 0
    with monkeypatch.context() as patch:
        full_captures(patch)
        assert mitsua("fetch", "-w", crawled.root).code == 4
    ran = mitsua("fetch", "-w", crawled.root, "--format", "json")
    assert (ran.code, ran.rows[0]["kept"]) == (0, ACCEPTED)
    with monkeypatch.context() as patch:
        patch.setattr(
            "mitsua_data.shards.files.os.fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left"))
        )
        assert mitsua("build", "dataset.toml", "-w", crawled.root).code == 4
    assert list((crawled.root / "releases").glob("*")) == []
    assert mitsua("build", "dataset.toml", "-w", crawled.root).code == 0


def test_ctrl_c_in_the_middle_of_a_crawl_loses_nothing(
    mitsua: Mitsua, collection: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mitsua_data.crawl.BATCH_RECORDS", 4)
    monkeypatch.setattr("mitsua_data.sources.openclipart.PAGE", 2)
    real, calls = CaptureWriter.sync, iter(range(100))

    def stop_at_the_third(self: CaptureWriter) -> None:
        if next(calls) == 2:
            raise KeyboardInterrupt
        real(self)

    command = ("crawl", "openclipart", "--from", collection, "-w", tmp_path / "w")
    with monkeypatch.context() as patch:
        patch.setattr(CaptureWriter, "sync", stop_at_the_third)
        ran = mitsua(*command)
    assert ran.code == 130
    assert "run the same command again to go on from here" in ran.complaint
    again = mitsua(*command)
    assert again.code == 0
    assert "where 8 had been judged before" in again.err
    assert mitsua("sources", "openclipart", "-w", tmp_path / "w", "--format", "json").rows[0]["images"] == ACCEPTED + 3


@pytest.mark.slow
def test_ctrl_c_in_a_terminal_stops_the_real_program_cleanly(tmp_path: Path) -> None:
    root = draw_collection(tmp_path / "many")
    for number in range(3000):
        (root / f"svg/shapes/more_{number:04}.svg").write_bytes(svg(number % 9, title=f"Copy {number}"))
    # On a busy machine a crawl may be done before the signal reaches it; such a try shows nothing, and is made again.
    for attempt in range(5):
        workspace = tmp_path / f"w{attempt}"
        command = [
            sys.executable,
            "-m",
            "mitsua_data",
            "crawl",
            "openclipart",
            "--from",
            str(root),
            "-w",
            str(workspace),
        ]
        # A terminal sends the signal to every process of the group.
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, process_group=0)
        while process.poll() is None and not list(workspace.glob("captures/*")):
            time.sleep(0.01)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=120)
        if process.returncode != 0:
            break
    assert (process.returncode, out) == (130, "")
    assert err.splitlines()[-1] == "mitsua: interrupted; run the same command again to go on from here"
    assert "Traceback" not in err
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert f"{ACCEPTED + 3 + 3000:,} images judged" in done.stdout or "went on behind" in done.stderr
