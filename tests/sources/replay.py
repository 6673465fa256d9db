"""
A server that replays an institution's answers on loopback, and what every source must do in front of it.

`Site` maps request targets (path and query, as the source asks for them) to answers; targets that are not in it are
answered with 404. `crawled` walks the real way: guarded client, capturing reader, crawl, ledger. `walk_every_way` is
the programme that each source on the web goes through: to the end, killed and resumed, throttled, stormed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import pytest

from mitsua_data.captures import CaptureStore
from mitsua_data.crawl import crawl
from mitsua_data.errors import SourceError
from mitsua_data.ledger.store import Ledger
from mitsua_data.model import MediaType
from mitsua_data.sessions import CrawlTally, Holdings
from mitsua_data.sources.base import Body, DumpReader, WebSource
from mitsua_data.web import Access, CapturingReader, Politeness, WebClient
from mitsua_data.web.access import Secret
from mitsua_data.web.lookout import Lookout

WISHES = frozenset({"/robots.txt", "/ai.txt", "/.well-known/tdmrep.json"})
"""What every host is asked for: 404 unless there is a route."""
HTML_403 = b"<html><head><title>Request unsuccessful. Incapsula incident</title></head></html>"


@dataclass(frozen=True)
class Answer:
    """One answer of the server."""

    body: bytes
    content_type: str = "application/json"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, value: Any, status: int = 200) -> Answer:
        return cls(json.dumps(value, ensure_ascii=False).encode(), status=status)

    @classmethod
    def html(cls, text: str = "<html><p>Terms.</p></html>", status: int = 200) -> Answer:
        return cls(text.encode(), "text/html; charset=utf-8", status)


Routes: TypeAlias = "Mapping[str, Answer] | Callable[[str], Answer | None]"
"""Answers by request target, or a function of it."""
Fault: TypeAlias = "Callable[[int, str], Answer | None]"
"""What is answered instead to request number n (from 1; robots.txt and terms count) for a target; None: the truth."""


def throttles(every: int, answer: Answer, spared: Collection[str] = ()) -> Fault:
    """
    Each target's first request, of every `every`-th target, is answered otherwise; the second time, the truth.

    `spared` are the pages of terms: a wall before a page for people is not taken for a sign to slow down.
    """
    seen: dict[str, int] = {}

    def fault(_number: int, target: str) -> Answer | None:
        if target in spared or target in WISHES:
            return None
        first = target not in seen
        seen.setdefault(target, len(seen))
        return answer if first and seen[target] % every == every - 1 else None

    return fault


@dataclass
class Site:
    """A running replay."""

    url: str
    asked: list[str] = field(default_factory=list)
    """Targets, in the order in which they were asked for."""
    headers: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def serve(routes: Routes, fault: Fault = lambda _n, _t: None) -> Iterator[Site]:
    """The site while the context is open."""

    def answer(target: str) -> Answer | None:
        if not callable(routes):
            return routes.get(target)
        if target not in WISHES:
            return routes(target)
        with suppress(LookupError, ValueError):  # many a source's routes know nothing but its own
            return routes(target)
        return None

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        timeout = 60

        def do_GET(self) -> None:
            site.asked.append(self.path)
            site.headers.append({name.lower(): value for name, value in self.headers.items()})
            found = fault(len(site.asked), self.path) or answer(self.path) or Answer.json({"message": "gone"}, 404)
            self.send_response(found.status)
            for name, value in {"Content-Type": found.content_type, **found.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(found.body)))
            self.end_headers()
            self.wfile.write(found.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads, server.block_on_close = True, False
    site = Site(f"http://127.0.0.1:{server.server_address[1]}")
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Clock:
    """Time that passes when somebody sleeps."""

    now: float = 0.0
    slept: float = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept += seconds


def crawled(
    source: WebSource,
    site: Site,
    workspace: Path,
    *,
    secret: Secret | None = None,
    dump: DumpReader | None = None,
    progress: Callable[[int], None] = lambda _: None,
    clock: Clock | None = None,
    **reading: Any,
) -> CrawlTally:
    """One run of a crawl into `workspace`, without waiting. `reading`: further arguments of CapturingReader."""
    time = clock or Clock()
    access = Access.for_source(source.spec, base_url=site.url, secret=secret)
    politeness = Politeness(lambda: time.now, time.sleep)
    workspace.mkdir(parents=True, exist_ok=True)
    with (
        Ledger.open(workspace / "ledger.sqlite", create=True) as ledger,
        CaptureStore(workspace / "captures") as store,
        WebClient(access, politeness=politeness) as client,
    ):
        lookout = Lookout(client, source.spec.id, robots_apply=source.spec.robots_apply)
        reader = CapturingReader(client, dump=dump, lookout=lookout, gateways=source.spec.gateways, **reading)
        holdings = Holdings("web", (site.url,), source.spec.id)
        return crawl(source, reader, ledger, store, holdings=holdings, progress=progress)


def verdicts(workspace: Path) -> dict[str, tuple[str, str | None]]:
    """The newest verdict on each image: its name → outcome, and reason or licence."""
    with Ledger.open(workspace / "ledger.sqlite") as ledger, ledger.read() as connection:
        rows = connection.exec_driver_sql(
            "SELECT source, record, part, outcome, reason, licence FROM verdict ORDER BY seq"
        )
        return {f"{row[0]}:{row[1]}#{row[2]}": (row[3], row[4] or row[5]) for row in rows}


class Killed(BaseException):
    """Stands for the end of the process."""


def _killed_after_every_commit(source: WebSource, site: Site, workspace: Path, secret: Secret | None) -> CrawlTally:
    """As many runs as an undisturbed one has commits, each killed behind its first; then one that may go to the end."""
    commits = 0

    def count(_advance: int) -> None:
        nonlocal commits
        commits += 1

    def kill(_advance: int) -> None:
        raise Killed

    crawled(source, site, workspace.with_name("counted"), secret=secret, progress=count)
    assert commits > 0
    for _ in range(commits):
        with suppress(Killed):
            crawled(source, site, workspace, secret=secret, progress=kill)
    return crawled(source, site, workspace, secret=secret)


def walk_every_way(
    source: WebSource,
    routes: Routes,
    tmp_path: Path,
    *,
    claims: int,
    refusals: int,
    secret: Secret | None = None,
    wall: int = 403,
) -> dict[str, tuple[str, str | None]]:
    """
    The programme. `claims` and `refusals` are what the site holds. Returns the verdicts, the same in every way.

    `wall`: status of a web page that is in the way; where records are pages themselves, 403 is an answer.

    Plain; killed behind every commit and resumed; 429 with Retry-After and HTML 403 on first requests; a storm of 5xx
    that ends the run, and the run after it; one object that does not come in the first run, and the run that asks for
    it alone. In each of them the books balance.
    """

    def check(tally: CrawlTally, workspace: Path) -> dict[str, tuple[str, str | None]]:
        found = verdicts(workspace)
        outcomes = [outcome for outcome, _ in found.values()]
        assert (outcomes.count("claim"), outcomes.count("refusal")) == (claims, refusals)
        judged = tally.before + tally.records
        assert judged == len(found) or (source.joins and tally.asked_again and judged > len(found))
        assert balanced(tally)["failed"] == tally.pending == 0
        return found

    objects: list[str] = []
    with serve(routes) as site, noting_objects(objects):
        plain = check(crawled(source, site, tmp_path / "plain", secret=secret), tmp_path / "plain")
        requests = len(site.asked)
        wishes = sum(target in WISHES for target in site.asked)
        calm = wishes - 1 + max((requests - wishes + 1) // 2, 2)

    with serve(routes) as site, pytest.MonkeyPatch.context() as patch:
        patch.setattr("mitsua_data.crawl.BATCH_RECORDS", 1)  # a commit after every page
        assert (
            check(_killed_after_every_commit(source, site, tmp_path / "killed", secret), tmp_path / "killed") == plain
        )

    terms = {urlsplit(url)._replace(scheme="", netloc="").geturl() for url in source.spec.terms}
    slow_down = Answer(b"slow down", "text/plain", 429, {"Retry-After": "7"})
    for name, answer in (("throttled", slow_down), ("walled", Answer(HTML_403, "text/html", wall))):
        clock = Clock()
        with serve(routes, throttles(3, answer, terms)) as site:
            tally = crawled(source, site, tmp_path / name, secret=secret, clock=clock)
            assert check(tally, tmp_path / name) == plain
            assert len(site.asked) > requests
            assert clock.slept > 0

    bad_gateway, stormy = Answer(b"<h1>Bad gateway</h1>", "text/html", 502), [True]
    with serve(routes, lambda n, _: bad_gateway if stormy and n > calm else None) as site:
        with pytest.raises(SourceError):
            crawled(source, site, tmp_path / "stormed", secret=secret)
        stormy.clear()
        assert check(crawled(source, site, tmp_path / "stormed", secret=secret), tmp_path / "stormed") == plain

    if objects:
        assert _one_comes_late(source, routes, tmp_path / "late", objects[len(objects) // 2], secret) == plain
    return plain


def _one_comes_late(
    source: WebSource, routes: Routes, workspace: Path, url: str, secret: Secret | None
) -> dict[str, tuple[str, str | None]]:
    """The verdicts after two runs, in the first of which one object did not come."""
    parts = urlsplit(url)
    target = (
        parts._replace(scheme="", netloc="").geturl() if parts.scheme != "ipfs" else f"/ipfs/{url[len('ipfs://') :]}"
    )
    dead = {target: Answer(b"<h1>Bad gateway</h1>", "text/html", 502)}
    with serve(routes, lambda _, asked: dead.get(asked)) as site:
        assert balanced(crawled(source, site, workspace, secret=secret))["pending"] == 1
        dead.clear()
        again = crawled(source, site, workspace, secret=secret)
    assert (again.asked_again, balanced(again)["pending"]) == (1, 0)
    return verdicts(workspace)


def balanced(tally: CrawlTally) -> dict[str, Any]:
    """A crawl's books, which must balance."""
    told = tally.as_json()
    assert told["found"] == told["claimed"] + told["refused"] + told["failed"] + told["pending"]
    assert told["records"] == told["claimed"] + told["refused"] == sum(told["refusals"].values()) + told["claims"]
    return told


@contextmanager
def noting_objects(objects: list[str]) -> Iterator[None]:
    """Puts the URLs that a source asks for through `each` into `objects`."""
    real = CapturingReader.each

    def each(self: CapturingReader, urls: Iterable[str], media_type: MediaType) -> Iterator[Body]:
        def noted() -> Iterator[str]:
            for url in urls:
                objects.append(url)
                yield url

        return real(self, noted(), media_type)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CapturingReader, "each", each)
        yield
