"""
The model that a run leaves, in diffusers' own layout, and how it is opened again.

    model/vae/config.json    model/vae/diffusion_pytorch_model.safetensors
    model/unet/config.json   model/unet/diffusion_pytorch_model.safetensors
    model/mitsua.json        how captions are read, image size, sampling, some captions to try

Latents are whitened inside the autoencoder (scaling factor 1); the denoiser predicts the flow's velocity at 1000 t.
Opening compares every file with the run's signed training record.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from diffusers import AutoencoderKL, UNet2DConditionModel
from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors.torch import load, save

from mitsua_data.errors import IntegrityError, UsageError
from mitsua_data.shards.dsse import open_statement
from mitsua_data.shards.files import read_if_there
from mitsua_data.shards.keys import Role, TrustStore, require_pinned
from mitsua_train.checkpoint import MAX_TENSORS
from mitsua_train.data import Images
from mitsua_train.encoders import TextEncoder, make_encoder
from mitsua_train.folder import MODEL, RECORD, RunFolder, as_text
from mitsua_train.models import Network, weights
from mitsua_train.recipe import Recipe, Sampling, Text
from mitsua_train.record import PREDICATE_TYPE

WEIGHTS: Final = "diffusion_pytorch_model.safetensors"
_MAX_RECORD: Final = 4 << 20


class Card(BaseModel):
    """What stands in `mitsua.json`: all that is needed to draw, beside the weights."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: str = "mitsua-model/1"
    text: Text
    image_size: tuple[int, int]
    """Width and height, in pixels."""
    factor: int
    """Pixels along a side of one latent."""
    sample: Sampling
    seed: int
    captions: tuple[str, ...]
    """Captions of held-out images: to try, not to prove anything."""


@dataclass(frozen=True)
class Model:
    """A model that was opened again."""

    vae: Network
    unet: Network
    encoder: TextEncoder
    card: Card


def model_files(
    vae: Network, unet: Network, recipe: Recipe, encoder: TextEncoder, images: Images, captions: Sequence[str]
) -> dict[str, bytes]:
    """Every file of the model, by name below `model/`. The weights' headers name recipe and text encoder."""
    card = Card(
        text=recipe.text,
        image_size=images.size,
        factor=recipe.vae.factor,
        sample=recipe.sample,
        seed=recipe.seed,
        captions=tuple(captions),
    )
    header = {
        "format": "pt",
        "mitsua.recipe": recipe.digest,
        "mitsua.text_encoder": json.dumps(encoder.describe(), sort_keys=True),
    }
    files = {"mitsua.json": as_text(card.model_dump(mode="json"))}
    for name, network in (("vae", vae), ("unet", unet)):
        files[f"{name}/config.json"] = network.to_json_string().encode()
        files[f"{name}/{WEIGHTS}"] = _one_spelling(save(weights(network), metadata=header))
    return files


def _one_spelling(data: bytes) -> bytes:
    """
    The same safetensors file with its metadata in the order of names; the library writes them in a random one.

    A file is a length (8 bytes, little-endian), a JSON header padded with spaces, and the tensors' bytes, whose
    offsets count from the header's end. (https://huggingface.co/docs/safetensors, "Format".)
    """
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + data[8 + size :]


def open_model(run: RunFolder, trust: TrustStore) -> Model:
    """
    The model of a finished run.

    Raises UsageError where there is no finished run, SignatureError where its record is not signed by a pinned trainer
    key, IntegrityError where a file is not the one in the record.
    """
    envelope = read_if_there(run.path / RECORD, _MAX_RECORD)
    if envelope is None:
        raise UsageError(f"{run.path}: no finished run", advice="run: mitsua train RECIPE")
    keys = require_pinned(trust.pinned(Role.TRAINER), Role.TRAINER)
    statement, _ = open_statement(envelope, PREDICATE_TYPE, keys, what=str(run.path / RECORD))
    digests = {subject.name: subject.digest.sha256 for subject in statement.subject}

    def read(name: str) -> bytes:
        inside = f"{MODEL}/{name}"
        data = read_if_there(run.path / inside, MAX_TENSORS)
        got = sha256(data or b"").hexdigest()
        if data is None or got != digests.get(inside):
            raise IntegrityError(f"{run.path / inside}: got sha256 {got}, the record says {digests.get(inside)}")
        return data

    try:
        card = Card.model_validate_json(read("mitsua.json"))
    except ValidationError as error:
        raise IntegrityError(f"{run.path}: a model of another version ({error.errors()[0]['msg']})") from error
    networks = []
    for name, kind in (("vae", AutoencoderKL), ("unet", UNet2DConditionModel)):
        network = kind.from_config(json.loads(read(f"{name}/config.json")))
        network.load_state_dict(load(read(f"{name}/{WEIGHTS}")))
        networks.append(network.eval())
    return Model(networks[0], networks[1], make_encoder(card.text), card)
