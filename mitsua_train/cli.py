"""`mitsua train` and `mitsua sample`. Libraries that take seconds to load are loaded inside the commands."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mitsua_data.errors import EXIT_INTERRUPTED, EXIT_OK, UsageError
from mitsua_data.shards.keys import KeyRing, Role

if TYPE_CHECKING:
    from mitsua_data.model import Json
    from mitsua_train.gate import AuditedRelease
    from mitsua_train.recipe import Recipe


class Format(StrEnum):
    """How data is printed on stdout."""

    TABLE = "table"
    JSON = "json"


WorkspaceOption = Annotated[
    Path,
    typer.Option("--workspace", "-w", envvar="MITSUA_WORKSPACE", help="The folder that holds everything."),
]
FormatOption = Annotated[Format, typer.Option("--format", help="How to print data on stdout.")]


@dataclass(frozen=True)
class Place:
    """Where things are in a workspace, as the trainer sees it."""

    root: Path

    @property
    def keys(self) -> KeyRing:
        """The trainer's own key, and the keys pinned here."""
        return KeyRing(self.root / "keys", self.root / "trust")

    def release(self, named: Path | None, recipe: Recipe) -> Path:
        """The release folder: as named on the command line, or below `releases/` as the recipe says."""
        return named if named is not None else self.root / "releases" / recipe.data.release

    def run(self, name: str) -> Path:
        """A run's folder; `name` may be a path."""
        return Path(name) if "/" in name else self.root / "runs" / name


def now() -> datetime:
    """The moment, in UTC."""
    return datetime.now(UTC)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("train")(train_command)
    app.command("sample")(sample_command)


def train_command(
    recipe: Annotated[Path, typer.Argument(help="A recipe file, such as manifests/recipes/clipart-small.toml.")],
    workspace: WorkspaceOption = Path("workspace"),
    release: Annotated[
        Path | None,
        typer.Option(help="The release's folder, instead of the one the recipe names. The gate still holds."),
    ] = None,
    run: Annotated[str | None, typer.Option(help="The run's name; the recipe's own by default.")] = None,
    steps_scale: Annotated[
        float, typer.Option(help="Multiply the steps, for a trial run; the training record says so.")
    ] = 1.0,
    check: Annotated[
        bool, typer.Option("--check", help="Open the release, say what would be trained, and end.")
    ] = False,
    output: FormatOption = Format.TABLE,
) -> int:
    """Train from scratch on an audited release. Stopped and started again, it goes on where it was."""
    from mitsua_train.finish import Asked
    from mitsua_train.folder import METRICS, RunFolder
    from mitsua_train.loop import train
    from mitsua_train.progress import Terminal
    from mitsua_train.recipe import Recipe
    from mitsua_train.stopping import Stopping

    place, report = Place(workspace), Terminal()
    written = Recipe.load(recipe)
    asked = Asked(written.scaled(steps_scale) if steps_scale != 1.0 else written, written.digest, steps_scale)
    opened = _open(place, place.release(release, written), written)
    report.line(f"{opened.name} {opened.version}: audited, {sum(opened.counts.values())} samples let through")
    if check:
        _show(_plan(opened, asked.recipe), "would train", output)
        return EXIT_OK
    folder = RunFolder(place.run(run or written.name))
    with folder.writing(), Stopping() as stopping:
        if folder.finished:
            folder.begin({"recipe": asked.recipe.digest, "release": opened.digest}, {}, now())
            report.line(f"{folder.path}: finished already; these are its figures")
            metrics = folder.read(METRICS)
        else:
            signer = place.keys.signer(Role.TRAINER)
            metrics = train(
                opened,
                asked,
                folder,
                signer=signer,
                report=report,
                stopping=stopping,
                clock=now,
            )
    if metrics is None:
        report.line("stopped and saved; run the same command again to go on from here")
        return EXIT_INTERRUPTED
    _show(_summary(metrics, folder.path), f"run {folder.name}", output)
    return EXIT_OK


def sample_command(
    run: Annotated[str, typer.Argument(help="A finished run's name, or its folder.")],
    workspace: WorkspaceOption = Path("workspace"),
    caption: Annotated[
        list[str] | None, typer.Option(help="What to draw; may be given more than once. Without: captions held out.")
    ] = None,
    count: Annotated[int, typer.Option(min=1, max=64, help="Images for each caption.")] = 4,
    guidance: Annotated[float | None, typer.Option(min=1.0, help="How hard to follow the caption.")] = None,
    steps: Annotated[int | None, typer.Option(min=1, max=1000, help="Steps from noise to image.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Other seeds, other images.")] = 0,
    out: Annotated[
        Path | None, typer.Option(help="The PNG to write; a new name in the run's folder by default.")
    ] = None,
) -> None:
    """Draw images with a trained model: one row for each caption."""
    from mitsua_train.draw import draw
    from mitsua_train.folder import RunFolder
    from mitsua_train.progress import Terminal

    place = Place(workspace)
    path = draw(
        RunFolder(place.run(run)),
        place.keys,
        captions=tuple(caption or ()),
        count=count,
        changes={name: value for name, value in (("guidance", guidance), ("steps", steps)) if value is not None},
        seed=seed,
        out=out,
        report=Terminal(),
    )
    sys.stdout.write(f"{path}\n")


def _open(place: Place, folder: Path, recipe: Recipe) -> AuditedRelease:
    """Through the gate; there is no other way to a release."""
    from mitsua_train.gate import GateRules, open_audited

    if not folder.is_dir():
        raise UsageError(f"{folder}: no such release", advice="name its folder with --release, or build it first")
    data = recipe.data
    return open_audited(
        folder,
        GateRules(frozenset(data.policies), frozenset(data.licences), data.max_revocation_age_days),
        trust=place.keys,
        revocation_list=place.root / "revocations.dsse.json",
        seen_file=place.root / "seen.json",
        now=now(),
    )


def _plan(release: AuditedRelease, recipe: Recipe) -> dict[str, Json]:
    return {
        "release": f"{release.name} {release.version}",
        "images_train": release.counts["train"],
        "images_val": release.counts["val"],
        "recipe_sha256": recipe.digest,
        "autoencoder_steps": recipe.vae.fit.steps,
        "denoiser_steps": recipe.unet.fit.steps,
        "text": recipe.text.kind,
    }


def _summary(metrics: Json, path: Path) -> dict[str, Json]:
    """The closing figures. Losses: mean squared error of the velocity on held-out images, see `loss`."""
    if not isinstance(metrics, dict):
        raise UsageError(f"{path}: its figures are of another form")
    told = {
        name: metrics[name]
        for name in ("images", "parameters", "psnr_db", "psnr_mean_image_db", "loss", "loss_other_captions",
                     "loss_best_line", "loss_predicting_the_mean", "seconds")
    }  # fmt: skip
    return told | {"pictures": str(path / "samples.png"), "record": str(path / "training.intoto.json")}


WORDS = {
    "images": "images",
    "parameters": "parameters",
    "psnr_db": "autoencoder on held-out images, dB PSNR",
    "psnr_mean_image_db": "  the mean image instead",
    "loss": "denoiser on held-out images, loss",
    "loss_other_captions": "  with other images' captions",
    "loss_best_line": "  the best number-by-number guess",
    "loss_predicting_the_mean": "  predicting the mean",
}


def _show(values: dict[str, Json], title: str, output: Format) -> None:
    if output is Format.JSON:
        sys.stdout.write(json.dumps(values, ensure_ascii=False) + "\n")
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=title, title_justify="left", title_style="bold", box=None, show_header=False, pad_edge=False)
    table.add_column()
    table.add_column(overflow="fold")
    for name, value in values.items():
        table.add_row(escape(WORDS.get(name, name.replace("_", " "))), escape(_said(value)))
    # A pipe has no width of its own: paths must come through whole.
    Console(highlight=False, width=None if sys.stdout.isatty() else 400).print(table)


def _said(value: Json) -> str:
    match value:
        case float():
            return f"{value:,.3f}" if abs(value) < 10 else f"{value:,.1f}"
        case int():
            return f"{value:,}"
        case dict():
            return ", ".join(f"{name} {_said(each)}" for name, each in value.items())
    return str(value)
