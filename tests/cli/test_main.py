"""The program itself: help, versions, exit codes, and what happens when something goes wrong that nobody foresaw."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
import typer

from mitsua_data import __version__, errors
from mitsua_data.cli import main
from mitsua_data.cli.main import PLUGINS, build_app
from mitsua_data.errors import MitsuaError
from tests.cli.conftest import Mitsua

OURS = frozenset({
    "sources", "inspect", "crawl", "decide", "fetch", "build", "audit", "verify", "check", "explain", "permit",
    "withdraw", "drift", "keys list", "keys trust", "demo",
})  # fmt: skip


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of every command, groups left out."""
    below = getattr(command, "commands", None)
    if below is None:
        yield path
        return
    for name, each in below.items():
        yield from commands(each, (*path, name))


ALL = sorted(commands(typer.main.get_command(build_app())))


def raising(error: BaseException) -> Any:
    """A command module whose one command, `fail`, raises `error`."""

    class Module:
        @staticmethod
        def register(app: typer.Typer) -> None:
            def fail() -> None:
                raise error

            app.command("fail")(fail)

    return Module


@pytest.fixture
def failing(mitsua: Mitsua, monkeypatch: pytest.MonkeyPatch) -> Any:
    def run(error: BaseException) -> Any:
        monkeypatch.setattr(main, "COMMANDS", (raising(error),))
        return mitsua("fail")

    return run


def test_all_commands_are_there() -> None:
    assert {" ".join(path) for path in ALL} >= OURS


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_command_has_help_that_explains_every_option(mitsua: Mitsua, path: tuple[str, ...]) -> None:
    ran = mitsua(*path, "--help")
    assert (ran.code, ran.err) == (0, "")
    text = " ".join(ran.out.split())
    assert "Usage:" in text
    command: Any = typer.main.get_command(build_app())
    for name in path:
        command = command.commands[name]
    assert command.help
    assert command.help.split(".")[0].split()[0] in text
    for parameter in command.params:
        assert parameter.help or parameter.name == "help", f"{parameter.name} of {' '.join(path)} is not explained"


def test_help_is_data_where_it_was_asked_for_and_a_complaint_where_it_was_not(mitsua: Mitsua) -> None:
    asked, bare = mitsua("--help"), mitsua()
    assert (asked.code, asked.err) == (0, "")
    assert (bare.code, bare.out) == (2, "")
    assert bare.err.strip() == asked.out.strip()
    assert "crawl" in asked.out


def test_the_version_is_printed(mitsua: Mitsua) -> None:
    assert mitsua("--version").out == f"mitsua {__version__}\n"


def subclasses(kind: type[MitsuaError]) -> Iterator[type[MitsuaError]]:
    for each in kind.__subclasses__():
        if each.__module__.startswith("mitsua_"):
            yield each
            yield from subclasses(each)


FAMILIES: dict[type[MitsuaError], int] = {
    errors.UsageError: 2,
    errors.SourceError: 3,
    errors.LedgerError: 4,
    errors.IntegrityError: 5,
    errors.UnauditedError: 6,
}
"""As the design has them."""


@pytest.mark.parametrize("kind", sorted(set(subclasses(MitsuaError)), key=str))
def test_every_error_we_foresaw_has_the_exit_code_of_its_family_and_some_advice(kind: type[MitsuaError]) -> None:
    (family,) = [each for each in FAMILIES if issubclass(kind, each)]
    assert kind.exit_code == FAMILIES[family]
    assert kind.default_advice


@pytest.mark.parametrize("family", FAMILIES)
def test_an_error_we_foresaw_is_one_line_with_its_advice(failing: Any, family: type[MitsuaError]) -> None:
    ran = failing(family("the\nproblem", advice="do this"))
    assert ran.complaint == "mitsua: the problem; do this"
    assert ran.code == FAMILIES[family]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("frobnicate",), "No such command 'frobnicate'; see mitsua --help"),
        (("crawl",), "Missing argument 'sources'; see mitsua crawl --help"),
        (("decide", "--frobnicate"), "(Possible options: --format); see mitsua decide --help"),
        (("decide", "--format", "xml"), "see mitsua decide --help"),
        (("crawl", "openclipart", "--limit", "0"), "see mitsua crawl --help"),
        (("keys", "trust", "king", "a.pub"), "see mitsua keys trust --help"),
    ],
)
def test_a_command_line_that_cannot_be_understood_is_one_line(
    mitsua: Mitsua, arguments: tuple[str, ...], says: str
) -> None:
    ran = mitsua(*arguments)
    assert ran.code == 2
    assert ran.complaint.endswith(says)


def test_ctrl_c_ends_with_130_and_says_how_to_go_on(failing: Any) -> None:
    ran = failing(KeyboardInterrupt())
    assert ran.code == 130
    assert "run the same command again" in ran.complaint


@pytest.mark.parametrize(
    ("number", "code"),
    [(errno.ENOSPC, 4), (errno.EROFS, 4), (errno.EIO, 4), (errno.EACCES, 2), (errno.ENAMETOOLONG, 2)],
)
def test_trouble_with_a_file_that_no_lower_layer_named_is_one_line(failing: Any, number: int, code: int) -> None:
    ran = failing(OSError(number, os.strerror(number), "some/file"))
    assert ran.code == code
    assert ran.complaint.startswith(f"mitsua: some/file: {os.strerror(number)}; ")


def test_a_missing_library_says_what_to_install(failing: Any) -> None:
    ran = failing(ModuleNotFoundError("No module named 'torch'", name="torch.nn"))
    assert ran.code == 2
    assert "torch is not installed; " in ran.complaint
    assert "pip install '.[train]'" in ran.complaint


@pytest.mark.parametrize(
    "error", [RuntimeError("x"), EOFError("x"), OSError("x"), ModuleNotFoundError("x", name="mitsua_data.nothing")]
)
def test_what_nobody_foresaw_is_not_hidden_from_main(failing: Any, error: Exception) -> None:
    with pytest.raises(type(error)):
        failing(error)


def test_a_bug_is_one_line_and_leaves_a_report(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(main, "COMMANDS", (raising(RuntimeError("the secret cause")),))
    monkeypatch.setattr(sys, "argv", ["mitsua", "fail"])
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(SystemExit) as ended:
        main.main()
    (report,) = tmp_path.glob("mitsua-bug-*.txt")
    captured = capsys.readouterr()
    assert (ended.value.code, captured.out) == (70, "")
    assert captured.err == f"mitsua: this is a bug in mitsua, not a fault of yours; please send us {report}\n"
    assert "the secret cause" in report.read_text()
    assert report.stat().st_mode & 0o077 == 0


def absent(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the trainer's package could not be imported."""
    point = EntryPoint("train", "no_such_package.cli:register", PLUGINS)
    monkeypatch.setattr(main, "entry_points", lambda group: [point] if group == PLUGINS else [])


def test_without_the_trainer_its_command_says_what_to_install(mitsua: Mitsua, monkeypatch: pytest.MonkeyPatch) -> None:
    absent(monkeypatch)
    ran = mitsua("train", "recipe.toml", "--some-option", "3")
    assert ran.code == 2
    assert ran.complaint == f"mitsua: no_such_package is not installed; {main.INSTALL}"


def test_without_the_trainer_the_rest_works(mitsua: Mitsua, monkeypatch: pytest.MonkeyPatch) -> None:
    absent(monkeypatch)
    assert mitsua("sources", "-w", "nowhere").code == 0
    assert "train" in mitsua("--help").out


def shell(command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "MITSUA": f"{sys.executable} -m mitsua_data", **environment},
    )


def test_a_reader_that_has_seen_enough_is_no_error(collection: Path) -> None:
    lines = shell(f"$MITSUA inspect openclipart {collection} | head -n 1")
    assert (lines.returncode, len(lines.stdout.splitlines())) == (0, 1)
    assert "Broken" not in lines.stderr
    table = shell("$MITSUA sources -w nowhere | true")
    assert (table.returncode, table.stderr) == (0, "")


def test_nobody_reading_stderr_is_no_reason_to_stop(collection: Path) -> None:
    ran = shell(f"$MITSUA inspect openclipart {collection} 2> >(true) | wc -l; sleep 0.1")
    assert (ran.returncode, ran.stdout.strip()) == (0, "15")


def test_importing_the_program_loads_no_torch() -> None:
    code = "import sys, mitsua_data.cli.main as main; main.build_app(); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
