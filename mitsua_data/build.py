"""
Building a release: accepted images with an original, selected by a dataset, rendered by its transform, sorted by key.

Same ledger, policy and dataset: same bytes, on any machine and with any number of workers. Decisions must be up to
date; a build never decides.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from mitsua_data.candidates import BuildTally, Candidate, candidates_of
from mitsua_data.captions import Part, TextLicences, Words, caption
from mitsua_data.captures import CaptureStore
from mitsua_data.checkpoint import Head, earlier, make_checkpoint
from mitsua_data.dataset import Dataset
from mitsua_data.errors import IntegrityError, UsageError
from mitsua_data.holdings import sources_of
from mitsua_data.images.pool import map_images
from mitsua_data.images.results import Rendered
from mitsua_data.images.worker import ImageWorker
from mitsua_data.ledger import events, history, queries, tables
from mitsua_data.ledger.merkle import list_root
from mitsua_data.ledger.store import Ledger
from mitsua_data.model import Claim, Json, Outcome
from mitsua_data.notice import notice
from mitsua_data.policy import Policy
from mitsua_data.published import remember
from mitsua_data.shards.columns import ProofRole, ProofRow
from mitsua_data.shards.consistency import Growth
from mitsua_data.shards.files import Folder
from mitsua_data.shards.keys import KeyRing, Role
from mitsua_data.shards.manifest import CheckpointRef, PolicyRef, Split, folder_name, open_manifest
from mitsua_data.shards.samples import Provenance, Quotation, SampleRow
from mitsua_data.shards.writer import Published, ReleaseHeader, ReleaseWriter
from mitsua_data.sources.base import AnySource


@dataclass(frozen=True)
class Built:
    """A published release, and the tally of its making."""

    published: Published
    tally: BuildTally


def build(
    ledger: Ledger,
    store: CaptureStore,
    keys: KeyRing,
    dataset: Dataset,
    policy: Policy,
    releases: Path,
    *,
    workers: int | None = None,
    sources: Sequence[AnySource] | None = None,
    progress: Callable[[int], None] = lambda _: None,
    announce: Callable[[int], None] = lambda _: None,
) -> Built:
    """
    Write, sign and publish the release of a dataset; then tell the ledger.

    `sources`: those that may state licences of words; the shipped ones and the declared ones of the ledger by default.
    `announce` is called once with the number of images to render. Raises UsageError where decisions are missing or out
    of date, where nothing is selected, and where another release has this name and version.
    """
    tally = BuildTally()
    candidates = candidates_of(ledger, dataset, policy, tally)
    with ledger.read() as connection:
        gone = history.withdrawn_pictures(connection)
    _require_some(candidates, tally)
    texts = _text_licences(sources_of(ledger) if sources is None else sources)
    head = make_checkpoint(ledger, keys.signer(Role.LOG))
    header = _header(ledger, dataset, policy, texts)
    _require_free(releases / folder_name(dataset.name, dataset.version), header, head, keys)
    announce(len(candidates))
    with ReleaseWriter(releases, dataset.name, dataset.version, samples_per_shard=dataset.samples_per_shard) as writer:
        kept = []
        for candidate, row in _rows(store, dataset, policy, candidates, texts, gone, tally, workers, progress):
            writer.add(row)
            kept.append((candidate, replace(row, image=b"")))  # the bytes are on the disk, and may be gigabytes
        tally.samples = len(kept)
        published = writer.publish(
            header,
            proofs=_proofs(ledger, head, [candidate for candidate, _ in kept]),
            checkpoint_note=head.note,
            consistency=_growth(ledger, head),
            sign=keys.signer(Role.BUILDER),
            extra_files={"NOTICE.md": notice(dataset, [row.provenance for _, row in kept])},
        )
    remember(ledger, dataset, policy, head, published, kept)
    return Built(published, tally)


def _require_some(candidates: list[Candidate], tally: BuildTally) -> None:
    """Raises UsageError where there is nothing to release, saying why."""
    if not candidates:
        why = ", ".join(
            f"{count:,} {reason.replace('_', ' ')}" for reason, count in sorted(tally.left_out.items()) if count
        )
        raise UsageError(
            f"no accepted image is selected ({why or 'none is accepted'})",
            advice="look at [select] in the dataset's file, and run mitsua fetch",
        )


def _require_free(target: Path, header: ReleaseHeader, head: Head, keys: KeyRing) -> None:
    """
    Raises UsageError where a release of this name and version cannot be the one about to be built.

    The writer compares whole releases when all is done; this is the part that is known before hours of rendering.
    """
    if not target.exists():
        return
    try:
        there = open_manifest(Folder(target), keys.pinned(Role.BUILDER)).manifest
    except IntegrityError as error:
        raise UsageError(f"{target} is in the way: {error}", advice="move it away") from error
    pairs = {
        "policy": (there.policy, header.policy),
        "transform": (dict(there.transform), dict(header.transform)),
        "selection": (dict(there.selection), dict(header.selection)),
        "state of the ledger": (there.checkpoint, CheckpointRef.of(head.checkpoint)),
    }
    other = [name for name, (old, new) in pairs.items() if old != new]
    if other:
        raise UsageError(
            f"{target} is there already, made from another {' and '.join(other)}",
            advice="raise `version` in the dataset's file; a published release is never changed",
        )


def _rows(
    store: CaptureStore,
    dataset: Dataset,
    policy: Policy,
    candidates: list[Candidate],
    texts: Mapping[str, TextLicences],
    gone: Collection[str],
    tally: BuildTally,
    workers: int | None,
    progress: Callable[[int], None],
) -> Iterator[tuple[Candidate, SampleRow]]:
    """
    Rendered samples by key; a picture that renders to the same bytes as an earlier one is left out.

    So is one that renders to the bytes of a sample that was withdrawn (`gone`): another original of it is no way back.
    """

    def jobs() -> Iterator[tuple[Candidate, bytes]]:
        for candidate in candidates:
            yield candidate, store.read(candidate.capture)

    def render(worker: ImageWorker, job: tuple[Candidate, bytes]) -> Any:
        return worker.render(job[1], dataset.transform)

    seen: set[str] = set()
    for (candidate, _), rendered in map_images(render, jobs(), workers=workers):
        progress(1)
        if not isinstance(rendered, Rendered):
            tally.left_out[str(rendered.family)] += 1
            continue
        digest = sha256(rendered.body).hexdigest()
        if digest in gone:
            tally.left_out["withdrawn_picture"] += 1
            continue
        if digest in seen:
            tally.left_out["same_picture"] += 1
            continue
        seen.add(digest)
        licences = texts.get(candidate.standing.image.source, TextLicences())
        yield candidate, _row(dataset, policy, candidate, rendered, digest, licences, tally)


def _row(
    dataset: Dataset,
    policy: Policy,
    candidate: Candidate,
    rendered: Rendered,
    digest: str,
    licences: TextLicences,
    tally: BuildTally,
) -> SampleRow:
    image, verdict, described = candidate.standing.image, candidate.standing.verdict, candidate.description
    if not isinstance(verdict, Claim):
        raise IntegrityError(f"{image}: accepted without a claim", advice="run: mitsua decide")
    words = caption(dataset.captions, Words.of(image.source, image.record, described), licences)
    for part in words.withheld:
        tally.withheld[f"{part} of {image.source}: {licences.of(part) or 'no licence is stated'}"] += 1
    tags = tuple(described.tags) if licences.of(Part.TAGS) in dataset.captions.licences else ()
    provenance = Provenance(
        id=str(image),
        source=image.source,
        record=image.record,
        part=image.part,
        licence=verdict.licence,
        licence_uri=verdict.licence.uri,
        grade=verdict.grade,
        policy=policy.sha256,
        original_sha256=candidate.key,
        original_url=described.url,
        landing_url=described.landing_url,
        title=described.title,
        creator=described.creator,
        evidence=[Quotation.of(each) for each in verdict.evidence],
        transform=dataset.transform.digest,
        image_sha256=digest,
        caption_licence=words.licence,
    )
    return SampleRow(
        key=candidate.key,
        split=Split(dataset.split.of(candidate.key, image)),
        image=rendered.body,
        extension=dataset.transform.encoding.extension,
        caption=words.text,
        provenance=provenance,
        width=rendered.width,
        height=rendered.height,
        original_width=candidate.original.width,
        original_height=candidate.original.height,
        tags=tags,
    )


def _text_licences(sources: Sequence[AnySource]) -> dict[str, TextLicences]:
    """By source, what it states of its words; those whose declaration is gone state nothing."""
    return {
        source.spec.id: TextLicences(source.spec.caption_licence, source.spec.description_licence) for source in sources
    }


def _header(ledger: Ledger, dataset: Dataset, policy: Policy, texts: Mapping[str, TextLicences]) -> ReleaseHeader:
    with ledger.read() as connection:
        decided = queries.decisions(connection, policy.sha256)
        revoked = queries.revocations(connection)
        sources = {
            row.id: {
                "owner": row.owner,
                "homepage": row.homepage,
                "rule_version": row.rule_version,
                "caption_licence": texts.get(row.id, TextLicences()).caption,
                "description_licence": texts.get(row.id, TextLicences()).description,
            }
            for row in queries.sources(connection)
        }
    excluded: list[Json] = [
        {"image": str(image), "outcome": each.outcome, "reasons": list(each.reasons)}
        for image, each in decided.items()
        if each.outcome != Outcome.ACCEPT
    ]
    withdrawn: list[Json] = [
        {"kind": kind, "target": target}
        for kind, targets in (
            ("original", revoked.originals),
            ("image", revoked.images),
            ("source", revoked.sources),
            ("permission", revoked.permissions),
        )
        for target in targets
    ]
    return ReleaseHeader(
        policy=PolicyRef(name=policy.name, sha256=policy.sha256),
        transform=dataset.transform.describe(),
        selection=dataset.selection(),
        sources=sources,
        exclusion_root=list_root(excluded),
        revocation_root=list_root(withdrawn),
    )


def _proofs(ledger: Ledger, head: Head, candidates: list[Candidate]) -> Iterator[ProofRow]:
    size = head.checkpoint.size
    with ledger.read() as connection:
        for candidate in candidates:
            rows = (
                (ProofRole.DECISION, tables.decision, candidate.decision.seq),
                (ProofRole.ORIGINAL, tables.occurrence, candidate.standing.occurrence_seq),
            )
            for role, table, seq in rows:
                event = events.canonical(table, queries.logged_row(connection, table, seq))
                yield ProofRow(candidate.key, role, int(seq or 0), event, head.tree.inclusion(int(seq or 0), size))


def _growth(ledger: Ledger, head: Head) -> list[Growth]:
    size = head.checkpoint.size
    return [Growth.of(old, root, head.tree.consistency(old, size)) for old, root in earlier(ledger, size)]
