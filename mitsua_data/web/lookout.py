"""
What hosts say about mining and training, asked for through the same client, and every answer kept for the capture.

A host that is used is asked once (and again after a day) for robots.txt, /.well-known/tdmrep.json, /ai.txt and the RSL
licence that robots.txt names. Of every other answer the headers are looked at. What cannot be had is told of as such:
it comes to `unknown`, never to nothing. What the finds come to is for `signals`; who records them, for `noticing`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urljoin

from mitsua_data.model import MediaType
from mitsua_data.signals import Look, Place, Protocol, Wish, Wishes, Word, answer_facts, host_of, missing_facts
from mitsua_data.signals.looks import DERIVED
from mitsua_data.signals.robots import licences
from mitsua_data.signals.scope import HOST, URL
from mitsua_data.sources.base import Body
from mitsua_data.web.client import ROBOTS_FRESH, WebClient
from mitsua_data.web.errors import Failure, FetchError
from mitsua_data.web.wire import Fetched

MOST: Final = 1024 * 1024
"""Largest file of preferences that is read, in bytes."""
AWAY: Final = frozenset({Failure.FAILED_NETWORK, Failure.FAILED_DEADLINE, Failure.PENDING_RETRY})
"""A host that gives no answer is not asked for more."""
_PATHS: Final = {Place.ROBOTS: "/robots.txt", Place.TDMREP: "/.well-known/tdmrep.json", Place.AI_TXT: "/ai.txt"}
_TYPES: Final = {
    Place.ROBOTS: MediaType.TEXT,
    Place.TDMREP: MediaType.JSON,
    Place.AI_TXT: MediaType.TEXT,
    Place.RSL: MediaType.XML,
}


@dataclass(frozen=True)
class Find:
    """One document that was looked at."""

    look: Look
    body: Body
    """What is quoted: the document, or an answer's facts."""
    beside: tuple[Body, ...] = ()
    """What is captured with it: the answer that says that there is no such document."""
    first: bool = False
    """Of an answer's headers: the first of its host in this run, so that "none" is told of the host once."""


class Lookout:
    """Keeps finds until somebody records them. For one source, in one thread."""

    def __init__(self, client: WebClient, source: str, *, robots_apply: bool = True) -> None:
        """`robots_apply`: whether what robots.txt says of crawling binds this source; other wishes always do."""
        self._client = client
        self._source = source
        self._robots_apply = robots_apply
        self._looked: dict[str, float] = {}
        self._of_host: dict[str, list[Find]] = {}
        self._heard: set[str] = set()
        self._fetched: dict[str, tuple[float, Fetched | FetchError]] = {}
        self._finds: list[Find] = []

    def drain(self) -> list[Find]:
        """What was found since the last time."""
        found, self._finds = self._finds, []
        return found

    def at(self, url: str, *, before_fetching: bool = False) -> None:
        """
        Look at the host of `url`, unless that was done within a day, or the host is none that this source may ask.

        Raises FetchError only where `before_fetching`, and robots.txt, which binds, cannot be had, or nothing can.
        """
        host, now = host_of(url), self._client.now()
        if not host or not self._client.may_ask(host) or now - self._looked.get(host, -ROBOTS_FRESH) < ROBOTS_FRESH:
            return
        robots = self._had(Place.ROBOTS, f"https://{host}{_PATHS[Place.ROBOTS]}")
        if isinstance(robots, FetchError) and before_fetching and (self._robots_apply or robots.failure in AWAY):
            raise robots
        self._looked[host], self._of_host[host] = now, []
        self._robots(host, robots)
        for place in (Place.TDMREP, Place.AI_TXT):
            url = f"https://{host}{_PATHS[place]}"
            self._add(host, self._find(place, url, host, self._had(place, url)))

    def heard(self, body: Body) -> None:
        """Look at the headers of an answer, and at the host that it came from in the end."""
        host = host_of(body.locator)
        if body.exchange is None or not host:
            return
        facts = answer_facts(body.locator, body.exchange.status, body.exchange.response_headers)
        look = Look(Place.ANSWER, facts, f"{URL}{body.locator}", self._source)
        self._finds.append(Find(look, facts_body(facts, body.locator), first=host not in self._heard))
        self._heard.add(host)
        if (other := host_of(body.exchange.url)) != host and self._client.may_ask(other):
            self._led_to(body.exchange.url, body.locator)

    def forbids(self, url: str) -> Wish | None:
        """A wish of the host, as it was found in this run, that covers `url`; None where there is none."""
        return next(iter(self._wishes(host_of(url)).at(url)), None)

    def _wishes(self, host: str) -> Wishes:
        rows = (row for find in self._of_host.get(host, ()) for row in find.look.rows().items())
        return Wishes.of_rows(
            Wish(0, protocol, scope, said.word, said.value)
            for (protocol, scope), said in rows
            if protocol is not Protocol.ROBOTS  # the client obeys it
        )

    def _led_to(self, url: str, locator: str) -> None:
        """An address led to another host: that host's wishes about where it led are wishes about the address, too."""
        self.at(url)
        covering = {wish.protocol for wish in self._wishes(host_of(url)).at(url)}
        for find in self._of_host.get(host_of(url), ()):
            told = {protocol for protocol, _ in find.look.rows()}
            if told & covering:
                look = replace(find.look, at=f"{URL}{locator}", without=find.look.without | (told - covering))
                self._finds.append(replace(find, look=look))

    def _robots(self, host: str, had: Fetched | FetchError) -> None:
        url = f"https://{host}{_PATHS[Place.ROBOTS]}"
        find = self._find(Place.ROBOTS, url, host, had)
        without = frozenset() if self._robots_apply else frozenset({Protocol.ROBOTS})
        named = licences(find.body.data) if find.look.place is Place.ROBOTS else ()
        if len(named) == 1:  # of several, nobody says which one counts: "unknown" stands
            licence = urljoin(url, named[0])
            self._add(host, self._find(Place.RSL, licence, host, self._had(Place.RSL, licence)))
            without |= {Protocol.RSL}
        self._add(host, replace(find, look=replace(find.look, without=without)))

    def _had(self, place: Place, url: str) -> Fetched | FetchError:
        """The answer, or why there is none; of hosts that are one server, asked for once."""
        try:
            if place is Place.ROBOTS:
                return self._client.robots(url)  # the client keeps it
            really, now = self._client.place(url), self._client.now()
        except FetchError as error:
            return error
        known = self._fetched.get(really)
        if known is None or now - known[0] >= ROBOTS_FRESH:
            known = self._fetched[really] = (now, self._document(place, url))
        return known[1]

    def _document(self, place: Place, url: str) -> Fetched | FetchError:
        try:
            return self._client.document(url, most=MOST, accept=f"{_TYPES[place].value}, */*;q=0.1")
        except FetchError as error:
            return error

    def _find(self, place: Place, url: str, host: str, had: Fetched | FetchError) -> Find:
        if isinstance(had, FetchError):
            facts = missing_facts(place, url, failure=str(had.failure))
            return Find(Look(Place.ANSWER, facts, f"{HOST}{host}", self._source), facts_body(facts, url))
        body = Body(had.body, _TYPES[place], url, had.exchange)
        if had.exchange.status == 200:
            return Find(Look(place, had.body, f"{HOST}{host}", self._source), body)
        facts = missing_facts(place, url, status=had.exchange.status)
        return Find(Look(Place.ANSWER, facts, f"{HOST}{host}", self._source), facts_body(facts, url), (body,))

    def _add(self, host: str, find: Find) -> None:
        self._finds.append(find)
        self._of_host[host].append(find)


def refused(wish: Wish, url: str) -> FetchError:
    """The error that stands for an image which is not asked for because of a wish."""
    said = "reserves training" if wish.word is Word.BLOCK else "says something about training that is not understood"
    return FetchError(Failure.REFUSED_OPT_OUT, url, f"not asked for: its host {said} ({wish.protocol})")


def facts_body(facts: bytes, url: str) -> Body:
    """An answer's facts, as a body that can be captured."""
    return Body(facts, MediaType.JSON, f"{DERIVED}{url}")
