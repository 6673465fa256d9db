"""`mitsua demo`: the whole way once, each step a command that can be typed by hand."""

from __future__ import annotations

import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from mitsua_data import packages, shipped
from mitsua_data.cli.ui import WorkspaceOption, note
from mitsua_data.dataset import Dataset
from mitsua_data.demo.museum import serve_museum
from mitsua_data.errors import SourceError
from mitsua_data.sources import get_source
from mitsua_data.sources.base import ArchiveSource
from mitsua_data.workspace import Workspace

DEMO_WORKSPACE = Path("workspace-demo")


@dataclass(frozen=True)
class Collection:
    """What the demo runs on."""

    source: str
    options: tuple[str, ...]
    """Of crawl and fetch."""
    dataset: str
    recipe: str


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo_command)


def demo_command(
    from_: Annotated[
        list[Path] | None,
        typer.Option("--from", help="The packages openclipart-svg and openclipart-png, or the folder they unpack to."),
    ] = None,
    built_in: Annotated[bool, typer.Option(help="Use the built-in collection, over loopback HTTP.")] = False,
    short: Annotated[
        bool, typer.Option(help="Train for a few steps only: shows the way, no pictures worth seeing.")
    ] = False,
    workspace: WorkspaceOption = DEMO_WORKSPACE,
) -> int:
    """From licence evidence to the pictures of a model trained on audited shards, on real images."""
    began = time.monotonic()
    place = Workspace(workspace)
    with _collection(place, from_ or [], built_in=built_in) as collection:
        for command in _steps(place, collection, short=short):
            if (code := _run([*command, "--workspace", str(place.root)])) != 0:
                note(f"mitsua: the step above ended with exit code {code}; mend it and run the demo again")
                return code
    _where(place, collection, time.monotonic() - began)
    return 0


@contextmanager
def _collection(place: Workspace, paths: list[Path], *, built_in: bool) -> Iterator[Collection]:
    """Open Clipart where it can be had; else the pictures the project draws itself, from a museum on loopback."""
    source = get_source("openclipart")
    if not built_in and not paths and isinstance(source, ArchiveSource):
        try:
            note("Getting Open Clipart 0.18 (156 MB) with apt-get download")
            paths = packages.download(source.packages, place.downloads)
        except SourceError as error:
            note(f"Open Clipart cannot be had here: {error.line()}")
            note("Going on with the small built-in collection instead.")
    if paths:
        named = tuple(part for path in paths for part in ("--from", str(path)))
        yield Collection("openclipart", named, "clipart", "clipart-small")
        return
    with serve_museum() as url:
        yield Collection("drawn_museum", ("--base-url", url), "drawn", "clipart-small")


def _steps(place: Workspace, collection: Collection, *, short: bool) -> Iterator[list[str]]:
    """The commands, as somebody would type them."""
    manifests = shipped.folder("manifests")
    dataset, recipe = (
        manifests / "datasets" / f"{collection.dataset}.toml",
        manifests / "recipes" / f"{collection.recipe}.toml",
    )
    yield ["crawl", collection.source, *collection.options]
    yield ["decide"]
    yield ["fetch", collection.source, *collection.options]
    yield ["build", str(dataset)]
    release = str(_release(place, collection))
    yield ["audit", release]
    yield ["verify", release]
    yield ["train", str(recipe), "--release", release, *(["--steps-scale", "0.02"] if short else [])]
    yield ["sample", collection.recipe]


def _release(place: Workspace, collection: Collection) -> Path:
    spec = Dataset.load(shipped.folder("manifests") / "datasets" / f"{collection.dataset}.toml")
    return place.releases / f"{spec.name}-{spec.version}"


def _run(arguments: list[str]) -> int:
    note(f"\n$ mitsua {shlex.join(arguments)}")
    return subprocess.run([sys.executable, "-m", "mitsua_data", *arguments], check=False).returncode  # noqa: S603  ourselves


def _where(place: Workspace, collection: Collection, seconds: float) -> None:
    release = _release(place, collection)
    note(f"\nDone in {seconds / 60:.1f} minutes.")
    note(f"  ledger          {place.ledger}")
    note(f"  release         {release}")
    note(f"  licence audit   {place.reports / release.name / 'audit.html'}")
    note(f"  pictures        {place.runs / collection.recipe / 'samples.png'}")
    note(f"  one image's chain: mitsua explain --workspace {place.root} <an image file, sha256 or id>")
