"""
The revocation list: what was withdrawn or taken down, signed by the log's key, with the time it was issued.

A trainer takes no release without a fresh list, and no image that is on it. An entry stays for ever, and counts from
the moment it is listed, whatever its effective date: what is known today is heeded today.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from mitsua_data.canonical import canonical
from mitsua_data.errors import IntegrityError
from mitsua_data.ledger.merkle import list_root
from mitsua_data.shards.dsse import seal, unseal
from mitsua_data.shards.files import read_if_there, replace_file
from mitsua_data.shards.keys import PublicKey, Signer
from mitsua_data.shards.samples import Provenance
from mitsua_data.shards.shapes import Border, Time, read_shape

PAYLOAD_TYPE: Final = "application/vnd.mitsua.revocations+json"
MAX_LIST: Final = 256 * 1024 * 1024
"""Largest list read, in bytes: room for a million entries."""


class Target(StrEnum):
    """What is withdrawn."""

    ORIGINAL = "original"
    """Bytes, by SHA-256: wherever they occur."""
    IMAGE = "image"
    """One image of one record, as `str(ImageId)` gives it."""
    SOURCE = "source"
    """Everything of one source; a list that `withdraw.publish` makes holds its bytes as ORIGINAL, too."""
    PERMISSION = "permission"
    """Everything that a grant covered, by the SHA-256 of its statement; its works are listed as ORIGINAL, too."""


class Revocation(Border):
    """One withdrawal."""

    kind: Annotated[Target, Field(strict=False)]
    target: str = Field(min_length=1)
    basis: str = Field(min_length=1)
    """Why: opt-out, takedown, licence changed, legal order …"""
    effective_at: Time

    @model_validator(mode="after")
    def _can_match(self) -> Self:
        # A digest in another spelling would be listed, and never found.
        if self.kind in {Target.ORIGINAL, Target.PERMISSION} and not re.fullmatch(r"[0-9a-f]{64}", self.target):
            raise ValueError(f"got {self.target!r}, expected a SHA-256 digest in lower-case hex")
        return self


class RevocationList(Border):
    """Everything withdrawn so far."""

    format: Literal["mitsua-revocations/1"] = "mitsua-revocations/1"
    origin: str = Field(min_length=1)
    """The log whose images these are."""
    issued_at: Time
    entries: list[Revocation]
    """Sorted, each once."""

    @model_validator(mode="after")
    def _is_sorted(self) -> Self:
        texts = [_order(entry) for entry in self.entries]
        if any(earlier >= later for earlier, later in pairwise(texts)):
            raise ValueError("entries are out of order, or one stands twice")
        return self

    def root(self) -> bytes:
        """Merkle root over what is listed. A manifest's `revocation_root` is over what the ledger was told alone."""
        return list_root({"kind": entry.kind.value, "target": entry.target} for entry in self.entries)


@dataclass(frozen=True, slots=True)
class SignedRevocations:
    """A list whose signature was verified, ready to be asked."""

    issued_at: datetime
    origin: str
    by_target: dict[tuple[Target, str], Revocation]

    def of(self, provenance: Provenance) -> Revocation | None:
        """The entry that withdraws a sample: by image, by its original's bytes, by source, or by what it quotes."""
        for target in (
            (Target.IMAGE, provenance.id),
            (Target.ORIGINAL, provenance.original_sha256),
            (Target.SOURCE, provenance.source),
            *((Target.PERMISSION, quotation.capture) for quotation in provenance.evidence),
        ):
            if (entry := self.by_target.get(target)) is not None:
                return entry
        return None


def make(origin: str, entries: Iterable[Revocation], issued_at: datetime) -> RevocationList:
    """A list of the entries, sorted, each once."""
    unique = {_order(entry): entry for entry in entries}
    return RevocationList(origin=origin, issued_at=issued_at, entries=[unique[key] for key in sorted(unique)])


def publish(path: Path, revocations: RevocationList, signer: Signer) -> None:
    """Write the list, signed by the log's key, as one step. Raises StorageError."""
    replace_file(path, seal(revocations.text(), PAYLOAD_TYPE, signer))


def read(path: Path, keys: dict[str, PublicKey]) -> SignedRevocations:
    """
    The list in a file. Raises IntegrityError where it is missing or malformed, SignatureError where no pinned log key
    signed it. Freshness is for the caller to judge.
    """
    envelope = read_if_there(path, MAX_LIST)
    if envelope is None:
        raise IntegrityError(f"{path}: there is no revocation list")
    opened = unseal(envelope, PAYLOAD_TYPE, keys, what=str(path), limit=MAX_LIST)
    revocations = read_shape(RevocationList, opened.payload, what=str(path), limit=MAX_LIST)
    by_target = {(entry.kind, entry.target): entry for entry in revocations.entries}
    return SignedRevocations(revocations.issued_at, revocations.origin, by_target)


def _order(entry: Revocation) -> bytes:
    return canonical([entry.kind.value, entry.target, entry.dump()])
