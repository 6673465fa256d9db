"""
A training run, from top to bottom: images in, autoencoder, latents, denoiser, figures, pictures, signed record.

`train` takes an AuditedRelease, which only the gate makes. Killed at any point, the same call goes on from the last
checkpoint and ends with the same weights, bit for bit, on the same machine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import torch
from torch import Tensor

from mitsua_data.errors import IntegrityError
from mitsua_data.model import Json
from mitsua_data.shards.keys import Signer
from mitsua_train.checkpoint import Checkpoints
from mitsua_train.data import Images, load_split
from mitsua_train.encoders import TextEncoder, make_encoder
from mitsua_train.evaluate import Measured, measure
from mitsua_train.export import model_files
from mitsua_train.folder import CONSUMED, METRICS, RECORD, SAMPLES, RunFolder, as_text
from mitsua_train.gate import AuditedRelease
from mitsua_train.latents import Latents, decode_all, encode_all, whiten
from mitsua_train.machine import Machine
from mitsua_train.models import Network, build_unet, build_vae, parameters, weights_digest
from mitsua_train.progress import Reporter
from mitsua_train.recipe import Recipe
from mitsua_train.record import about_code, about_release, consumed, merkle_root, sign
from mitsua_train.sample import Row, picture, sample
from mitsua_train.step import Stage, unet_stage, vae_stage
from mitsua_train.stopping import Stopping

SAY_EVERY = 10
"""Steps between two looks at the loss."""


@dataclass(frozen=True)
class Asked:
    """What the person who started the run asked for."""

    recipe: Recipe
    """As it is run."""
    written: str
    """The digest of the recipe as it was written, before `--steps-scale`."""
    steps_scale: float = 1.0


@dataclass(frozen=True)
class Outcome:
    """What a call of `train` came to."""

    finished: bool
    """False where a signal stopped it; the same call goes on from there."""
    metrics: dict[str, Json]
    """Empty where not finished."""


@dataclass(frozen=True)
class Pair:
    """Both networks, and how they began."""

    vae: Network
    unet: Network
    first_weights: dict[str, str]


def train(
    release: AuditedRelease,
    asked: Asked,
    run: RunFolder,
    *,
    signer: Signer,
    report: Reporter,
    stopping: Stopping,
    clock: Callable[[], datetime],
) -> Outcome:
    """
    Train on the release by the recipe, in the run's folder; go on where an earlier call was stopped.

    Raises UsageError, IntegrityError, ShardDamaged, StorageError as the parts do; each leaves the checkpoints whole.
    """
    recipe, began = asked.recipe, clock()
    belongs_to = {"recipe": recipe.digest, "release": release.digest}
    started_at = run.begin(belongs_to, recipe.dump(), began)
    machine = Machine.choose(recipe.train)
    images, held_out = _load(release, recipe, report)
    encoder = make_encoder(recipe.text)
    pair = _build(recipe, release.image_size or (0, 0), encoder)
    checkpoints = Checkpoints(run.checkpoints, keep=recipe.train.keep, belongs_to=belongs_to, machine=machine.describe())

    vae = vae_stage(pair.vae, images, recipe, machine)
    if not run_stage(vae, "autoencoder", checkpoints, recipe.train.checkpoint_every, report, stopping):
        return Outcome(finished=False, metrics={})

    with report.bar("encode images", len(images) + len(held_out)) as bar:
        latents = whiten(pair.vae, encode_all(pair.vae, images, bar))
        val_latents = encode_all(pair.vae, held_out, bar)

    text_NLD, no_caption_LD = encoder.encode(images.captions), encoder.encode([""])[0]
    unet = unet_stage(pair.unet, latents, text_NLD, no_caption_LD, recipe, machine)
    if not run_stage(unet, "denoiser", checkpoints, recipe.train.checkpoint_every, report, stopping):
        return Outcome(finished=False, metrics={})

    if unet.ema is None:
        raise AssertionError("a denoiser without a moving average")
    with unet.ema.shown_in(pair.unet):
        val_text_NLD = encoder.encode(held_out.captions)
        measured = measure(
            pair.vae, pair.unet, train=images, val=held_out, latents=val_latents, text_NLD=val_text_NLD,
            seed=recipe.seed, machine=machine,
        )  # fmt: skip
        shown = draw_picture(pair, encoder, held_out, val_latents, recipe, machine, report)
        files = run.write_model(model_files(pair.vae, pair.unet, recipe, encoder, release, shown.captions))

    seconds = (clock() - began).total_seconds()
    metrics = _metrics(measured, recipe, pair, images, held_out, (vae, unet), seconds)
    lines = consumed(images, held_out, recipe)
    files[SAMPLES] = run.write(SAMPLES, shown.png)
    files[METRICS] = run.write(METRICS, as_text(metrics))
    files[CONSUMED] = run.write(CONSUMED, b"".join(line + b"\n" for line in lines))
    predicate: dict[str, Json] = {
        "run": run.name,
        "steps": vae.done + unet.done,
        "started_at": started_at.isoformat(),
        "ended_at": clock().isoformat(),
        "releases": [about_release(release)],
        "recipe": {
            "written_sha256": asked.written,
            "sha256": recipe.digest,
            "steps_scale": asked.steps_scale,
            "values": recipe.dump(),
        },
        "seed": recipe.seed,
        "first_weights": dict(pair.first_weights),
        "text_encoder": encoder.describe(),
        "code": about_code(),
        "machines": list(checkpoints.machines),
        "samples": {"root": merkle_root(lines), "train": len(images), "val": len(held_out)},
        "metrics": metrics,
    }
    run.write(RECORD, sign(files, predicate, signer))
    return Outcome(finished=True, metrics=metrics)


def run_stage(
    stage: Stage, title: str, checkpoints: Checkpoints, every: int, report: Reporter, stopping: Stopping
) -> bool:
    """Train one network to its last step; False where a signal stopped it, with a checkpoint saved."""
    resume(stage, checkpoints, report)
    with report.bar(f"train {title}", stage.fit.steps, stage.done) as bar:
        while stage.done < stage.fit.steps:
            stage.take()
            bar(1)
            if stage.done % SAY_EVERY == 0:
                recent = stage.history[-5 * SAY_EVERY :]
                bar.say(f"loss {sum(recent) / len(recent):.3f}")
            if stopping.requested or stage.done % every == 0 or stage.done == stage.fit.steps:
                checkpoints.save(stage.name, stage.done, stage.state())
            if stopping.requested:
                return False
    return True


def resume(stage: Stage, checkpoints: Checkpoints, report: Reporter) -> None:
    """Load the newest checkpoint of a stage, if there is one. Raises IntegrityError where it does not fit."""
    found = checkpoints.latest(stage.name)
    if found is None:
        return
    try:
        stage.load(found.step, found.groups)
    except (KeyError, RuntimeError, ValueError) as error:
        raise IntegrityError(
            f"{checkpoints.folder}: a checkpoint of another network ({error})", advice="remove that folder"
        ) from error
    report.line(f"{stage.name}: going on from step {stage.done} of {stage.fit.steps}")
    if found.other_machine:
        report.line("it was saved on another machine or with other threads: the last bits will differ")


@dataclass(frozen=True)
class Shown:
    """The picture a run ends with."""

    png: bytes
    captions: tuple[str, ...]


def draw_picture(
    pair: Pair, encoder: TextEncoder, held_out: Images, latents: Latents, recipe: Recipe, machine: Machine,
    report: Reporter,
) -> Shown:  # fmt: skip
    """Held-out images, what the autoencoder makes of them, and what the model draws from their captions and noise."""
    rows = torch.linspace(0, len(held_out) - 1, min(recipe.sample.count, len(held_out))).round().long()
    captions = tuple(held_out.captions[int(row)] for row in rows)
    side = (int(latents.mean_NCHW.shape[2]), int(latents.mean_NCHW.shape[3]))
    drawn: list[Tensor] = []
    with report.bar("draw samples", 2 * recipe.sample.steps) as bar:
        for turn in range(2):
            drawn.append(
                sample(
                    pair.vae, pair.unet, encoder, captions, recipe.sample,
                    side=side, seed=recipe.seed + turn, machine=machine, advance=bar,
                )
            )  # fmt: skip
    png = picture(
        [
            Row("real images, held out of training", held_out.batch(rows), captions),
            Row("the same images through the autoencoder", decode_all(pair.vae, latents.mean_NCHW[rows])),
            Row("drawn by the model from noise and those captions", drawn[0]),
            Row("drawn again from other noise", drawn[1]),
        ]
    )
    return Shown(png, captions)


def _load(release: AuditedRelease, recipe: Recipe, report: Reporter) -> tuple[Images, Images]:
    with report.bar("read samples", sum(release.counts.values())) as bar:
        return (
            load_split(release, "train", factor=recipe.vae.factor, advance=bar),
            load_split(release, "val", factor=recipe.vae.factor, advance=bar),
        )


def _build(recipe: Recipe, image_size: tuple[int, int], encoder: TextEncoder) -> Pair:
    vae = build_vae(recipe.vae, recipe.seed, image_size)
    unet = build_unet(
        recipe.unet,
        recipe.seed,
        latent_channels=recipe.vae.latent_channels,
        latent_side=max(image_size) // recipe.vae.factor,
        text_width=encoder.width,
    )
    return Pair(vae, unet, {"vae": weights_digest(vae), "unet": weights_digest(unet)})


def _metrics(
    measured: Measured, recipe: Recipe, pair: Pair, images: Images, held_out: Images, stages: tuple[Stage, Stage],
    seconds: float,
) -> dict[str, Json]:  # fmt: skip
    return measured.as_json() | {
        "images": {"train": len(images), "val": len(held_out)},
        "parameters": {"vae": parameters(pair.vae), "unet": parameters(pair.unet)},
        "images_seen": {stage.name: stage.done * min(stage.fit.batch, len(images)) for stage in stages},
        "loss_history": {stage.name: _thinned(stage.history) for stage in stages},
        "guidance": recipe.sample.guidance,
        "seconds": round(seconds, 1),
    }


def _thinned(losses: list[float], points: int = 50) -> list[Json]:
    """The mean loss of up to `points` equal stretches of the run."""
    width = max(1, -(-len(losses) // points))
    parts = [losses[start : start + width] for start in range(0, len(losses), width)]
    return [round(sum(part) / len(part), 6) for part in parts]
