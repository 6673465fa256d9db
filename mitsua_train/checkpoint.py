"""
Checkpoints: safetensors and JSON, nothing that could run as a program. Whole, or not there.

    checkpoints/unet-000400/   network.safetensors  optimizer.safetensors  average.safetensors  history.safetensors
                               state.json

A checkpoint is written into a temporary folder, every file is synced, and the folder is renamed into place; a crash at
any point leaves the checkpoints before it. `state.json` names every file with its digest, and what the checkpoint
belongs to; a cut or changed file is refused, never loaded in part.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from mitsua_data.errors import IntegrityError, UsageError
from mitsua_data.shards.files import Output, read_if_there, storage, sync_folder

FORMAT: Final = "mitsua-checkpoint/1"
STATE: Final = "state.json"
MAX_STATE: Final = 1 << 20
MAX_TENSORS: Final = 64 << 30
"""Largest tensor file read, in bytes."""
_TEMPORARY: Final = ".writing-"
_NAME: Final = re.compile(r"^(?P<stage>[a-z]+)-(?P<step>\d{6,})$")

Tensors = Mapping[str, Tensor]


@dataclass(frozen=True)
class Kept:
    """A checkpoint on disk, by its digests."""

    name: str
    stage: str
    step: int
    state_sha256: str
    """Of `state.json`, which names every other file with its digest."""


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    bytes: int = Field(ge=0)


class State(BaseModel):
    """What stands in `state.json`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: str = Field(pattern=f"^{FORMAT}$")
    stage: str
    step: Annotated[int, Field(ge=0)]
    """Steps done."""
    belongs_to: dict[str, str]
    """Digests of recipe and release; a run resumes only where both are its own."""
    machines: list[dict[str, str]]
    """What was computed on, in order; one entry for a run that never moved."""
    files: dict[str, _File]


@dataclass(frozen=True)
class Loaded:
    """A checkpoint whose every byte was compared with its digest."""

    step: int
    groups: dict[str, dict[str, Tensor]]
    """By file: `network`, `optimizer` …"""
    other_machine: bool
    """Whether it was saved on another machine, or with other threads or precision."""


class Checkpoints:
    """The checkpoints of one run. One process writes at a time."""

    def __init__(self, folder: Path, *, keep: int, belongs_to: Mapping[str, str], machine: Mapping[str, str]) -> None:
        self.folder, self.keep, self.belongs_to = folder, keep, dict(belongs_to)
        self.machines = [dict(machine)]
        """Machines that the run has been on, this one last."""

    def save(self, stage: str, step: int, groups: Mapping[str, Tensors]) -> None:
        """
        Write a checkpoint and drop the oldest beyond `keep`.

        Raises StorageError where the disk refuses; the checkpoints that were there are still there.
        """
        name = f"{stage}-{step:06d}"
        with storage(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            self._sweep()
            fresh = self.folder / f"{_TEMPORARY}{name}"
            fresh.mkdir()
            files = {f"{group}.safetensors": save(dict(tensors)) for group, tensors in groups.items()}
            self._write(fresh, stage, step, files)
            final = self.folder / name
            if final.exists():  # the same step again, after a crash between saving and going on
                shutil.rmtree(final)
            fresh.rename(final)
            sync_folder(self.folder)
            self._prune(stage)

    def latest(self, stage: str) -> Loaded | None:
        """
        The newest checkpoint of a stage, or None. The machines it was made on are added to this run's.

        Raises IntegrityError where a file of it is missing, cut or changed, UsageError where it belongs to another run.
        """
        found = self._of(stage)
        return self._load(found[-1]) if found else None

    def kept(self) -> list[Kept]:
        """Every whole checkpoint there is, by stage and step. Raises IntegrityError where a `state.json` is damaged."""
        if not self.folder.is_dir():
            return []
        found = []
        for path in self.folder.iterdir():
            if _NAME.match(path.name):
                state, digest = _read_state(path / STATE), sha256(_read(path / STATE, MAX_STATE)).hexdigest()
                found.append(Kept(path.name, state.stage, state.step, digest))
        return sorted(found, key=lambda each: (each.stage, each.step))

    def _write(self, folder: Path, stage: str, step: int, files: Mapping[str, bytes]) -> None:
        listed = {name: _File(sha256=sha256(data).hexdigest(), bytes=len(data)) for name, data in files.items()}
        state = State(
            format=FORMAT,
            stage=stage,
            step=step,
            belongs_to=self.belongs_to,
            machines=self.machines,
            files=listed,
        )
        text = _text(state)
        for name, data in (*files.items(), (STATE, text)):
            output = Output(folder / name)
            try:
                output.write(data)
                output.close()
            finally:
                output.abandon()
        sync_folder(folder)

    def _load(self, folder: Path) -> Loaded:
        state = _read_state(folder / STATE)
        if state.belongs_to != self.belongs_to:
            differing = sorted(
                name
                for name in state.belongs_to.keys() | self.belongs_to.keys()
                if state.belongs_to.get(name) != self.belongs_to.get(name)
            )
            raise UsageError(
                f"{folder}: belongs to a run with another {' and another '.join(differing)}",
                advice="name another run with --run, or remove this one's folder",
            )
        groups = {}
        for name, file in state.files.items():
            data = _read(folder / name, min(file.bytes, MAX_TENSORS))
            if (got := sha256(data).hexdigest()) != file.sha256:
                raise _damaged(folder / name, f"got sha256 {got}, expected {file.sha256}")
            try:
                groups[name.removesuffix(".safetensors")] = load(data)
            except SafetensorError as error:
                raise _damaged(folder / name, str(error)) from error
        return Loaded(state.step, groups, other_machine=self._came_from(state.machines))

    def _came_from(self, machines: list[dict[str, str]]) -> bool:
        """Take over the machines a checkpoint has seen; whether the last of them is another than this one."""
        here = self.machines[-1]
        moved = machines[-1:] != [here]
        self.machines = [*machines, here] if moved else list(machines)
        return moved

    def _of(self, stage: str) -> list[Path]:
        """The checkpoints of a stage, oldest first."""
        if not self.folder.is_dir():
            return []
        named = [(_NAME.match(path.name), path) for path in self.folder.iterdir()]
        mine = [(int(match["step"]), path) for match, path in named if match and match["stage"] == stage]
        return [path for _, path in sorted(mine)]

    def _prune(self, stage: str) -> None:
        for path in self._of(stage)[: -self.keep]:
            shutil.rmtree(path)

    def _sweep(self) -> None:
        """Remove what a crash left half written."""
        for path in self.folder.glob(f"{_TEMPORARY}*"):
            shutil.rmtree(path)


def _text(state: State) -> bytes:
    return (json.dumps(state.model_dump(), indent=1, sort_keys=True) + "\n").encode()


def _read_state(path: Path) -> State:
    text = _read(path, MAX_STATE)
    try:
        state = State.model_validate_json(text)
    except ValidationError as error:
        raise _damaged(path, error.errors()[0]["msg"]) from error
    if _text(state) != text:
        raise _damaged(path, "not as it was written")
    return state


def _read(path: Path, limit: int) -> bytes:
    data = read_if_there(path, limit)
    if data is None:
        raise _damaged(path, "is missing")
    return data


def _damaged(path: Path, problem: str) -> IntegrityError:
    return IntegrityError(
        f"{path}: {problem}", advice=f"remove {path.parent} to go on from the checkpoint before it, if there is one"
    )
