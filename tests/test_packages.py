"""Debian packages: got with the machine's own apt-get, whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mitsua_data import packages
from mitsua_data.errors import SourceError

NAMES = ("pictures-svg", "pictures-png")
SCRIPT = """#!/bin/sh
echo "$@" >> {log}
case "$*" in
*--print-uris*)
    for name in pictures-svg pictures-png; do
        echo "'http://a.example/$name.deb' ${{name}}_1_all.deb 1000 SHA256:ab"
    done ;;
*update*) {update} ;;
*download*) {download} ;;
esac
"""
WRITE = 'for name in pictures-svg pictures-png; do head -c 1000 /dev/zero > "${name}_1_all.deb"; done'
FAIL = 'echo "E: Unable to locate package pictures-svg"; exit 100'


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder where `apt-get` is looked for, before the machine's own."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def apt_get(machine: Path, *, download: str = WRITE, update: str = "true") -> Path:
    """Put an apt-get there; the file it writes its arguments to is handed back."""
    log = machine / "log"
    script = machine / "apt-get"
    script.write_text(SCRIPT.format(log=log, download=download, update=update))
    script.chmod(0o755)
    return log


def test_packages_are_downloaded_once(machine: Path, tmp_path: Path) -> None:
    log = apt_get(machine)
    found = packages.download(NAMES, tmp_path / "downloads")
    assert [path.name for path in found] == ["pictures-svg_1_all.deb", "pictures-png_1_all.deb"]
    asked = log.read_text()
    assert packages.download(NAMES, tmp_path / "downloads") == found
    assert log.read_text() == asked
    assert sorted(path.name for path in (tmp_path / "downloads").iterdir()) == sorted(path.name for path in found)


def test_how_far_it_is_is_told_in_bytes(machine: Path, tmp_path: Path) -> None:
    apt_get(machine)
    told: list[tuple[int, int]] = []
    packages.download(NAMES, tmp_path / "downloads", watch=lambda done, total: told.append((done, total)))
    assert told[-1] == (2000, 2000)


def test_where_the_lists_are_missing_they_are_fetched_into_a_folder_of_ours(machine: Path, tmp_path: Path) -> None:
    log = apt_get(machine, download=f'case "$*" in *apt-lists*) {WRITE} ;; *) {FAIL} ;; esac')
    assert len(packages.download(NAMES, tmp_path / "downloads")) == 2
    lists = f"Dir::State::Lists={tmp_path / 'downloads/apt-lists'}"
    assert all(lists in line for line in log.read_text().splitlines()[2:])


@pytest.mark.parametrize(
    ("download", "update", "says"),
    [(FAIL, "true", "Unable to locate package pictures-svg"), (FAIL, 'echo "E: no network"; exit 100', "no network")],
)
def test_a_package_that_cannot_be_had_is_one_clear_error_and_leaves_nothing(
    machine: Path, tmp_path: Path, download: str, update: str, says: str
) -> None:
    apt_get(machine, download=download, update=update)
    with pytest.raises(SourceError, match=says) as caught:
        packages.download(NAMES, tmp_path / "downloads")
    assert "--from" in caught.value.advice
    assert list((tmp_path / "downloads").glob("*.deb")) == []


def test_half_a_download_is_not_taken_for_a_whole_one(machine: Path, tmp_path: Path) -> None:
    apt_get(machine, download=f"head -c 500 /dev/zero > pictures-svg_1_all.deb; {FAIL}")
    with pytest.raises(SourceError):
        packages.download(NAMES, tmp_path / "downloads")
    assert list((tmp_path / "downloads").glob("*.deb")) == []
    apt_get(machine)
    assert [path.stat().st_size for path in packages.download(NAMES, tmp_path / "downloads")] == [1000, 1000]


def test_an_apt_get_that_hangs_is_ended(machine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "TIMEOUT_S", 0.0)
    monkeypatch.setattr(packages, "LOOK_S", 0.01)
    apt_get(machine, download="sleep 60", update="sleep 60")
    with pytest.raises(SourceError, match="no end within"):
        packages.download(NAMES, tmp_path / "downloads")


def test_without_apt_get_it_says_what_to_bring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SourceError, match="apt-get is not on this machine") as caught:
        packages.download(NAMES, tmp_path / "downloads")
    assert caught.value.advice == "bring pictures-svg and pictures-png as .deb files with --from"
    assert not (tmp_path / "downloads").exists()
