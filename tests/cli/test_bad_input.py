"""Bad input of every kind: one clear line with what to do, the right exit code, and nothing lost."""

from __future__ import annotations

import lzma
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Mitsua
from tests.making import deb
from tests.tiny import ACCEPTED, Tiny, svg

BOMB = (
    '<!DOCTYPE a [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(12))
    + ']><svg xmlns="http://www.w3.org/2000/svg">&m;</svg>'
)
"""Ten to the twelfth times "ha"."""
OUTSIDE = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><svg xmlns="http://www.w3.org/2000/svg">&x;</svg>'


def package(path: Path, collection: Path) -> Path:
    """The collection as a Debian package."""
    files = {
        f"usr/share/openclipart/{each.relative_to(collection).as_posix()}": each.read_bytes()
        for each in sorted(collection.rglob("*"))
        if each.is_file()
    }
    return deb(path, files)


def cut(path: Path, share: float) -> Path:
    """The beginning of a file."""
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


# ── paths and packages ───────────────────────────────────────────────────────────────────────────────────────────────

WRONG: dict[str, tuple[Callable[[Path, Path], Path], int, str]] = {
    "missing": (lambda at, _: at / "nowhere", 2, "does not exist"),
    "neither": (lambda at, _: _text(at / "notes.txt"), 2, "neither a folder nor a .deb file"),
    "empty-folder": (lambda at, _: _folder(at / "empty"), 3, "holds no files"),
    "another-collection": (lambda at, _: _text(_folder(at / "other") / "a.md").parent, 3, "no SVG files here"),
    "empty-package": (lambda at, _: _text(at / "a.deb", ""), 3, "not a whole Debian package"),
    "text-as-package": (lambda at, _: _text(at / "a.deb"), 3, "not a whole Debian package"),
    "half-a-package": (lambda at, from_: cut(package(at / "a.deb", from_), 0.5), 3, "cut short"),
    "nearly-a-package": (lambda at, from_: cut(package(at / "a.deb", from_), 0.999), 3, "cut short"),
    "truncated-tar": (lambda at, from_: _truncated(at / "a.deb"), 3, "not a whole Debian package"),
}


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def _text(path: Path, text: str = "hello\n") -> Path:
    path.write_text(text)
    return path


def _truncated(path: Path) -> Path:
    """A package that is whole as an archive, with a tar inside that is not."""
    return deb(path, {"usr/share/openclipart/svg/a.svg": svg(1) * 50}, pack=lambda tar: lzma.compress(tar[:5000]))


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_path_or_a_broken_package_is_one_line(
    mitsua: Mitsua, collection: Path, tmp_path: Path, name: str
) -> None:
    make, code, says = WRONG[name]
    path = make(tmp_path, collection)
    ran = mitsua("crawl", "openclipart", "--from", path, "-w", tmp_path / "w")
    assert ran.code == code
    assert says in ran.complaint
    if name != "neither":  # a single file is judged by its own words
        assert mitsua("inspect", "openclipart", path).code == code


def test_after_a_broken_package_the_whole_one_is_crawled_as_if_nothing_had_been(
    mitsua: Mitsua, collection: Path, tmp_path: Path
) -> None:
    whole = package(tmp_path / "whole.deb", collection)
    half = cut(package(tmp_path / "half.deb", collection), 0.6)
    workspace = tmp_path / "w"
    assert mitsua("crawl", "openclipart", "--from", half, "-w", workspace).code == 3
    ran = mitsua("crawl", "openclipart", "--from", whole, "-w", workspace, "--format", "json")
    assert ran.code == 0
    assert (ran.rows[0]["records"], ran.rows[0]["claims"]) == (ACCEPTED + 3, ACCEPTED)


def test_one_half_of_a_collection_is_said_to_be_one(mitsua: Mitsua, collection: Path, tmp_path: Path) -> None:
    shutil.rmtree(collection / "png")
    ran = mitsua("crawl", "openclipart", "--from", collection, "-w", tmp_path / "w", "--format", "json")
    assert (ran.code, ran.rows[0]["claims"]) == (0, 0)
    assert "nothing was claimed; it needs the packages openclipart-svg and openclipart-png" in ran.err


# ── what stands in files ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("", "unreadable", id="empty"),
        pytest.param("<svg", "unreadable", id="broken"),
        pytest.param(BOMB, "unreadable", id="entity-bomb"),
        pytest.param(OUTSIDE, "unreadable", id="reads-files"),
        pytest.param(
            svg(1, licence="https://example.org/my-own-licence").decode(), "unknown_licence", id="unknown-uri"
        ),
    ],
)
def test_a_bad_drawing_is_refused_and_the_crawl_goes_on(
    mitsua: Mitsua, collection: Path, tmp_path: Path, text: str, reason: str
) -> None:
    (collection / "svg/shapes/disc_01.svg").write_text(text)
    began = time.monotonic()
    ran = mitsua("crawl", "openclipart", "--from", collection, "-w", tmp_path / "w", "--format", "json")
    assert time.monotonic() - began < 30
    assert (ran.code, ran.rows[0]["claims"]) == (0, ACCEPTED - 1)
    assert ran.rows[0]["refusals"][reason] >= 1
    assert (
        Path("/etc/hostname").read_text().strip()
        not in mitsua("explain", "shapes/disc_01.svg", "-w", tmp_path / "w").out
    )


GARBAGE = {
    "missing": None,
    "binary": b"\xff\xfe\x00binary",
    "no-toml": b"<xml/>",
    "empty": b"",
    "unknown-key": b'name = "a"\nnonsense = 1\n',
    "wrong-type": b'name = ["a"]\n',
}


@pytest.mark.parametrize("kind", GARBAGE)
@pytest.mark.parametrize(
    "command",
    [
        pytest.param(("build",), id="dataset"),
        pytest.param(("decide", "--policy"), id="policy"),
        pytest.param(("fetch", "--policy"), id="policy-of-fetch"),
        pytest.param(("crawl",), id="source"),
    ],
)
def test_a_garbage_manifest_is_one_line_that_names_the_file(
    mitsua: Mitsua, crawled: Tiny, tmp_path: Path, command: tuple[str, ...], kind: str
) -> None:
    file, data = tmp_path / "garbage.toml", GARBAGE[kind]
    if data is not None:
        file.write_bytes(data)
    ran = mitsua(*command, file, "-w", crawled.root)
    assert ran.code == 2
    assert str(file) in ran.complaint


def test_a_folder_is_no_manifest(mitsua: Mitsua, crawled: Tiny, tmp_path: Path) -> None:
    folder = _folder(tmp_path / "folder.toml")
    assert mitsua("build", folder, "-w", crawled.root).code == 2
    assert mitsua("decide", "--policy", folder, "-w", crawled.root).code == 2


@pytest.mark.parametrize("command", ["crawl", "inspect", "fetch"])
def test_an_unknown_source_is_one_line_with_those_there_are(mitsua: Mitsua, crawled: Tiny, command: str) -> None:
    arguments = [crawled.collection] if command == "inspect" else ["-w", crawled.root]
    ran = mitsua(command, "opneclipart", *arguments)
    assert ran.code == 2
    assert "no source is called 'opneclipart'; name one of ambientcg, " in ran.complaint


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("open_duelyst",), "needs a checkout"),
        (("openclipart", "--base-url", "https://a.example"), "use --from PATH"),
        (("drawn_museum", "--from", "."), "leave --from out"),
        (("drawn_museum",), "name one with --base-url"),
        (("drawn_museum", "--base-url", "ftp://a.example"), "use https://HOST"),
        (("openclipart", "open_duelyst", "--from", "."), "crawl the sources one by one"),
    ],
)
def test_a_source_asked_for_in_a_wrong_way_is_told_the_right_one(
    mitsua: Mitsua, tmp_path: Path, arguments: tuple[str, ...], says: str
) -> None:
    ran = mitsua("crawl", *arguments, "-w", tmp_path / "w")
    assert ran.code == 2
    assert says in ran.complaint
