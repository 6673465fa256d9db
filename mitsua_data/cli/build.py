"""`mitsua build`: a dataset file becomes a signed release."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mitsua_data.build import Built, build
from mitsua_data.captures import CaptureStore
from mitsua_data.cli.bars import progress
from mitsua_data.cli.ui import (
    DEFAULT_WORKSPACE,
    Format,
    FormatOption,
    WorkspaceOption,
    emit,
    many,
    note,
    show_table,
    writing,
)
from mitsua_data.dataset import Dataset
from mitsua_data.policy import Policy
from mitsua_data.shards.keys import KeyRing
from mitsua_data.workspace import Workspace


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("build")(build_command)


def build_command(
    dataset: Annotated[Path, typer.Argument(help="A dataset file, such as manifests/datasets/clipart.toml.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    workers: Annotated[int | None, typer.Option(min=1, help="Image workers; one a core, by default.")] = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """Write a release: shards, manifest, signature, proofs. The same ledger and dataset give the same bytes."""
    place, spec = Workspace(workspace), Dataset.load(dataset)
    policy = Policy.load(spec.policy)
    keys = KeyRing(place.keys, place.trust)
    with (
        writing(place) as ledger,
        CaptureStore(place.captures) as store,
        progress(f"build {spec.name} {spec.version}") as bar,
    ):
        built = build(
            ledger,
            store,
            keys,
            spec,
            policy,
            place.releases,
            workers=workers,
            progress=bar,
            announce=bar.expect,
        )
    _show(built, output)


def _show(built: Built, output: Format) -> None:
    manifest, tally = built.published.signed.manifest, built.tally
    if output is Format.JSON:
        left_out = {reason: n for reason, n in sorted(tally.left_out.items()) if n}
        emit(
            {
                "release": str(built.published.path),
                "manifest": built.published.signed.digest,
                "samples": tally.samples,
                "train": manifest.counts.train,
                "val": manifest.counts.val,
                "shards": len(manifest.shards),
                "left_out": left_out,
                "withheld": dict(sorted(tally.withheld.items())),
            }
        )
        return
    rows = [
        ("train", manifest.counts.train),
        ("val", manifest.counts.val),
        *((f"left out: {reason}", n) for reason, n in sorted(tally.left_out.items()) if n),
    ]
    show_table(f"{manifest.name} {manifest.version}: {tally.samples:,} samples", ("", "images"), rows)
    for words, count in sorted(tally.withheld.items()):
        note(f"no caption has the {words} ({many(count, 'sample')})")
    note(f"release   {built.published.path}")
    note(f"manifest  sha256 {built.published.signed.digest}")
    if built.published.was_there:
        note("the same release was there already, byte for byte")
    note(f"next      mitsua audit {built.published.path}")
