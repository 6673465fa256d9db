"""The end of a run: figures, pictures, the model's files, the list of what was consumed, and the signed record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import torch

from mitsua_data.model import Json
from mitsua_data.shards.keys import Signer
from mitsua_train.checkpoint import Checkpoints
from mitsua_train.data import Images
from mitsua_train.encoders import TextEncoder
from mitsua_train.evaluate import Measured, measure
from mitsua_train.export import model_files
from mitsua_train.folder import CONSUMED, METRICS, RECORD, SAMPLES, RunFolder, as_text
from mitsua_train.gate import AuditedRelease
from mitsua_train.latents import Latents, decode_all
from mitsua_train.machine import Machine
from mitsua_train.models import parameters
from mitsua_train.progress import Reporter
from mitsua_train.recipe import Recipe
from mitsua_train.record import (
    about_checkpoints,
    about_code,
    about_release,
    consumed,
    exposure,
    merkle_root,
    sign,
)
from mitsua_train.sample import Row, picture, sample
from mitsua_train.step import Stage


@dataclass(frozen=True)
class Asked:
    """What the person who started the run asked for."""

    recipe: Recipe
    """As it is run."""
    written: str
    """The digest of the recipe as it was written, before `--steps-scale`."""
    steps_scale: float = 1.0


@dataclass(frozen=True)
class Trained:
    """Both networks after their last step, and all that led there."""

    release: AuditedRelease
    images: Images
    held_out: Images
    held_out_latents: Latents
    encoder: TextEncoder
    stages: tuple[Stage, Stage]
    """Autoencoder and denoiser."""
    first_weights: Mapping[str, str]
    """Digests of the weights before the first step."""
    checkpoints: Checkpoints
    """Where they were saved, and on which machines."""
    started_at: datetime


def finish(
    trained: Trained,
    asked: Asked,
    run: RunFolder,
    *,
    signer: Signer,
    report: Reporter,
    machine: Machine,
    clock: Callable[[], datetime],
) -> dict[str, Json]:
    """
    Write everything that a run leaves, its record last; returns the figures.

    The denoiser is measured, drawn with and kept as the moving average of its weights. Raises StorageError.
    """
    recipe = asked.recipe
    vae, denoiser = (stage.network for stage in trained.stages)
    with trained.stages[1].averaged():
        measured = measure(
            vae,
            denoiser,
            train=trained.images,
            val=trained.held_out,
            latents=trained.held_out_latents,
            encoder=trained.encoder,
            seed=recipe.seed,
            machine=machine,
        )
        png, captions = _draw(trained, recipe, machine, report)
        files = run.write_model(model_files(vae, denoiser, recipe, trained.encoder, trained.images, captions))
    ended_at = clock()
    metrics = _metrics(measured, trained, (ended_at - trained.started_at).total_seconds())
    lines = consumed(trained.images, trained.held_out, recipe)
    files[SAMPLES] = run.write(SAMPLES, png)
    files[METRICS] = run.write(METRICS, as_text(metrics))
    files[CONSUMED] = run.write(CONSUMED, b"".join(line + b"\n" for line in lines))
    predicate: dict[str, Json] = {
        "run": run.name,
        "steps": sum(stage.done for stage in trained.stages),
        "started_at": trained.started_at.isoformat(),
        "ended_at": ended_at.isoformat(),
        "releases": [about_release(trained.release)],
        "recipe": {
            "written_sha256": asked.written,
            "sha256": recipe.digest,
            "steps_scale": asked.steps_scale,
            "values": recipe.dump(),
        },
        "seed": recipe.seed,
        "first_weights": dict(trained.first_weights),
        "text_encoder": trained.encoder.describe(),
        "code": about_code(),
        "machines": [dict(each) for each in trained.checkpoints.machines],
        "samples": {"root": merkle_root(lines), "train": len(trained.images), "val": len(trained.held_out)},
        "exposure": exposure(trained.release, recipe),
        "checkpoints": about_checkpoints(trained.checkpoints),
        "metrics": metrics,
    }
    run.write(RECORD, sign(files, predicate, signer))
    return metrics


def _draw(trained: Trained, recipe: Recipe, machine: Machine, report: Reporter) -> tuple[bytes, tuple[str, ...]]:
    """Held-out images, what the autoencoder makes of them, and what the model draws from their captions and noise."""
    held_out, latents = trained.held_out, trained.held_out_latents
    vae, unet = (stage.network for stage in trained.stages)
    rows = torch.linspace(0, len(held_out) - 1, min(recipe.sample.count, len(held_out))).round().long()
    captions = tuple(held_out.captions[int(row)] for row in rows)
    height, width = latents.mean_NCHW.shape[2:]
    with report.bar("draw samples", 2 * recipe.sample.steps) as bar:
        once, again = (
            sample(
                vae,
                unet,
                trained.encoder,
                captions,
                recipe.sample,
                side=(height, width),
                seed=recipe.seed + turn,
                machine=machine,
                advance=bar,
            )
            for turn in range(2)
        )
    png = picture(
        [
            Row("real images, held out of training", held_out.batch(rows), captions),
            Row("the same images through the autoencoder", decode_all(vae, latents.mean_NCHW[rows])),
            Row("drawn by the model from noise and those captions", once),
            Row("drawn again from other noise", again),
        ]
    )
    return png, captions


def _metrics(measured: Measured, trained: Trained, seconds: float) -> dict[str, Json]:
    stages = trained.stages
    return measured.as_json() | {
        "images": {"train": len(trained.images), "val": len(trained.held_out)},
        "parameters": {stage.name: parameters(stage.network) for stage in stages},
        "images_seen": {stage.name: stage.done * min(stage.fit.batch, len(trained.images)) for stage in stages},
        "loss_history": {stage.name: _thinned(stage.history) for stage in stages},
        "seconds": round(seconds, 1),
    }


def _thinned(losses: list[float], points: int = 50) -> list[Json]:
    """The mean loss of up to `points` equal stretches of the run."""
    width = max(1, -(-len(losses) // points))
    parts = [losses[start : start + width] for start in range(0, len(losses), width)]
    return [round(sum(part) / len(part), 6) for part in parts]
