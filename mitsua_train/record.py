"""
The training record: a signed in-toto statement that binds a model's files to the releases and the recipe they are of.

It names everything that decided about the weights: manifests and audits by digest, the recipe value by value, the seed
and the digests of the first weights, this code and its libraries, the machine. `consumed.jsonl` lists every sample
with how often each network saw it; its Merkle root (RFC 9162, leaf = SHA-256(0x00 ‖ line)) stands in the record. So do
the checkpoints that were kept, and the steps that took samples of each shard: which weights a withdrawal reaches.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Final

import rfc8785

from mitsua_data.model import Json
from mitsua_data.shards.dsse import sign_statement
from mitsua_data.shards.keys import Signer
from mitsua_train.checkpoint import Checkpoints
from mitsua_train.data import Images
from mitsua_train.gate import AuditedRelease
from mitsua_train.keyed import draws, exposed
from mitsua_train.recipe import Recipe

PREDICATE_TYPE: Final = "urn:mitsua:training:v1"
LIBRARIES: Final = ("torch", "diffusers", "safetensors", "numpy", "pillow")


def consumed(train: Images, val: Images, recipe: Recipe) -> list[bytes]:
    """One line of canonical JSON per sample, training samples first, without line ends."""
    seen = {
        name: draws(recipe.seed, name, fit.steps, count=len(train), batch=fit.batch)
        for name, fit in (("vae", recipe.vae.fit), ("unet", recipe.unet.fit))
    }
    lines = []
    for split, images in (("train", train), ("val", val)):
        for row, member in enumerate(images.members):
            times = {name: counts[row] if split == "train" else 0 for name, counts in seen.items()}
            lines.append(
                rfc8785.dumps(
                    {
                        "key": member.key,
                        "split": split,
                        "image_sha256": member.image,
                        "original_sha256": member.original,
                        "licence": member.licence,
                        "caption_sha256": sha256(images.captions[row].encode()).hexdigest(),
                        "seen": times,
                    }
                )
            )
    return lines


def exposure(release: AuditedRelease, recipe: Recipe) -> list[Json]:
    """For each shard trained on: per network, the first and the last step, from 1, that took a sample of it."""
    sizes = [samples for _, samples in release.train_shards]
    steps = {
        name: exposed(recipe.seed, name, fit.steps, sizes=sizes, batch=fit.batch)
        for name, fit in (("vae", recipe.vae.fit), ("unet", recipe.unet.fit))
    }
    return [
        {
            "shard": shard,
            "samples": samples,
            **{name: None if (each := taken[place]) is None else list(each) for name, taken in steps.items()},
        }
        for place, (shard, samples) in enumerate(release.train_shards)
    ]


def about_checkpoints(checkpoints: Checkpoints) -> list[Json]:
    """The checkpoints that a run kept: of which network, after how many steps, and the sha256 of `state.json`."""
    return [
        {"name": kept.name, "stage": kept.stage, "step": kept.step, "state_sha256": kept.state_sha256}
        for kept in checkpoints.kept()
    ]


def merkle_root(leaves: Sequence[bytes]) -> str:
    """
    The RFC 9162 Merkle tree hash of the leaves, in hex; of none, SHA-256 of nothing.

    MTH(D) = SHA-256(0x01 ‖ MTH(D[:k]) ‖ MTH(D[k:])), k the largest power of two below the number of leaves.
    """
    return _tree(list(leaves)).hex()


def _tree(leaves: Sequence[bytes]) -> bytes:
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    half = 1 << ((len(leaves) - 1).bit_length() - 1)
    return sha256(b"\x01" + _tree(leaves[:half]) + _tree(leaves[half:])).digest()


def code_digest() -> str:
    """SHA-256, in hex, over the names and texts of this package's modules, in the order of names."""
    digest = sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        text = path.read_bytes()
        digest.update(f"{path.name} {len(text)}\n".encode() + text)
    return digest.hexdigest()


def about_release(release: AuditedRelease) -> dict[str, Json]:
    """What the record says of a release."""
    return {
        "manifest": release.digest,
        "name": release.name,
        "version": release.version,
        "policy": {"name": release.policy_name, "sha256": release.policy},
        "shards": list(release.shard_digests),
        "attestation": release.attestation_digest,
        "builder": release.builder,
        "auditor": release.auditor,
        "checkpoint": release.checkpoint_note,
        "licences": dict(release.licences),
    }


def about_code() -> dict[str, Json]:
    """The versions that made the model."""
    return {
        "mitsua": version("mitsua"),
        "mitsua_train_sha256": code_digest(),
        **{name: version(name) for name in LIBRARIES},
    }


def sign(files: Mapping[str, str], predicate: Mapping[str, Json], signer: Signer) -> bytes:
    """The record: a DSSE envelope. `files` maps names within the run to SHA-256 digests."""
    return sign_statement(sorted(files.items()), PREDICATE_TYPE, predicate, signer)
