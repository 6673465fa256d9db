"""One document looked at: every protocol it may speak, and what each comes to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from mitsua_data.signals.ai_txt import read_ai_txt
from mitsua_data.signals.answers import read_answer
from mitsua_data.signals.pages import read_page
from mitsua_data.signals.robots import read_robots
from mitsua_data.signals.rsl import read_rsl
from mitsua_data.signals.scope import CRAWL, HOST, PATH, URL, host_of, split_path_scope
from mitsua_data.signals.tdmrep import read_tdmrep
from mitsua_data.signals.vocabulary import PROTOCOLS, Place, Protocol, Said, Word, strongest

READERS: Final[dict[Place, Callable[[bytes], Iterator[Said]]]] = {
    Place.ROBOTS: read_robots,
    Place.TDMREP: read_tdmrep,
    Place.AI_TXT: read_ai_txt,
    Place.RSL: read_rsl,
    Place.ANSWER: read_answer,
    Place.PAGE: read_page,
}
DERIVED: Final = "answer:"
"""What a locator begins with that names an answer's facts: they are ours, and not what somebody published."""
ROBOTS_TXT: Final = "/robots.txt"
MOST_ROWS: Final = 500
"""Rows that one document gives, at most."""
EVERYTHING: Final = frozenset({"", "/", "*", "/*"})
"""Path patterns that cover a whole host."""


def read(place: Place, body: bytes) -> tuple[Said, ...]:
    """What a document says. Law: each protocol of its place is told of, as `none` where nothing is said by it."""
    found = list(READERS[place](body))
    told = {said.protocol for said in found}
    missing = () if place is Place.ANSWER and told - set(PROTOCOLS[place]) else PROTOCOLS[place]
    return (*found, *(Said(protocol, Word.NONE) for protocol in missing if protocol not in told))


def place_of(protocol: Protocol, locator: str) -> Place:
    """Which document a signal was read from, by its protocol and by where that was seen."""
    if locator.startswith(DERIVED):
        return Place.ANSWER
    if protocol is Protocol.RSL and locator.endswith(ROBOTS_TXT):
        return Place.ROBOTS
    return next(place for place in reversed(PROTOCOLS) if protocol in PROTOCOLS[place])


@dataclass(frozen=True)
class Look:
    """A document, and whom it speaks for."""

    place: Place
    data: bytes
    at: str
    """The scope that it speaks for: `host:…`, `source:…@…` of a page, or `url:…` of an answer."""
    source: str = ""
    """Who asks: what robots.txt says of crawling is said to them."""
    without: frozenset[Protocol] = field(default_factory=frozenset)
    """Protocols that are not told of: they do not bind here, or another document speaks for them."""

    def rows(self) -> dict[tuple[Protocol, str], Said]:
        """By protocol and scope, the most restrictive statement."""
        found: dict[tuple[Protocol, str], list[Said]] = {}
        for said in read(self.place, self.data):
            if said.protocol not in self.without:
                found.setdefault((said.protocol, self._scope(said)), []).append(said)
        if len(found) > MOST_ROWS:  # so many paths are everything: a document must not flood the ledger
            whole: dict[tuple[Protocol, str], list[Said]] = {}
            for (protocol, scope), each in found.items():
                whole.setdefault((protocol, self.at if scope.startswith(PATH) else scope), []).extend(each)
            found = whole
        return {key: strongest(each) for key, each in found.items()}

    def said(self, protocol: Protocol, scope: str) -> Said:
        """What the document says by one protocol of one scope: what a row of the ledger must say."""
        rows = self.rows()
        if (protocol, scope) in rows:
            return rows[protocol, scope]
        found = [Said(protocol, Word.NONE)]
        if self.place is Place.ANSWER:  # of the first answer of a host, "none" is told of the whole host
            found += [said for (each, _), said in rows.items() if each is protocol]
        return strongest(found)

    def _scope(self, said: Said) -> str:
        kind, _, name = self.at.partition(":")
        if said.protocol is Protocol.ROBOTS and kind == "host":
            return f"{CRAWL}{self.source}@{name}"
        if said.reach not in EVERYTHING and kind == "host":
            return f"{PATH}{name}{said.reach if said.reach.startswith(('/', '*')) else '/' + said.reach}"
        return self.at

    @property
    def covers_url(self) -> bool:
        """Whether it speaks for one address."""
        return self.at.startswith(URL)

    @property
    def host(self) -> str:
        """The host it is of; empty for pages."""
        if self.at.startswith(HOST):
            return self.at.removeprefix(HOST)
        return host_of(self.at.removeprefix(URL)) if self.covers_url else ""


def look_of(protocol: Protocol, scope: str, data: bytes, locator: str) -> Look:
    """The look that a row of the ledger was made by: its document, seen at `locator`, for whom its scope names."""
    name = scope.partition(":")[2]
    source, at = "", scope
    if scope.startswith(CRAWL):
        source, _, host = name.partition("@")
        at = f"{HOST}{host}"
    elif scope.startswith(PATH):
        at = f"{HOST}{split_path_scope(scope)[0]}"
    return Look(place_of(protocol, locator), data, at, source)
