"""
Policies: rules in a versioned TOML file that turn what the ledger holds into decisions.

A decision is a pure function of the policy's text and of the rows it names. Whatever a policy does not accept in so
many words is refused; a policy that accepts nothing refuses everything.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mitsua_data import shipped
from mitsua_data.errors import UsageError
from mitsua_data.licences import Licence
from mitsua_data.model import Claim, Grade, Outcome, Reason, Subject, Verdict

RULES_VERSION: Final = 1
"""Raised when the meaning of the rules below changes, so that decisions replay under the rules of their day."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Accept(_Table):
    """What is accepted: all of it must hold."""

    licences: frozenset[Licence] = frozenset()
    minimum_grade: Grade = Grade.E2


class Review(_Table):
    """Refusals that a person should look at."""

    reasons: frozenset[Reason] = frozenset()


class Signals(_Table):
    """Wishes against mining or training. One that is understood refuses; nothing here can change that."""

    unknown: Literal["review", "refuse"] = "review"
    """What becomes of an image where something is said that is not understood."""


class Rules(_Table):
    """A policy file."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")
    accept: Accept = Accept()
    review: Review = Review()
    signals: Signals = Signals()


@dataclass(frozen=True)
class Objections:
    """What else the ledger knows of one image, beside its verdict."""

    revoked: bool = False
    opt_out: bool = False
    opt_out_unclear: bool = False
    """Something is said of training that is not understood: the policy says whether it waits or is refused."""
    ai_generated: bool = False
    no_permission: bool = False
    """It is claimed under a permission that is not on record."""
    expired: bool = False
    """It is claimed under a permission whose term does not cover the moment."""

    def reasons(self) -> tuple[Reason, ...]:
        """The objections that hold, the gravest first; without what is unclear."""
        pairs = (
            (self.revoked, Reason.REVOKED),
            (self.no_permission, Reason.NO_PERMISSION),
            (self.expired, Reason.EXPIRED),
            (self.opt_out, Reason.OPT_OUT),
            (self.ai_generated, Reason.AI_GENERATED),
        )
        return tuple(reason for holds, reason in pairs if holds)


@dataclass(frozen=True)
class Policy:
    """A policy's rules, and the very text they were read from."""

    rules: Rules
    text: str

    @property
    def name(self) -> str:
        """The policy's name."""
        return self.rules.name

    @property
    def sha256(self) -> str:
        """Digest of the text: what decisions name."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @classmethod
    def load(cls, name: str = "default") -> Policy:
        """A shipped policy by its name, or one from a `.toml` file by its path. Raises UsageError."""
        path = Path(name) if name.endswith(".toml") else shipped.folder("manifests") / "policies" / f"{name}.toml"
        try:
            return cls.parse(path.read_text(encoding="utf-8"), label=str(path))
        except (OSError, UnicodeDecodeError) as error:
            known = sorted(each.stem for each in (shipped.folder("manifests") / "policies").glob("*.toml"))
            advice = f"name one of {', '.join(known)}, or a .toml file"
            raise UsageError(f"policy {name!r} cannot be read", advice=advice) from error

    @classmethod
    def parse(cls, text: str, *, label: str = "policy") -> Policy:
        """A policy from its text. Raises UsageError naming the field that is wrong."""
        try:
            return cls(Rules.model_validate(tomllib.loads(text)), text)
        except tomllib.TOMLDecodeError as error:
            raise UsageError(f"{label}: {error}", advice="mend the TOML") from error
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise UsageError(f"{label}: {where}: {first['msg']}", advice="see manifests/FORMAT.md") from error

    def decide(self, verdict: Verdict, objections: Objections = Objections()) -> tuple[Outcome, tuple[Reason, ...]]:
        """
        The outcome for one image, with its reasons (none on accept).

        Law: anything but a claim on the picture, under an accepted licence, on strong enough evidence, without
        objection, is not accepted.
        """
        reasons = objections.reasons()
        unclear = (Reason.OPT_OUT_UNCLEAR,) if objections.opt_out_unclear else ()
        waits = Outcome.REVIEW if self.rules.signals.unknown == "review" or not unclear else Outcome.REFUSE
        if isinstance(verdict, Claim):
            if verdict.subject is not Subject.REPRODUCTION:
                reasons += (Reason.OTHER_SUBJECT,)
            if verdict.licence not in self.rules.accept.licences:
                reasons += (Reason.LICENCE_NOT_IN_POLICY,)
            if verdict.grade.rank < self.rules.accept.minimum_grade.rank:
                reasons += (Reason.GRADE_TOO_LOW,)
            if reasons:
                return Outcome.REFUSE, reasons + unclear
            return (waits, unclear) if unclear else (Outcome.ACCEPT, ())
        if not reasons and verdict.reason in self.rules.review.reasons:
            return waits, (verdict.reason, *unclear)
        return Outcome.REFUSE, (*reasons, verdict.reason, *unclear)

    def outcome(self, verdict: Verdict) -> tuple[Outcome, tuple[Reason, ...]]:
        """The outcome by the verdict alone: what `inspect` can say before anything is in the ledger."""
        return self.decide(verdict)
