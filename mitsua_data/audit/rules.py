"""
A source's own rule, run again on captured bytes.

The ledger does not say which captures formed a page, nor in which role a body stood beside it; but whatever a verdict
rests on is quoted. So the page is rebuilt from the body that the record stands in and the other bodies that are quoted,
and where the rule asks for a role, each of them is tried for it. The verdict is reproduced if one assignment gives the
same claim, by the same quotations in the same order, for the same image.

Law: a verdict that is reproduced follows from captured bytes alone. Where a body lay is in no leaf of the log: a place
that a quoted index denies is none, and a record that no place gives was never there. A source or rule version that this
program does not have cannot be run; that is counted, and no audit passes on it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import chain
from typing import Final, TypeAlias

from mitsua_data.audit.bodies import Bodies, Unread
from mitsua_data.canonical import canonical
from mitsua_data.ledger.behind import Row
from mitsua_data.model import Claim, ImageId, ImageRef
from mitsua_data.pointers import Absent, UnreadableBody
from mitsua_data.sources.base import (
    DUMP,
    AnySource,
    Body,
    Judged,
    Page,
    Record,
    WebSource,
    file_pointer,
    judge_together,
)

MOST_PLACES: Final = 32
"""Locators of one body that are tried: equal bytes may stand under many names."""
MOST_RUNS: Final = 200
"""Runs of the rule for one image, over all assignments of roles."""
PAGES_KEPT: Final = 64

Quoted: TypeAlias = tuple[str, str, bytes]
"""Capture, pointer, canonical JSON of the value."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A claim as the ledger holds it."""

    image: ImageId
    verdict: Row
    description: Row | None
    quoted: tuple[Quoted, ...]


@dataclass(frozen=True, slots=True)
class NotReplayed:
    """The rule could not be run on the captures: nothing speaks against the claim, and nothing for it."""

    why: str
    unread: bool = False
    """Because of the captures; else because of what this program has."""


@dataclass(frozen=True, slots=True)
class Reproduced:
    """The rule gave the same verdict on the same image."""


@dataclass(frozen=True, slots=True)
class Differs:
    """The rule gave another verdict, or described another image."""

    got: str
    expected: str


Replay: TypeAlias = "Reproduced | Differs | NotReplayed"


class _AskedFor(Exception):  # a question on its way to the search below
    """The rule wants to know of a role that nothing was tried for yet."""

    def __init__(self, role: str) -> None:
        super().__init__(role)
        self.role = role


class _Context(Mapping[str, Body]):
    """A page's context: bodies under their own names and addresses, and whatever is being tried for other roles."""

    def __init__(self) -> None:
        self.named: dict[str, Body] = {}
        self.tried: dict[str, Body | None] = {}

    def __contains__(self, role: object) -> bool:
        return self._find(str(role)) is not None

    def __getitem__(self, role: str) -> Body:
        body = self._find(role)
        if body is None:
            raise KeyError(role)
        return body

    def __iter__(self) -> Iterator[str]:
        yield from self.named
        yield from (role for role, body in self.tried.items() if body is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _find(self, role: str) -> Body | None:
        if role in self.named:
            return self.named[role]
        if "://" in role or role == DUMP:  # terms and dumps stand under their own names or not at all
            return None
        if role not in self.tried:
            raise _AskedFor(role)
        return self.tried[role]


class Rules:
    """The rules of all sources, and the pages rebuilt so far."""

    def __init__(self, sources: Sequence[AnySource], bodies: Bodies) -> None:
        self._sources = {source.spec.id: source for source in sources}
        self._bodies = bodies
        self._pages: OrderedDict[tuple[str, str, str], tuple[_Context, dict[str, list[Record]]]] = OrderedDict()
        self._habit: dict[str, str] = {}
        """Role → sha256 of what stood in it last time: most often right again."""

    def replay(self, recorded: Recorded) -> Replay:
        """Run the rule that gave a verdict on the bytes that it quoted."""
        image, verdict = recorded.image, recorded.verdict
        source = self._sources.get(image.source)
        if source is None:
            return NotReplayed("this version does not have the source")
        if verdict["rule_version"] != source.spec.rule_version:
            return NotReplayed(f"the rule was version {verdict['rule_version']}, here it is {source.spec.rule_version}")
        others = dict.fromkeys(capture for capture, _, _ in recorded.quoted if capture != verdict["capture"])
        beside = [body for digest in others if not isinstance(body := self._bodies.get(digest), Unread)]
        by_digest = {body.sha256: body for body in beside}
        habit: dict[str, Body | None] = {
            role: by_digest[digest] for role, digest in self._habit.items() if digest in by_digest
        }
        best = self._without_terms(source, others)
        if best is not None:
            return best
        runs = 0
        for context, records in self._records(source, recorded):
            around = [body for digest in others for body in self._bodies.at(digest)[:MOST_PLACES]]
            context.named = {name: body for body in around for name in (body.name, body.locator)}
            for judged in chain(*(_judgements(source, records, context, beside, start) for start in (habit, {}))):
                runs += 1
                answer = _compare(judged, recorded)
                if isinstance(answer, Reproduced):
                    self._habit = {role: body.sha256 for role, body in context.tried.items() if body is not None}
                    return answer
                best = best or answer
                if runs >= MOST_RUNS:
                    break
        if not self._bodies.at(verdict["capture"]):
            return NotReplayed("its captured body cannot be read", unread=True)
        return best or Differs("no such record in its captured body, where that was seen", str(image))

    def _without_terms(self, source: AnySource, quoted: Iterable[str]) -> Differs | None:
        """A claim of a source on the web that does not quote the pages of terms which the source names."""
        if not isinstance(source, WebSource):
            return None
        seen = {body.locator for digest in quoted for body in self._bodies.at(digest)}
        missing = [url for url in source.spec.terms if url not in seen]
        return (
            Differs(f"no quotation of {missing[0]}", "every page of terms that the source names") if missing else None
        )

    def _records(self, source: AnySource, recorded: Recorded) -> Iterator[tuple[_Context, list[Record]]]:
        """The record, and all others in its body with its id, once for each place where the body was seen."""
        capture = recorded.verdict["capture"]
        indexes = [self._bodies.get(digest) for digest in dict.fromkeys(each[0] for each in recorded.quoted)]
        for body in self._bodies.at(capture)[:MOST_PLACES]:
            if any(_denies(index, body) for index in indexes if not isinstance(index, Unread)):
                continue
            key = (source.spec.id, capture, body.locator)
            if key not in self._pages:
                self._pages[key] = _split(source, body)
                while len(self._pages) > PAGES_KEPT:
                    self._pages.popitem(last=False)
            context, records = self._pages[key]
            if recorded.image.record in records:
                yield context, records[recorded.image.record]


def _denies(index: Body, body: Body) -> bool:
    """Whether an archive's index that was quoted has other bytes under this body's name: where it lay is in no leaf."""
    try:
        said = index.document.at(file_pointer(body.name))
    except (Absent, UnreadableBody):
        return False
    return said != f"sha256:{body.sha256}"


def _split(source: AnySource, body: Body) -> tuple[_Context, dict[str, list[Record]]]:
    context = _Context()
    found: dict[str, list[Record]] = {}
    try:
        for record in source.records(Page((body,), context=context)):
            found.setdefault(record.id, []).append(record)
    except (UnreadableBody, _AskedFor):
        return context, {}
    return context, found


def _judgements(
    source: AnySource,
    records: Sequence[Record],
    context: _Context,
    candidates: Sequence[Body],
    tried: dict[str, Body | None],
) -> Iterator[tuple[Judged, ...]]:
    """What the rule says of records with one id, under one assignment of roles after another."""
    context.tried = tried
    try:
        judged = judge_together(source, records)
    except _AskedFor as asked:
        role = asked.role
    else:
        yield judged
        return
    taken = {body.sha256 for body in tried.values() if body is not None}
    for candidate in (*(body for body in candidates if body.sha256 not in taken), None):
        yield from _judgements(source, records, context, candidates, tried | {role: candidate})


def _compare(judged: tuple[Judged, ...], recorded: Recorded) -> Reproduced | Differs:
    verdict = recorded.verdict
    expected = f"{verdict['licence']} on {verdict['grade']} ({verdict['subject']}), {len(recorded.quoted)} quotations"
    mine = next((each for each in judged if each.id == recorded.image), None)
    if mine is None or mine.image is None:
        return Differs("no such image in the record", expected)
    said = mine.verdict
    if not isinstance(said, Claim):
        return Differs(f"refused: {said.reason}", expected)
    got = f"{said.licence} on {said.grade} ({said.subject}), {len(said.evidence)} quotations"
    if got != expected:
        return Differs(got, expected)
    quoted = tuple((each.capture, each.pointer, canonical(each.value)) for each in said.evidence)
    for one, other in zip(quoted, recorded.quoted, strict=True):
        if one != other:
            return Differs(_quotation(one), _quotation(other))
    return _compare_image(mine.image, recorded.description)


def _compare_image(image: ImageRef, row: Row | None) -> Reproduced | Differs:
    if row is None:
        return Differs(f"an image at {image.url}", "no description in the ledger")
    for field in fields(ImageRef):
        got = getattr(image, field.name)
        held = row[field.name]
        expected = tuple(held) if isinstance(held, list) else held
        if got != expected:
            return Differs(f"{field.name} {got!r}", f"{field.name} {expected!r}")
    return Reproduced()


def _quotation(quoted: Quoted) -> str:
    capture, pointer, value = quoted
    return f"{value.decode()} at {pointer!r} of {capture[:16]}…"
