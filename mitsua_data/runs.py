"""
Training records: the signed statements that the trainer leaves in `runs/<name>/`, read back and verified.

The trainer never opens the ledger; what it trained on is known by its record, bound to manifests by their digests.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError

from mitsua_data.errors import IntegrityError
from mitsua_data.shards.dsse import open_statement
from mitsua_data.shards.keys import Role, TrustStore, require_pinned

RECORD: Final = "training.intoto.json"
BEGAN: Final = "run.json"
PREDICATE_TYPE: Final = "urn:mitsua:training:v1"


class _Release(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)

    manifest: str
    shards: list[str] = []


class _Exposure(BaseModel):
    """Which steps of which network took samples of a shard; None where none did."""

    model_config = ConfigDict(extra="allow", frozen=True)

    shard: str
    vae: tuple[int, int] | None
    unet: tuple[int, int] | None


class Checkpoint(BaseModel):
    """A checkpoint that a run kept."""

    model_config = ConfigDict(extra="allow", frozen=True)

    name: str
    stage: str
    """`vae` or `unet`."""
    step: int
    """Steps done."""
    state_sha256: str
    """Of its `state.json`, which names its other files by their digests."""


class _Predicate(BaseModel):
    """The fields of a training record that the ledger's side reads; the trainer writes more."""

    model_config = ConfigDict(extra="allow", frozen=True)

    run: str
    steps: int
    started_at: str
    ended_at: str
    releases: list[_Release]
    exposure: list[_Exposure] | None = None
    """None in records of versions that did not write it."""
    checkpoints: list[Checkpoint] = []


def _first(told: _Exposure, checkpoint: Checkpoint) -> int | None:
    """The first step of the checkpoint's own network that took a sample of a shard."""
    taken = told.vae if checkpoint.stage == "vae" else told.unet
    return None if taken is None else taken[0]


@dataclass(frozen=True, slots=True)
class Run:
    """One training run, as its signed record tells it."""

    name: str
    steps: int
    started_at: str
    ended_at: str
    releases: tuple[str, ...]
    """sha256 of the manifests it was trained on."""
    path: Path
    keyid: str
    """The trainer key that signed it."""
    shards: frozenset[str] = frozenset()
    """sha256 of every shard of these releases."""
    exposure: Mapping[str, _Exposure] | None = None
    """By shard, for those that were trained on; None where the record does not tell."""
    checkpoints: tuple[Checkpoint, ...] = ()
    model: tuple[str, ...] = ()
    """The files of the finished model, by their names in the run's folder."""

    def trained_on(self, shards: Collection[str]) -> bool:
        """Whether a step took a sample of one of these shards; True where the record does not tell."""
        if self.exposure is None:
            return bool(self.shards.intersection(shards)) or not self.shards
        taken = (self.exposure[shard] for shard in self.exposure.keys() & set(shards))
        return any(each.vae is not None or each.unet is not None for each in taken)

    def touched(self, shards: Collection[str]) -> tuple[Checkpoint, ...]:
        """
        The checkpoints whose weights were trained on one of these shards.

        A denoiser learns on the latents of a finished autoencoder: what that was trained on is in every checkpoint of
        the denoiser. Where the record does not tell when a shard was first taken, every checkpoint counts.
        """
        if self.exposure is None:
            return self.checkpoints if self.trained_on(shards) else ()
        exposure = [self.exposure[shard] for shard in self.exposure.keys() & set(shards)]
        before = any(each.vae is not None for each in exposure)
        return tuple(
            each
            for each in self.checkpoints
            if (each.stage != "vae" and before)
            or any(first is not None and first <= each.step for first in (_first(told, each) for told in exposure))
        )

    def as_json(self) -> dict[str, Any]:
        """For `--format json`."""
        return {
            "name": self.name,
            "steps": self.steps,
            "started_at": self.started_at,
            "ended_at": self.ended_at,
            "releases": list(self.releases),
            "record": str(self.path),
            "trainer_key": self.keyid,
        }


def read_runs(runs: Path, trust: TrustStore, *, bad: Callable[[IntegrityError], None] | None = None) -> list[Run]:
    """
    Every run in the folder whose record a pinned trainer key signed, by name.

    A record that is malformed (IntegrityError), or that nobody we trust signed (SignatureError), is handed to `bad`, or
    raised where that is None: a forged record must not pass for silence.
    """
    found = []
    for path in sorted(runs.glob(f"*/{RECORD}")):
        try:
            found.append(read_run(path, trust))
        except IntegrityError as error:
            if bad is None:
                raise
            bad(error)
    return found


def unfinished(runs: Path) -> dict[str, str]:
    """
    Run → sha256 of the manifest that it is being trained on, of runs that have no record yet, by name.

    Nobody has signed that: it is what the trainer wrote when it began. Of a run whose `run.json` is unreadable, "".
    """
    found = {}
    for path in sorted(runs.glob(f"*/{BEGAN}")):
        if not (path.parent / RECORD).exists():
            try:
                found[path.parent.name] = str(json.loads(path.read_bytes())["belongs_to"]["release"])
            except (OSError, ValueError, KeyError, TypeError):
                found[path.parent.name] = ""
    return found


def read_run(path: Path, trust: TrustStore) -> Run:
    """One record. Raises IntegrityError, SignatureError."""
    keys = require_pinned(trust.pinned(Role.TRAINER), Role.TRAINER)
    statement, key = open_statement(path.read_bytes(), PREDICATE_TYPE, keys, what=str(path))
    try:
        told = _Predicate.model_validate(statement.predicate)
    except ValidationError as error:
        raise IntegrityError(f"{path}: not a training record of a form we know") from error
    return Run(
        name=told.run,
        steps=told.steps,
        started_at=told.started_at,
        ended_at=told.ended_at,
        releases=tuple(release.manifest for release in told.releases),
        path=path,
        keyid=key.keyid,
        shards=frozenset(shard for release in told.releases for shard in release.shards),
        exposure=None if told.exposure is None else {each.shard: each for each in told.exposure},
        checkpoints=tuple(told.checkpoints),
        model=tuple(each.name for each in statement.subject if each.name.startswith("model/")),
    )
