"""
The auditor's own look at opt-out signals: were hosts asked, do the captured documents say what the ledger says of them,
and does any of it stand in the way of a sample.

Every row that bears on a sample is read again from its capture, those that say "none" first of all: whoever records
silence where there was a no is found. The answer that brought an original is looked at as well, in its WARC record. And
where a picture came from a host, or its source names pages of terms, somebody must have looked: no row is no silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from mitsua_data.audit.bodies import Bodies, Unread
from mitsua_data.ledger import behind
from mitsua_data.ledger.behind import Row
from mitsua_data.ledger.store import Ledger
from mitsua_data.signals import Place, Protocol, Wish, Wishes, Word, answer_facts, host_of, read
from mitsua_data.signals.looks import look_of
from mitsua_data.signals.scope import CRAWL, HOST, PATH, SOURCE, URL, split_path_scope
from mitsua_data.sources.base import AnySource, WebSource

ASKED: Final = (Protocol.SIGNAL_ROBOTS, Protocol.TDMREP_FILE, Protocol.AI_TXT)
"""One protocol of each document that every host is asked for."""

Problem = tuple[str, str, str]
"""Where, got, expected."""


@dataclass(frozen=True)
class Subject:
    """A sample, as signals see it."""

    source: str
    urls: tuple[str, ...]
    """That of its bytes, and that of its page for people."""
    capture: str
    """Of its record."""
    original: str
    """sha256 of its bytes."""


@dataclass
class Signals:
    """The rows of `signal` that counted when the release was made, and those that count now."""

    then: list[Row]
    now: list[Row]
    evidence: dict[int, Row]
    terms: Mapping[str, tuple[str, ...]]
    """Source → its pages of terms, for sources on the web that this program has."""
    _moments: list[tuple[str, Wishes]] = field(init=False)
    _read_again: dict[int, list[Problem]] = field(default_factory=dict, init=False)
    _by_host: dict[str, list[Row]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._moments = [
            (label, Wishes.of_rows(_wish(row) for row in rows))
            for label, rows in (("when the release was made", self.then), ("now", self.now))
        ]
        for row in {row["seq"]: row for row in (*self.then, *self.now)}.values():
            self._by_host.setdefault(_host(row["scope"]), []).append(row)

    @classmethod
    def of(cls, ledger: Ledger, size: int, sources: Iterable[AnySource]) -> Signals:
        """What the ledger holds; `size`: leaves of the log when the release was made. Raises LedgerError."""
        with ledger.read() as connection:
            then, now, evidence = behind.signals(connection, size)
        terms = {each.spec.id: each.spec.terms for each in sources if isinstance(each, WebSource)}
        return cls(then, now, evidence, terms)

    @property
    def captures(self) -> set[str]:
        """The documents that are read again."""
        return {row["capture"] for row in self.evidence.values()}

    def problems(self, subject: Subject, bodies: Bodies) -> Iterator[Problem]:
        """What stands in the way of a sample, or was not looked for."""
        place = bodies.places.get(subject.capture)
        urls = (*subject.urls, *(place.locators if place else ()))
        objected = set()
        for label, wishes in self._moments:
            for wish in (*wishes.of(subject.source, subject.urls), *(each for url in urls for each in wishes.at(url))):
                if wish.seq not in objected:
                    objected.add(wish.seq)
                    yield f"ledger: signal row {wish.seq}", f"{wish.protocol}: {wish.word} {label}", "no objection"
        for host in dict.fromkeys([*map(host_of, urls), f"{SOURCE}{subject.source}"]):
            for row in self._by_host.get(host, ()):
                if not row["scope"].startswith(URL) or row["scope"].removeprefix(URL) in urls:
                    yield from self._again(row, bodies)
        yield from self._looked(subject)
        if not objected:
            yield from _answer(subject, bodies)

    def _looked(self, subject: Subject) -> Iterator[Problem]:
        """Somebody asked the host of the bytes, and looked at the pages of terms."""
        rows = {(row["protocol"], row["scope"]) for row in self.now}
        host = host_of(subject.urls[0]) if subject.urls else ""
        asked = {row["protocol"] for row in self._by_host.get(host, ()) if not row["scope"].startswith(URL)}
        for protocol in ASKED if host else ():
            if protocol not in asked:
                yield "ledger: signal", f"nobody looked at {protocol} of {host}", "a row that says what was found"
        for url in self.terms.get(subject.source, ()):
            if (Protocol.WORDS, f"{SOURCE}{subject.source}@{url}") not in rows:
                yield "ledger: signal", f"nobody looked at {url}", "a row that says what was found"

    def _again(self, row: Row, bodies: Bodies) -> list[Problem]:
        """Read a row's document again, once."""
        if row["seq"] not in self._read_again:
            self._read_again[row["seq"]] = list(self._differs(row, bodies))
        return self._read_again[row["seq"]]

    def _differs(self, row: Row, bodies: Bodies) -> Iterator[Problem]:
        where = f"ledger: signal row {row['seq']}"
        quotation = self.evidence.get(row["evidence"])
        if quotation is None:
            yield where, "no quotation", "what was found, quoted from a capture"
            return
        body = bodies.get(quotation["capture"])
        if isinstance(body, Unread):
            yield body.where, body.problem, f"sha256 {quotation['capture']}"
            return
        protocol = next((each for each in Protocol if each == row["protocol"]), None)
        if protocol is None:
            yield where, f"protocol {row['protocol']!r}", "one that this version can read"
            return
        told = (row["verdict"], row["value_raw"])
        locators = bodies.places[quotation["capture"]].locators
        looks = [look_of(protocol, row["scope"], body.data, locator) for locator in locators]
        said = [look.said(protocol, row["scope"]) for look in looks]
        found = [(str(each.word), each.value) for each in said]
        if told not in found:
            got = " or ".join(sorted({word for word, _ in found})) or "nothing"
            yield where, f"{told[0]} ({row['protocol']}, {row['scope']})", f"{got}, as the captured document says"


def _answer(subject: Subject, bodies: Bodies) -> Iterator[Problem]:
    """The headers that came with the bytes, where the capture holds them."""
    answered = bodies.answered(subject.original)
    if answered is None or not subject.urls:
        return
    facts = answer_facts(subject.urls[0], 200, answered)
    for said in read(Place.ANSWER, facts):
        if said.word in {Word.BLOCK, Word.UNKNOWN}:
            yield bodies.places[subject.original].where, f"{said.protocol}: {said.value}", "an answer without objection"


def _wish(row: Row) -> Wish:
    return Wish(row["seq"], row["protocol"], row["scope"], Word.of(row["verdict"]), row["value_raw"])


def _host(scope: str) -> str:
    """What a row is looked up by: a host, or a source."""
    if scope.startswith(PATH):
        return split_path_scope(scope)[0]
    if scope.startswith(CRAWL):
        return scope.partition("@")[2]
    if scope.startswith(SOURCE):
        return scope.partition("@")[0]
    return scope.removeprefix(HOST) if scope.startswith(HOST) else host_of(scope.removeprefix(URL))


def subject_of(source: str, description: Row | None, capture: str, original: str) -> Subject:
    """A sample's addresses, as its record gives them."""
    urls: Sequence[str] = (description["url"], description["landing_url"]) if description else ()
    return Subject(source, tuple(filter(None, urls)), capture, original)
