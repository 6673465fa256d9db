"""Every file gets one verdict: own small files first, then the known odd ones."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from mitsua_data.errors import UsageError
from mitsua_data.images.check import Kind, check_paths, files_under
from mitsua_data.images.formats import Mark, Problem
from mitsua_data.images.worker import ImageWorker
from mitsua_data.shards.tar import TarFamily, TarWriter

TOLD_BY_A_MANIFEST_ONLY = "generated/flip_in_data.tar"
"""One bit of a picture's data differs: nothing inside the file can tell. `mitsua verify` has the digest."""

WORTH_NAMING_ALIKE = {"unsupported_format", "not_an_image", "bomb_pixels", "bomb_memory", "truncated"}


@pytest.fixture(scope="module")
def worker() -> Iterator[ImageWorker]:
    with ImageWorker() as started:
        yield started


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", (7, 5)).save(out, "PNG")
    return out.getvalue()


def shard() -> bytes:
    out = io.BytesIO()
    writer = TarWriter(out)
    writer.add("a.png", picture())
    writer.close()
    return out.getvalue()


def rows(worker: ImageWorker, *paths: Path) -> dict[str, dict[str, object]]:
    return {str(row["path"]): dict(row) for row in (checked.row() for checked in check_paths(paths, worker))}


def test_a_line_for_a_picture_a_shard_and_a_refusal(worker: ImageWorker, tmp_path: Path) -> None:
    for name, body in (("a.txt", picture()), ("b.tar", shard()), ("c.png", b"<html>404</html>")):
        (tmp_path / name).write_bytes(body)
    found = list(rows(worker, tmp_path).values())
    fields = {"path", "kind", "outcome", "reason", "width", "height", "marks"}
    assert all(set(row) == fields and json.dumps(row) for row in found)
    assert [
        tuple(row[name] for name in ("kind", "outcome", "reason", "width", "height", "marks")) for row in found
    ] == [
        ("image", "ok", None, 7, 5, ["alpha"]),
        ("shard", "ok", None, None, None, ["no_manifest"]),
        ("image", "refuse", "not_an_image", None, None, []),
    ]


def test_folders_are_walked_in_order_of_name(tmp_path: Path) -> None:
    for name in ("b/2", "b/10", "a", "c/d/e", "Z"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    found = [path.relative_to(tmp_path).as_posix() for path in files_under([tmp_path])]
    assert found == ["Z", "a", "b/10", "b/2", "c/d/e"]


def test_a_path_that_does_not_exist_is_told_before_anything_is_read(worker: ImageWorker, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(picture())
    with pytest.raises(UsageError, match="nothing"):
        check_paths([tmp_path / "a", tmp_path / "nothing"], worker).__next__()


def test_links_inside_folders_are_told_and_not_followed(worker: ImageWorker, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "up").symlink_to(tmp_path)
    (tmp_path / "folder" / "file").symlink_to(__file__)
    (tmp_path / "folder" / "gone").symlink_to("nowhere")
    found = rows(worker, tmp_path)
    assert [row["reason"] for row in found.values()] == [Problem.NOT_A_FILE] * 3


def test_a_link_that_a_person_names_is_followed(worker: ImageWorker, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(picture())
    (tmp_path / "link").symlink_to("a.png")
    assert list(rows(worker, tmp_path / "link")) == [str(tmp_path / "a.png")]


def test_what_is_no_file_is_not_waited_for(worker: ImageWorker, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (found,) = rows(worker, tmp_path).values()
    assert (found["outcome"], found["reason"]) == ("refuse", Problem.NOT_A_FILE)


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is unreadable to root")
def test_files_and_folders_without_permission_are_told(worker: ImageWorker, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir(mode=0)
    (tmp_path / "file").touch(mode=0)
    assert {row["reason"] for row in rows(worker, tmp_path).values()} == {Problem.UNREADABLE}


def test_a_file_that_the_disk_does_not_hand_out_is_told(
    worker: ImageWorker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> int:
        raise OSError(5, "Input/output error")

    (tmp_path / "a").write_bytes(picture())
    monkeypatch.setattr("mitsua_data.images.check.os.open", failing)
    (found,) = check_paths([tmp_path], worker)
    assert (found.reason, found.detail) == (Problem.UNREADABLE, "Input/output error")


@pytest.mark.skipif(sys.platform == "darwin", reason="names are UTF-8 there")
def test_a_name_that_is_no_text_is_escaped(worker: ImageWorker, tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"a\xff.png")).write_bytes(picture())
    (path,) = rows(worker, tmp_path)
    assert path.endswith("a\\xff.png")
    assert path.encode()


@pytest.mark.parametrize(
    ("name", "body", "kind", "reason"),
    [
        pytest.param("a.png", shard(), Kind.SHARD, None, id="a-tar-by-content"),
        pytest.param("a.tar", b"PK\x03\x04" + bytes(90), Kind.SHARD, TarFamily.STRUCTURE, id="a-zip-named-tar"),
        pytest.param("a.tar.gz", b"\x1f\x8b\x08" + bytes(90), Kind.SHARD, TarFamily.STRUCTURE, id="a-compressed-tar"),
        pytest.param("a.jpg", picture(), Kind.IMAGE, None, id="a-png-named-jpg"),
        pytest.param("a", b"", Kind.IMAGE, Problem.NOT_AN_IMAGE, id="nothing"),
    ],
)
def test_content_says_what_a_file_is_held_against(
    worker: ImageWorker, tmp_path: Path, name: str, body: bytes, kind: Kind, reason: str | None
) -> None:
    (tmp_path / name).write_bytes(body)
    (found,) = check_paths([tmp_path], worker)
    assert (found.kind, found.reason, found.is_ok) == (kind, reason, reason is None)


def listed(folder: Path) -> dict[str, dict[str, str]]:
    with (folder / "listing.csv").open(newline="", encoding="utf-8") as file:
        return {row["path"]: row for row in csv.DictReader(file)}


@pytest.mark.slow
def test_every_known_odd_picture_ends_in_its_class(shared: Path) -> None:
    folder = shared / "corpora" / "odd_images"
    expected = listed(folder)
    wrong, alike = [], 0
    with ImageWorker(wall_seconds=5) as worker:
        for found in check_paths([folder / path for path in expected], worker):
            path = Path(found.path).relative_to(folder).as_posix()
            row = expected.pop(path)
            outcome = {True: "decodes", False: "refuse"}[found.is_ok]
            size_differs = (
                found.is_ok and row["width"] and (found.width, found.height) != (int(row["width"]), int(row["height"]))
            )
            if row["expected"] not in ("either", outcome) or size_differs:
                wrong.append((path, found))
            if not found.is_ok and row["refuse_reason"] in WORTH_NAMING_ALIKE:
                alike += found.reason == row["refuse_reason"]
            if path == "generated/bomb_jpeg_scans_4000_2000.jpg":
                assert found.reason == Problem.BOMB_TIME
        assert worker.restarts == 1  # the scan bomb's
    assert wrong == []
    assert expected == {}
    assert alike > 200


def test_every_known_evil_tar_ends_in_its_class(shared: Path, worker: ImageWorker) -> None:
    folder = shared / "corpora" / "tars"
    expected = listed(folder)
    wrong = []
    for found in check_paths([folder / path for path in expected], worker):
        path = Path(found.path).relative_to(folder).as_posix()
        assert found.kind is Kind.SHARD
        if expected.pop(path)["expected"] not in ("either", "reads" if found.is_ok else "refuse"):
            wrong.append((path, found.marks))
    assert wrong == [(TOLD_BY_A_MANIFEST_ONLY, (Mark.NO_MANIFEST,))]
    assert expected == {}
