"""What an audit finds: values, each naming what differs, where, and both sides."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from mitsua_data.model import Json

MAX_TEXT: Final = 500
"""Longest text of one side, in characters; a finding points at bytes, it does not carry them."""


class Kind(StrEnum):
    """What is not as it should be. A closed vocabulary: the link of the chain that does not hold."""

    RELEASE_FILE = "release_file"
    """A file of the release is not what the manifest, a signature or a proof says: what `mitsua verify` finds, too."""
    RELEASE_UNKNOWN = "release_unknown"
    """The ledger never published a release with this manifest."""
    CHECKPOINT = "checkpoint"
    """The ledger does not have the tree head that the release rests on."""
    LOG = "log"
    """A row of the ledger is not the one that was logged."""
    ROOT = "root"
    """The manifest's root over exclusions or revocations is not that of the ledger."""
    POLICY = "policy"
    """The policy's text is missing, changed, or not understood."""
    TRANSFORM = "transform"
    """The manifest's transform is not one that this version can apply."""
    SAMPLE = "sample"
    """The ledger remembers another sample under this key, or none."""
    CAPTURE = "capture"
    """Captured bytes are missing or damaged."""
    ORIGINAL = "original"
    """These bytes were never received as this image."""
    IMAGE = "image"
    """The original, rendered again, is not the sample's picture."""
    DECISION = "decision"
    """The newest decision is not "accept", or there was none when the release was made."""
    VERDICT = "verdict"
    """The newest verdict is no claim, or the sample says another licence or grade than the one it rests on."""
    NOT_ACCEPTED = "not_accepted"
    """The policy, applied again, does not accept the verdict."""
    EVIDENCE = "evidence"
    """The captured bytes do not say what the ledger quotes."""
    QUOTATION = "quotation"
    """The sample does not quote what the ledger quotes."""
    RULE = "rule"
    """The source's rule, run again on the captured bytes, comes to another verdict or image; or cannot be run."""
    DESCRIPTION = "description"
    """Title, creator or address are not those that the record gives."""
    CAPTION = "caption"
    """The caption is not made of the record's words by the release's own recipe."""
    SPLIT = "split"
    """The sample stands on the wrong side of the train/val line."""
    OBJECTION = "objection"
    """The original's own metadata, or a check, speaks against training on it."""
    COPY = "copy"
    """The same bytes are also an image that the policy does not accept."""
    REVOKED = "revoked"
    """It was withdrawn."""
    PERMISSION = "permission"
    """The permission that it rests on is not signed, not on record, not in its term, or does not cover it."""

    @property
    def meaning(self) -> str:
        """The same, for people who read reports."""
        return _MEANING[self]


_MEANING: Final[dict[Kind, str]] = {
    Kind.RELEASE_FILE: "a file of the release is not what the manifest, a signature or a proof says",
    Kind.RELEASE_UNKNOWN: "the ledger never published a release with this manifest",
    Kind.CHECKPOINT: "the ledger does not have the tree head that the release rests on",
    Kind.LOG: "a row of the ledger is not the one that was logged",
    Kind.ROOT: "the manifest's root over exclusions or revocations is not the ledger's",
    Kind.POLICY: "the policy's text is missing, changed, or not understood",
    Kind.TRANSFORM: "the manifest's transform is not one that this version can apply",
    Kind.SAMPLE: "the ledger remembers another sample under this key, or none",
    Kind.CAPTURE: "captured bytes are missing or damaged",
    Kind.ORIGINAL: "these bytes were never received as this image",
    Kind.IMAGE: "the original, rendered again, is not the sample's picture",
    Kind.DECISION: "the decision is not to accept",
    Kind.VERDICT: "the verdict is no claim, or another licence or grade than the sample says",
    Kind.NOT_ACCEPTED: "the policy, applied again, does not accept the verdict",
    Kind.EVIDENCE: "the captured bytes do not say what the ledger quotes",
    Kind.QUOTATION: "the sample does not quote what the ledger quotes",
    Kind.RULE: "the source's rule, run again, comes to another verdict or image, or cannot be run",
    Kind.DESCRIPTION: "title, creator or address are not those of the record",
    Kind.CAPTION: "the caption is not made of the record's words by the release's recipe",
    Kind.SPLIT: "the sample stands on the wrong side of the train/val line",
    Kind.OBJECTION: "the original's metadata, or a check, speaks against training on it",
    Kind.COPY: "the same bytes are also an image that the policy does not accept",
    Kind.REVOKED: "it was withdrawn",
    Kind.PERMISSION: "the permission it rests on is not signed, not on record, not in its term, or not for it",
}


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that is not as it should be."""

    where: str
    """A shard or file of the release, a capture file, or a row of the ledger."""
    key: str
    """The sample's key; empty where it is not about one sample."""
    kind: Kind
    got: str
    expected: str

    @property
    def text(self) -> str:
        """Both sides in one line."""
        about = f"sample {self.key}: " if self.key else ""
        return f"{about}got {self.got}, expected {self.expected}"

    def as_json(self) -> dict[str, Json]:
        """For the attestation and the report."""
        return {
            "kind": self.kind.value,
            "where": self.where,
            "key": self.key,
            "got": self.got,
            "expected": self.expected,
        }


class Findings:
    """Collects findings; the order in which they are added does not matter."""

    def __init__(self) -> None:
        self._found: set[Finding] = set()

    def add(self, kind: Kind, where: str, *, key: str = "", got: object, expected: object) -> None:
        """One more. Texts are cut at `MAX_TEXT`; the same finding twice is one."""
        self._found.add(Finding(where, key, kind, _short(got), _short(expected)))

    def all(self) -> tuple[Finding, ...]:
        """In the order of where they are."""
        return tuple(sorted(self._found))


def _short(value: object) -> str:
    text = str(value).encode(errors="replace").decode()
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}…"
