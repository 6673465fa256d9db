"""Keys of servers: found where they are safe, and sent to their own host only."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from mitsua_data.errors import UsageError
from mitsua_data.sources.base import Key
from mitsua_data.web.keys import LONGEST, secret_of
from tests.web.test_access import SPEC

KEY = Key(variable="MUSEUM_API_KEY", host="api.museum.example", name="X-Api-Key")
KEYED = replace(SPEC, key=KEY)


def file_with(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


def test_a_source_without_a_key_needs_none() -> None:
    assert secret_of(SPEC, {}) is None


def test_a_key_stands_in_the_environment() -> None:
    secret = secret_of(replace(SPEC, key=replace(KEY, in_query=True)), {"MUSEUM_API_KEY": " canary\n"})
    assert secret is not None
    assert (secret.value, secret.host, secret.name, secret.in_query) == ("canary", KEY.host, KEY.name, True)


def test_a_key_stands_in_a_private_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = file_with(tmp_path / "key", "canary\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in (str(path), "~/key"):
        secret = secret_of(KEYED, {"MUSEUM_API_KEY": name})
        assert secret is not None
        assert secret.value == "canary"


@pytest.mark.parametrize("environment", [{}, {"MUSEUM_API_KEY": ""}, {"MUSEUM_API_KEY": "  "}])
def test_a_missing_key_names_its_variable(environment: dict[str, str]) -> None:
    with pytest.raises(UsageError) as caught:
        secret_of(KEYED, environment)
    assert "MUSEUM_API_KEY is not set" in str(caught.value)
    assert "set MUSEUM_API_KEY" in caught.value.advice


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o601, 0o700 | 0o010])
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = file_with(tmp_path / "key", "canary", mode)
    with pytest.raises(UsageError) as caught:
        secret_of(KEYED, {"MUSEUM_API_KEY": str(path)})
    assert caught.value.advice == f"run: chmod 600 {path}"
    assert "canary" not in caught.value.line()


def test_what_is_no_file_with_a_key_is_refused(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    cases = {
        tmp_path / "gone": "cannot be read",
        tmp_path: "is no file",
        pipe: "is no file",
        Path("/dev/null"): "is no file",
        file_with(tmp_path / "long", "k" * (LONGEST + 1)): "more than a key",
        file_with(tmp_path / "empty", "\n"): "is empty",
        file_with(tmp_path / "lines", "canary\nX-Evil: 1"): "printable ASCII",
    }
    for path, problem in cases.items():
        with pytest.raises(UsageError, match=problem) as caught:
            secret_of(KEYED, {"MUSEUM_API_KEY": str(path)})
        assert "canary" not in caught.value.line()
    with pytest.raises(UsageError, match="cannot be read"):
        secret_of(KEYED, {"MUSEUM_API_KEY": "/a\0b"})
