"""
Training records: the signed statements that the trainer leaves in `runs/<name>/`, read back and verified.

The trainer never opens the ledger; what it trained on is known by its record, bound to manifests by their digests.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError

from mitsua_data.errors import IntegrityError
from mitsua_data.shards.dsse import open_statement
from mitsua_data.shards.keys import Role, TrustStore, require_pinned

RECORD: Final = "training.intoto.json"
PREDICATE_TYPE: Final = "urn:mitsua:training:v1"


class _Predicate(BaseModel):
    """The fields of a training record that the ledger's side reads; the trainer writes more."""

    model_config = ConfigDict(extra="allow", frozen=True)

    run: str
    steps: int
    started_at: str
    ended_at: str
    releases: list[dict[str, Any]]


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


def read_run(path: Path, trust: TrustStore) -> Run:
    """One record. Raises IntegrityError, SignatureError."""
    keys = require_pinned(trust.pinned(Role.TRAINER), Role.TRAINER)
    statement, key = open_statement(path.read_bytes(), PREDICATE_TYPE, keys, what=str(path))
    try:
        told = _Predicate.model_validate(statement.predicate)
        releases = tuple(str(release["manifest"]) for release in told.releases)
    except (ValidationError, KeyError) as error:
        raise IntegrityError(f"{path}: not a training record of a form we know") from error
    return Run(told.run, told.steps, told.started_at, told.ended_at, releases, path, key.keyid)
