"""
The rows behind a release, as they stand: what an audit reads. Nothing here judges, and nothing is left out.

An audit must not see the ledger through the eyes of the build; so these are plain reads, all versions of every row, and
which one counted when is for the auditor to find.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from typing import Any, Final, TypeAlias, TypeVar

from sqlalchemy import Connection, Table, func, select, tuple_

from mitsua_data.errors import LedgerError
from mitsua_data.ledger import events, tables
from mitsua_data.model import ImageId

Row: TypeAlias = Mapping[str, Any]
"""A row by column name."""
CHUNK: Final = 500
"""Keys in one query: databases limit the values a statement may carry."""
_T = TypeVar("_T")


@dataclass(frozen=True)
class Behind:
    """Every row that bears on some images and originals, the oldest first."""

    verdicts: dict[ImageId, list[Row]]
    decisions: dict[ImageId, list[Row]]
    """Under the policy that was asked for."""
    occurrences: dict[ImageId, list[Row]]
    """Of the images, and of every other image that has one of the originals' bytes."""
    holders: dict[str, set[ImageId]]
    """Original sha256 → images that were ever found to have these bytes."""
    descriptions: dict[tuple[ImageId, str, int], Row]
    """(image, capture, rule version) → the image as its record describes it."""
    evidence: dict[int, Row]
    checks: dict[str, list[Row]]
    """Original sha256 → results of checks."""


def behind(connection: Connection, images: Iterable[ImageId], originals: Iterable[str], policy: str) -> Behind:
    """The rows that bear on `images` and `originals`, and on whatever else has the same bytes."""
    digests = sorted(set(originals))
    found: dict[str, set[ImageId]] = defaultdict(set)
    for row in _among(connection, tables.occurrence, tables.occurrence.c.sha256, digests):
        found[row["sha256"]].add(image_of(row))
    named = sorted(set(images).union(*found.values()))
    verdicts = _by_image(connection, tables.verdict, named)
    quoted = {seq for rows in verdicts.values() for row in rows for seq in quoted_by(row)}
    checks: dict[str, list[Row]] = defaultdict(list)
    for row in _among(connection, tables.check_result, tables.check_result.c.sha256, digests):
        checks[row["sha256"]].append(row)
    described = _by_image(connection, tables.image, named)
    return Behind(
        verdicts=verdicts,
        decisions=_by_image(connection, tables.decision, named, tables.decision.c.policy == policy),
        occurrences=_by_image(connection, tables.occurrence, named),
        holders=dict(found),
        descriptions={
            (image, row["capture"], row["rule_version"]): row for image, rows in described.items() for row in rows
        },
        evidence={
            row["seq"]: row for row in _among(connection, tables.evidence, tables.evidence.c.seq, sorted(quoted))
        },
        checks=dict(checks),
    )


def captures(connection: Connection, digests: Iterable[str]) -> dict[str, tuple[Row, list[str], str]]:
    """sha256 → (where its bytes lie, every locator they were seen at, when they were seen first)."""
    seen: dict[str, list[Row]] = defaultdict(list)
    wanted = sorted(set(digests))
    for row in _among(connection, tables.capture_seen, tables.capture_seen.c.sha256, wanted):
        seen[row["sha256"]].append(row)
    return {
        row["sha256"]: (
            row,
            sorted({each["locator"] for each in seen[row["sha256"]]}),
            min((each["fetched_at"] for each in seen[row["sha256"]]), default=""),
        )
        for row in _among(connection, tables.capture, tables.capture.c.sha256, wanted)
    }


def revocations(connection: Connection) -> list[Row]:
    """Every withdrawal, the oldest first."""
    return list(_rows(connection, select(tables.revocation).order_by(tables.revocation.c.seq)))


def permissions(connection: Connection) -> tuple[dict[str, Row], dict[str, set[str]]]:
    """Permission id → the first row that put it on record; and → the works that it covers."""
    table, work = tables.permission, tables.permission_work
    rows: dict[str, Row] = {}
    works: dict[str, set[str]] = defaultdict(set)
    for row in _rows(connection, select(table).where(table.c.statement.is_not(None)).order_by(table.c.seq)):
        rows.setdefault(row["statement"], row)
    query = select(table.c.statement, work.c.sha256).join(table, table.c.seq == work.c.permission)
    for row in _rows(connection, query):
        works[row["statement"]].add(row["sha256"])
    return rows, dict(works)


def signals(connection: Connection, size: int) -> tuple[list[Row], list[Row], dict[int, Row]]:
    """The newest rows of each protocol and scope among the log's first `size` leaves, and now; and their quotations."""
    table = tables.signal
    found: list[list[Row]] = []
    for where in ((table.c.seq < size,), ()):
        last = select(func.max(table.c.seq).label("seq")).where(*where).group_by(table.c.protocol, table.c.scope)
        query = select(table).join(newest := last.subquery(), newest.c.seq == table.c.seq).order_by(table.c.seq)
        found.append(list(_rows(connection, query)))
    quoted = sorted({row["evidence"] for rows in found for row in rows})
    evidence = _among(connection, tables.evidence, tables.evidence.c.seq, quoted)
    return found[0], found[1], {row["seq"]: row for row in evidence}


def policy_version(connection: Connection, sha256: str) -> Row | None:
    """The policy that decisions name by this digest, as the ledger holds it."""
    table = tables.policy_version
    return next(_rows(connection, select(table).where(table.c.sha256 == sha256)), None)


def checkpoint(connection: Connection, size: int) -> Row | None:
    """The ledger's own record of the tree head at this size."""
    table = tables.checkpoint
    return next(_rows(connection, select(table).where(table.c.size == size)), None)


def samples(connection: Connection, release: int) -> dict[str, Row]:
    """Key → what the ledger remembers of each sample of a release."""
    table = tables.sample
    return {row["key"]: row for row in _rows(connection, select(table).where(table.c.release == release))}


def decided(connection: Connection, policy: str, size: int) -> Iterator[Row]:
    """The newest decision on each image under a policy, among the log's first `size` leaves; by image."""
    table = tables.decision
    newest = (
        select(func.max(table.c.seq).label("seq"))
        .where(table.c.policy == policy, table.c.seq < size)
        .group_by(table.c.source, table.c.record, table.c.part)
        .subquery()
    )
    query = select(table).join(newest, newest.c.seq == table.c.seq)
    yield from _rows(connection, query.order_by(table.c.source, table.c.record, table.c.part))


@dataclass(frozen=True, slots=True)
class Leaf:
    """One place of the log."""

    seq: int
    kind: str
    logged: bytes | None
    """The leaf hash in the log; None where a row claims a place that the log does not have."""
    computed: bytes | None
    """The leaf hash of the row that stands there now; None where the row is gone, or can be no leaf."""


def leaves(connection: Connection) -> Iterator[Leaf]:
    """The whole log, leaf by leaf, beside the leaf hashes of the rows it is about."""
    tagged = (_tagged(connection, table) for table in tables.LOGGED)
    rows = merge(*tagged, key=lambda each: each[0])
    row = next(rows, None)
    for leaf in _rows(connection, select(tables.log_leaf).order_by(tables.log_leaf.c.seq)):
        while row is not None and row[0] < leaf["seq"]:
            yield Leaf(row[0], row[1], None, row[2])
            row = next(rows, None)
        if row is not None and row[0] == leaf["seq"]:
            yield Leaf(leaf["seq"], row[1], leaf["leaf_hash"], row[2])
            row = next(rows, None)
        else:
            yield Leaf(leaf["seq"], leaf["kind"], leaf["leaf_hash"], None)
    while row is not None:
        yield Leaf(row[0], row[1], None, row[2])
        row = next(rows, None)


def _tagged(connection: Connection, table: Table) -> Iterator[tuple[int, str, bytes | None]]:
    for row in _rows(connection, select(table).order_by(table.c.seq)):
        try:
            computed = events.leaf(table, row)
        except (ValueError, TypeError):  # values that JSON, or a salted digest, cannot carry
            computed = None
        yield row["seq"], tables.kind_of(table), computed


def quoted_by(verdict: Row) -> list[int]:
    """The seqs of the quotations that a verdict rests on."""
    evidence = verdict["evidence"]
    return [seq for seq in evidence if isinstance(seq, int)] if isinstance(evidence, list) else []


def image_of(row: Row) -> ImageId:
    """The image a row is about."""
    return ImageId(row["source"], row["record"], row["part"])


def _by_image(connection: Connection, table: Table, images: Sequence[ImageId], *where: Any) -> dict[ImageId, list[Row]]:
    found: dict[ImageId, list[Row]] = defaultdict(list)
    for chunk in _chunks(images):
        names = [(image.source, image.record, image.part) for image in chunk]
        query = select(table).where(tuple_(table.c.source, table.c.record, table.c.part).in_(names), *where)
        for row in _rows(connection, query.order_by(table.c.seq) if "seq" in table.c else query):
            found[image_of(row)].append(row)
    return dict(found)


def _among(connection: Connection, table: Table, column: Any, keys: Sequence[Any]) -> Iterator[Row]:
    for chunk in _chunks(keys):
        yield from _rows(connection, select(table).where(column.in_(chunk)))


def _rows(connection: Connection, query: Any) -> Iterator[Row]:
    """Rows one by one. Raises LedgerError where a column holds what this version never writes."""
    with _readable():
        for row in connection.execute(query.execution_options(yield_per=1000)):
            yield dict(row._mapping)


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except ValueError as error:  # JSON text that is none
        raise LedgerError(
            f"ledger: a row cannot be read ({error})", advice="the ledger was damaged; restore it from a copy"
        ) from error


def _chunks(keys: Sequence[_T]) -> Iterator[list[_T]]:
    remaining = iter(keys)
    while chunk := list(islice(remaining, CHUNK)):
        yield chunk
