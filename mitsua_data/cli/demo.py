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
from typing import Annotated, Final

import typer

from mitsua_data import packages, shipped
from mitsua_data.cli.collect import named_places
from mitsua_data.cli.ui import note, reading
from mitsua_data.dataset import Dataset
from mitsua_data.demo.museum import serve_museum
from mitsua_data.errors import EXIT_INTERRUPTED, EXIT_OK, SourceError
from mitsua_data.ledger import queries
from mitsua_data.sources import get_source
from mitsua_data.workspace import Workspace

DEMO_WORKSPACE: Final = Path("workspace-demo")
SHORT: Final = "0.02"
"""Share of the training steps in a shortened demo."""


@dataclass(frozen=True)
class Collection:
    """What the demo runs on."""

    source: str
    options: tuple[str, ...]
    """Of crawl and fetch."""
    dataset: Path
    recipe: Path


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo_command)


def demo_command(
    from_: Annotated[
        list[Path] | None,
        typer.Option("--from", help="The packages openclipart-svg and openclipart-png, or the folder they unpack to."),
    ] = None,
    built_in: Annotated[
        bool, typer.Option("--built-in", help="Use the built-in collection, over loopback HTTP.")
    ] = False,
    short: Annotated[
        bool, typer.Option("--short", help="Train for a few steps only: shows the way, no pictures worth seeing.")
    ] = False,
    workspace: Annotated[
        Path, typer.Option("--workspace", "-w", help="The folder that holds everything.")
    ] = DEMO_WORKSPACE,
) -> int:
    """From licence evidence to the pictures of a model trained on audited shards, on real images."""
    began = time.monotonic()
    place = Workspace(workspace)
    with _collection(place, from_ or [], built_in=built_in) as collection:
        steps = list(_steps(place, collection, short=short))
        for number, command in enumerate(steps, start=1):
            note(f"\n[{number}/{len(steps)}] $ mitsua {shlex.join(command)}")
            if (code := _run(command)) != EXIT_OK:
                note(f"mitsua: step {number} ended with exit code {code}; mend what it says, and run the demo again")
                return code
    _where(place, collection, time.monotonic() - began)
    return EXIT_OK


@contextmanager
def _collection(place: Workspace, paths: list[Path], *, built_in: bool) -> Iterator[Collection]:
    """Open Clipart where it can be had; else the pictures the project draws itself, from a museum on loopback."""
    manifests = shipped.folder("manifests")
    recipe = manifests / "recipes" / "clipart-small.toml"
    if not built_in and (found := paths or _downloaded(place)):
        named = tuple(part for path in found for part in ("--from", str(path)))
        yield Collection("openclipart", named, manifests / "datasets" / "clipart.toml", recipe)
        return
    with serve_museum() as url:
        yield Collection("drawn_museum", ("--base-url", url), manifests / "datasets" / "drawn.toml", recipe)


def _downloaded(place: Workspace) -> list[Path]:
    """Open Clipart's packages; none, with the reason told, where they cannot be had."""
    if packages.available():
        note("Open Clipart 0.18 comes with apt-get download (156 MB).")
    try:
        return [Path(each) for each in named_places(place, get_source("openclipart"), [], None)]
    except SourceError as error:
        note(f"Open Clipart cannot be had here: {error.line()}.")
        note("Going on with the small built-in collection: pictures the project draws itself, served on loopback.")
        return []


def _steps(place: Workspace, collection: Collection, *, short: bool) -> Iterator[list[str]]:
    """The commands, as somebody would type them."""
    here = ["--workspace", str(place.root)]
    release = str(_release(place, collection))
    yield ["crawl", collection.source, *collection.options, *here]
    yield ["decide", *here]
    yield ["fetch", collection.source, *collection.options, *here]
    yield ["build", str(collection.dataset), *here]
    yield ["audit", release, *here]
    yield ["verify", release, *here]
    scale = ["--steps-scale", SHORT] if short else []
    yield ["train", str(collection.recipe), "--release", release, *scale, *here]
    yield ["sample", collection.recipe.stem, *here]


def _release(place: Workspace, collection: Collection) -> Path:
    spec = Dataset.load(collection.dataset)
    return place.releases / f"{spec.name}-{spec.version}"


def _run(arguments: list[str]) -> int:
    """One step, in a process of its own. Ctrl-C reaches it as well: it is given the time to end as it must."""
    with subprocess.Popen([sys.executable, "-m", "mitsua_data", *arguments]) as step:  # noqa: S603  ourselves
        try:
            return step.wait()
        except KeyboardInterrupt:
            step.wait()
            return EXIT_INTERRUPTED


def _where(place: Workspace, collection: Collection, seconds: float) -> None:
    release = _release(place, collection)
    note(f"\nDone in {seconds / 60:.1f} minutes.")
    note(f"  ledger              {place.ledger}")
    note(f"  release             {release}")
    note(f"  licence audit       {place.reports / release.name / 'audit.html'}")
    note(f"  pictures            {place.runs / collection.recipe.stem / 'samples.png'}")
    note(f"  one image's chain   mitsua explain --workspace {place.root} {shlex.quote(_example(place))}")


def _example(place: Workspace) -> str:
    """An image of the newest release, to be explained."""
    with reading(place) as ledger, ledger.read() as connection:
        return str(queries.some_sample(connection) or "IMAGE")
