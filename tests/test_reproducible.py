"""The same ledger, policy and dataset give the same release, byte for byte; and the ledger remembers it row by row."""

from __future__ import annotations

import shutil
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from mitsua_data.build import build
from mitsua_data.dataset import Dataset, Select
from mitsua_data.errors import UsageError
from mitsua_data.images.transform import Transform
from mitsua_data.ledger import queries, tables
from mitsua_data.model import ImageId
from mitsua_data.policy import Policy
from mitsua_data.shards.files import Folder
from mitsua_data.shards.keys import Role
from mitsua_data.shards.manifest import open_manifest
from tests.tiny import ACCEPTED, DATASET, Tiny


def digests(folder: Path) -> dict[str, str]:
    """sha256 of every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def built_anew(tiny: Tiny, *, workers: int) -> dict[str, str]:
    """The release's files, after it was taken away and built again."""
    shutil.rmtree(tiny.release)
    with tiny.open() as (ledger, store):
        build(ledger, store, tiny.keys, DATASET, tiny.policy, tiny.workspace.releases, workers=workers)
    return digests(tiny.release)


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_any_number_of_workers_gives_the_same_bytes(tiny: Tiny, workers: int) -> None:
    before = digests(tiny.release)
    assert built_anew(tiny, workers=workers) == before


def test_a_copied_workspace_gives_the_same_bytes_at_another_time(tiny: Tiny, tmp_path: Path) -> None:
    elsewhere = tiny.copy(tmp_path / "elsewhere").later(days=400)
    assert built_anew(elsewhere, workers=1) == digests(tiny.release)


def test_building_again_says_that_it_was_there_and_adds_no_row(tiny: Tiny) -> None:
    with tiny.open() as (ledger, _), ledger.read() as connection:
        before = len(list(queries.leaf_hashes(connection)))
    assert tiny.build().published.was_there
    with tiny.open() as (ledger, _), ledger.read() as connection:
        assert len(list(queries.leaf_hashes(connection))) == before
        assert len(connection.execute(select(tables.release)).all()) == 1


CHANGES: dict[str, dict[str, Any]] = {
    "transform": {"transform": Transform(size=(8, 8))},
    "selection": {"select": Select(min_side=2)},
    "split": {"split": DATASET.split.model_copy(update={"seed": "other"})},
}


@pytest.mark.parametrize("change", CHANGES)
def test_another_release_under_a_taken_name_is_refused_before_anything_is_rendered(
    tiny: Tiny, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = digests(tiny.release)
    monkeypatch.setattr("mitsua_data.build.map_images", lambda *_, **__: pytest.fail("rendered"))
    with pytest.raises(UsageError, match="is there already, made from another") as caught:
        tiny.build(DATASET.model_copy(update=CHANGES[change]))
    assert "raise `version`" in caught.value.advice
    assert digests(tiny.release) == before


def test_another_state_of_the_ledger_needs_another_version(tiny: Tiny) -> None:
    (tiny.collection / "svg/shapes/disc_99.svg").write_bytes(b"<svg/>")
    try:
        tiny.crawl()
        tiny.decide()
        with pytest.raises(UsageError, match="another state of the ledger"):
            tiny.build()
    finally:
        (tiny.collection / "svg/shapes/disc_99.svg").unlink()  # other tests read this collection


def test_something_that_is_no_release_is_not_written_over(tiny: Tiny) -> None:
    (tiny.release / "manifest.sig").unlink()
    with pytest.raises(UsageError, match="is in the way"):
        tiny.build()


def test_a_selection_that_takes_nothing_says_why(tiny: Tiny) -> None:
    with pytest.raises(UsageError, match=f"{ACCEPTED} not selected"):
        tiny.build(DATASET.model_copy(update={"version": "2", "select": Select(min_side=500)}))
    assert not (tiny.workspace.releases / "tiny-2").exists()


def test_decisions_that_are_out_of_date_are_refused(tiny: Tiny) -> None:
    with tiny.open() as (ledger, store), pytest.raises(UsageError, match="15 images have no decision") as caught:
        build(ledger, store, tiny.keys, DATASET, Policy.parse('name = "new"'), tiny.workspace.releases)
    assert caught.value.advice == "run: mitsua decide"


def rows(tiny: Tiny, table: Any) -> list[dict[str, Any]]:
    with tiny.open() as (ledger, _), ledger.read() as connection:
        return [dict(row._mapping) for row in connection.execute(select(table))]


def test_the_ledger_remembers_the_release_row_by_row(tiny: Tiny) -> None:
    signed = open_manifest(Folder(tiny.release), tiny.keys.pinned(Role.BUILDER))
    manifest = signed.manifest
    (release,) = rows(tiny, tables.release)
    assert (release["name"], release["version"], release["manifest"]) == ("tiny", "1", signed.digest)
    assert (release["samples"], release["policy"]) == (ACCEPTED, manifest.policy.sha256)
    assert release["checkpoint"] == manifest.checkpoint.size
    assert (release["exclusion_root"], release["revocation_root"]) == (
        manifest.exclusion_root, manifest.revocation_root
    )  # fmt: skip
    shards = {row["name"]: (row["sha256"], row["bytes"], row["samples"]) for row in rows(tiny, tables.shard)}
    assert shards == {shard.name: (shard.sha256, shard.bytes, shard.samples) for shard in manifest.shards}
    samples = rows(tiny, tables.sample)
    assert len(samples) == ACCEPTED
    by_shard = {name: sum(row["shard"] == name for row in samples) for name in shards}
    assert by_shard == {name: samples for name, (_, _, samples) in shards.items()}
    decided = {row["seq"]: row for row in rows(tiny, tables.decision)}
    for row in samples:
        decision = decided[row["decision"]]
        assert (decision["record"], decision["outcome"]) == (row["record"], "accept")
        image = ImageId(row["source"], row["record"], row["part"])
        assert row["split"] == DATASET.split.of(row["original"], image) == row["shard"].split("/")[0]
    (transform,) = rows(tiny, tables.transform)
    assert (transform["sha256"], transform["description"]) == (DATASET.transform.digest, DATASET.transform.describe())


def test_the_progress_of_a_build_ends_where_it_was_announced(tiny: Tiny) -> None:
    announced: list[int] = []
    moved: list[int] = []
    with tiny.open() as (ledger, store):
        build(
            ledger, store, tiny.keys, Dataset(**{**DATASET.model_dump(), "version": "2"}), tiny.policy,
            tiny.workspace.releases, workers=1, progress=moved.append, announce=announced.append,
        )  # fmt: skip
    assert announced == [sum(moved)] == [ACCEPTED]
