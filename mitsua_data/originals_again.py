"""
Originals, asked for again: are the bytes that a source serves still those that were fetched?

What differs becomes a row of `attempt`. The bytes are not kept, and what was fetched once stays what it was.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from mitsua_data.drift import Change, Changed, Drift
from mitsua_data.errors import SourceError
from mitsua_data.images.fetch import Server, Wanted
from mitsua_data.ledger import changes, tables
from mitsua_data.ledger.store import Ledger
from mitsua_data.model import ImageId
from mitsua_data.sources.base import AnySource, Body

CHUNK: Final = 50
"""Originals that are asked for together."""
GONE: Final = frozenset({404, 410})
"""Answers that say that there are no bytes any more."""


def wanted_bytes(ledger: Ledger, source: AnySource) -> list[tuple[Wanted, str]]:
    """Images that are claimed and were fetched, with the sha256 of their bytes: what `look_at_bytes` asks for."""
    with ledger.read() as connection:
        now, had = changes.said(connection, source.spec.id), changes.originals(connection, source.spec.id)
    return [
        (Wanted(image, said.url), str(had[image].sha256))
        for image, said in sorted(now.items())
        if said.outcome == "claim" and said.url is not None and image in had and had[image].url == said.url
    ]


def look_at_bytes(
    ledger: Ledger,
    drift: Drift,
    wanted: list[tuple[Wanted, str]],
    server: Server,
    progress: Callable[[int], None] = lambda _: None,
) -> None:
    """Ask for originals again, and add to `drift` those whose bytes are others now, or are there no more."""
    expected = {item.image: sha256 for item, sha256 in wanted}
    for start in range(0, len(wanted), CHUNK):
        chunk = [item for item, _ in wanted[start : start + CHUNK]]
        for item, body in server(chunk):
            progress(1)
            old = expected[item.image]
            status = getattr(body, "status", None)
            if isinstance(body, Body) and body.sha256 != old:
                _note(ledger, item, body, f"got sha256 {body.sha256}, was {old}")
                _add_bytes(drift, item.image, old, body.sha256)
            elif isinstance(body, SourceError) and status in GONE:
                _note(ledger, item, body, str(body))
                _add_bytes(drift, item.image, old, None)
            elif isinstance(body, SourceError):
                drift.unreachable += 1


def _add_bytes(drift: Drift, image: ImageId, old: str, new: str | None) -> None:
    """One more image whose bytes differ; where something of it was found before, beside that."""
    for place, each in enumerate(drift.found):
        if each.what == str(image):
            drift.found[place] = Changed(
                each.what,
                tuple(dict.fromkeys((*each.changes, Change.BYTES))),
                each.was | {"sha256": old},
                each.now | {"sha256": new},
                each.evidence,
            )
            return
    drift.found.append(Changed(str(image), (Change.BYTES,), {"sha256": old}, {"sha256": new}))


def _note(ledger: Ledger, item: Wanted, body: Body | SourceError, detail: str) -> None:
    served = body if isinstance(body, Body) else None
    with ledger.batch() as batch:
        batch.add(
            tables.attempt,
            id=batch.next_id(tables.attempt),
            source=item.image.source,
            record=item.image.record,
            part=item.image.part,
            url=item.url,
            outcome="changed",
            reason="other_bytes" if served else "gone",
            detail=detail,
            sha256=served.sha256 if served else None,
            bytes=len(served.data) if served else None,
            status=served.exchange.status if served and served.exchange else getattr(body, "status", None),
            peer=served.exchange.peer if served and served.exchange else None,
            at=batch.now,
        )
