"""
A run's folder, `runs/<name>/`: what it holds, and that it is one run's and stays it.

    run.json              which recipe and release the run belongs to, and when it began
    recipe.json           the recipe as it was run, every value spelt out
    checkpoints/          see checkpoint.py
    model/vae  model/unet diffusers' own layout;  model/mitsua.json says how captions are read
    samples.png  metrics.json  consumed.jsonl
    training.intoto.json  the signed training record, written last: where it stands, the run is finished
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from filelock import FileLock, Timeout
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from mitsua_data.errors import IntegrityError, LedgerLocked, UsageError
from mitsua_data.model import Json
from mitsua_data.shards.files import Output, read_if_there, replace_file, storage, sync_folder

RECORD: Final = "training.intoto.json"
METRICS: Final = "metrics.json"
CONSUMED: Final = "consumed.jsonl"
SAMPLES: Final = "samples.png"
MODEL: Final = "model"
_RUN: Final = "run.json"
_MAX_JSON: Final = 16 << 20
_OTHER_RUN: Final = "name another run with --run, or remove this one's folder"


class Began(BaseModel):
    """What stands in `run.json`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: str = "mitsua-run/1"
    belongs_to: dict[str, str]
    started_at: AwareDatetime


@dataclass(frozen=True)
class RunFolder:
    """One run on disk."""

    path: Path

    @property
    def name(self) -> str:
        """The run's name."""
        return self.path.name

    @property
    def checkpoints(self) -> Path:
        """Where checkpoints are."""
        return self.path / "checkpoints"

    @property
    def finished(self) -> bool:
        """Whether the run has its training record."""
        return (self.path / RECORD).is_file()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the run's lock. Raises LedgerLocked where another process trains in this folder."""
        with storage(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.path / "lock", timeout=0)
            try:
                lock.acquire()
            except Timeout as error:
                advice = "wait for it to end, or name another run with --run"
                raise LedgerLocked(f"{self.path}: another process is training here", advice=advice) from error
        try:
            yield
        finally:
            lock.release()

    def begin(self, belongs_to: Mapping[str, str], recipe: Mapping[str, Any], now: datetime) -> datetime:
        """
        Take the folder for a run, or go on with it; returns when the run began.

        Raises UsageError where the folder belongs to a run of another recipe or release.
        """
        text = read_if_there(self.path / _RUN, _MAX_JSON)
        if text is None:
            began = Began(belongs_to=dict(belongs_to), started_at=now)
            self.write("recipe.json", as_text(dict(recipe)))
            self.write(_RUN, as_text(began.model_dump(mode="json")))
            return now
        try:
            began = Began.model_validate_json(text)
        except ValidationError as error:
            problem = f"{self.path / _RUN}: {error.errors()[0]['msg']}"
            raise IntegrityError(problem, advice=_OTHER_RUN) from error
        other = [name for name, value in belongs_to.items() if began.belongs_to.get(name) != value]
        if other:
            raise UsageError(f"{self.path}: holds a run of another {' and another '.join(other)}", advice=_OTHER_RUN)
        return began.started_at

    def write(self, name: str, data: bytes) -> str:
        """Give a file its content in one step; returns its SHA-256. Raises StorageError."""
        replace_file(self.path / name, data)
        return sha256(data).hexdigest()

    def read(self, name: str) -> Json:
        """A JSON file of the run. Raises IntegrityError where it is missing or no JSON."""
        text = read_if_there(self.path / name, _MAX_JSON)
        try:
            value: Json = json.loads(text or b"")
        except ValueError as error:
            raise IntegrityError(f"{self.path / name}: missing or not JSON") from error
        return value

    def write_model(self, files: Mapping[str, bytes]) -> dict[str, str]:
        """Write the model's files as one folder, whole or not at all; returns name in the run -> SHA-256."""
        final, fresh = self.path / MODEL, self.path / f".{MODEL}.writing"
        with storage(final):
            shutil.rmtree(fresh, ignore_errors=True)
            for name, data in files.items():
                path = fresh / name
                path.parent.mkdir(parents=True, exist_ok=True)
                output = Output(path)
                try:
                    output.write(data)
                    output.close()
                finally:
                    output.abandon()
                sync_folder(path.parent)
            sync_folder(fresh)
            shutil.rmtree(final, ignore_errors=True)
            fresh.rename(final)
            sync_folder(self.path)
        return {f"{MODEL}/{name}": sha256(data).hexdigest() for name, data in files.items()}


def as_text(value: Json) -> bytes:
    """JSON for people: indented, sorted, with a line end."""
    return (json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()
