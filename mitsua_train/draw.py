"""Drawing with a finished run's model, outside of training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from mitsua_data.errors import UsageError
from mitsua_data.shards.files import storage, write_file
from mitsua_data.shards.keys import TrustStore
from mitsua_train.export import open_model
from mitsua_train.folder import RunFolder
from mitsua_train.machine import Machine
from mitsua_train.progress import Reporter
from mitsua_train.recipe import Train
from mitsua_train.sample import Row, picture, sample


def draw(
    run: RunFolder,
    trust: TrustStore,
    *,
    captions: Sequence[str],
    count: int,
    changes: Mapping[str, float],
    seed: int,
    out: Path | None,
    report: Reporter,
) -> Path:
    """
    Draw `count` images for each caption and write them as one PNG; returns where.

    Without captions, those of held-out images that the run left are taken. `changes` are other values for fields of
    the recipe's [sample]. Raises what `open_model` raises, UsageError where `out` exists, StorageError.
    """
    if out is not None and out.exists():
        raise UsageError(f"{out}: exists already", advice="name another file with --out")
    model = open_model(run, trust)
    spec = model.card.sample.model_copy(update=dict(changes))
    chosen = tuple(captions) or model.card.captions[:6]
    machine = Machine.choose(Train())
    width, height = model.card.image_size
    rows = []
    with report.bar("draw samples", spec.steps * len(chosen)) as bar:
        for place, caption in enumerate(chosen):
            images = sample(
                model.vae,
                model.unet,
                model.encoder,
                [caption] * count,
                spec,
                side=(height // model.card.factor, width // model.card.factor),
                seed=seed * 1000 + place,
                machine=machine,
                advance=bar,
            )
            rows.append(Row(caption, images))
    path = out if out is not None else _new_name(run.path)
    with storage(path):
        write_file(path, picture(rows))
    return path


def _new_name(folder: Path) -> Path:
    """The first of drawn-001.png, drawn-002.png … that is not there yet."""
    number = 1
    while (path := folder / f"drawn-{number:03d}.png").exists():
        number += 1
    return path
