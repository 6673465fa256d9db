"""
The nouns. Frozen values without I/O; everything else in the project speaks in them.

An image is known by `ImageId` before its bytes are known, and by the sha256 of its bytes after.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Self, TypeAlias

from mitsua_data.licences import Licence

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
"""A parsed JSON value."""

MAX_QUOTE: Final = 4096
"""Longest quotation, in characters, that is kept in the ledger; the capture holds the rest."""


class Grade(StrEnum):
    """How strong a piece of evidence is. Later members are stronger: compare with `rank`."""

    E0 = "E0"
    """Hearsay."""
    E1 = "E1"
    """An aggregator: somebody else's catalogue."""
    E2 = "E2"
    """The institution's own API or page."""
    E3 = "E3"
    """The institution's own dump at a commit or digest, or the work's own statement by its author."""
    E4 = "E4"
    """A signed grant or contract."""

    @property
    def rank(self) -> int:
        """0 for E0 … 4 for E4."""
        return int(self.value[1:])


class Subject(StrEnum):
    """What a claim is about. One boolean cannot hold this: a free work can have an unfree photograph."""

    WORK = "work"
    REPRODUCTION = "reproduction"
    METADATA = "metadata"
    CAPTION = "caption"


class Outcome(StrEnum):
    """What a policy says of one image."""

    ACCEPT = "accept"
    REVIEW = "review"
    REFUSE = "refuse"


class Reason(StrEnum):
    """Why an image is not claimed, or not accepted. A closed vocabulary: reports count by it."""

    NOT_OPEN = "not_open"
    """The source says it is not free."""
    NO_STATEMENT = "no_statement"
    """The source says nothing about this image; a blanket statement alone is not enough."""
    NO_LICENCE_FILE = "no_licence_file"
    """No licence file governs the image's folder."""
    UNKNOWN_LICENCE = "unknown_licence"
    """The licence URI, or the licence file's digest, is not in the table."""
    UNKNOWN_VALUE = "unknown_value"
    """A field holds a value outside the vocabulary we know: has the source changed?"""
    LICENCE_NOT_CLAIMABLE = "licence_not_claimable"
    """A known licence, but not a free one, or not one this source may claim."""
    CONFLICT = "conflict"
    """Two statements disagree."""
    EXCLUDED = "excluded"
    """The source's own exception list, or the collection's declaration, names it."""
    OUT_OF_SCOPE = "out_of_scope"
    """Outside the paths the collection's licence is declared to cover."""
    UNREADABLE = "unreadable"
    """A field the rule needs is missing, or the record cannot be parsed."""
    NO_IMAGE = "no_image"
    """The record has no image."""
    GRADE_TOO_LOW = "grade_too_low"
    """Claimed, but on weaker evidence than the policy asks for."""
    OTHER_SUBJECT = "other_subject"
    """Claimed, but of something else than the picture: the metadata, a caption, the work that it shows."""
    LICENCE_NOT_IN_POLICY = "licence_not_in_policy"
    """Claimed, under a licence that the policy does not accept."""
    OPT_OUT = "opt_out"
    """A machine-readable wish against mining or training."""
    OPT_OUT_UNCLEAR = "opt_out_unclear"
    """Something is said of mining or training that is not understood, or it could not be found out."""
    AI_GENERATED = "ai_generated"
    """Made by a generative model, as its own metadata says."""
    REVOKED = "revoked"
    """Withdrawn or taken down."""
    NO_PERMISSION = "no_permission"
    """No permission that is on record covers it: it is not on the signed list, or training is not among the acts."""
    UNSIGNED = "unsigned"
    """A permission that no pinned key signed, or whose signature does not verify."""
    EXPIRED = "expired"
    """The permission's term is over, or has not begun."""
    BAD_BYTES = "bad_bytes"
    """The original cannot be fetched or does not decode."""


class Act(StrEnum):
    """What a permission can allow. Whatever it does not name, it does not allow."""

    TRAINING = "training"
    """Copying the works in order to train models on them."""
    PUBLISH_WEIGHTS = "publish-weights"
    COMMERCIAL_USE = "commercial-use"
    SUB_LICENSING = "sub-licensing"
    RETENTION = "retention"
    """Keeping copies when the term is over, as evidence of what was done."""
    REDISTRIBUTION = "redistribution"
    """Publishing the works themselves, as part of a dataset."""


class Warranty(StrEnum):
    """What a grantor can vouch for."""

    NO_AI_GENERATED = "no-ai-generated-material"
    THIRD_PARTY_RIGHTS = "third-party-rights-cleared"


UNLIMITED: Final = "unlimited"
"""The end of a permission's term that has none."""


class MediaType(StrEnum):
    """What a capture's bytes are; decides how a pointer into them is read."""

    JSON = "application/json"
    TOML = "application/toml"
    CSV = "text/csv"
    XML = "application/xml"
    SVG = "image/svg+xml"
    HTML = "text/html"
    TEXT = "text/plain"
    BINARY = "application/octet-stream"


@dataclass(frozen=True, slots=True, order=True)
class ImageId:
    """One image of one record of one source, before anybody has seen its bytes."""

    source: str
    record: str
    """The source's own identifier of the record."""
    part: str
    """Which image of the record; `""` where the record holds none."""

    def __str__(self) -> str:
        """`source:record#part`. No two images share a text: `#` and `%` in a record are written `%23` and `%25`."""
        record = self.record.replace("%", "%25").replace("#", "%23")
        return f"{self.source}:{record}" + (f"#{self.part}" if self.part else "")

    @classmethod
    def parse(cls, text: str) -> Self:
        """The image that a text names: the inverse of `str`. Any other text names an image that is nowhere."""
        source, _, rest = text.partition(":")
        record, _, part = rest.partition("#")
        return cls(source, record.replace("%23", "#").replace("%25", "%"), part)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A quotation from a capture. Anybody with the bytes can re-derive `value` from `pointer`."""

    capture: str
    """sha256 (hex) of the captured bytes."""
    pointer: str
    """RFC 6901 for JSON, `row/column` for CSV, XPath for XML; for text and files see `pointers.derive`."""
    value: Json
    """What stands there. None where the pointer finds nothing: absence is quoted, too."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What somebody says about the rights in one image. Never "the truth"."""

    licence: Licence
    grade: Grade
    evidence: tuple[Evidence, ...]
    subject: Subject = Subject.REPRODUCTION

    def __post_init__(self) -> None:
        if all(each.value is None for each in self.evidence):
            raise ValueError("a claim that quotes nothing is not a claim")


@dataclass(frozen=True, slots=True)
class Refusal:
    """The other verdict. Kept for ever, like a claim."""

    reason: Reason
    evidence: tuple[Evidence, ...] = ()
    licence: Licence | None = None
    """The licence that was found, where one was understood (GPL, CC BY-NC …)."""


Verdict: TypeAlias = Claim | Refusal


@dataclass(frozen=True, slots=True)
class ImageRef:
    """One image a record points to, with the words that may become its caption."""

    part: str
    url: str
    """Where the bytes are: an http(s) URL, or `<collection>:<path>` inside a local collection."""
    title: str = ""
    creator: str = ""
    date: str = ""
    tags: tuple[str, ...] = ()
    category: str = ""
    """The source's own folder or classification, `/`-separated."""
    landing_url: str = ""
    medium: str = ""
    """What it is made of, or by which technique."""
    culture: str = ""
    description: str = ""
    """Longer words about it, often under a licence of their own."""


@dataclass(frozen=True, slots=True)
class HttpExchange:
    """One request and its answer, without bodies and without secrets."""

    method: str
    url: str
    """As requested, without what was added to it as a key."""
    request_headers: tuple[tuple[str, str], ...]
    """As sent, without the headers that carry keys."""
    status: int
    reason: str
    """The server's own words after the status code; may be empty."""
    response_headers: tuple[tuple[str, str], ...]
    """As received, in order; repeated names are repeated."""
    peer: str
    """IP address that answered; empty where it is not known."""
    started_at: datetime
    finished_at: datetime


@dataclass(frozen=True, slots=True)
class Capture:
    """Bytes somebody else published, as received. The bytes are in a WARC file; this says where."""

    sha256: str
    media_type: MediaType
    locator: str
    """URL, or `<collection>:<path>`."""
    size: int
    """Bytes."""
    fetched_at: datetime
    warc: str
    """File name under `captures/`."""
    offset: int
    length: int
    """Where the WARC record lies in that file, in bytes."""
