"""
A training run, from top to bottom: images in, autoencoder, latents, denoiser, then what `finish` leaves of it.

`train` takes an AuditedRelease, which only the gate makes. Killed at any point, the same call goes on from the last
checkpoint and ends with the same weights, bit for bit, on the same machine.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from mitsua_data.errors import IntegrityError
from mitsua_data.model import Json
from mitsua_data.shards.keys import Signer
from mitsua_train.checkpoint import Checkpoints
from mitsua_train.data import Images, load_split
from mitsua_train.encoders import make_encoder
from mitsua_train.finish import Asked, Trained, finish
from mitsua_train.folder import RunFolder
from mitsua_train.gate import AuditedRelease
from mitsua_train.latents import encode_all, whiten
from mitsua_train.machine import Machine
from mitsua_train.models import Network, build_unet, build_vae, weights_digest
from mitsua_train.progress import Reporter
from mitsua_train.recipe import Recipe
from mitsua_train.step import Stage, unet_stage, vae_stage
from mitsua_train.stopping import Stopping

SAY_EVERY = 10
"""Steps between two looks at the loss."""


def train(
    release: AuditedRelease,
    asked: Asked,
    run: RunFolder,
    *,
    signer: Signer,
    report: Reporter,
    stopping: Stopping,
    clock: Callable[[], datetime],
) -> dict[str, Json] | None:
    """
    Train on the release by the recipe, in the run's folder; go on where an earlier call was stopped.

    Returns the run's figures; None where a signal stopped it, with a checkpoint saved. Raises UsageError,
    IntegrityError, ShardDamaged, StorageError as the parts do; each leaves the checkpoints whole.
    """
    recipe = asked.recipe
    belongs_to = {"recipe": recipe.digest, "release": release.digest}
    started_at = run.begin(belongs_to, recipe.dump(), clock())
    machine = Machine.choose(recipe.train)
    encoder = make_encoder(recipe.text)
    images, held_out = load_images(release, recipe, report)

    vae, unet = build_networks(recipe, images.size, encoder.width)
    first_weights = {"vae": weights_digest(vae), "unet": weights_digest(unet)}
    checkpoints = Checkpoints(
        run.checkpoints, keep=recipe.train.keep, belongs_to=belongs_to, machine=machine.describe()
    )
    every = recipe.train.checkpoint_every

    first = vae_stage(vae, images, recipe, machine)
    if not run_stage(first, "autoencoder", checkpoints, every, report, stopping):
        return None

    with report.bar("encode images", len(images) + len(held_out)) as bar:
        latents = whiten(vae, encode_all(vae, images, bar))
        held_out_latents = encode_all(vae, held_out, bar)

    second = unet_stage(unet, latents, images.captions, encoder, recipe, machine)
    if not run_stage(second, "denoiser", checkpoints, every, report, stopping):
        return None

    trained = Trained(
        release=release,
        images=images,
        held_out=held_out,
        held_out_latents=held_out_latents,
        encoder=encoder,
        stages=(first, second),
        first_weights=first_weights,
        checkpoints=checkpoints,
        started_at=started_at,
    )
    return finish(trained, asked, run, signer=signer, report=report, machine=machine, clock=clock)


def build_networks(recipe: Recipe, image_size: tuple[int, int], text_width: int) -> tuple[Network, Network]:
    """Autoencoder and denoiser with the weights that the recipe's seed gives."""
    vae = build_vae(recipe.vae, recipe.seed, image_size)
    unet = build_unet(
        recipe.unet,
        recipe.seed,
        latent_channels=recipe.vae.latent_channels,
        latent_side=max(image_size) // recipe.vae.factor,
        text_width=text_width,
    )
    return vae, unet


def load_images(release: AuditedRelease, recipe: Recipe, report: Reporter) -> tuple[Images, Images]:
    """The training images and the held-out ones. Raises what `load_split` raises."""
    with report.bar("read samples", sum(release.counts.values())) as bar:
        return (
            load_split(release, "train", factor=recipe.vae.factor, advance=bar),
            load_split(release, "val", factor=recipe.vae.factor, advance=bar),
        )


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
    return not stopping.requested


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
