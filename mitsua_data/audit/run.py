"""
The audit of one release: every sample derived again from captured bytes, by a code path that is not the build's.

    shard ─▶ picture ─▶ original (WARC, by sha256) ─▶ rendered again ─▶ the same bytes?
      └─▶ what the sample says ─▶ decision ─▶ verdict ─▶ quotations ─▶ captures (WARC) ─▶ pointer and rule again

It calls nothing of `build`, `decide` and `policy`: a mistake in them must not vouch for itself. Whatever is damaged or
missing ends in a finding; only a ledger that cannot be read at all is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final, TypeAlias

from mitsua_data import sources as known_sources
from mitsua_data.audit.findings import Findings, Kind
from mitsua_data.audit.log import check_log, check_roots
from mitsua_data.audit.permissions import Permissions
from mitsua_data.audit.result import AuditResult, Tables
from mitsua_data.audit.walk import Job, Walk
from mitsua_data.captures import CaptureStore
from mitsua_data.errors import IntegrityError
from mitsua_data.images.formats import ImageProblem, Mark
from mitsua_data.images.pool import map_images
from mitsua_data.images.results import Rendered
from mitsua_data.images.transform import Transform
from mitsua_data.images.worker import ImageWorker
from mitsua_data.ledger.store import Ledger
from mitsua_data.shards.keys import Role, TrustStore, require_pinned
from mitsua_data.shards.manifest import ATTESTATION, MANIFEST, Manifest
from mitsua_data.shards.reader import open_release
from mitsua_data.shards.verify import verify_release
from mitsua_data.sources.base import AnySource

VALID_DAYS: Final = 90
"""How long an attestation holds: sources change their minds, and must be looked at again."""
AGAINST: Final = frozenset({Mark.AI_GENERATED, Mark.NO_TRAINING})
"""Marks in an original's own metadata that forbid training on it."""

Seen: TypeAlias = "tuple[Kind, str, str]"
"""Kind, got, expected."""


def audit_release(
    ledger: Ledger,
    store: CaptureStore,
    folder: Path,
    trust: TrustStore,
    *,
    now: datetime | None = None,
    valid_days: int = VALID_DAYS,
    workers: int | None = None,
    sources: Sequence[AnySource] | None = None,
    progress: Callable[[int], None] = lambda _: None,
    announce: Callable[[int], None] = lambda _: None,
) -> AuditResult:
    """
    Derive a release again, and say what differs.

    `now` is when the audit takes place, by the ledger's clock unless told; `sources` are those whose rules can be run
    again, all by default; `announce` is called once with the number of samples, `progress` with 1 for each. Raises
    UsageError where `folder` is none, LedgerError where the ledger cannot be read.
    """
    now = (now or ledger.clock()).astimezone(UTC).replace(microsecond=0)
    findings, expires = Findings(), now + timedelta(days=valid_days)
    for found in verify_release(folder, trust):
        if found.file != ATTESTATION:  # an older one says nothing about what is found now
            findings.add(Kind.RELEASE_FILE, found.file, got=found.problem, expected="what was signed")
    try:
        release = open_release(folder, require_pinned(trust.pinned(Role.BUILDER), Role.BUILDER))
    except IntegrityError as error:
        findings.add(Kind.RELEASE_FILE, MANIFEST, got=error, expected="a manifest that a pinned builder signed")
        return AuditResult(folder.resolve().name, None, findings.all(), {}, Tables(), now, expires)
    manifest = release.signed.manifest
    announce(manifest.counts.train + manifest.counts.val)
    check_log(ledger, manifest, findings)
    check_roots(ledger, manifest, findings)
    permissions = Permissions.of(ledger, trust, now)
    known = known_sources.every() if sources is None else sources
    walk = Walk(ledger, store, release, known, permissions, findings)
    rendered = _pictures(walk, _transform(manifest, findings), findings, workers, progress)
    counts = walk.counts() | {"pictures_rendered": rendered}
    expires = min([expires, *(end for end in permissions.ends if end > now)])  # no longer than what it rests on
    return AuditResult(manifest.folder, release.signed, findings.all(), counts, _tables(walk, manifest), now, expires)


def _transform(manifest: Manifest, findings: Findings) -> Transform | None:
    try:
        return Transform.described(dict(manifest.transform))
    except ValueError as error:
        findings.add(Kind.TRANSFORM, MANIFEST, got=error, expected="a transform that this version can apply")
        return None


def _pictures(
    walk: Walk, transform: Transform | None, findings: Findings, workers: int | None, progress: Callable[[int], None]
) -> int:
    """Render every original again, and compare. Returns how many were rendered."""

    def look(worker: ImageWorker, job: Job) -> list[Seen]:
        return look_again(worker, job, transform)

    rendered = 0
    for job, seen in map_images(look, walk.jobs(), workers=workers):
        rendered += job.original is not None and transform is not None
        for kind, got, expected in seen:
            findings.add(kind, job.where, key=job.key, got=got, expected=expected)
        progress(1)
    return rendered


def look_again(worker: ImageWorker, job: Job, transform: Transform | None) -> list[Seen]:
    """What is wrong with one picture. Without a transform, the original is looked at and not rendered."""
    if job.original is None:
        return []
    made = worker.render(job.original, transform) if transform else worker.look(job.original)
    if isinstance(made, ImageProblem):
        return [(Kind.IMAGE, f"{made.family}: {made.detail}", "an original that decodes")]
    found: list[Seen] = []
    if isinstance(made, Rendered) and made.body != job.picture:
        got, expected = (f"a picture with sha256 {sha256(side).hexdigest()}" for side in (job.picture, made.body))
        found.append((Kind.IMAGE, got, expected))
    look = made.source if isinstance(made, Rendered) else made
    found += [
        (Kind.OBJECTION, f"the original's metadata says {mark}", "no objection")
        for mark in look.marks
        if mark in AGAINST
    ]
    return found


def _tables(walk: Walk, manifest: Manifest) -> Tables:
    """What the report shows; thumbnails are made here."""
    accepted, refused = walk.examples.accepted(), walk.examples.refused(manifest)
    return Tables(
        claims=walk.claims(),
        refusals=walk.examples.refusals,
        not_run=walk.not_run(),
        accepted=accepted,
        refused=refused,
        institutions=walk.examples.institutions(),
        policy_text=walk.policy_text,
    )
