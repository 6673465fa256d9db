"""
The client: one URL in, one checked answer out, or a FetchError that says why not.

Redirects go hop by hand, each one checked like a first request: scheme, host, address, robots.txt, pace. A key goes to
its own host with the first request, never after a hop. What may be retried is one pure function; the pauses between
tries hold the host (`Politeness`), not this URL alone.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Final, Self

import httpcore
import httpx
import tenacity
from protego import Protego

from mitsua_data.signals import AGENT, text_of
from mitsua_data.web.access import Access, Limits
from mitsua_data.web.errors import Failure, FetchError
from mitsua_data.web.guard import Resolver, resolve
from mitsua_data.web.politeness import Politeness
from mitsua_data.web.wire import REDIRECTS, Fetched, Sink, Wire

ROBOTS_BYTES: Final = 512 * 1024
"""RFC 9309, 2.5 asks for at least 500 KiB."""
ROBOTS_FRESH: Final = 24 * 3600.0
"""Seconds. RFC 9309, 2.4: not used for longer than a day."""
OK: Final = frozenset({200})
_THROTTLES: Final = frozenset({429, 503})
_PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
NO_RULES: Final = frozenset(range(400, 500)) - _PASSING
"""RFC 9309, 2.3.1.3: such an answer to robots.txt means that there are no rules."""
_FAR: Final = 10.0**8
"""Seconds, three years: the longest pause that is written as a date."""


def should_retry(error: BaseException) -> bool:
    """
    Whether the same request may end otherwise a moment later.

    * `failed_network`: yes. Resets and cut answers are everyday; a name that does not exist costs a few tries.
    * A status that speaks of the moment (408, 425, 429, 500, 502, 503, 504): yes, after a pause.
    * `throttled`: yes. Some museums answer 403 with an HTML page where a record was asked for; it means "slower".
    * Any other status: no. 404 is an answer.
    * `failed_deadline`: no. A host that drips would cost the total time again.
    * `pending_retry` and every `refused_*`: no. We would decide the same.

    The pauses are the host's (`Politeness`), plus a moment of chance that tenacity draws.
    """
    if not isinstance(error, FetchError):
        return False
    if error.failure is Failure.FAILED_STATUS:
        return error.throttled or error.status in _PASSING
    return error.failure is Failure.FAILED_NETWORK


def retry_after_seconds(value: str | None, now: datetime) -> float | None:
    """Retry-After (RFC 9110, 10.2.3) in seconds from `now`, never negative; None where absent or malformed."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:12]), _FAR)
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    seconds = (when.replace(tzinfo=when.tzinfo or UTC) - now).total_seconds()
    return min(max(0.0, seconds), _FAR)


class WebClient:
    """Fetches for one source, one request at a time: use one client in one thread. A context manager."""

    def __init__(
        self,
        access: Access,
        *,
        limits: Limits | None = None,
        politeness: Politeness | None = None,
        resolver: Resolver = resolve,
        backend: httpcore.NetworkBackend | None = None,
    ) -> None:
        """`politeness` is shared by the clients of a run; `resolver` and `backend` stand for the network in tests."""
        self._access = access
        self._limits = limits or Limits()
        self._politeness = politeness or Politeness()
        clock = self._politeness.clock
        self._wire = Wire(access, self._limits, clock=clock, resolver=resolver, backend=backend)
        self._robots: dict[tuple[str, str, int | None], tuple[float, Protego, Fetched]] = {}
        self._delays: dict[str, float] = {}

    def fetch(
        self, url: str, *, most: int | None = None, accept: str = "*/*", statuses: Collection[int] = OK
    ) -> Fetched:
        """
        The answer to GET `url`, after redirects and retries, if its status is one of `statuses`.

        `most`: largest body in bytes, `Limits.body_bytes` by default. Raises FetchError for everything else.
        """
        cap = self._limits.body_bytes if most is None else most
        return self._retrying(url)(self._follow, url, cap, accept, statuses)

    def save(self, url: str, into: Sink, *, most: int) -> Fetched:
        """A large file, written `into` something else than memory, without key. Raises FetchError as `fetch`."""
        return self._retrying(url)(self._follow, url, most, "*/*", OK, key=False, into=into)

    def robots(self, url: str) -> Fetched:
        """
        The robots.txt that binds `url`, whatever its status, as it was had within the last day.

        Raises FetchError where it cannot be had for now.
        """
        return self._retrying(url)(lambda: self._robots_of(self._access.place(url))[2])

    def document(self, url: str, *, most: int, accept: str) -> Fetched:
        """A file that tells machines something of its host, or the answer that it is not there. Without key."""
        statuses = OK | NO_RULES
        return self._retrying(url)(self._follow, url, most, accept, statuses, robots=False, key=False)

    def now(self) -> float:
        """Seconds that only grow."""
        return self._politeness.clock()

    def may_ask(self, host: str) -> bool:
        """Whether `host` is one of the source's."""
        return host in self._access.hosts

    def place(self, url: str) -> str:
        """Where `url` is really asked for: two of a source's hosts may be one server. Raises FetchError."""
        return str(self._access.place(url))

    def _retrying(self, url: str) -> tenacity.Retrying:
        """The tries for one URL; each pause holds the host, and is lengthened by chance, so that clients scatter."""
        host = self._access.place(url).host
        return tenacity.Retrying(
            retry=tenacity.retry_if_exception(should_retry),
            stop=tenacity.stop_after_attempt(self._limits.attempts),
            wait=tenacity.wait_random(0.0, self._limits.jitter_seconds),
            sleep=lambda seconds: self._politeness.lengthen(host, seconds),
            reraise=True,
        )

    def close(self) -> None:
        """Close all connections."""
        self._wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _follow(
        self,
        url: str,
        most: int,
        accept: str,
        statuses: Collection[int],
        *,
        robots: bool = True,
        key: bool = True,
        into: Sink | None = None,
    ) -> Fetched:
        """One try: the request and its redirects. `key`: whether the first request may carry one."""
        hops: list[str] = []
        here = self._access.place(url)
        while True:
            if robots and self._access.robots_apply:
                self._obey_robots(here)
            fetched = self._once(here, most, accept, into, with_key=key and not hops)
            if fetched.exchange.status not in REDIRECTS:
                break
            hops.append(str(here))
            here = self._next(here, fetched, hops)
        self._check_status(fetched, here.host, statuses, accept)
        return replace(fetched, hops=tuple(hops))

    def _next(self, here: httpx.URL, fetched: Fetched, hops: list[str]) -> httpx.URL:
        """Where a redirect leads. Raises FetchError where it leads nowhere, or where we do not go."""
        location = fetched.header("location")  # one that holds our key was not kept, and leads nowhere
        if not location:
            raise FetchError(Failure.REFUSED_REDIRECT, str(here), "redirects, but to no place we can go")
        if len(hops) > self._limits.redirects:
            raise FetchError(Failure.REFUSED_REDIRECT, hops[0], f"more than {self._limits.redirects} redirects")
        try:
            target = str(here.join(location))
        except (httpx.InvalidURL, ValueError) as error:
            raise FetchError(Failure.REFUSED_REDIRECT, str(here), "redirects to something that is no URL") from error
        place = self._access.place(target)
        if str(place) in hops:
            raise FetchError(Failure.REFUSED_REDIRECT, hops[0], "redirects in a circle")
        return place

    def _once(self, url: httpx.URL, most: int, accept: str, into: Sink | None, *, with_key: bool) -> Fetched:
        """One request in its turn. Raises FetchError; a status is not an error here."""
        gap = max(self._access.gap, self._delays.get(url.host, 0.0))
        with self._politeness.turn(url.host, gap):
            try:
                return self._wire.get(url, most=most, accept=accept, with_key=with_key, into=into)
            except FetchError as error:
                if error.failure in {Failure.FAILED_NETWORK, Failure.FAILED_DEADLINE}:
                    self._politeness.went_wrong(url.host)
                raise

    def _check_status(self, fetched: Fetched, host: str, statuses: Collection[int], accept: str) -> None:
        """Let the wanted statuses pass, and tell Politeness how things went. Raises FetchError."""
        exchange = fetched.exchange
        html = (fetched.header("content-type") or "").lower().startswith("text/html")
        throttled = exchange.status in _THROTTLES or (exchange.status == 403 and html and "html" not in accept)
        asked = retry_after_seconds(fetched.header("retry-after"), exchange.finished_at)
        if throttled or exchange.status in _PASSING:
            self._politeness.went_wrong(host, asked)
        else:
            self._politeness.went_well(host)
        if exchange.status in statuses:
            return
        failure, problem = Failure.FAILED_STATUS, f"answered {exchange.status} {exchange.reason}".rstrip()
        if throttled and asked is not None and asked > self._limits.longest_wait:
            until = exchange.finished_at + timedelta(seconds=asked)
            failure, problem = Failure.PENDING_RETRY, f"asks us to wait until {until.isoformat(timespec='seconds')}"
        raise FetchError(failure, exchange.url, problem, status=exchange.status, throttled=throttled, retry_after=asked)

    def _obey_robots(self, url: httpx.URL) -> None:
        """
        Raises FetchError where the host's robots.txt forbids the URL (refused_robots), or cannot be had for now.

        RFC 9309: an answer of 4xx means no rules; while there are server errors, nothing is fetched.
        """
        rules = self._robots_of(url)[1]
        if self._delays[url.host] > self._limits.longest_wait:
            raise FetchError(
                Failure.REFUSED_ROBOTS, str(url), f"robots.txt asks for {self._delays[url.host]:g} seconds"
            )
        if not rules.can_fetch(str(url), AGENT):
            raise FetchError(Failure.REFUSED_ROBOTS, str(url), "robots.txt forbids it")

    def _robots_of(self, url: httpx.URL) -> tuple[float, Protego, Fetched]:
        """The host's robots.txt and when it was had, asked for once a day. Raises FetchError."""
        origin = (url.scheme, url.host, url.port)
        now = self._politeness.clock()
        known = self._robots.get(origin)
        if known is None or now - known[0] > ROBOTS_FRESH:
            place = str(url.copy_with(raw_path=b"/robots.txt"))
            fetched = self._follow(place, ROBOTS_BYTES, "text/plain", OK | NO_RULES, robots=False, key=False)
            text = text_of(fetched.body) if fetched.exchange.status == 200 else ""
            known = self._robots[origin] = (now, Protego.parse(text), fetched)
            self._delays[url.host] = float(known[1].crawl_delay(AGENT) or 0.0)
            self._politeness.hold(url.host, self._delays[url.host])
        return known
