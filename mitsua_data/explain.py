"""
The whole chain of one image: what was said, where, when, under which rule, in which release, in which training run.

The result is plain data (`chain`); `reports.chain` has the same in words that a lawyer can read.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any, Final

from mitsua_data.errors import UsageError
from mitsua_data.ledger import history, permissions, wishes
from mitsua_data.ledger.store import Ledger
from mitsua_data.model import ImageId
from mitsua_data.runs import Run

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


def digest_of(what: str) -> str | None:
    """The sha256 that `what` stands for: a file's, or itself; None where it is neither. Raises UsageError."""
    try:
        path = Path(what)
        if path.is_file():
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
    except PermissionError as error:
        raise UsageError(f"{what} cannot be read: {error.strerror}", advice="mend its permissions") from error
    except OSError:
        pass  # too long for a file's name, as URLs can be
    return what.lower() if _DIGEST.fullmatch(what.lower()) else None


def find(ledger: Ledger, what: str) -> list[ImageId]:
    """
    The images that `what` names.

    An image file, a sha256 (of an original or of a training sample), an URL, `source:record`, `source:record#part`, or
    a record's own id. Raises UsageError where nothing in the ledger answers to it.
    """
    digest = digest_of(what)
    with ledger.read() as connection:
        if digest is not None:
            found = history.by_digest(connection, digest)
        else:
            found = history.by_name(connection, what) if what else []  # many records have no landing page
    if not found:
        label = repr(what) if digest is None else f"sha256 {digest}" if digest == what else f"{what} (sha256 {digest})"
        raise UsageError(
            f"{label}: the ledger holds no such image",
            advice="give an image file, its sha256, its URL, or source:record as `mitsua inspect` prints it",
        )
    return found


def chain(ledger: Ledger, image: ImageId, runs: list[Run]) -> dict[str, Any]:
    """Everything the ledger and the training records know of one image, the oldest first."""
    with ledger.read() as connection:
        known: dict[str, Any] = {
            "image": str(image),
            "source": history.source(connection, image.source),
            "descriptions": history.descriptions(connection, image),
            "verdicts": history.verdicts(connection, image),
            "permissions": permissions.told(connection, image),
            "decisions": history.decisions(connection, image),
            "attempts": history.attempts(connection, image),
            "originals": history.originals(connection, image),
            "revocations": history.revocations(connection, image),
            "releases": history.releases(connection, image),
        }
        known["signals"] = wishes.told(connection, known["decisions"])
    manifests = {each["manifest"] for each in known["releases"]}
    known["training_runs"] = [run.as_json() for run in runs if manifests & set(run.releases)]
    return known
