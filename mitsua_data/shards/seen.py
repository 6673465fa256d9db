"""
`seen.json`: what a trainer saw last of each log, so that nobody can show it an older or another history.

Trust on first use: the first checkpoint of a log is taken as it is, each later one must have grown from it. The times
of revocation lists are kept for the same reason: a list that was seen cannot be followed by an older one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from filelock import FileLock
from pydantic import Field

from mitsua_data.errors import IntegrityError
from mitsua_data.shards.consistency import Growth, check_growth
from mitsua_data.shards.files import read_if_there, replace_file, storage
from mitsua_data.shards.notes import Checkpoint
from mitsua_data.shards.shapes import Border, Count, Sha256Hex, Time, read_shape

MAX_SEEN: Final = 1024 * 1024
_LOCK_SECONDS: Final = 30.0


class SeenLog(Border):
    """The last that was seen of one log."""

    size: Count
    root: Sha256Hex
    revocations_issued_at: Time


class Seen(Border):
    """The whole file: log origin to what was seen."""

    format: Literal["mitsua-seen/1"] = "mitsua-seen/1"
    logs: dict[str, SeenLog] = Field(default_factory=dict)


class SeenFile:
    """The file in a workspace."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Seen:
        """What was seen; nothing where there is no file. Raises IntegrityError where the file is malformed."""
        text = read_if_there(self.path, MAX_SEEN)
        return Seen() if text is None else read_shape(Seen, text, what=str(self.path), limit=MAX_SEEN)

    def check_checkpoint(self, checkpoint: Checkpoint, growth: Sequence[Growth]) -> None:
        """Raises IntegrityError unless `checkpoint` is the last one seen of its log, or grew from it, proven."""
        if (log := self.read().logs.get(checkpoint.origin)) is not None:
            check_growth(checkpoint, Checkpoint(checkpoint.origin, log.size, bytes.fromhex(log.root)), growth)

    def check_revocations(self, origin: str, issued_at: datetime) -> None:
        """Raises IntegrityError for a revocation list older than one that was seen."""
        log = self.read().logs.get(origin)
        if log is not None and issued_at < log.revocations_issued_at:
            raise IntegrityError(
                f"revocation list of {origin}: got one of {issued_at.isoformat()}, expected one not older than "
                f"{log.revocations_issued_at.isoformat()} as seen"
            )

    def remember(self, checkpoint: Checkpoint, growth: Sequence[Growth], issued_at: datetime) -> None:
        """
        Record a checkpoint and a revocation list as seen, as one step, unless another process saw later ones meanwhile.

        Raises IntegrityError as the checks do, StorageError where the file cannot be written.
        """
        with storage(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock = FileLock(f"{self.path}.lock", timeout=_LOCK_SECONDS)
            with lock:
                self.check_checkpoint(checkpoint, growth)
                self.check_revocations(checkpoint.origin, issued_at)
                log = SeenLog(size=checkpoint.size, root=checkpoint.root.hex(), revocations_issued_at=issued_at)
                seen = Seen(logs=self.read().logs | {checkpoint.origin: log})
                replace_file(self.path, seen.text())
