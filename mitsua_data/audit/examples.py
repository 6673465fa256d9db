"""
Examples for the report: a few accepted samples and a few refused images of each source, with what was quoted of them.

Samples are taken in the order of their keys, which are digests: an arbitrary choice that nobody made. Refused images
are taken as they stood when the release was made. Pictures larger than a page can carry, and every original, are
decoded in the image worker's own process.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from mitsua_data.audit.bodies import Bodies, Unread
from mitsua_data.audit.result import Example, Picture, Quote, RefusalCount
from mitsua_data.canonical import canonical
from mitsua_data.images.results import Rendered
from mitsua_data.images.transform import Fit, Transform
from mitsua_data.images.worker import ImageWorker
from mitsua_data.ledger import behind, queries
from mitsua_data.ledger.behind import Behind, Row, quoted_by
from mitsua_data.ledger.store import Ledger
from mitsua_data.shards.manifest import Manifest
from mitsua_data.shards.reader import ShardSample

ACCEPTED: Final = 12
"""Samples of each source."""
REFUSED: Final = 3
"""Images of each source and set of reasons."""
LARGEST: Final = 24 * 1024
"""Bytes of a picture that is embedded as it is."""
THUMBNAIL: Final = Transform(size=(160, 160), fit=Fit.SHRINK)
_MEDIA_TYPES: Final = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}


class Examples:
    """Collects samples while they pass; looks refused images up at the end."""

    def __init__(self, ledger: Ledger, bodies: Bodies) -> None:
        self._ledger, self._bodies = ledger, bodies
        self._taken: dict[str, list[Example]] = {}
        self.refusals: tuple[RefusalCount, ...] = ()
        """Filled by `refused`."""

    def offer(self, sample: ShardSample) -> None:
        """A sample that may become an example: while the bodies it quotes are known."""
        told = sample.provenance
        taken = self._taken.setdefault(told.source, [])
        if len(taken) >= ACCEPTED:
            return
        taken.append(
            Example(
                image=told.id,
                source=told.source,
                title=told.title,
                creator=told.creator,
                landing_url=told.landing_url,
                outcome="accept",
                reasons=(),
                licence=told.licence.value,
                grade=told.grade.value,
                quotes=tuple(self._quote(each.capture, each.pointer, each.value) for each in told.evidence),
                picture=Picture(_MEDIA_TYPES[sample.extension], sample.image),
            )
        )

    def accepted(self) -> tuple[Example, ...]:
        """The samples taken, by source."""
        with ImageWorker() as worker:
            return tuple(_small(worker, each) for _, taken in sorted(self._taken.items()) for each in taken)

    def refused(self, manifest: Manifest) -> tuple[Example, ...]:
        """A few images of each source and set of reasons that the policy did not accept."""
        counts: Counter[tuple[str, str, tuple[str, ...]]] = Counter()
        chosen: list[Row] = []
        with self._ledger.read() as connection:
            for row in behind.decided(connection, manifest.policy.sha256, manifest.checkpoint.size):
                if row["outcome"] == "accept":
                    continue
                case = (row["source"], row["outcome"], tuple(map(str, row["reasons"])))
                counts[case] += 1
                if counts[case] <= REFUSED:
                    chosen.append(row)
            images = [behind.image_of(row) for row in chosen]
            rows = behind.behind(connection, images, (), manifest.policy.sha256)
            withdrawn = {(row["target_kind"], row["target"]) for row in behind.revocations(connection)}
        self.refusals = tuple(RefusalCount(*case, count) for case, count in sorted(counts.items()))
        self._bodies.learn(self._ledger, _digests(rows))
        with ImageWorker() as worker:
            return tuple(self._refused(worker, row, rows, withdrawn) for row in chosen)

    def institutions(self) -> dict[str, str]:
        """Source id → whose collection it is."""
        with self._ledger.read() as connection:
            return {row.id: row.owner for row in queries.sources(connection)}

    def _refused(self, worker: ImageWorker, decision: Row, rows: Behind, withdrawn: set[tuple[str, str]]) -> Example:
        image = behind.image_of(decision)
        verdict = next((row for row in rows.verdicts.get(image, ()) if row["seq"] == decision["verdict"]), None)
        described = rows.descriptions.get((image, verdict["capture"], verdict["rule_version"])) if verdict else None
        quoted = [rows.evidence[seq] for seq in quoted_by(verdict) if seq in rows.evidence] if verdict else []
        quotes = (self._quote(row["capture"], row["pointer"], canonical(row["value"]).decode()) for row in quoted)
        held = max(rows.occurrences.get(image, ()), key=lambda row: int(row["seq"]), default=None)
        targets = {("image", str(image)), ("source", image.source), ("original", held["sha256"] if held else "")}
        return Example(
            image=str(image),
            source=image.source,
            title=described["title"] if described else "",
            creator=described["creator"] if described else "",
            landing_url=described["landing_url"] if described else "",
            outcome=decision["outcome"],
            reasons=tuple(map(str, decision["reasons"])),
            licence=(verdict["licence"] or "") if verdict else "",
            grade=(verdict["grade"] or "") if verdict else "",
            quotes=tuple(quotes),
            # What was withdrawn is not shown again.
            picture=self._picture(worker, held["sha256"]) if held and not targets & withdrawn else None,
        )

    def _picture(self, worker: ImageWorker, digest: str) -> Picture | None:
        original = self._bodies.original(digest)
        return None if isinstance(original, Unread) else _thumbnail(worker, original)

    def _quote(self, capture: str, pointer: str, value: str) -> Quote:
        place = self._bodies.places.get(capture)
        if place is None:
            return Quote("", pointer, value, capture, "no such capture", "")
        locator = place.locators[0] if place.locators else ""
        return Quote(locator, pointer, value, capture, place.where, place.fetched_at)


def _digests(rows: Behind) -> Iterator[str]:
    yield from (row["capture"] for row in rows.evidence.values())
    yield from (row["sha256"] for occurrences in rows.occurrences.values() for row in occurrences)


def _small(worker: ImageWorker, example: Example) -> Example:
    if example.picture is None or len(example.picture.data) <= LARGEST:
        return example
    return replace(example, picture=_thumbnail(worker, example.picture.data))


def _thumbnail(worker: ImageWorker, data: bytes) -> Picture | None:
    made = worker.render(data, THUMBNAIL)
    return Picture("image/png", made.body) if isinstance(made, Rendered) else None
