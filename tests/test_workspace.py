"""The workspace's lock: one process writes, and a process that died holds up nobody."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from mitsua_data.errors import LedgerLocked, StorageError, UsageError
from mitsua_data.workspace import Workspace

HOLD = """
import sys, time
from pathlib import Path
from mitsua_data.workspace import Workspace
with Workspace(Path(sys.argv[1])).writing():
    print("held", flush=True)
    time.sleep(60)
"""


def test_one_at_a_time_in_one_process_too(tmp_path: Path) -> None:
    seen: list[str] = []

    def try_it() -> None:
        try:
            with Workspace(tmp_path).writing():
                seen.append("both")
        except LedgerLocked as error:
            seen.append(str(error))

    with Workspace(tmp_path).writing():
        other = threading.Thread(target=try_it)
        other.start()
        other.join()
    assert seen == [seen[0]]
    assert f"process {os.getpid()} on" in seen[0]
    try_it()
    assert seen[-1] == "both"


def test_a_killed_process_leaves_no_lock_behind(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(LedgerLocked, match=f"process {holder.pid} on"), Workspace(tmp_path).writing():
            pass
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    with Workspace(tmp_path).writing():
        assert (tmp_path / "lock.owner").is_file()
    assert not (tmp_path / "lock.owner").exists()


def test_the_lock_is_given_back_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), Workspace(tmp_path).writing():
        raise RuntimeError
    with Workspace(tmp_path).writing():
        pass


@pytest.mark.parametrize("owner", ["", "{", "[]", '{"pid": "x", "host": "y"}'])
def test_a_garbled_note_of_the_owner_does_not_matter(tmp_path: Path, owner: str) -> None:
    with Workspace(tmp_path).writing():
        (tmp_path / "lock.owner").write_text(owner)
        with pytest.raises(LedgerLocked, match=r"another process is writing here$"), Workspace(tmp_path).writing():
            pass


def test_a_file_is_no_workspace(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", tmp_path / "file/below"):
        with pytest.raises(UsageError, match="is not a folder"), Workspace(place).writing():
            pass


def test_a_folder_that_cannot_be_made_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(StorageError, match="Permission denied") as caught, Workspace(tmp_path / "new").writing():
        pass
    assert "make the folder writable" in caught.value.advice


def test_everything_lies_in_the_one_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Workspace(tmp_path)
    names = ("captures", "downloads", "keys", "trust", "releases", "runs", "reports", "revocations", "seen", "ledger")
    assert {Path(str(getattr(place, name))).parent for name in names} == {tmp_path}
    assert Workspace(tmp_path, "postgresql://a.example/b").ledger == "postgresql://a.example/b"
    monkeypatch.setenv("MITSUA_LEDGER", "postgresql://c.example/d")
    assert Workspace(tmp_path).ledger == "postgresql://c.example/d"
