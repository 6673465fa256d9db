"""
`audit.json`: an audit's report as data, in canonical JSON. The page shows the same; its pictures stand here by digest.

The same ledger, release and time give the same bytes: their digest is what the ledger remembers of an audit.
"""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from mitsua_data import __version__
from mitsua_data.canonical import canonical
from mitsua_data.ledger.store import stamp
from mitsua_data.model import Json

if TYPE_CHECKING:  # an audit writes reports, so reports must not need it to be imported
    from mitsua_data.audit.result import AuditResult, Example, Quote

FORMAT: Final = "mitsua-audit-report/1"


def report(result: AuditResult, auditor: str) -> dict[str, Json]:
    """The report of an audit; `auditor` is the key id of whoever signs for it."""
    tables = result.tables
    return {
        "format": FORMAT,
        "release": result.release,
        "verdict": result.verdict.value,
        "audited_at": stamp(result.audited_at),
        "expires_at": stamp(result.expires_at),
        "checker": {"name": "mitsua", "version": __version__},
        "manifest": _manifest(result),
        "keys": {"auditor": auditor, "builder": result.signed.builder.keyid if result.signed else None},
        "policy_text": tables.policy_text,
        "counts": dict(result.counts),
        "institutions": dict(tables.institutions),
        "claims": [
            {"source": each.source, "licence": each.licence, "grade": each.grade, "samples": each.samples}
            for each in tables.claims
        ],
        "refusals": [
            {"source": each.source, "outcome": each.outcome, "reasons": list(each.reasons), "images": each.images}
            for each in tables.refusals
        ],
        "rules_not_run": [{"source": each.source, "why": each.why, "samples": each.samples} for each in tables.not_run],
        "findings_by_kind": dict(sorted(Counter(str(each.kind) for each in result.findings).items())),
        "findings": [each.as_json() for each in result.findings],
        "accepted": [_example(each) for each in tables.accepted],
        "refused": [_example(each) for each in tables.refused],
    }


def report_text(result: AuditResult, auditor: str) -> bytes:
    """The bytes of `audit.json`."""
    return canonical(report(result, auditor))


def _manifest(result: AuditResult) -> Json:
    if result.signed is None:
        return None
    manifest = result.signed.manifest
    return {
        "sha256": result.signed.digest,
        "policy": manifest.policy.dump(),
        "checkpoint": manifest.checkpoint.dump(),
        "exclusion_root": manifest.exclusion_root,
        "revocation_root": manifest.revocation_root,
        "shards": [{"name": shard.name, "sha256": shard.sha256} for shard in manifest.shards],
    }


def _example(example: Example) -> Json:
    return {
        "image": example.image,
        "title": example.title,
        "creator": example.creator,
        "landing_url": example.landing_url,
        "outcome": example.outcome,
        "reasons": list(example.reasons),
        "licence": example.licence,
        "grade": example.grade,
        "picture": sha256(example.picture.data).hexdigest() if example.picture else None,
        "evidence": [_quote(each) for each in example.quotes],
    }


def _quote(quote: Quote) -> Json:
    return {
        "capture": quote.capture,
        "locator": quote.locator,
        "place": quote.place,
        "pointer": quote.pointer,
        "value": quote.value,
        "seen": quote.seen,
    }
