"""
Reading the ledger: the questions the commands ask, each one function.

"Newest" is the row with the highest seq (leaves) or the last one added; everything older is history, and stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Select, Table, and_, func, select

from mitsua_data.ledger import permissions, tables
from mitsua_data.licences import Licence
from mitsua_data.model import Capture, Claim, Evidence, Grade, ImageId, MediaType, Reason, Refusal, Subject, Verdict
from mitsua_data.sources.base import quoted_original

CHUNK: Final = 500
"""Keys in one query: databases limit the values a statement may carry."""
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Standing:
    """One image as the ledger knows it now: its newest verdict, and its original where it was fetched."""

    image: ImageId
    verdict_seq: int
    verdict: Verdict
    capture: str
    """sha256 of the capture its record stands in."""
    rule_version: int
    original: str | None
    """sha256 of its bytes, None before they were fetched."""
    occurrence_seq: int | None
    stale: bool
    """Its bytes are not those the verdict is about: from another address, or others than the digest it quotes."""
    urls: tuple[str, ...] = ()
    """Addresses of its bytes and of its page for people, as its record gives them."""


@dataclass(frozen=True, slots=True)
class Decided:
    """The newest decision on one image under one policy."""

    seq: int
    outcome: str
    reasons: tuple[str, ...]
    verdict_seq: int
    inputs: dict[str, Any]


def standings(connection: Connection) -> Iterator[Standing]:
    """Every image that was ever judged, in the order of its name."""
    verdict, occurrence, image = tables.verdict, tables.occurrence, tables.image
    newest = _newest(verdict)
    bytes_of = _newest(occurrence)
    query = (
        select(
            verdict,
            image.c.url,
            image.c.landing_url,
            occurrence.c.sha256.label("original"),
            occurrence.c.seq.label("occurrence_seq"),
            occurrence.c.url.label("fetched_from"),
        )
        .join(newest, verdict.c.seq == newest.c.seq)
        .outerjoin(image, _described_by(image, verdict))
        .outerjoin(bytes_of, _same_image(bytes_of, verdict))
        .outerjoin(occurrence, occurrence.c.seq == bytes_of.c.seq)
        .order_by(verdict.c.source, verdict.c.record, verdict.c.part)
    )
    quotations = evidence_rows(connection)
    for row in connection.execute(query):
        found = verdict_of(row, quotations)
        yield Standing(
            image=ImageId(row.source, row.record, row.part),
            verdict_seq=row.seq,
            verdict=found,
            capture=row.capture,
            rule_version=row.rule_version,
            original=row.original,
            occurrence_seq=row.occurrence_seq,
            stale=row.original is not None and row.url is not None and _is_stale(row, found),
            urls=tuple(filter(None, (row.url, row.landing_url))),
        )


def _is_stale(row: Any, verdict: Verdict) -> bool:
    expected = quoted_original(row.url, verdict.evidence)
    return bool(row.fetched_from != row.url or expected not in {None, row.original})


def newest_verdicts(connection: Connection, images: Sequence[ImageId]) -> dict[ImageId, dict[str, Any]]:
    """The newest verdict row on each of these images; those that were never judged are not in it."""
    table = tables.verdict
    found: dict[ImageId, dict[str, Any]] = {}
    for source, records in _records_by_source(images).items():
        for chunk in chunks(records):
            query = select(table).where(table.c.source == source, table.c.record.in_(chunk)).order_by(table.c.seq)
            for row in connection.execute(query):
                found[ImageId(row.source, row.record, row.part)] = dict(row._mapping)
    return found


def verdict_of(row: Any, quotations: dict[int, Evidence]) -> Verdict:
    """A verdict row as the value it was."""
    evidence = tuple(quotations[seq] for seq in row.evidence)
    if row.outcome == "claim":
        return Claim(Licence(row.licence), Grade(row.grade), evidence, Subject(row.subject))
    return Refusal(Reason(row.reason), evidence, Licence(row.licence) if row.licence else None)


def evidence_rows(connection: Connection) -> dict[int, Evidence]:
    """Every quotation, by seq."""
    rows = connection.execute(select(tables.evidence))
    return {row.seq: Evidence(row.capture, row.pointer, row.value) for row in rows}


def decisions(connection: Connection, policy: str) -> dict[ImageId, Decided]:
    """The newest decision on each image under the policy with this digest."""
    table = tables.decision
    newest = _newest(table, table.c.policy == policy)
    query = select(table).join(newest, table.c.seq == newest.c.seq)
    return {
        ImageId(row.source, row.record, row.part): Decided(
            row.seq, row.outcome, tuple(row.reasons), row.verdict, dict(row.inputs)
        )
        for row in connection.execute(query)
    }


def images(connection: Connection) -> dict[ImageId, Any]:
    """Each image's newest description (a row of `image`), by its name and the capture that was judged."""
    verdict, image = tables.verdict, tables.image
    newest = _newest(verdict)
    query = select(image).join(verdict, _described_by(image, verdict)).join(newest, verdict.c.seq == newest.c.seq)
    return {ImageId(row.source, row.record, row.part): row for row in connection.execute(query)}


@dataclass(frozen=True, slots=True)
class Revocations:
    """Everything that was withdrawn, by what the withdrawal names; values are seqs."""

    originals: dict[str, int]
    images: dict[str, int]
    sources: dict[str, int]
    permissions: dict[str, int] = field(default_factory=dict)
    works: dict[str, int] = field(default_factory=dict)
    """Of withdrawn permissions: originals that they cover, to the seq of the withdrawal."""

    def of(self, image: ImageId, original: str | None, evidence: Iterable[Evidence] = ()) -> list[int]:
        """The seqs of the withdrawals that reach this image; `evidence` is what its verdict rests on."""
        found = (
            self.originals.get(original) if original else None,
            self.works.get(original) if original else None,
            self.images.get(str(image)),
            self.sources.get(image.source),
            *(self.permissions.get(each.capture) for each in evidence if self.permissions),
        )
        return sorted({seq for seq in found if seq is not None})


def revocations(connection: Connection) -> Revocations:
    """All withdrawals. None of them ever ends."""
    found = Revocations({}, {}, {})
    by_kind = {
        "original": found.originals, "image": found.images, "source": found.sources, "permission": found.permissions
    }  # fmt: skip
    for row in revocation_rows(connection):
        if row.target_kind in by_kind:
            by_kind[row.target_kind].setdefault(row.target, row.seq)
    for permission, seq in found.permissions.items():
        for work in permissions.works(connection, [permission]):
            found.works.setdefault(work, seq)
    return found


def revocation_rows(connection: Connection) -> list[Any]:
    """Every withdrawal (rows of `revocation`), the oldest first."""
    return list(connection.execute(select(tables.revocation).order_by(tables.revocation.c.seq)))


def checks(connection: Connection) -> dict[str, dict[str, str]]:
    """By original sha256: check kind → verdict of the newest checker."""
    table = tables.check_result
    found: dict[str, dict[str, str]] = {}
    for row in connection.execute(select(table).order_by(table.c.checker_version)):
        found.setdefault(row.sha256, {})[row.kind] = row.verdict
    return found


def refused_attempts(connection: Connection) -> dict[tuple[ImageId, str], str | None]:
    """Images whose bytes were fetched and refused, by where they came from; values are the sha256 of those bytes."""
    table = tables.attempt
    query = select(table).where(table.c.outcome == "refused").order_by(table.c.id)
    return {(ImageId(row.source, row.record, row.part), row.url): row.sha256 for row in connection.execute(query)}


def originals(connection: Connection) -> dict[str, Any]:
    """Every original that decodes (a row of `original`), by sha256."""
    return {row.sha256: row for row in connection.execute(select(tables.original))}


def sources(connection: Connection) -> list[Any]:
    """The newest declaration of every source (rows of `source`)."""
    table = tables.source
    newest = select(table.c.id, func.max(table.c.rule_version).label("version")).group_by(table.c.id).subquery()
    query = select(table).join(newest, and_(newest.c.id == table.c.id, newest.c.version == table.c.rule_version))
    return list(connection.execute(query.order_by(table.c.id)))


def release(connection: Connection, manifest: str) -> Any:
    """The release (a row) whose manifest has this sha256, None where the ledger knows none."""
    return connection.execute(select(tables.release).where(tables.release.c.manifest == manifest)).first()


def some_sample(connection: Connection) -> ImageId | None:
    """An image of the newest release; None where there is no release."""
    sample = tables.sample
    row = connection.execute(select(sample).order_by(sample.c.release.desc(), sample.c.key).limit(1)).first()
    return None if row is None else ImageId(row.source, row.record, row.part)


def logged_row(connection: Connection, table: Table, seq: int | None) -> dict[str, Any]:
    """One row of a logged table by its seq."""
    return dict(connection.execute(select(table).where(table.c.seq == seq)).one()._mapping)


def captures(connection: Connection, digests: Iterable[str] | None = None) -> dict[str, Capture]:
    """Captures by sha256: where the bytes are, and where they were seen first. All of them, or those named."""
    table, seen = tables.capture, tables.capture_seen
    found: dict[str, Capture] = {}
    for chunk in [None] if digests is None else chunks(sorted(set(digests))):
        first = select(
            seen.c.sha256, func.min(seen.c.fetched_at).label("at"), func.min(seen.c.locator).label("locator")
        )
        query = select(table)
        if chunk is not None:
            first, query = first.where(seen.c.sha256.in_(chunk)), query.where(table.c.sha256.in_(chunk))
        sighting = first.group_by(seen.c.sha256).subquery()
        joined = query.add_columns(sighting.c.at, sighting.c.locator).join(
            sighting, sighting.c.sha256 == table.c.sha256
        )
        found |= {row.sha256: _capture(row) for row in connection.execute(joined)}
    return found


def _capture(row: Any) -> Capture:
    return Capture(
        sha256=row.sha256,
        media_type=MediaType(row.media_type),
        locator=row.locator,
        size=row.size,
        fetched_at=datetime.fromisoformat(row.at),
        warc=row.warc,
        offset=row.offset,
        length=row.length,
    )


def committed(connection: Connection) -> dict[str, int]:
    """WARC file name → the byte after the last record the ledger knows in it."""
    table = tables.capture
    query = select(table.c.warc, func.max(table.c.offset + table.c.length).label("end")).group_by(table.c.warc)
    return {row.warc: row.end for row in connection.execute(query)}


def checkpoints(connection: Connection) -> list[Any]:
    """Every signed tree head (rows of `checkpoint`), the smallest first."""
    return list(connection.execute(select(tables.checkpoint).order_by(tables.checkpoint.c.size)))


def evidence_size(connection: Connection) -> int:
    """Leaves up to and with the last one that a release can rest on: all but rows about releases themselves."""
    table = tables.log_leaf
    about_releases = (tables.release.name, tables.audit.name, tables.training_run.name)
    last = connection.execute(select(func.max(table.c.seq)).where(table.c.kind.not_in(about_releases))).scalar()
    return 0 if last is None else int(last) + 1


def leaf_hashes(connection: Connection, size: int | None = None) -> Iterator[bytes]:
    """The log's first `size` leaves (all, by default) in order, 32 bytes each."""
    table = tables.log_leaf
    query = select(table.c.leaf_hash).order_by(table.c.seq)
    if size is not None:
        query = query.where(table.c.seq < size)
    for row in connection.execution_options(yield_per=10_000).execute(query):
        yield row.leaf_hash


def _newest(table: Any, *where: Any) -> Any:
    query: Select[Any] = (
        select(table.c.source, table.c.record, table.c.part, func.max(table.c.seq).label("seq"))
        .where(*where)
        .group_by(table.c.source, table.c.record, table.c.part)
    )
    return query.subquery()


def _described_by(image: Any, verdict: Any) -> Any:
    """The row of `image` that a verdict was made with."""
    same_record = and_(image.c.capture == verdict.c.capture, image.c.rule_version == verdict.c.rule_version)
    return and_(_same_image(image, verdict), same_record)


def _same_image(one: Any, other: Any) -> Any:
    return and_(one.c.source == other.c.source, one.c.record == other.c.record, one.c.part == other.c.part)


def chunks(keys: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """Keys in lists that one query can carry."""
    return (keys[start : start + CHUNK] for start in range(0, len(keys), CHUNK))


def _records_by_source(images: Iterable[ImageId]) -> dict[str, list[str]]:
    found: dict[str, dict[str, None]] = {}
    for image in images:
        found.setdefault(image.source, {})[image.record] = None
    return {source: list(records) for source, records in found.items()}
