"""A crawl as a whole: what is crawled, under which name it stands in the ledger, and what it did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mitsua_data.model import Json


@dataclass
class CrawlTally:
    """What a crawl did."""

    records: int = 0
    """Verdicts of this run."""
    verdicts: Counter[str] = field(default_factory=Counter)
    """`claim`, or the reason of a refusal."""
    changed: int = 0
    """Verdicts that are new, or say something else than the newest one in the ledger."""
    new_captures: int = 0
    resumed_after: str | None = None
    before: int = 0
    """Verdicts that the interrupted part of this crawl had made."""
    failed: int = 0
    """Records that could not be had in this run."""
    pending: int = 0
    """Records that could not be had in this run, and are asked for again in the next."""

    asked_again: int = 0
    """Answers that earlier runs could not have, and this one asked for first."""

    @property
    def found(self) -> int:
        """Images that were judged, and records that could not be had: claimed, refused, failed and pending together."""
        return self.records + self.failed + self.pending

    def as_json(self) -> dict[str, Any]:
        """For `--format json`."""
        return {
            "records": self.records,
            "claims": self.verdicts["claim"],
            "refusals": {name: count for name, count in sorted(self.verdicts.items()) if name != "claim"},
            "found": self.found,
            "claimed": self.verdicts["claim"],
            "refused": self.verdicts.total() - self.verdicts["claim"],
            "failed": self.failed,
            "pending": self.pending,
            "asked_again": self.asked_again,
            "changed": self.changed,
            "new_captures": self.new_captures,
            "resumed_after": self.resumed_after,
            "before": self.before,
        }


@dataclass(frozen=True)
class Holdings:
    """What is crawled, so that an interrupted crawl goes on only in the same place, and `fetch` finds it again."""

    kind: str
    """archive or web."""
    places: tuple[str, ...]
    """Paths, or the base URL."""
    identity: str
    """Digest or commit of an archive where known, else its name; a crawl resumes only where this is the same."""
    user_agent: str | None = None
    contact: str | None = None
    """How we gave our name to servers; None for archives."""
    declaration: str | None = None
    """The file that declares the source, where it is none of the shipped ones."""
    declaration_sha256: str | None = None
    """Of the declaration's text, shipped or not: an edited one begins another crawl."""
    dump: str | None = None
    """`sha256:…` of the index of the dump that is read; None where the server is asked."""
    since: str | None = None
    """The day, ISO 8601, since which changes are asked for; None for everything."""
    terms: Mapping[str, str] = field(default_factory=dict)
    """Pages of terms that a person saved: URL to `sha256:…`."""

    def as_json(self) -> dict[str, Json]:
        """As it stands in the ledger."""
        more: dict[str, Json] = {
            "declaration_sha256": self.declaration_sha256,
            "dump": self.dump,
            "since": self.since,
            "terms": dict(self.terms) or None,
        }
        known = {name: value for name, value in more.items() if value is not None}
        return {"kind": self.kind, "places": list(self.places), "identity": self.identity, **known}


@dataclass
class Session:
    """One crawl of one place, however many runs it takes."""

    id: str
    holdings: Holdings
    opened: bool = False
    """Whether its row is in the ledger: it goes in with the first batch."""
    again: int | None = None
    """Of a crawl that looks at everything again: the size of the log when it began, before which stands what was."""
