"""Archives: packages, folders and checkouts read alike; nothing leads outside, and half a package is no package."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import json
import lzma
import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitsua_data import debs
from mitsua_data.archives import Archive, media_type_of, open_archive
from mitsua_data.debs import Deb
from mitsua_data.errors import MitsuaError, SourceError, UsageError
from mitsua_data.git import commit_of
from mitsua_data.model import MediaType
from mitsua_data.sources.base import file_pointer
from tests.making import Link, ar, deb, folder, tar

TREE = {
    "usr/share/doc/openclipart-svg/copyright": b"free",
    "usr/share/openclipart/svg/a/one.svg": b"<one/>",
    "usr/share/openclipart/svg/b/two.svg": b"<two/>",
}
LINKS = {
    "usr/share/openclipart/svg/a/again.svg": Link("../b/two.svg"),
    "usr/share/openclipart/svg/z.svg": Link("a/again.svg"),
}


def home(names: Sequence[str]) -> str:
    return next((name[: name.index("svg/")] for name in names if "/svg/" in name), "")


def opened(*paths: Path) -> Archive:
    return open_archive(*paths, collection="clip")


def everything(archive: Archive) -> dict[str, bytes]:
    return dict(archive.entries(archive.names()))


@pytest.mark.parametrize(
    ("suffix", "pack"),
    [(".xz", lzma.compress), (".gz", gzip.compress), (".bz2", bz2.compress), ("", bytes)],
    ids=["xz", "gz", "bz2", "plain"],
)
def test_a_package_holds_what_was_packed(tmp_path: Path, suffix: str, pack: Callable[[bytes], bytes]) -> None:
    archive = opened(deb(tmp_path / "a.deb", TREE, suffix=suffix, pack=pack))
    assert everything(archive) == TREE
    (facts,) = archive.facts
    assert facts == {
        "package": "openclipart-svg",
        "version": "1:0.18+dfsg-19",
        "sha256": hashlib.sha256((tmp_path / "a.deb").read_bytes()).hexdigest(),
    }


def test_a_package_and_the_folder_it_unpacks_to_are_one_collection(tmp_path: Path) -> None:
    package = deb(tmp_path / "a.deb", {**TREE, **LINKS})
    root = folder(tmp_path / "root", TREE)
    for name, link in LINKS.items():
        (root / name).symlink_to(link.target)
    levels = {"package": package, "root": root, "parent": root / "usr/share"}
    held = {at: everything(open_archive(path, collection="clip", home=home)) for at, path in levels.items()}
    assert held["package"] == held["root"] == held["parent"]
    assert held["package"]["svg/z.svg"] == held["package"]["svg/a/again.svg"] == b"<two/>"
    assert held["package"]["../doc/openclipart-svg/copyright"] == b"free"
    inside = everything(open_archive(root / "usr/share/openclipart", collection="clip", home=home))
    assert inside == {name: data for name, data in held["root"].items() if not name.startswith("..")}


def test_names_come_in_the_order_in_which_bytes_do(tmp_path: Path) -> None:
    for path in (deb(tmp_path / "a.deb", {**LINKS, **TREE}), folder(tmp_path / "b", TREE)):
        archive = opened(path)
        assert [name for name, _ in archive.entries(reversed(archive.names()))] == list(archive.names())


def test_a_link_is_streamed_beside_the_file_it_ends_at(tmp_path: Path) -> None:
    archive = opened(deb(tmp_path / "a.deb", {**LINKS, **TREE}))
    assert dict(archive.entries(["usr/share/openclipart/svg/z.svg", "missing"])) == {
        "usr/share/openclipart/svg/z.svg": b"<two/>"
    }


@pytest.mark.parametrize(
    "target", ["../../outside.svg", "/etc/hostname", "missing.svg", "loop.svg", "..", ""], ids=repr
)
def test_a_link_that_ends_outside_or_nowhere_is_not_there(tmp_path: Path, target: str) -> None:
    folder(tmp_path, {"outside.svg": b"secret"})
    package = deb(tmp_path / "a.deb", {"c/a.svg": b"<a/>", "c/loop.svg": Link(target)})
    assert set(opened(package).names()) == {"c/a.svg"}
    if target:
        root = folder(tmp_path / "root", {"c/a.svg": b"<a/>"})
        (root / "c/loop.svg").symlink_to(target)
        assert set(opened(root).names()) == {"c/a.svg"}


def test_a_hard_link_is_named_from_the_top(tmp_path: Path) -> None:
    package = deb(tmp_path / "a.deb", {"c/a.svg": b"<a/>", "d/b.svg": Link("./c/a.svg", hard=True)})
    assert everything(opened(package)) == {"c/a.svg": b"<a/>", "d/b.svg": b"<a/>"}


def test_folders_are_not_followed_through_links_and_version_control_is_passed_over(tmp_path: Path) -> None:
    root = folder(
        tmp_path / "root", {"a.svg": b"<a/>", ".git/HEAD": b"x", "b/.svn/entries": b"x", ".hidden/c.svg": b"<c/>"}
    )
    folder(tmp_path / "other", {"d.svg": b"<d/>"})
    (root / "out").symlink_to(tmp_path / "other")
    (root / "round").symlink_to(root)
    os.mkfifo(root / "pipe.svg")
    assert everything(opened(root)) == {"a.svg": b"<a/>", ".hidden/c.svg": b"<c/>"}


def test_a_name_that_is_not_utf_8_is_written_so_that_it_can_be_kept(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.svg")).write_bytes(b"<a/>")
    archive = opened(tmp_path)
    assert everything(archive) == {"caf\\xe9.svg": b"<a/>"}
    assert json.loads(archive.index(archive.names()).data)["files"].keys() == {"caf\\xe9.svg"}


def test_the_index_tells_what_is_there_and_what_is_not(tmp_path: Path) -> None:
    archive = opened(deb(tmp_path / "a.deb", {**TREE, **LINKS}))
    name = "usr/share/openclipart/svg/z.svg"
    body = archive.index([name, "missing.svg"])
    assert body.media_type is MediaType.JSON
    assert body.document.at(file_pointer(name)) == f"sha256:{hashlib.sha256(b'<two/>').hexdigest()}"
    assert json.loads(body.data)["files"].keys() == {name}
    assert body.document.at("/archives/0/package") == "openclipart-svg"
    assert archive.index(["missing.svg", name]).data == body.data


def test_bodies_carry_locator_and_media_type(tmp_path: Path) -> None:
    root = folder(tmp_path / "root", {"a.SVG": b"<a/>", "LICENSE": b"free", "b.png": b"\x89PNG", "b.png.license": b"x"})
    bodies = {body.name: body for body in opened(root).stream(["a.SVG", "LICENSE", "b.png", "b.png.license"])}
    assert {name: body.media_type for name, body in bodies.items()} == {
        "a.SVG": MediaType.SVG, "LICENSE": MediaType.TEXT, "b.png": MediaType.BINARY, "b.png.license": MediaType.TEXT,
    }  # fmt: skip
    assert bodies["a.SVG"].locator == "clip:a.SVG"
    assert media_type_of("x/y.json") is MediaType.JSON


def test_a_folder_of_packages_stands_for_its_packages(tmp_path: Path) -> None:
    deb(tmp_path / "b.deb", {"png/a.png": b"png"})
    deb(tmp_path / "a.deb", {"svg/a.svg": b"<a/>"})
    folder(tmp_path, {"notes.txt": b"mine"})
    assert everything(opened(tmp_path)) == {"png/a.png": b"png", "svg/a.svg": b"<a/>"}
    assert everything(opened(tmp_path / "a.deb", tmp_path / "b.deb", tmp_path)) == everything(opened(tmp_path))


def test_a_copy_of_a_package_is_read_once(tmp_path: Path) -> None:
    deb(tmp_path / "a.deb", TREE)
    (tmp_path / "copy.deb").write_bytes((tmp_path / "a.deb").read_bytes())
    assert everything(opened(tmp_path)) == TREE
    deb(tmp_path / "newer.deb", {**TREE, "usr/share/openclipart/svg/a/one.svg": b"<newer/>"})
    with pytest.raises(UsageError, match=r"a\.deb and newer\.deb both hold"):
        opened(tmp_path)


def test_two_paths_may_not_hold_one_name(tmp_path: Path) -> None:
    one, two = (folder(tmp_path / name, {"a.svg": b"<a/>"}) for name in ("one", "two"))
    with pytest.raises(UsageError, match=r"one and two both hold 'a\.svg'"):
        opened(one, two)
    both = open_archive(one, two, collection="clip", prefixed=True)
    assert set(both.names()) == {"one/a.svg", "two/a.svg"}


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def bad_size(data: bytes) -> bytes:
    """The size field of the first header of a tar, as 2^88 - 1 in base 256."""
    return data[:124] + b"\x80" + b"\xff" * 11 + data[136:]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"!<arch>\n", id="no-members"),
        pytest.param(b"<html>404</html>", id="a-page"),
        pytest.param(cut(ar({"debian-binary": b"2.0\n", "data.tar": tar(TREE)})), id="cut-in-half"),
        pytest.param(ar({"debian-binary": b"2.0\n"})[:40], id="cut-in-a-header"),
        pytest.param(ar({"debian-binary": b"2.0\n", "control.tar": tar({})}), id="no-data"),
        pytest.param(ar({"data.tar.xz": cut(lzma.compress(tar(TREE)))}), id="stream-cut"),
        pytest.param(ar({"data.tar.xz": b"not xz"}), id="not-xz"),
        pytest.param(ar({"data.tar": tar(TREE)[:700]}), id="tar-cut"),
        pytest.param(ar({"data.tar": b"x" * 2048}), id="not-a-tar"),
        pytest.param(ar({"data.tar.zst": b"(\xb5/\xfd"}), id="zstd"),
        pytest.param(ar({"data.tar": tar({"../a.svg": b"<a/>"})}), id="a-name-leads-outside"),
        pytest.param(ar({"data.tar": tar({"/etc/a.svg": b"<a/>"})}), id="a-name-from-the-root"),
        pytest.param(
            ar({"data.tar": tar({"a.svg": b"<a/>"}).rstrip(b"\0").ljust(1024, b"\0") + tar({"a.svg": b"2"})}),
            id="twice",
        ),
        pytest.param(ar({"data.tar": bad_size(tar({"a.svg": b"<a/>"}))}), id="endless-member"),
        pytest.param(ar({"data.tar": b""}).replace(b"0         `", b"-9        `"), id="negative-size"),
    ],
)
def test_a_broken_package_is_one_clear_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "openclipart-svg_0.18.deb").write_bytes(content)
    with pytest.raises(SourceError) as caught:
        everything(opened(tmp_path / "openclipart-svg_0.18.deb"))
    assert caught.value.line().startswith("openclipart-svg_0.18.deb")
    assert caught.value.advice
    assert len(caught.value.line().splitlines()) == 1


@given(st.data())
def test_a_package_changed_anywhere_is_refused_or_reads_as_itself(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Whatever byte is changed or missing, the outcome is an error of ours, or bytes that match their own digests."""
    path = deb(tmp_path_factory.mktemp("x") / "a.deb", TREE)
    whole = path.read_bytes()
    place = data.draw(st.integers(0, len(whole) - 1))
    changed = whole[:place] + (
        b"" if data.draw(st.booleans()) else bytes([whole[place] ^ 1 << data.draw(st.integers(0, 7))])
    )
    path.write_bytes(changed + whole[place + 1 :] if data.draw(st.booleans()) else changed)
    try:
        archive = opened(path)
        held = everything(archive)
        files = json.loads(archive.index(archive.names()).data)["files"]
    except SourceError:
        return
    assert files == {name: f"sha256:{hashlib.sha256(body).hexdigest()}" for name, body in held.items()}


def test_a_package_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    package = Deb(deb(tmp_path / "a.deb", {"a.svg": b"<a/>", "b.svg": b"<b/>"}))
    assert package.survey.names == ("a.svg", "b.svg")
    package._members = Deb(deb(tmp_path / "a.deb", {"a.svg": b"<A/>", "b.svg": b"<b/>"}))._members
    with pytest.raises(SourceError, match=r"a\.svg changed while it was read"):
        list(package.read(["a.svg"]))


@pytest.mark.parametrize("name", ["MAX_MEMBER", "MAX_TOTAL", "MAX_NAMES"])
def test_caps_on_what_a_package_unpacks_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    path = deb(tmp_path / "a.deb", {"a.svg": b"12345", "b.svg": b"1"})
    monkeypatch.setattr(debs, name, 1)
    with pytest.raises(SourceError, match=r"more than|at most"):
        everything(opened(path))


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        pytest.param(lambda at: at / "nowhere", UsageError, "does not exist", id="no-such-path"),
        pytest.param(lambda at: folder(at / "empty", {}), SourceError, "empty holds no files", id="an-empty-folder"),
        pytest.param(lambda at: folder(at, {"a.zip": b"PK"}) / "a.zip", UsageError, "neither a folder", id="a-zip"),
    ],
)
def test_a_wrong_path_is_one_clear_error(
    tmp_path: Path, make: Callable[[Path], Path], error: type[MitsuaError], words: str
) -> None:
    with pytest.raises(error, match=words):
        opened(make(tmp_path))


def test_no_path_at_all_is_an_error() -> None:
    with pytest.raises(UsageError, match="no path"):
        opened()


def git(at: Path, *arguments: str) -> str:
    names = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}
    done = subprocess.run(
        ["git", *arguments], cwd=at, env={**os.environ, **names}, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_a_checkout_knows_its_commit(tmp_path: Path) -> None:
    root = folder(tmp_path / "root", {"a.png": b"png"})
    assert commit_of(root) is None
    git(root, "init", "-q", "-b", "main")
    assert commit_of(root) is None  # nothing was committed yet
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "a")
    head = git(root, "rev-parse", "HEAD")
    assert commit_of(root) == head
    git(root, "pack-refs", "--all")
    assert commit_of(root) == head
    git(root, "worktree", "add", "-q", "-b", "other", "../tree")
    assert commit_of(tmp_path / "tree") == head
    git(root, "checkout", "-q", "--detach")
    assert commit_of(root) == head
    assert json.loads(opened(root).index(["a.png"]).data)["archives"] == [{"commit": head}]


@pytest.mark.parametrize("head", [b"", b"ref: ../../secret", b"ref: refs/heads/gone", b"\xff", b"g" * 40])
def test_a_git_folder_that_is_not_as_expected_tells_no_commit(tmp_path: Path, head: bytes) -> None:
    folder(tmp_path, {".git/HEAD": head, "secret": b"a" * 40})
    assert commit_of(tmp_path) is None
