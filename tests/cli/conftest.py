"""Runs the program as a user would, inside this process."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from mitsua_data.cli.main import run
from tests.tiny import Tiny, draw_collection, drawing


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[Any]:
        """Its stdout, as JSON Lines."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def complaint(self) -> str:
        """Its one line of complaint; there is no more on stderr, and nothing on stdout."""
        assert self.out == ""
        (line,) = self.err.splitlines()
        assert line.startswith("mitsua: ")
        assert "Traceback" not in line
        return line


FIRST = "openclipart:shapes/disc_01.svg#png"
"""The tiny collection's first image."""
Mitsua: TypeAlias = "Callable[..., Ran]"


@pytest.fixture
def mitsua(capsys: pytest.CaptureFixture[str]) -> Mitsua:
    """`mitsua("crawl", "openclipart", "-w", folder)`."""

    def ran(*arguments: object) -> Ran:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return ran


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    """A collection in the form of Open Clip Art; see tests/tiny.py."""
    return draw_collection(tmp_path / "collection")


@pytest.fixture(scope="session")
def crawled_once(tmp_path_factory: pytest.TempPathFactory) -> Tiny:
    """A workspace in which the collection was crawled, and nothing else done; read it, and change nothing."""
    at = tmp_path_factory.mktemp("crawled")
    made = Tiny(at / "workspace", draw_collection(at / "collection"))
    made.root.mkdir()
    made.crawl()
    return made


@pytest.fixture
def crawled(crawled_once: Tiny, tmp_path: Path) -> Tiny:
    """A copy of it, for this test alone."""
    return crawled_once.copy(tmp_path)


DATASET = """
name = "discs"
version = "{version}"

[transform]
size = [16, 16]
"""


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    path = tmp_path / "discs.toml"
    path.write_text(DATASET.format(version=1))
    return path


DECLARATION = """
id = "stamps"
institution = "The stamp collectors"
homepage = "https://stamps.example"
needs = "a checkout of stamps"
terms = []
licence = "CC0-1.0"
grade = "E3"
rule_version = 1
include = ["**"]
exclude = []
formats = ["png"]

[licence_files]
LICENSE = ["{blob}"]
"""


def declare(folder: Path, name: str = "stamps") -> tuple[Path, Path]:
    """A repository with three pictures, and its declaration."""
    root = folder / "stamps"
    root.mkdir()
    text = b"Creative Commons Legal Code\n\nCC0 1.0 Universal\n"
    (root / "LICENSE").write_bytes(text)
    for number in range(3):
        (root / f"stamp_{number}.png").write_bytes(drawing(number))
    blob = sha1(b"blob %d\0" % len(text) + text, usedforsecurity=False).hexdigest()
    path = folder / "stamps.toml"
    path.write_text(DECLARATION.format(blob=blob).replace('"stamps"', f'"{name}"'))
    return path, root
