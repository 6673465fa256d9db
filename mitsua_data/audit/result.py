"""What an audit hands on: a verdict with its findings, what was looked at, and what the report shows beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from mitsua_data.audit.findings import Finding
from mitsua_data.shards.attestation import AuditVerdict
from mitsua_data.shards.manifest import SignedManifest


@dataclass(frozen=True, slots=True)
class Quote:
    """A quotation, with what somebody needs to look it up."""

    locator: str
    pointer: str
    value: str
    """Canonical JSON."""
    capture: str
    """sha256 of the captured bytes."""
    place: str
    """Where these bytes lie in the workspace."""
    seen: str
    """When they were seen first; empty where the capture is gone."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture small enough for a page."""

    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Example:
    """One image, as the report shows it."""

    image: str
    source: str
    title: str
    creator: str
    landing_url: str
    outcome: str
    reasons: tuple[str, ...]
    licence: str
    """Empty where none was understood."""
    grade: str
    """Empty for a refusal."""
    quotes: tuple[Quote, ...]
    picture: Picture | None


@dataclass(frozen=True, slots=True)
class ClaimCount:
    """Samples of one source, licence and evidence grade."""

    source: str
    licence: str
    grade: str
    samples: int


@dataclass(frozen=True, slots=True)
class RefusalCount:
    """Images of one source that the policy did not accept, for one set of reasons, when the release was made."""

    source: str
    outcome: str
    reasons: tuple[str, ...]
    images: int


@dataclass(frozen=True, slots=True)
class NotRun:
    """Samples whose source's rule could not be run again; their quotations were derived again all the same."""

    source: str
    why: str
    samples: int


@dataclass(frozen=True)
class Tables:
    """What the report shows beside the findings."""

    claims: tuple[ClaimCount, ...] = ()
    refusals: tuple[RefusalCount, ...] = ()
    not_run: tuple[NotRun, ...] = ()
    accepted: tuple[Example, ...] = ()
    refused: tuple[Example, ...] = ()
    institutions: Mapping[str, str] = field(default_factory=dict)
    """Source id → whose collection it is."""
    policy_text: str | None = None


@dataclass(frozen=True)
class AuditResult:
    """The outcome of an audit, before anybody signs it."""

    release: str
    """`<name>-<version>`, or the folder's name where the manifest is not to be trusted."""
    signed: SignedManifest | None
    """None where no pinned builder signed the manifest: then there is nothing to attest to."""
    findings: tuple[Finding, ...]
    counts: Mapping[str, int]
    tables: Tables
    audited_at: datetime
    expires_at: datetime

    @property
    def verdict(self) -> AuditVerdict:
        """Pass, if there is nothing to find fault with."""
        return AuditVerdict.FAIL if self.findings else AuditVerdict.PASS

    @property
    def checked(self) -> int:
        """Samples that were looked at."""
        return self.counts.get("samples", 0)
