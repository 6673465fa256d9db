"""
Every recorded answer of every institution, through `inspect`: a line for each image, and never a traceback.

What is right in each is for the source's own test; here, what holds for all: no file goes unmentioned, every line has
the form that README promises, and whatever is accepted has its evidence in it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mitsua_data.inspection import inspect_paths
from mitsua_data.policy import Policy
from mitsua_data.sources import get_source
from tests.conftest import SHARED

FOLDERS = {
    "ambientcg": "ambientcg", "artbench": "artbench", "artic": "artic", "cleveland": "cleveland", "flickr": "flickr",
    "getty": "getty", "goblintown": "goblintown", "met": "met", "mfers": "mfers", "nga": "nga",
    "open_duelyst": "open_duelyst", "openclipart": "openclipart", "osaki_ichibantaro": "osaki_ichibantaro",
    "rhizomatiks": "contract", "smithsonian": "smithsonian", "threedicons": "threedicons", "timeless": "timeless",
    "tubby_cats": "tubby_cats", "vroid_image_dataset": "vroid", "walters": "walters",
    "wikimedia_commons": "wikimedia_commons", "wuffle": "wuffle",
}  # fmt: skip
"""Folder of recordings → the source that reads them."""
FILES = [
    (FOLDERS[folder.name], file)
    for folder in (sorted((SHARED / "sources").iterdir()) if SHARED.is_dir() else ())
    for file in sorted(folder.rglob("*"))
    if file.is_file()
]
FIELDS = [
    "source", "id", "part", "image_url", "title", "creator", "outcome", "licence", "reason", "grade", "evidence",
]  # fmt: skip


def lines(source: str, *paths: Path) -> list[dict[str, Any]]:
    return [dict(line) for line in inspect_paths(get_source(source), paths, Policy.load())]


def check(found: list[dict[str, Any]], source: str) -> None:
    assert found, "nothing is said of it"
    for line in found:
        assert list(line) == FIELDS
        assert line["source"] in {source, *FOLDERS.values()}
        assert line["outcome"] in {"accept", "refuse", "review"}
        accepted = line["outcome"] == "accept"
        assert (line["reason"] is None) == accepted
        if accepted:
            assert line["image_url"]
            assert line["licence"]
            assert line["grade"] in {"E2", "E3", "E4"}
            assert any(each["value"] is not None for each in line["evidence"])
    keys = [(line["source"], line["id"], line["part"]) for line in found if line["part"]]
    assert len(keys) == len(set(keys)), "two lines for one image"


@pytest.mark.parametrize(("source", "file"), FILES, ids=lambda value: getattr(value, "name", value))
def test_each_recorded_file_is_read_or_refused(source: str, file: Path) -> None:
    check(lines(source, file), source)


@pytest.mark.parametrize("folder", FOLDERS)
def test_all_files_of_a_source_are_read_together(shared: Path, folder: str) -> None:
    check(lines(FOLDERS[folder], *sorted(each for each in (shared / "sources" / folder).rglob("*") if each.is_file())),
          FOLDERS[folder])  # fmt: skip


def test_own_words_alone_accept_nothing(shared: Path) -> None:
    """The notes beside the recordings quote licences by the dozen; none of that is a record."""
    for folder, source in FOLDERS.items():
        note = shared / "sources" / folder / "API.md"
        assert all(line["outcome"] != "accept" for line in lines(source, note))
