"""What a withdrawal touches, as commands show it: releases, shards, samples, training runs, checkpoints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from mitsua_data.cli.ui import Format, emit, many, note, show_table
from mitsua_data.runs import read_runs, unfinished
from mitsua_data.shards.keys import TrustStore
from mitsua_data.shards.revocations import Target
from mitsua_data.withdraw import Reach
from mitsua_data.workspace import Workspace

Told = tuple[Target, str, bool]
"""What was listed: kind, target, and whether it is new."""


def show_reach(told: Sequence[Told], touched: Reach, place: Workspace, trust: TrustStore, output: Format) -> None:
    """Tell what was withdrawn, and all that it reaches."""
    runs = touched.runs(read_runs(place.runs, trust, bad=lambda error: note(f"mitsua: not counted: {error.line()}")))
    manifests = {release["manifest"] for release in touched.releases}
    going = [name for name, manifest in unfinished(place.runs).items() if manifest in manifests]
    if output is Format.JSON:
        emit(
            {
                "withdrawn": [{"kind": str(kind), "target": target, "new": new} for kind, target, new in told],
                "images": [str(image) for image in touched.images],
                "releases": list(touched.releases),
                "training_runs": runs,
                "unfinished_runs": going,
            }
        )
    elif touched.releases:
        show_table("what it reaches", ("", "name", "samples", ""), list(_rows(touched, runs)))
    for kind, target, new in told:
        note(f"{kind} {target} {'is withdrawn' if new else 'had been withdrawn before'}")
    held, trained = many(len(touched.releases), "release"), many(len(runs), "training run")
    note(f"it reaches {many(len(touched.images), 'image')}, {held}, {trained}")
    if touched.releases:
        note("no trainer takes these releases any more: run mitsua decide, raise the version in the dataset's file,")
        note("and build and audit again")
    for run in runs:
        what = "was trained on it" if run["trained_on_it"] else "held it out of training"
        note(f"  run {run['name']}: {what}, {run['steps']:,} steps; see {run['record']}")
    for name in going:
        note(f"  run {name}: is not finished, and has no signed record; it began on a release that holds it")


def _rows(touched: Reach, runs: Sequence[dict[str, Any]]) -> Iterator[tuple[object, ...]]:
    for release in touched.releases:
        name = f"{release['name']} {release['version']}"
        yield "release", name, release["samples"], release["manifest"]
        for shard in release["shards"]:
            yield "shard", f"{name} {shard['name']}", len(shard["keys"]), shard["sha256"]
    for run in runs:
        trained = "trained on it" if run["trained_on_it"] else "held out of training"
        yield "run", run["name"], "", f"{run['steps']:,} steps, {trained}"
        for kept in run["checkpoints"]:
            yield "checkpoint", f"{run['name']} {kept['name']}", "", kept["state_sha256"]
        for name in run["model"]:
            yield "model", f"{run['name']} {name}", "", "trained on it"
