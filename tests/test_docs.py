"""What the documents promise is there: commands, options, files, targets."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from mitsua_data.cli.main import run

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = sorted(
    {
        line.partition("#")[0].strip()
        for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
        for line in block.splitlines()
        if line.startswith("mitsua ")
    }
)


def options_of(command: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert run([command, "--help"]) == 0
    return capsys.readouterr().out


def test_the_readme_shows_the_whole_way() -> None:
    shown = {shlex.split(line)[1] for line in COMMANDS}
    assert {"crawl", "decide", "fetch", "build", "audit", "verify", "train", "sample", "explain"} <= shown


@pytest.mark.parametrize("line", COMMANDS)
def test_each_command_in_the_readme_exists_with_its_options(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    _, command, *arguments = shlex.split(line)
    known = options_of(command, capsys)
    for argument in arguments:
        if argument.startswith("--"):
            assert argument in known
        if argument.startswith("manifests/"):
            assert (ROOT / argument).is_file(), argument


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`mitsua ([a-z]+)", README))))
def test_each_command_named_in_the_readme_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "Usage" in options_of(name, capsys)


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\bmake ([a-z]+)", README))))
def test_each_make_target_in_the_readme_exists(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE), target


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\((?!https?:)([^)#]+)\)", README))))
def test_each_link_in_the_readme_leads_somewhere(link: str) -> None:
    assert (ROOT / link).exists(), link


def test_no_tracked_file_names_a_machine_or_a_registry() -> None:
    # Written apart, so that this file does not find itself.
    hosts = "|".join(("py" + "pi.org", "python" + "hosted.org", "registry." + "npm" + "js"))
    folders = "|".join(("/wo" + "rk/", "/fa" + "rm/", "/tm" + "p/w/"))
    found = subprocess.run(
        ["git", "grep", "-nIE", f"({hosts})|(^|[^a-zA-Z0-9.])({folders})"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if found.returncode > 1:
        pytest.skip("not a git checkout")
    assert found.stdout == ""
