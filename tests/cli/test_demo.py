"""The demo: the whole way, each step a command that can be typed by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from mitsua_data.cli import demo
from mitsua_data.demo.museum import serve_museum
from tests.cli.conftest import FIRST, Mitsua


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The demo's steps, which are not run."""
    found: list[list[str]] = []

    def note_it(arguments: list[str]) -> int:
        found.append(arguments)
        return 0

    monkeypatch.setattr(demo, "_run", note_it)
    monkeypatch.setattr(demo, "_example", lambda _: FIRST)
    return found


ORDER = ["crawl", "decide", "fetch", "build", "audit", "verify", "train", "sample"]


def test_the_demo_goes_the_whole_way_in_a_workspace_of_its_own(
    mitsua: Mitsua, steps: list[list[str]], monkeypatch: pytest.MonkeyPatch, collection: Path
) -> None:
    monkeypatch.setenv("MITSUA_WORKSPACE", "somebody-s-real-one")
    ran = mitsua("demo", "--from", collection)
    assert (ran.code, ran.out) == (0, "")
    assert [step[0] for step in steps] == ORDER
    assert {step[step.index("--workspace") + 1] for step in steps} == {"workspace-demo"}
    assert steps[0][1:4] == ["openclipart", "--from", str(collection)]
    for word in ("ledger", "release", "licence audit", "pictures", "mitsua explain"):
        assert word in ran.err


def test_without_apt_the_demo_says_so_and_takes_the_built_in_collection(
    mitsua: Mitsua, steps: list[list[str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    ran = mitsua("demo", "-w", tmp_path / "demo")
    assert ran.code == 0
    assert "Open Clipart cannot be had here: apt-get is not on this machine" in ran.err
    assert steps[0][1:3] == ["drawn_museum", "--base-url"]
    assert steps[0][3].startswith("http://127.0.0.1:")


def test_a_shortened_demo_trains_less(mitsua: Mitsua, steps: list[list[str]], tmp_path: Path) -> None:
    mitsua("demo", "--built-in", "--short", "-w", tmp_path / "demo")
    (train,) = [step for step in steps if step[0] == "train"]
    assert train[train.index("--steps-scale") + 1] == demo.SHORT


def test_a_step_that_fails_ends_the_demo_with_its_exit_code(
    mitsua: Mitsua, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(demo, "_run", lambda arguments: 3 if arguments[0] == "fetch" else 0)
    ran = mitsua("demo", "--built-in", "-w", tmp_path / "demo")
    assert ran.code == 3
    assert "step 3 ended with exit code 3" in ran.err


def test_the_demo_s_steps_are_commands_that_exist(mitsua: Mitsua, steps: list[list[str]], tmp_path: Path) -> None:
    mitsua("demo", "--built-in", "--short", "-w", tmp_path / "demo")
    for step in steps:
        text = mitsua(step[0], "--help").out
        assert [option for option in step if option.startswith("--") and option not in text] == []


def test_the_demo_s_steps_run_up_to_the_training(
    mitsua: Mitsua, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # In this process, on a museum of thirty pictures.
    real = serve_museum

    def run_here(arguments: list[str]) -> int:
        from mitsua_data.cli.main import run

        return 99 if arguments[0] == "train" else run(arguments)

    monkeypatch.setattr(demo, "_run", run_here)
    monkeypatch.setattr(demo, "serve_museum", lambda: real(30))
    ran = mitsua("demo", "--built-in", "-w", tmp_path / "demo")
    assert ran.code == 99
    assert "pass: no finding" in ran.err
    assert "drawn-1: verified, nothing to find" in ran.err
