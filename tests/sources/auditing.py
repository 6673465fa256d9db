"""A source's pages without a network, and its claims put before the audit's replay: what a rule test needs of both."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any, cast

from mitsua_data.audit.bodies import Bodies, Unread
from mitsua_data.audit.rules import Recorded, Replay, Rules
from mitsua_data.canonical import canonical
from mitsua_data.model import Claim, HttpExchange, MediaType
from mitsua_data.sources.base import Body, DumpReader, Judged, Page, WebSource, judge_page

NOW = datetime(2026, 6, 1, tzinfo=UTC)


class Shelf:
    """A WebReader whose answers are functions of the URL; None stands for one that cannot be had."""

    def __init__(
        self, answer: Callable[[str], bytes | None], since: date | None = None, dump: DumpReader | None = None
    ) -> None:
        self.answer = answer
        self.dump = dump
        self.since = since
        self.asked: list[str] = []

    def get(self, url: str, media_type: MediaType) -> Body:
        self.asked.append(url)
        found = self.answer(url)
        assert found is not None, url
        return Body(found, media_type, url, HttpExchange("GET", url, (), 200, "OK", (), "", NOW, NOW))

    def each(self, urls: Iterable[str], media_type: MediaType) -> Iterator[Body]:
        for url in urls:
            if self.answer(url) is not None:
                yield self.get(url, media_type)


class _Held:
    def __init__(self, pages: Iterable[Page]) -> None:
        self.bodies: dict[str, list[Body]] = {}
        for page in pages:
            for body in page.captures():
                self.bodies.setdefault(body.sha256, []).append(body)

    def get(self, digest: str) -> Body | Unread:
        return self.bodies[digest][0]

    def at(self, digest: str) -> list[Body]:
        return self.bodies.get(digest, [])


def replays(source: WebSource, pages: list[Page]) -> list[tuple[Judged, Replay]]:
    """Every claim on these pages, and what the audit says of it."""
    rules = Rules([source], cast("Bodies", _Held(pages)))
    claims = (each for page in pages for each in judge_page(source, page) if isinstance(each.verdict, Claim))
    return [(each, rules.replay(_recorded(source, each))) for each in claims]


def replay(source: WebSource, pages: list[Page], claimed: Judged) -> Replay:
    """What the audit says of a claim that somebody wrote into the ledger, on these pages."""
    return Rules([source], cast("Bodies", _Held(pages))).replay(_recorded(source, claimed))


def _recorded(source: WebSource, judged: Judged) -> Recorded:
    claim, image = judged.verdict, judged.image
    assert isinstance(claim, Claim)
    assert image is not None
    verdict: dict[str, Any] = {
        "capture": judged.capture,
        "rule_version": source.spec.rule_version,
        "licence": str(claim.licence),
        "grade": str(claim.grade),
        "subject": str(claim.subject),
    }
    quoted = tuple((each.capture, each.pointer, canonical(each.value)) for each in claim.evidence)
    return Recorded(judged.id, verdict, {**asdict(image), "tags": list(image.tags)}, quoted)
