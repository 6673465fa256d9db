"""
Getting originals: the bytes of every accepted image, hashed, looked at, and kept as captures.

Where the bytes come from is the crawl's own holdings: the same package, folder or site. Every image ends in a class
(kept, refused, failed), so that the books balance: wanted = kept + refused + failed. What was kept or refused once is
not asked for again; what failed is, and what a newer verdict says is another picture now. Bytes other than those that
the claim quotes the digest of are never kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, TypeAlias

from mitsua_data import noticing
from mitsua_data.captures import CaptureStore, CaptureWriter
from mitsua_data.content_address import check, is_address
from mitsua_data.decide import current
from mitsua_data.errors import SourceError
from mitsua_data.images.formats import Mark
from mitsua_data.images.pool import map_images
from mitsua_data.images.results import Look
from mitsua_data.images.worker import ImageWorker
from mitsua_data.ledger import queries, tables
from mitsua_data.ledger.store import Batch, Ledger
from mitsua_data.model import Capture, ImageId, MediaType, Outcome
from mitsua_data.policy import Policy
from mitsua_data.recording import add_capture
from mitsua_data.sources.base import Body, quoted_original
from mitsua_data.web.lookout import Find, Lookout

BATCH: Final = 100
"""Images in one transaction."""
MARK_CHECKS: Final = (("ai_generated", Mark.AI_GENERATED, "yes"), ("opt_out", Mark.NO_TRAINING, "block"))
"""Kind of check, the mark that answers it, and the verdict where the mark is there; "none" says: looked, found none."""
CHECKER_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Wanted:
    """One accepted image without bytes, or with others than its claim is about."""

    image: ImageId
    url: str
    sha256: str | None = None
    """Of the bytes that the claim is about, where it quotes it."""


class OtherBytes(SourceError):
    """What is served is not what was judged."""

    failure = "other_bytes"
    default_advice = "crawl again, or name with --from the place that was crawled"


Served: TypeAlias = "tuple[Wanted, Body | SourceError]"
"""What came for one image: bytes, or why none did."""
Server: TypeAlias = "Callable[[Sequence[Wanted]], Iterator[Served]]"
"""
Serves a source's images from its holdings, each exactly once, in any order. One that asks hosts has a `lookout`, too.
"""


@dataclass
class FetchTally:
    """What became of the wanted images."""

    wanted: int = 0
    kept: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    bytes: int = 0
    objections: int = 0
    """Kept images whose own metadata speaks against them, and wishes of hosts that are new: decide again."""

    def as_json(self) -> dict[str, Any]:
        """For `--format json`."""
        return {
            "wanted": self.wanted,
            "kept": self.kept,
            "refused": dict(sorted(self.refused.items())),
            "failed": dict(sorted(self.failed.items())),
            "bytes": self.bytes,
            "objections": self.objections,
        }


@dataclass(frozen=True, slots=True)
class Survey:
    """What there is to fetch of one source."""

    images: list[Wanted]
    undecided: int
    """Images without a decision, or whose decision is out of date: nothing is fetched on an old word."""


def survey(ledger: Ledger, policy: Policy, source: str) -> Survey:
    """The source's images that the policy accepts, that miss their original, and whose bytes were not refused."""
    images, undecided = [], 0
    with ledger.read() as connection:
        refused = queries.refused_attempts(connection)
        described = queries.images(connection)
    for ruling, known in current(ledger, policy):
        each = ruling.standing
        if each.image.source != source:
            continue
        if not ruling.same_as(known):
            undecided += 1
        elif ruling.outcome is Outcome.ACCEPT and (each.original is None or each.stale):
            url = described[each.image].url
            item = Wanted(each.image, url, quoted_original(url, each.verdict.evidence))
            if (each.image, url) not in refused or item.sha256 not in {None, refused[each.image, url]}:
                images.append(item)
    return Survey(images, undecided)


def wanted(ledger: Ledger, policy: Policy, source: str) -> list[Wanted]:
    """The images of `survey`."""
    return survey(ledger, policy, source).images


def fetch(
    ledger: Ledger,
    store: CaptureStore,
    images: Sequence[Wanted],
    server: Server,
    *,
    session: str,
    workers: int | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> FetchTally:
    """
    Fetch `images` through `server`, look at each, and record what became of it; `session` is the crawl they belong to.

    Raises StorageError; a source that fails for one image goes on with the next.
    """
    with ledger.read() as connection:
        store.trim(queries.committed(connection))
        known = set(queries.captures(connection))
    tally = FetchTally(wanted=len(images))
    looked = map_images(_look, map(_judged, server(images)), workers=workers)
    lookout: Lookout | None = getattr(server, "lookout", None)
    with store.writer(f"originals-{session}", compress=False) as writer:
        while chunk := list(islice(looked, BATCH)):
            finds = lookout.drain() if lookout is not None else []
            _commit(ledger, writer, session, chunk, finds, known, tally)
            progress(len(chunk))
    return tally


def _judged(served: Served) -> Served:
    """The same, if these are the bytes that were judged; else a failure."""
    item, body = served
    if isinstance(body, SourceError) or item.sha256 in {None, body.sha256}:
        return served
    return item, OtherBytes(f"{item.url}: got sha256 {body.sha256}, the claim is about {item.sha256}")


def _look(worker: ImageWorker, served: Served) -> Any:
    body = served[1]
    return worker.look(body.data) if isinstance(body, Body) else None


def _commit(
    ledger: Ledger,
    writer: CaptureWriter,
    session: str,
    chunk: Iterable[tuple[Served, Any]],
    finds: Sequence[Find],
    known: set[str],
    tally: FetchTally,
) -> None:
    """One batch: bytes to the WARC file, fsync, rows."""
    with ledger.batch() as batch:
        rows: list[tuple[Wanted, Body | SourceError, Any]] = [(item, body, look) for (item, body), look in chunk]
        kept = [(body, look) for _, body, look in rows if isinstance(body, Body) and isinstance(look, Look)]
        distinct = {body.sha256: body for body, _ in kept}
        captures = {sha256: _keep(batch, writer, body, known) for sha256, body in distinct.items()}
        noticed = noticing.plan(batch.connection, finds)
        documents = list(noticing.keep(batch, writer, noticed))
        writer.sync()
        for document in documents:
            add_capture(batch, document, session)
        tally.objections += noticing.record(batch, noticed, {each.sha256: each.media_type for each in documents})
        for sha256, capture in captures.items():
            if capture is not None:
                add_capture(batch, capture, session)
            known.add(sha256)
        for item, body, look in rows:
            _record(batch, item, body, look, tally)


def _keep(batch: Batch, writer: CaptureWriter, body: Body, known: set[str]) -> Capture | None:
    if body.sha256 in known:
        return None
    return writer.add(
        body.data,
        locator=body.locator,
        media_type=MediaType.BINARY,
        fetched_at=body.exchange.finished_at if body.exchange else batch.moment,
        exchange=body.exchange,
    )


def _record(batch: Batch, item: Wanted, body: Body | SourceError, look: Any, tally: FetchTally) -> None:
    """The rows of one image, and its place in the tally."""
    outcome, reason, detail = "kept", None, None
    if isinstance(body, SourceError):
        outcome, reason, detail = "failed", getattr(body, "failure", "failed"), str(body)
        tally.failed[str(reason)] += 1
    elif isinstance(look, Look):
        tally.kept += 1
        tally.bytes += len(body.data)
        tally.objections += any(mark in look.marks for _, mark, _ in MARK_CHECKS)
        _original(batch, item, body, look)
    else:
        outcome, reason, detail = "refused", look.family, look.detail
        tally.refused[str(reason)] += 1
    served = body if isinstance(body, Body) else None
    batch.add(
        tables.attempt,
        id=batch.next_id(tables.attempt),
        source=item.image.source,
        record=item.image.record,
        part=item.image.part,
        url=item.url,
        outcome=outcome,
        reason=None if reason is None else str(reason),
        detail=detail,
        sha256=served.sha256 if served else None,
        bytes=len(served.data) if served else None,
        status=served.exchange.status if served and served.exchange else None,
        peer=served.exchange.peer if served and served.exchange else None,
        at=batch.now,
    )


def _original(batch: Batch, item: Wanted, body: Body, look: Look) -> None:
    batch.add(
        tables.original,
        sha256=body.sha256,
        format=str(look.format),
        width=look.width,
        height=look.height,
        frames=look.frames,
        phash=None,
        marks=[str(mark) for mark in look.marks],
    )
    found = {kind: verdict if mark in look.marks else "none" for kind, mark, verdict in MARK_CHECKS}
    if is_address(item.url):
        found["content_address"] = str(check(body.data, item.url))
    for kind, verdict in found.items():
        batch.add(
            tables.check_result,
            sha256=body.sha256,
            kind=kind,
            checker_version=CHECKER_VERSION,
            tool_model=None,
            score=None,
            verdict=verdict,
            detail=None,
            at=batch.now,
        )
    batch.log(
        tables.occurrence,
        source=item.image.source,
        record=item.image.record,
        part=item.image.part,
        sha256=body.sha256,
        url=item.url,
        at=batch.now,
    )
