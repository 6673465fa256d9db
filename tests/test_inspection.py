"""Inspection: the same verdicts as a crawl, from whatever somebody has on disk."""

from __future__ import annotations

import bz2
import gzip
import json
import os
from pathlib import Path

import pytest

from mitsua_data.demo.museum import collection
from mitsua_data.errors import SourceError, UsageError
from mitsua_data.inspection import inspect_paths, judge_paths
from mitsua_data.model import Json
from mitsua_data.policy import Policy
from mitsua_data.sources import get_source
from tests.making import deb, folder

POLICY = Policy.load("default")
PNG = b"\x89PNG\r\n\x1a\n"


def svg(uri: str, title: str = "A hat") -> bytes:
    return f"""<svg xmlns="http://www.w3.org/2000/svg" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:cc="http://web.resource.org/cc/" xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><rdf:RDF><cc:Work>
 <dc:title>{title}</dc:title><dc:creator>Ann</dc:creator><cc:license rdf:resource="{uri}"/>
 </cc:Work></rdf:RDF></metadata></svg>""".encode()


FREE = svg("http://web.resource.org/cc/PublicDomain")
SILENT = svg("")
GPL = svg("http://creativecommons.org/licenses/GPL/2.0/")


def lines(source: str, *paths: Path) -> list[dict[str, Json]]:
    found = list(inspect_paths(get_source(source), paths, POLICY))
    assert [json.loads(json.dumps(each)) for each in found] == found
    return found


def outcomes(source: str, *paths: Path) -> dict[Json, Json]:
    return {each["id"]: each["reason"] or each["outcome"] for each in lines(source, *paths)}


def test_a_line_holds_what_was_promised(tmp_path: Path) -> None:
    folder(tmp_path, {"svg/a/hat.svg": FREE, "png/a/hat.png": PNG})
    (line,) = lines("openclipart", tmp_path)
    evidence = line.pop("evidence")
    assert line == {
        "source": "openclipart",
        "id": "a/hat.svg",
        "part": "png",
        "image_url": "openclipart:png/a/hat.png",
        "title": "A hat",
        "creator": "Ann",
        "outcome": "accept",
        "licence": "LicenseRef-PD-dedication-legacy",
        "reason": None,
        "grade": "E3",
    }
    assert isinstance(evidence, list)
    assert {"pointer": "//cc:license/@rdf:resource", "value": "http://web.resource.org/cc/PublicDomain"} in evidence


def test_a_record_without_an_image_is_one_line_without_a_part(tmp_path: Path) -> None:
    (line,) = lines("openclipart", folder(tmp_path, {"svg/a.svg": FREE}))
    assert (line["part"], line["image_url"], line["reason"], line["outcome"]) == (None, None, "no_image", "refuse")
    assert line["evidence"] == [{"pointer": "/files/png~1a.png", "value": None}]


def test_outcomes_are_those_of_the_default_policy(tmp_path: Path) -> None:
    files = {"free.svg": FREE, "silent.svg": SILENT, "gpl.svg": GPL, "broken.svg": b"<svg>"}
    folder(tmp_path, files)
    found = {each["id"]: (each["outcome"], each["reason"], each["licence"]) for each in lines("openclipart", tmp_path)}
    assert found == {
        "free.svg": ("accept", None, "LicenseRef-PD-dedication-legacy"),
        "silent.svg": ("review", "no_statement", None),
        "gpl.svg": ("refuse", "licence_not_claimable", None),
        "broken.svg": ("refuse", "unreadable", None),
    }
    assert {each["id"]: (each["outcome"], each["reason"], each["licence"])
            for each in lines("openclipart", *(tmp_path / name for name in files))} == found  # fmt: skip


def test_a_file_of_a_collection_is_judged_in_its_surroundings(tmp_path: Path) -> None:
    root = folder(tmp_path, {"svg/a/x.svg": FREE, "svg/a/y.svg": FREE, "png/a/x.png": PNG, "png/a/z.png": PNG})
    assert outcomes("openclipart", root / "svg/a/x.svg") == {"a/x.svg": "accept"}
    assert outcomes("openclipart", root / "svg/a/y.svg") == {"a/y.svg": "no_image"}
    assert outcomes("openclipart", root / "svg/a") == {"x.svg": "accept", "y.svg": "accept"}, "saved, without pictures"


def test_links_packages_and_folders_may_be_mixed(tmp_path: Path) -> None:
    (tmp_path / "svg").mkdir()
    package = deb(tmp_path / "a.deb", {"usr/share/openclipart/svg/a.svg": FREE, "usr/share/openclipart/png/a.png": PNG})
    saved = folder(tmp_path / "saved", {"b.svg": GPL})
    (tmp_path / "link.svg").symlink_to(saved / "b.svg")
    assert outcomes("openclipart", package, tmp_path / "link.svg") == {
        "a.svg": "accept",
        "link.svg": "licence_not_claimable",
    }


def test_an_image_is_judged_by_its_side_car_and_the_files_above_it(tmp_path: Path) -> None:
    side_car = b"SPDX-License-Identifier: CC0-1.0\n"
    root = folder(tmp_path / "tree", {"a/b/x.png": PNG, "a/b/x.png.license": side_car, "a/b/y.png": PNG})
    assert outcomes("repository", root / "a/b/x.png") == {"b/x.png": "accept"}
    assert outcomes("repository", root / "a/b/y.png") == {"b/y.png": "no_licence_file"}
    folder(root, {"LICENSE": b"mine"})
    assert outcomes("repository", root / "a/b/x.png") == {"tree/a/b/x.png": "unknown_licence"}


def test_a_file_of_a_declared_repository_finds_its_licence_file(shared: Path) -> None:
    collection = shared / "collections/open_duelyst"
    files = sorted((collection / "assets/icons").glob("*.png"))[:3]
    assert set(outcomes("open_duelyst", *files).values()) == {"accept"}
    assert len(outcomes("open_duelyst", *files)) == 3
    assert outcomes("open_duelyst", shared / "collections/_mixed/reuse_example/img/cat.jpg") == {
        "cat.jpg": "out_of_scope"
    }


def test_responses_of_a_museum_are_read_one_by_one(tmp_path: Path) -> None:
    folder(tmp_path, {"b.json": b"{}", "a.json": b"[", "notes.txt": b"mine", "deep/c.json": b"null"})
    found = lines("drawn_museum", tmp_path)
    assert [each["outcome"] for each in found] == ["refuse"] * 3
    assert lines("drawn_museum", tmp_path / "a.json")[0]["reason"] == "unreadable"


def test_what_is_saved_and_holds_no_record_is_mentioned_and_refused(tmp_path: Path) -> None:
    odd = {
        "zero.json": b"", "zero.csv": b"", "blank.json": b" \n", "null.json": b"null", "list.json": b"[]",
        "a.txt": b"hello",
        "a.md": b"# x", "a.csv": b"a,b\n1,2\n", "a.xml": b"<a/>", "a.html": b"<p>x</p>", "a.jpg": PNG, "noext": b"x",
        "bytes.csv": bytes(range(256)), "deep.json": b"[" * 100_000, "lfs.json": b"version https://git-lfs.github.com/",
        "two.json": b'{"a":1}{"b":2}',
    }  # fmt: skip
    folder(tmp_path, odd)
    for source in ("drawn_museum", "met", "artic"):
        for name in odd:
            found = lines(source, tmp_path / name)
            assert [(each["outcome"], each["reason"]) for each in found] == [("refuse", "unreadable")], (source, name)
    together = lines("drawn_museum", *(tmp_path / name for name in odd))
    assert [each["reason"] for each in together] == ["unreadable"] * len(odd)


@pytest.mark.parametrize(("files", "named"), [({}, "empty"), ({"texts/a.txt": b"x", "texts/a.jpg": PNG}, "texts")])
def test_a_folder_without_responses_is_said_to_hold_none(tmp_path: Path, files: dict[str, bytes], named: str) -> None:
    (folder(tmp_path, files) / named).mkdir(exist_ok=True, parents=True)
    with pytest.raises(SourceError, match=f"{named} holds no saved responses"):
        lines("drawn_museum", tmp_path / named)


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    for source in ("drawn_museum", "openclipart"):
        with pytest.raises(UsageError, match=r"pipe\.json is not a file"):
            lines(source, tmp_path / "pipe.json")


def test_bulk_files_are_judged_slice_by_slice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    works = [exhibit.as_json() for exhibit in collection(3)]
    text = "\n".join(json.dumps(work) for work in works)
    folder(tmp_path, {"a.txt": text.encode(), "b.jsonl": text.encode(), "c.txt.bz2": bz2.compress(text.encode())})
    monkeypatch.setattr("mitsua_data.inspection.MAX_BODY", 100)
    for name in ("a.txt", "b.jsonl", "c.txt.bz2"):
        # One array of all three: this museum has no such answer, but every element of it was read.
        (line,) = lines("drawn_museum", tmp_path / name)
        assert line["id"] == f"drawn_museum:{name}?1-3"
    assert len(lines("artic", tmp_path)) == 2 * 3, "in folders, a text is a note"
    (tmp_path / "none.json.gz").write_bytes(gzip.compress(b"[]"))
    with pytest.raises(SourceError, match=r"none\.json\.gz holds no rows and no elements"):
        lines("artic", tmp_path / "none.json.gz")
    (tmp_path / "cut.json.gz").write_bytes(gzip.compress(b"[1,2]")[:-6])
    with pytest.raises(SourceError, match=r"cut\.json\.gz cannot be read"):
        lines("artic", tmp_path / "cut.json.gz")


def test_no_file_is_written(tmp_path: Path) -> None:
    root = folder(tmp_path, {"svg/a.svg": FREE, "png/a.png": PNG})
    before = sorted(root.rglob("*"))
    lines("openclipart", root)
    assert sorted(root.rglob("*")) == before


@pytest.mark.parametrize("source", ["openclipart", "repository", "drawn_museum"])
def test_a_path_that_is_not_there_is_an_error_before_anything_is_read(tmp_path: Path, source: str) -> None:
    good = folder(tmp_path, {"a.svg": FREE}) / "a.svg"
    with pytest.raises(UsageError, match="nowhere does not exist"):
        next(iter(judge_paths(get_source(source), [good, tmp_path / "nowhere"])))


def test_a_folder_that_holds_nothing_to_judge_is_an_error(tmp_path: Path) -> None:
    folder(tmp_path, {"notes.txt": b"mine"})
    for source in ("openclipart", "repository"):
        with pytest.raises(SourceError, match=r"no .+ files here"):
            lines(source, tmp_path)
