"""The words that signals are told in: where one stands, by which protocol, and what it comes to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

AGENT: Final = "mitsua"
"""Our name, in User-Agent and for robots.txt."""
PARSER_VERSION: Final = 1
"""Raised whenever a reader would read some document differently."""
WHOLE: Final = ""
"""The pointer to a whole body."""
MAX_VALUE: Final = 500
"""Longest value that is kept beside a signal, in characters; the capture holds the rest."""


class Word(StrEnum):
    """What a signal comes to."""

    ALLOW = "allow"
    """It says yes. That is no licence."""
    BLOCK = "block"
    UNKNOWN = "unknown"
    """Something is said, and is not understood; or the document could not be had: a person must look."""
    NONE = "none"
    """Looked, found none."""

    @property
    def severity(self) -> int:
        """The most restrictive word of several is the one with the greatest severity."""
        return _SEVERITY[self]

    @classmethod
    def of(cls, text: str) -> Word:
        """The word that stands in the ledger; one that this version does not know is not understood."""
        return next((word for word in cls if word == text), cls.UNKNOWN)


_SEVERITY: Final = {Word.NONE: 0, Word.ALLOW: 1, Word.UNKNOWN: 2, Word.BLOCK: 3}
WISHES: Final = frozenset({Word.BLOCK, Word.UNKNOWN})
"""Words that stand in the way of an image."""


class Place(StrEnum):
    """A document that is looked at."""

    ROBOTS = "robots.txt"
    TDMREP = "tdmrep.json"
    AI_TXT = "ai.txt"
    RSL = "rsl"
    """The licence file that robots.txt names."""
    ANSWER = "answer"
    """The facts of one answer: its headers, or that it could not be had (see `answers`)."""
    PAGE = "page"
    """A page of terms."""


class Protocol(StrEnum):
    """Which of the ways of saying it, and where: `signal.protocol` in the ledger."""

    ROBOTS = "robots"
    """Allow and Disallow for us or for everybody."""
    AI_TRAINING = "robots/ai-training"
    """DisallowAITraining, and groups that are addressed to a purpose instead of a crawler."""
    USAGE_ROBOTS = "content-usage/robots"
    SIGNAL_ROBOTS = "content-signal/robots"
    RSL = "rsl"
    """The licence that robots.txt names, or that it names none."""
    TDMREP_FILE = "tdmrep/file"
    AI_TXT = "ai.txt"
    USAGE_HEADER = "content-usage/header"
    SIGNAL_HEADER = "content-signal/header"
    NOAI_HEADER = "x-robots-tag"
    TDMREP_HEADER = "tdmrep/header"
    RSL_HEADER = "rsl/header"
    NOAI_META = "noai/meta"
    PREFERENCE_META = "preference/meta"
    TDMREP_META = "tdmrep/meta"
    RSL_PAGE = "rsl/page"
    SCHEMA_ORG = "schema.org"
    WORDS = "words"
    """A sentence for people that says no."""

    @property
    def place(self) -> Place:
        """Where it stands. What could not be had is told by an `ANSWER` instead."""
        return next(place for place, protocols in PROTOCOLS.items() if self in protocols)


PROTOCOLS: Final[dict[Place, tuple[Protocol, ...]]] = {
    Place.ROBOTS: (Protocol.ROBOTS, Protocol.AI_TRAINING, Protocol.USAGE_ROBOTS, Protocol.SIGNAL_ROBOTS, Protocol.RSL),
    Place.TDMREP: (Protocol.TDMREP_FILE,),
    Place.AI_TXT: (Protocol.AI_TXT,),
    Place.RSL: (Protocol.RSL,),
    Place.ANSWER: (
        Protocol.USAGE_HEADER,
        Protocol.SIGNAL_HEADER,
        Protocol.NOAI_HEADER,
        Protocol.TDMREP_HEADER,
        Protocol.RSL_HEADER,
    ),
    Place.PAGE: (
        Protocol.NOAI_META,
        Protocol.PREFERENCE_META,
        Protocol.TDMREP_META,
        Protocol.RSL_PAGE,
        Protocol.SCHEMA_ORG,
        Protocol.WORDS,
    ),
}
"""What is looked for in each place: every one is told of, found or not."""


@dataclass(frozen=True, slots=True)
class Said:
    """One statement of a document."""

    protocol: Protocol
    word: Word
    value: str | None = None
    """In the document's own words; None where it says nothing. Of `ROBOTS`: the rules that apply to us."""
    reach: str = ""
    """A path pattern (RFC 9309) on the document's host; empty: all that the document speaks for."""
    pointer: str = WHOLE
    """Where in the document it stands (see `pointers`), where a pointer can say so."""


def strongest(found: Iterable[Said]) -> Said:
    """The most restrictive of some statements; of equal ones, the first. At least one is needed."""
    return max(found, key=lambda said: said.word.severity)


def raw(value: object) -> str:
    """A value as it is kept: one line, no control characters, no lone surrogates, not longer than `MAX_VALUE`."""
    text = str(value)[: 4 * MAX_VALUE].encode("utf-8", "replace").decode()
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())[:MAX_VALUE]
