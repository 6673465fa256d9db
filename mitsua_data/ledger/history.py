"""The history of one image, table by table, as plain rows: what `explain` tells. Oldest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Table, and_, false, func, or_, select

from mitsua_data.ledger import permissions, tables
from mitsua_data.model import ImageId


def by_digest(connection: Connection, sha256: str) -> list[ImageId]:
    """Images whose original, or whose training sample, has this sha256."""
    occurrence, sample = tables.occurrence, tables.sample
    rows = [
        *connection.execute(select(occurrence).where(occurrence.c.sha256 == sha256)),
        *connection.execute(select(sample).where(or_(sample.c.image == sha256, sample.c.original == sha256))),
    ]
    return sorted({ImageId(row.source, row.record, row.part) for row in rows})


def originals_of(connection: Connection, sha256: str) -> list[str]:
    """
    The sha256 of every original that gave the training sample with this digest, in any release, sorted; `sha256`
    itself, where it is that of no sample.
    """
    sample = tables.sample
    rows = connection.execute(select(sample.c.original).where(sample.c.image == sha256).distinct())
    return sorted(str(row.original) for row in rows) or [sha256]


def originals_of_source(connection: Connection, source: str) -> list[str]:
    """The sha256 of all bytes that were ever received as an image of this source, sorted."""
    occurrence = tables.occurrence
    rows = connection.execute(select(occurrence.c.sha256).where(occurrence.c.source == source).distinct())
    return sorted(str(row.sha256) for row in rows)


def withdrawn_pictures(connection: Connection) -> set[str]:
    """The sha256 of every training sample, in any release, whose original's bytes, or permission, were withdrawn."""
    sample, revocation = tables.sample, tables.revocation
    targets = select(revocation.c.target).where(revocation.c.target_kind == "original")
    grants = select(revocation.c.target).where(revocation.c.target_kind == "permission")
    gone = or_(sample.c.original.in_(targets), sample.c.original.in_(permissions.covered_by(grants)))
    pictures = select(sample.c.image).where(gone).distinct()
    return {str(row.image) for row in connection.execute(pictures)}


def by_name(connection: Connection, what: str) -> list[ImageId]:
    """Images by URL, landing page, record id, `source:record` or `source:record#part` (see `ImageId.parse`)."""
    image, verdict = tables.image, tables.verdict
    named = ImageId.parse(what)
    at = or_(image.c.url == what, image.c.landing_url == what)
    whole = and_(verdict.c.source == named.source, verdict.c.record == named.record)
    by_id = _is(verdict, named) if named.part else whole
    # Two queries for verdicts: together they would scan the table, apart one of them is a look into the index.
    found = (_names(connection, image, [at]), _names(connection, verdict, [verdict.c.record == what]))
    return sorted(set().union(*found, _names(connection, verdict, [by_id])))


def source(connection: Connection, name: str) -> dict[str, Any] | None:
    """The newest declaration of a source."""
    table = tables.source
    row = connection.execute(select(table).where(table.c.id == name).order_by(table.c.rule_version.desc())).first()
    return None if row is None else dict(row._mapping)


def descriptions(connection: Connection, image: ImageId) -> list[dict[str, Any]]:
    """How the image's record described it, each time it changed."""
    return _rows(connection, tables.image, image)


def attempts(connection: Connection, image: ImageId) -> list[dict[str, Any]]:
    """Every try to fetch it."""
    return _rows(connection, tables.attempt, image)


def verdicts(connection: Connection, image: ImageId) -> list[dict[str, Any]]:
    """Every verdict, with the crawl that brought it, and with each quotation and where its capture lies."""
    found = _rows(connection, tables.verdict, image)
    for verdict in found:
        verdict["crawl"] = _crawl(connection, image, verdict["capture"])
        verdict["evidence"] = [quotation(connection, seq) for seq in verdict["evidence"]]
    return found


def _crawl(connection: Connection, image: ImageId, capture: str) -> dict[str, Any] | None:
    """The first crawl that saw the image's record in this capture."""
    record, session = tables.record, tables.crawl_session
    query = (
        select(session.c.id, session.c.holdings, session.c.user_agent, session.c.code_version, session.c.started_at)
        .join(record, record.c.session == session.c.id)
        .where(record.c.source == image.source, record.c.record == image.record, record.c.capture == capture)
    )
    row = connection.execute(query).first()
    return None if row is None else dict(row._mapping)


def decisions(connection: Connection, image: ImageId) -> list[dict[str, Any]]:
    """Every decision, with the policy's name and text."""
    table, policy = tables.decision, tables.policy_version
    query = (
        select(table, policy.c.name.label("policy_name"), policy.c.text.label("policy_text"))
        .join(policy, policy.c.sha256 == table.c.policy)
        .where(_is(table, image))
        .order_by(table.c.seq)
    )
    return [dict(row._mapping) for row in connection.execute(query)]


def originals(connection: Connection, image: ImageId) -> list[dict[str, Any]]:
    """Its bytes, each time they were fetched and differed; with the other images that have the same bytes."""
    occurrence, original, capture = tables.occurrence, tables.original, tables.capture
    query = (
        select(occurrence, original, capture.c.warc, capture.c.offset, capture.c.size)
        .join(original, original.c.sha256 == occurrence.c.sha256)
        .join(capture, capture.c.sha256 == occurrence.c.sha256)
        .where(_is(occurrence, image))
        .order_by(occurrence.c.seq)
    )
    found = [dict(row._mapping) for row in connection.execute(query)]
    for each in found:
        each["also"] = [str(other) for other in by_digest(connection, each["sha256"]) if other != image]
    return found


def revocations(connection: Connection, image: ImageId) -> list[dict[str, Any]]:
    """Withdrawals that reach it: by name, by bytes, with its whole source, or with a permission it came under."""
    table, occurrence = tables.revocation, tables.occurrence
    digests = select(occurrence.c.sha256).where(_is(occurrence, image))
    granted = permissions.of_image(connection, image)
    query = (
        select(table)
        .where(
            or_(
                and_(table.c.target_kind == "image", table.c.target == str(image)),
                and_(table.c.target_kind == "source", table.c.target == image.source),
                and_(table.c.target_kind == "original", table.c.target.in_(digests)),
                and_(table.c.target_kind == "permission", table.c.target.in_(granted)),
            )
        )
        .order_by(table.c.seq)
    )
    return [dict(row._mapping) for row in connection.execute(query)]


def releases(connection: Connection, image: ImageId) -> list[dict[str, Any]]:
    """Releases that hold its bytes, under this name or another, with their audits."""
    sample, release, audit, occurrence = tables.sample, tables.release, tables.audit, tables.occurrence
    digests = select(occurrence.c.sha256).where(_is(occurrence, image))
    query = (
        select(sample, release.c.name, release.c.version, release.c.manifest, release.c.published_at)
        .join(release, release.c.seq == sample.c.release)
        .where(or_(_is(sample, image), sample.c.original.in_(digests)))
        .order_by(release.c.seq)
    )
    found = [dict(row._mapping) for row in connection.execute(query)]
    for each in found:
        audits = connection.execute(select(audit).where(audit.c.manifest == each["manifest"]).order_by(audit.c.seq))
        each["audits"] = [dict(row._mapping) for row in audits]
    return found


def reached(connection: Connection, targets: Iterable[tuple[str, str]]) -> tuple[list[ImageId], list[dict[str, Any]]]:
    """
    The images, and the releases, that withdrawals of these targets reach.

    A target is (kind, what it names), as in a row of `revocation`. Of a release: name, version, manifest, number of
    samples, and each shard of it that holds one: name, sha256, split, and the samples' keys.
    """
    sample, occurrence, verdict = tables.sample, tables.occurrence, tables.verdict
    judged: list[Any] = []
    fetched: list[Any] = []
    held: list[Any] = []
    images: set[ImageId] = set()
    for kind, target in targets:
        if kind == "source":
            judged.append(verdict.c.source == target)
            theirs = select(occurrence.c.sha256).where(occurrence.c.source == target)
            held.append(or_(sample.c.source == target, sample.c.original.in_(theirs)))
        elif kind == "image":
            judged.append(_is(verdict, ImageId.parse(target)))
            held.append(_is(sample, ImageId.parse(target)))
        elif kind == "permission":
            images |= set(permissions.images(connection, target))
            fetched.append(occurrence.c.sha256.in_(permissions.covered_by(target)))
            held.append(sample.c.original.in_(permissions.covered_by(target)))
        else:
            fetched.append(occurrence.c.sha256 == target)
            held.append(sample.c.original == target)
    images = images.union(_names(connection, verdict, judged), _names(connection, occurrence, fetched))
    return sorted(images), _holding(connection, held)


def _holding(connection: Connection, held: Sequence[Any]) -> list[dict[str, Any]]:
    """The releases with samples of which one of these conditions holds, the oldest first."""
    sample, release, shard = tables.sample, tables.release, tables.shard
    query = (
        select(release, shard.c.name.label("shard"), shard.c.sha256.label("shard_sha256"), sample.c.split, sample.c.key)
        .join(sample, sample.c.release == release.c.seq)
        .join(shard, and_(shard.c.release == sample.c.release, shard.c.name == sample.c.shard))
        .where(or_(false(), *held))
        .order_by(release.c.seq, shard.c.name, sample.c.key)
    )
    found: dict[int, dict[str, Any]] = {}
    for row in connection.execute(query):
        told = found.setdefault(
            row.seq,
            {"name": row.name, "version": row.version, "manifest": row.manifest, "samples": 0, "shards": {}},
        )
        told["samples"] += 1
        place = {"name": row.shard, "sha256": row.shard_sha256, "split": row.split, "keys": []}
        told["shards"].setdefault(row.shard, place)["keys"].append(row.key)
    return [told | {"shards": list(told["shards"].values())} for told in found.values()]


def _names(connection: Connection, table: Table, conditions: Sequence[Any]) -> set[ImageId]:
    query = select(table.c.source, table.c.record, table.c.part).where(or_(false(), *conditions)).distinct()
    return {ImageId(row.source, row.record, row.part) for row in connection.execute(query)}


def quotation(connection: Connection, seq: int) -> dict[str, Any]:
    """A quotation, and where its capture lies."""
    evidence, capture, seen = tables.evidence, tables.capture, tables.capture_seen
    first = (
        select(
            seen.c.sha256, func.min(seen.c.locator).label("locator"), func.min(seen.c.fetched_at).label("fetched_at")
        )
        .group_by(seen.c.sha256)
        .subquery()
    )
    query = (
        select(evidence, capture.c.warc, capture.c.offset, first.c.locator, first.c.fetched_at)
        .join(capture, capture.c.sha256 == evidence.c.capture)
        .join(first, first.c.sha256 == evidence.c.capture)
        .where(evidence.c.seq == seq)
    )
    row = dict(connection.execute(query).one()._mapping)
    return {
        name: row[name] for name in ("seq", "locator", "pointer", "value", "capture", "fetched_at", "warc", "offset")
    }


def _rows(connection: Connection, table: Table, image: ImageId) -> list[dict[str, Any]]:
    order = table.c.seq if "seq" in table.c else table.c.id if "id" in table.c else table.c.capture
    return [dict(row._mapping) for row in connection.execute(select(table).where(_is(table, image)).order_by(order))]


def _is(table: Table, image: ImageId) -> Any:
    return and_(table.c.source == image.source, table.c.record == image.record, table.c.part == image.part)
