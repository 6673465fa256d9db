"""
The workspace: one folder that holds everything a user makes, and one lock so that one process writes at a time.

    ledger.sqlite   captures/   downloads/   keys/   trust/   releases/   runs/   permissions/   reports/
    revocations.dsse.json   seen.json
"""

from __future__ import annotations

import errno
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from mitsua_data.errors import LedgerLocked, StorageError, UsageError

LEDGER_URL: Final = "MITSUA_LEDGER"
"""Environment variable: `postgresql://…`, for a ledger with many writers."""
_NOT_ALLOWED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


@dataclass(frozen=True)
class Workspace:
    """Where things are. Folders are made when something is first written into them."""

    root: Path
    database_url: str | None = field(default_factory=lambda: os.environ.get(LEDGER_URL) or None)
    """A ledger that lives elsewhere (PostgreSQL), by MITSUA_LEDGER; None for `ledger.sqlite` in the workspace."""

    @property
    def ledger(self) -> Path | str:
        """The ledger's file, or its URL."""
        return self.database_url or self.root / "ledger.sqlite"

    @property
    def captures(self) -> Path:
        """WARC files."""
        return self.root / "captures"

    @property
    def downloads(self) -> Path:
        """Packages and dumps, as they were downloaded."""
        return self.root / "downloads"

    @property
    def keys(self) -> Path:
        """Private keys, mode 0600."""
        return self.root / "keys"

    @property
    def trust(self) -> Path:
        """Pinned public keys, a folder a role."""
        return self.root / "trust"

    @property
    def releases(self) -> Path:
        """Published releases, a folder each."""
        return self.root / "releases"

    @property
    def runs(self) -> Path:
        """Training runs, a folder each."""
        return self.root / "runs"

    @property
    def permissions(self) -> Path:
        """The salts under which grantors stand in permissions, mode 0600: whoever deletes one, erases a name."""
        return self.root / "permissions"

    @property
    def reports(self) -> Path:
        """Reports on releases, a folder each."""
        return self.root / "reports"

    @property
    def revocations(self) -> Path:
        """The signed revocation list."""
        return self.root / "revocations.dsse.json"

    @property
    def seen(self) -> Path:
        """The last checkpoint the trainer saw, by log."""
        return self.root / "seen.json"

    @contextmanager
    def writing(self) -> Iterator[None]:
        """
        Hold the write lock. It dies with the process that holds it, however that process dies.

        Raises LedgerLocked at once where another process has it, UsageError where the workspace is no folder,
        StorageError where the folder cannot be written.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.root / "lock", timeout=0)
            lock.acquire()
        except Timeout as error:
            raise LedgerLocked(f"{self.root}: another process is writing here{self._owner()}") from error
        except (FileExistsError, NotADirectoryError) as error:
            raise UsageError(f"{self.root} is not a folder", advice="name a folder with --workspace") from error
        except OSError as error:
            raise StorageError(f"{self.root}: {error.strerror or error}", advice=_advice(error)) from error
        try:
            with suppress(OSError):  # who holds the lock is good to know, and not needed
                self._owner_file.write_text(json.dumps({"pid": os.getpid(), "host": socket.gethostname()}))
            yield
        finally:
            with suppress(OSError):
                self._owner_file.unlink(missing_ok=True)
            lock.release()

    @property
    def _owner_file(self) -> Path:
        return self.root / "lock.owner"

    def _owner(self) -> str:
        try:
            owner = json.loads(self._owner_file.read_text())
            return f" (process {int(owner['pid'])} on {owner['host']})"
        except (OSError, ValueError, KeyError, TypeError):
            return ""


def _advice(error: OSError) -> str | None:
    return "make the folder writable, or name another with --workspace" if error.errno in _NOT_ALLOWED else None
