"""
`seen.json`: what a trainer saw last of each log, so that nobody can show it an older or another history.

Trust on first use: the first checkpoint of a log is taken as it is. A larger one must be proven to have grown from it;
a smaller one must be among those that a larger one was proven to have grown from, and is refused all the same where
this very release was seen at a larger size: that would be a rollback. Revocation lists never go back in time.
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


class SeenHead(Border):
    """A tree head."""

    size: Count
    root: Sha256Hex


class SeenLog(Border):
    """What was seen of one log."""

    last: SeenHead
    """The largest tree."""
    earlier: list[SeenHead] = Field(default_factory=list)
    """Smaller ones that it was proven to have grown from, by size."""
    releases: dict[str, Count]
    """Release name to the largest tree it was seen with."""
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

    def check_checkpoint(self, release: str, checkpoint: Checkpoint, growth: Sequence[Growth]) -> None:
        """
        Raises IntegrityError unless `checkpoint` is of one history with the largest one seen of its log.

        `release` is the release's name without its version; `growth` holds the proofs that came with it.
        """
        log = self.read().logs.get(checkpoint.origin)
        if log is None:
            return
        if checkpoint.size >= log.last.size:
            check_growth(checkpoint, Checkpoint(checkpoint.origin, log.last.size, bytes.fromhex(log.last.root)), growth)
        elif _head(checkpoint) not in log.earlier:
            raise IntegrityError(
                f"checkpoint of {checkpoint.origin}: got size {checkpoint.size}, root {checkpoint.root.hex()}, "
                f"expected at least size {log.last.size} as seen, or a tree that it was proven to have grown from"
            )
        if checkpoint.size < (seen := log.releases.get(release, 0)):
            raise IntegrityError(
                f"release {release}: got one of size {checkpoint.size} of {checkpoint.origin}, "
                f"expected at least {seen} as seen of this release"
            )

    def check_revocations(self, origin: str, issued_at: datetime) -> None:
        """Raises IntegrityError for a revocation list older than one that was seen."""
        log = self.read().logs.get(origin)
        if log is not None and issued_at < log.revocations_issued_at:
            raise IntegrityError(
                f"revocation list of {origin}: got one of {issued_at.isoformat()}, expected one not older than "
                f"{log.revocations_issued_at.isoformat()} as seen"
            )

    def remember(self, release: str, checkpoint: Checkpoint, growth: Sequence[Growth], issued_at: datetime) -> None:
        """
        Record a checkpoint and a revocation list as seen, as one step, unless another process saw later ones meanwhile.

        Raises IntegrityError as the checks do, StorageError where the file cannot be written.
        """
        with storage(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{self.path}.lock", timeout=_LOCK_SECONDS):
                self.check_checkpoint(release, checkpoint, growth)
                self.check_revocations(checkpoint.origin, issued_at)
                logs = self.read().logs
                log = _grown(logs.get(checkpoint.origin), release, checkpoint, growth, issued_at)
                replace_file(self.path, Seen(logs=logs | {checkpoint.origin: log}).text())


def _head(checkpoint: Checkpoint) -> SeenHead:
    return SeenHead(size=checkpoint.size, root=checkpoint.root.hex())


def _grown(
    log: SeenLog | None, release: str, checkpoint: Checkpoint, growth: Sequence[Growth], issued_at: datetime
) -> SeenLog:
    """What is known of a log once `checkpoint`, which passed the checks, was seen as well."""
    here = _head(checkpoint)
    known = [] if log is None else [*log.earlier, log.last]
    proven = [SeenHead(size=proof.size, root=proof.root) for proof in growth if proof.proves(checkpoint)]
    heads = {(head.size, head.root): head for head in (*known, *proven, here)}
    *earlier, last = (heads[key] for key in sorted(heads))
    return SeenLog(
        last=last,
        earlier=earlier,
        releases=({} if log is None else log.releases) | {release: checkpoint.size},
        revocations_issued_at=issued_at,
    )
