"""
`permission.intoto.json`: a rights holder's grant, as a registrar saw it: a signed statement that lies beside the works.

Its subject is the document that was signed (a scan, a PDF), by digest; its predicate says what that document grants.
A permission is known by the SHA-256 of the whole envelope. It names no person: the grantor stands in it as
SHA-256(salt ‖ name), and whoever erases the salt erases the name.

References: https://in-toto.io/Statement/v1, and `model.Act` and `model.Warranty` for the words.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from mitsua_data.errors import IntegrityError
from mitsua_data.ledger.merkle import list_root
from mitsua_data.model import UNLIMITED, Act, Warranty
from mitsua_data.shards.dsse import open_statement, sign_statement
from mitsua_data.shards.keys import PublicKey, Signer
from mitsua_data.shards.shapes import Border, Sha256Hex, Time, first_line

STATEMENT: Final = "permission.intoto.json"
"""The file's name, on top of the folder of works."""
PREDICATE_TYPE: Final = "urn:mitsua:permission:v1"
DOCUMENT: Final = "document"
"""The name of the statement's only subject: a file's own name could name a person."""
MAX_STATEMENT: Final = 24 * 1024 * 1024
"""Largest envelope read, in bytes: room for about 150,000 works."""
_DAY: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


class Licensor(Border):
    """Who granted it."""

    sha256: Sha256Hex
    """SHA-256(salt ‖ name): see `reference`."""
    identity_method: str = Field(min_length=1)
    """How the registrar knew that it was they, and that they could grant it."""


class Term(Border):
    """From the beginning of the first day to the end of the last one, in UTC."""

    first: str = Field(alias="from", pattern=_DAY)
    last: str = Field(alias="until", pattern=f"{_DAY}|^{UNLIMITED}$")

    @model_validator(mode="after")
    def _is_a_term(self) -> Self:
        begins, ends = self.begins, self.ends  # both raise ValueError where there is no such day
        if ends is not None and ends <= begins:
            raise ValueError(f"a term from {self.first} until {self.last}")
        return self

    @property
    def begins(self) -> datetime:
        """The first moment of it."""
        return datetime.combine(date.fromisoformat(self.first), time(), UTC)

    @property
    def ends(self) -> datetime | None:
        """The first moment after it; None where it has no end."""
        if self.last == UNLIMITED:
            return None
        last = date.fromisoformat(self.last)
        if last == date.max:
            raise ValueError(f"a term until {self.last}")
        return datetime.combine(last + timedelta(days=1), time(), UTC)

    def covers(self, moment: datetime) -> bool:
        """Whether the moment lies in it."""
        return self.begins <= moment and (self.ends is None or moment < self.ends)


class Permission(Border):
    """The predicate: what was granted. Acts that are not named are not allowed."""

    document: Sha256Hex
    """Of the file that was signed."""
    licensor: Licensor
    licensee: str = Field(min_length=1)
    works: dict[Sha256Hex, str] = Field(min_length=1)
    """Every work: SHA-256 of its file, and the name under which it was delivered."""
    allowed_acts: list[Annotated[Act, Field(strict=False)]] = Field(min_length=1)
    term: Term
    territory: str = Field(min_length=1)
    withdrawal_rule: str = Field(min_length=1)
    warranties: list[Annotated[Warranty, Field(strict=False)]]
    credit: str
    """The line that the grantor wants beside the works; empty where none was asked for."""
    recorded_at: Time

    @model_validator(mode="after")
    def _allows_training(self) -> Self:
        if Act.TRAINING not in self.allowed_acts:
            raise ValueError(f"{Act.TRAINING} is not among the allowed acts")
        return self

    @property
    def works_root(self) -> bytes:
        """Merkle root over the works' digests, sorted."""
        return list_root(sorted(self.works))


@dataclass(frozen=True, slots=True)
class SignedPermission:
    """A permission whose signature was verified."""

    id: str
    """SHA-256, in hex, of the envelope."""
    permission: Permission
    registrar: PublicKey


def sign(permission: Permission, signer: Signer) -> bytes:
    """The envelope: one line of canonical JSON. Deterministic."""
    return sign_statement([(DOCUMENT, permission.document)], PREDICATE_TYPE, permission.dump(), signer)


def read(envelope: bytes, keys: dict[str, PublicKey], *, what: str) -> SignedPermission:
    """
    The permission in an envelope; its term is for the caller to judge.

    Raises SignatureError where no pinned registrar signed it, IntegrityError where it is malformed, or speaks of
    another document than its subject.
    """
    statement, registrar = open_statement(envelope, PREDICATE_TYPE, keys, what=what, limit=MAX_STATEMENT)
    try:
        permission = Permission.model_validate(statement.predicate)
    except ValueError as error:
        raise IntegrityError(f"{what}: {first_line(error)}") from error
    found = [(subject.name, subject.digest.sha256) for subject in statement.subject]
    if found != [(DOCUMENT, permission.document)]:
        raise IntegrityError(f"{what}: about another document than it names")
    return SignedPermission(sha256(envelope).hexdigest(), permission, registrar)


def reference(name: str, salt: bytes) -> str:
    """
    How a grantor stands in a permission and in the log: SHA-256, in hex, of the salt and the name in UTF-8.

    The name is taken in Unicode's form C, with runs of white space made one space.
    """
    return sha256(salt + " ".join(unicodedata.normalize("NFC", name).split()).encode()).hexdigest()
