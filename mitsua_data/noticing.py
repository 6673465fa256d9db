"""
Recording opt-out signals: what a crawl, or the fetching of originals, found out about wishes becomes rows of `signal`.

Each row quotes a capture, and is a leaf of the log. A row that says what the newest one of the same protocol and scope
says is not added. What a document said once and says no more is taken back by a row that says `none`: the newest row
counts, so silence must be told of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from mitsua_data.captures import CaptureWriter
from mitsua_data.ledger import queries, tables, wishes
from mitsua_data.ledger.store import Batch
from mitsua_data.ledger.wishes import Known
from mitsua_data.model import Capture, Claim, Evidence, MediaType
from mitsua_data.pointers import WHOLE, Absent, Document, UnreadableBody
from mitsua_data.signals import PARSER_VERSION, WISHES, Look, Place, Protocol, Said, Word, answer_facts
from mitsua_data.signals.scope import HOST, PATH, SOURCE, split_path_scope
from mitsua_data.sources.base import Body, Judged, Page, SourceSpec
from mitsua_data.web.lookout import Find, Lookout, facts_body


@dataclass(frozen=True)
class Note:
    """One row on its way in."""

    protocol: Protocol
    scope: str
    said: Said
    body: Body


@dataclass(frozen=True)
class Plan:
    """What is to be recorded of some finds."""

    notes: tuple[Note, ...] = ()
    bodies: tuple[Body, ...] = ()
    """What must be captured before."""


@dataclass
class Watch:
    """What a crawl of one source looks at: its hosts, its answers, its pages of terms."""

    spec: SourceSpec
    lookout: Lookout | None
    """None where nothing is asked of anybody."""
    _pages: set[tuple[str, str]] = field(default_factory=set)

    def gather(self, pages: Iterable[tuple[Page, Sequence[Judged]]]) -> list[Find]:
        """What was found since the last time, and what these pages' images and terms add. Asks hosts."""
        found = []
        for page, verdicts in pages:
            if self.lookout is not None:
                for judged in verdicts:
                    if judged.image is not None and isinstance(judged.verdict, Claim):
                        self.lookout.at(judged.image.url)
            found += self._terms(page)
        return (self.lookout.drain() if self.lookout is not None else []) + found

    def _terms(self, page: Page) -> list[Find]:
        bodies = [body for url, body in page.context.items() if url in self.spec.terms]
        fresh = [body for body in bodies if (body.locator, body.sha256) not in self._pages]
        self._pages |= {(body.locator, body.sha256) for body in fresh}
        return [find for body in fresh for find in self._page(body)]

    def _page(self, body: Body) -> Iterator[Find]:
        """A page of terms speaks for the source: what it shows, and the headers it came with."""
        at = f"{SOURCE}{self.spec.id}@{body.locator}"
        yield Find(Look(Place.PAGE, body.data, at, self.spec.id), body)
        if body.exchange is not None:
            facts = answer_facts(body.locator, body.exchange.status, body.exchange.response_headers)
            yield Find(Look(Place.ANSWER, facts, at, self.spec.id), facts_body(facts, body.locator))


def plan(connection: Any, finds: Sequence[Find]) -> Plan:
    """The rows that are new, and the bodies to capture: every document, and of answers those that a row quotes."""
    looks = [(find, find.look.rows()) for find in finds]
    scopes = {scope for find, rows in looks for _, scope in (*rows, *_hosts(find))}
    known = wishes.newest(connection, scopes, {find.look.host for find in finds if find.look.host})
    notes: list[Note] = []
    bodies: dict[tuple[str, str], Body] = {}
    for find, rows in looks:
        fresh = [note for note in _notes(find, rows, known) if _is_new(note, known)]
        for note in fresh:
            known[note.protocol, note.scope] = Known(note.said.word, note.said.value, PARSER_VERSION)
        notes += fresh
        if fresh or not find.look.covers_url:
            bodies |= {(body.sha256, body.locator): body for body in (find.body, *find.beside)}
    return Plan(tuple(notes), tuple(bodies.values()))


def keep(batch: Batch, writer: CaptureWriter, planned: Plan) -> Iterator[Capture]:
    """Captures of a plan's bodies; bytes go into the WARC file where they were never seen before."""
    stored = queries.captures(batch.connection, [body.sha256 for body in planned.bodies])
    for body in planned.bodies:
        fetched_at = body.exchange.finished_at if body.exchange else batch.moment
        if body.sha256 not in stored:
            stored[body.sha256] = writer.add(
                body.data,
                locator=body.locator,
                media_type=body.media_type,
                fetched_at=fetched_at,
                exchange=body.exchange,
            )
        yield replace(stored[body.sha256], locator=body.locator, fetched_at=fetched_at)


def record(batch: Batch, planned: Plan, types: Mapping[str, MediaType]) -> int:
    """
    Add the rows, and tell how many of them stand in the way of images. `types`: sha256 → media type of captures, where
    it may be another than the body's.
    """
    for note in planned.notes:
        said = note.said
        batch.log(
            tables.signal,
            evidence=batch.evidence(_quote(note.body, said.pointer, types)),
            protocol=str(note.protocol),
            scope=note.scope,
            value_raw=said.value,
            verdict=str(said.word),
            parser_version=PARSER_VERSION,
            at=batch.now,
        )
    return sum(note.said.word in WISHES for note in planned.notes)


def _notes(
    find: Find, rows: Mapping[tuple[Protocol, str], Said], known: Mapping[tuple[str, str], Known]
) -> Iterable[Note]:
    """What a find says, and what it says no more."""
    for (protocol, scope), said in rows.items():
        # An answer that is silent matters where it was not, once.
        if not find.look.covers_url or said.word is not Word.NONE or (protocol, scope) in known:
            yield Note(protocol, scope, said, find.body)
        elif find.first:
            yield Note(protocol, f"{HOST}{find.look.host}", said, find.body)
    told = {protocol for protocol, _ in rows}
    told -= {protocol for (protocol, _), said in rows.items() if said.word is Word.UNKNOWN}  # no silence, but noise
    for protocol in sorted(told):
        for name, scope in sorted(known):
            gone = name == protocol and (protocol, scope) not in rows and known[name, scope].word is not Word.NONE
            if gone and not find.look.covers_url and _is_of(scope, find.look.host):
                yield Note(protocol, scope, Said(protocol, Word.NONE), find.body)


def _hosts(find: Find) -> list[tuple[None, str]]:
    return [(None, f"{HOST}{find.look.host}")] if find.look.host else []


def _is_of(scope: str, host: str) -> bool:
    if scope.startswith(PATH):
        return split_path_scope(scope)[0] == host
    return scope == f"{HOST}{host}"


def _is_new(note: Note, known: Mapping[tuple[str, str], Known]) -> bool:
    return known.get((note.protocol, note.scope)) != Known(note.said.word, note.said.value, PARSER_VERSION)


def _quote(body: Body, pointer: str, types: Mapping[str, MediaType]) -> Evidence:
    """The quotation at a pointer, or of the whole body where none leads there."""
    document = Document(body.data, types.get(body.sha256, body.media_type))
    try:
        return Evidence(body.sha256, pointer, document.at(pointer))
    except (Absent, UnreadableBody):
        return Evidence(body.sha256, WHOLE, document.at(WHOLE))
