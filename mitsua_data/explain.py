"""
The whole chain of one image: what was said, where, when, under which rule, in which release, in which training run.

The result is plain data (`chain`), and the same in words that a lawyer can read (`in_words`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mitsua_data.errors import UsageError
from mitsua_data.ledger import history
from mitsua_data.ledger.store import Ledger
from mitsua_data.licences import Licence
from mitsua_data.model import ImageId
from mitsua_data.runs import Run

_DIGEST = re.compile(r"[0-9a-f]{64}")

DESCRIBED = ("title", "creator", "date", "url", "landing_url")
MEANING = {
    "dedication": "the rights holder gives up all rights",
    "mark": "somebody believes the work to be free of rights; not a grant",
    "statement": "a rights statement, not a licence",
    "computed": "follows from dates, by rule",
    "permission": "a signed grant to the operator of this ledger",
    "licence": "conditions apply",
}


def find(ledger: Ledger, what: str) -> list[ImageId]:
    """
    The images that `what` names.

    An image file, a sha256 (of an original or of a training sample), a URL, `source:record`, `source:record#part`, or a
    record's own id.

    Raises UsageError where nothing in the ledger answers to it.
    """
    with ledger.read() as connection:
        path = Path(what)
        if path.is_file():
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            found = history.by_digest(connection, digest)
            label = f"{what} (sha256 {digest})"
        elif _DIGEST.fullmatch(what):
            found, label = history.by_digest(connection, what), f"sha256 {what}"
        else:
            found, label = history.by_name(connection, what), repr(what)
    if not found:
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
            "decisions": history.decisions(connection, image),
            "attempts": history.attempts(connection, image),
            "originals": history.originals(connection, image),
            "revocations": history.revocations(connection, image),
            "releases": history.releases(connection, image),
        }
    manifests = {each["manifest"] for each in known["releases"]}
    known["training_runs"] = [run.as_json() for run in runs if manifests & set(run.releases)]
    return known


def in_words(known: dict[str, Any]) -> Iterator[str]:
    """The chain as lines of text."""
    yield f"Image {known['image']}"
    if known["source"]:
        yield f"  from: {known['source']['owner']} ({known['source']['homepage']})"
    for each in known["descriptions"][-1:]:
        yield from (f"  {label.replace('_', ' ')}: {each[label]}" for label in DESCRIBED if each[label])
    yield "What was said of its rights, and where"
    for verdict in known["verdicts"]:
        yield from _verdict(verdict)
    yield "What was decided"
    for each in known["decisions"] or ():
        because = f", because: {', '.join(each['reasons'])}" if each["reasons"] else ""
        policy = f"policy {each['policy_name']} ({each['policy'][:16]}…)"
        yield f"  {each['at']}  {each['outcome'].upper()} under {policy}{because}"
    if not known["decisions"]:
        yield "  nothing yet: run mitsua decide"
    for each in known["revocations"]:
        yield f"  {each['received_at']}  WITHDRAWN ({each['basis']}): {each['note']}"
    yield "Its bytes"
    for each in known["originals"]:
        yield f"  {each['at']}  fetched from {each['url']}"
        yield f"    sha256 {each['sha256']}"
        yield f"    {each['format']}, {each['width']}x{each['height']} px, {each['size']:,} bytes"
        yield f"    kept in captures/{each['warc']} at byte {each['offset']}"
        yield from (f"    the same bytes are also {other}" for other in each["also"])
    for each in known["attempts"]:
        if each["outcome"] != "kept":
            yield f"  {each['at']}  {each['outcome']}: {each['reason']} {each['detail'] or ''}".rstrip()
    if not known["originals"] and not known["attempts"]:
        yield "  never fetched"
    yield "Where it went"
    for each in known["releases"]:
        yield f"  {each['published_at']}  {each['name']} {each['version']}: {each['shard']} ({each['split']})"
        yield f"    manifest sha256 {each['manifest']}"
        yield from (
            f"    {audit['at']}  audit: {audit['verdict']}, valid until {audit['expires_at']}"
            for audit in each["audits"]
        )
    for run in known["training_runs"]:
        yield f"  {run['ended_at']}  trained on: run {run['name']}, {run['steps']:,} steps"
    if not known["releases"]:
        yield "  in no release"


def _verdict(verdict: dict[str, Any]) -> Iterator[str]:
    when = f"  {verdict['at']}  by rule {verdict['source']}/{verdict['rule_version']}: "
    if verdict["outcome"] == "claim":
        licence = Licence(verdict["licence"])
        yield f"{when}CLAIMED as {licence} ({MEANING[licence.kind]}), evidence grade {verdict['grade']}"
    else:
        found = f", licence found: {verdict['licence']}" if verdict["licence"] else ""
        yield f"{when}REFUSED: {verdict['reason']}{found}"
    for quote in verdict["evidence"]:
        where = quote["pointer"] or "the whole file"
        yield f"    {quote['locator']}"
        yield f"      at {where}"
        yield f"      says {quote['value']!r}"
        yield f"      seen {quote['fetched_at']}; the bytes: sha256 {quote['capture']}"
        yield f"      kept in captures/{quote['warc']} at byte {quote['offset']}"
