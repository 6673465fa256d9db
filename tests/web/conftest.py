"""
A server that says exactly the bytes it is told to, a network that exists only in memory, and a clock that is turned.
"""

from __future__ import annotations

import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import httpcore
import httpx
import pytest

from mitsua_data.web import Access, Limits, Politeness, WebClient

HOST = "museum.example"
PUBLIC_IP = "93.184.216.34"

Answer: TypeAlias = Callable[[], Iterable[bytes]]
"""What is sent for one request; the connection is closed after the last piece."""


@dataclass
class FakeTime:
    """A clock that moves when somebody sleeps, or by `tick` each time it is read."""

    now: float = 1000.0
    tick: float = 0.0
    slept: list[float] = field(default_factory=list)

    def clock(self) -> float:
        self.now += self.tick
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.slept.append(seconds)
        self.now += seconds


@dataclass
class Asked:
    """One request as the server saw it."""

    path: str
    headers: dict[str, str]
    at: float
    """Time on the test's clock."""


class Server(socketserver.ThreadingTCPServer):
    """Loopback, one answer for each path, whatever bytes that is."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, time: FakeTime) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.time = time
        self.answers: dict[str, Answer] = {}
        self.asked: list[Asked] = []
        self.connections = 0
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def on(self, path: str, *pieces: bytes) -> None:
        """Answer `path` with these pieces, every time."""
        self.answers[path] = lambda: pieces

    def on_each(self, path: str, *answers: bytes) -> None:
        """Answer `path` with the first, then the second, …; the last one for ever."""
        left = list(answers)
        self.answers[path] = lambda: [left.pop(0) if len(left) > 1 else left[0]]

    def count(self, path: str) -> int:
        return sum(1 for asked in self.asked if asked.path == path)


class _Handler(socketserver.StreamRequestHandler):
    server: Server

    def handle(self) -> None:
        with self.server.lock:
            self.server.connections += 1
        with suppress(OSError):  # the client hangs up on hostile answers, as it should
            line = self.rfile.readline().decode()
            if not line:
                return
            headers = {}
            while (row := self.rfile.readline().decode().strip()) != "":
                name, _, value = row.partition(": ")
                headers[name.lower()] = value
            self.answer(line.split()[1], headers)

    def answer(self, path: str, headers: dict[str, str]) -> None:
        with self.server.lock:
            self.server.asked.append(Asked(path, headers, self.server.time.now))
        for piece in self.server.answers.get(path, lambda: [http(b"", status="404 Not Found")])():
            self.wfile.write(piece)


def http(body: bytes, *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    """A whole answer; `length` replaces the true Content-Length, -1 leaves it out."""
    lines = [f"HTTP/1.1 {status}", "Connection: close", *headers]
    if length != -1:
        lines.append(f"Content-Length: {len(body) if length is None else length}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


def redirect(to: str, status: str = "302 Found", body: bytes = b"") -> bytes:
    return http(body, f"Location: {to}", status=status)


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def serve(time: FakeTime) -> Iterator[Callable[[], Server]]:
    """Starts servers, and stops them at the end."""
    servers: list[tuple[Server, threading.Thread]] = []

    def start() -> Server:
        server = Server(time)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        servers.append((server, thread))
        return server

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def server(serve: Callable[[], Server]) -> Server:
    return serve()


MakeClient: TypeAlias = Callable[..., WebClient]


@pytest.fixture
def client(server: Server, time: FakeTime) -> Iterator[MakeClient]:
    """Makes clients of `server`, under the name HOST; keywords go to Limits, but for those of Access."""
    made: list[WebClient] = []

    def make(
        *, rps: float = 1000.0, robots: bool = False, politeness: Politeness | None = None, **limits: Any
    ) -> WebClient:
        access = Access(
            hosts=frozenset({HOST}), requests_per_second=rps, robots_apply=robots, base=httpx.URL(server.url)
        )
        polite = politeness or Politeness(time.clock, time.sleep)
        limits = {"jitter_seconds": 0.0} | limits
        made.append(WebClient(access, limits=Limits(**limits), politeness=polite))
        return made[-1]

    yield make
    for each in made:
        each.close()


class FakeStream(httpcore.NetworkStream):
    """A connection in memory: says `answer` once something was written."""

    def __init__(self, network: FakeNetwork, host: str, peer: str) -> None:
        self.network, self.host, self.peer = network, host, peer
        self.sent = b""
        self.rest = network.answers.get(host, http(b"ok"))

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        part, self.rest = self.rest[:max_bytes], self.rest[max_bytes:]
        return part

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.sent += buffer

    def close(self) -> None:
        pass

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> FakeStream:
        self.host = server_hostname or self.host
        self.rest = self.network.answers.get(self.host, http(b"ok"))
        return self

    def get_extra_info(self, info: str) -> Any:
        return {"server_addr": (self.peer, 443), "is_readable": False}.get(info)


@dataclass
class FakeNetwork(httpcore.NetworkBackend):
    """Every address answers; `answers` by host name. Remembers who was connected to, and what was sent."""

    answers: dict[str, bytes] = field(default_factory=dict)
    peer: str | None = None
    """Who answers; by default the one that was asked."""
    streams: list[FakeStream] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> FakeStream:
        self.addresses.append(host)
        self.streams.append(FakeStream(self, host, self.peer or host))
        return self.streams[-1]

    def sent_to(self, host: str) -> bytes:
        return b"".join(stream.sent for stream in self.streams if stream.host == host)


def unused_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
