"""The client against hostile and merely tired servers, on loopback, with a clock that is turned by hand."""

from __future__ import annotations

import gzip
import itertools
import logging
import threading
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from mitsua_data.errors import UsageError
from mitsua_data.web import Access, Failure, FetchError, Politeness, Secret, WebClient
from mitsua_data.web.client import retry_after_seconds, should_retry
from mitsua_data.web.errors import shown
from tests.web.conftest import HOST, PUBLIC_IP, FakeNetwork, FakeTime, MakeClient, Server, http, redirect

URL = f"https://{HOST}/1"
NOON = datetime(2024, 5, 4, 12, 0, tzinfo=UTC)


def endless(first: bytes, piece: bytes) -> Callable[[], Iterator[bytes]]:
    return lambda: itertools.chain([first], itertools.repeat(piece))


def failure(client: WebClient, url: str = URL) -> FetchError:
    with pytest.raises(FetchError) as caught:
        client.fetch(url)
    return caught.value


def test_an_answer_comes_with_all_that_a_capture_needs(server: Server, client: MakeClient) -> None:
    server.on("/a%20b?page=2", http(b"{}", "Content-Type: application/json", "Set-Cookie: a=1", "Set-Cookie: b=2"))
    fetched = client().fetch(f"https://{HOST}/a b?page=2#top")
    exchange = fetched.exchange
    assert fetched.body == b"{}"
    assert (exchange.method, exchange.url, exchange.status) == ("GET", f"{server.url}/a%20b?page=2", 200)
    assert (exchange.reason, exchange.peer) == ("OK", "127.0.0.1")
    assert [value for name, value in exchange.response_headers if name == "Set-Cookie"] == ["a=1", "b=2"]
    assert exchange.started_at <= exchange.finished_at
    sent = server.asked[0].headers
    assert dict(exchange.request_headers) == {name.title(): value for name, value in sent.items()}
    assert sent["accept-encoding"] == "identity"
    assert sent["user-agent"].startswith("mitsua/")


def test_no_cookie_is_sent_back(server: Server, client: MakeClient) -> None:
    server.on("/1", http(b"", "Set-Cookie: a=1; Path=/"))
    one = client()
    one.fetch(URL)
    one.fetch(URL)
    assert "cookie" not in server.asked[1].headers


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
HOSTILE = {
    "a length beyond the cap": (Failure.REFUSED_TOO_LARGE, lambda: [http(b"", length=10**9)]),
    "a length beyond all numbers": (
        Failure.FAILED_NETWORK,
        lambda: [http(b"x", f"Content-Length: {'9' * 5000}", length=-1)],
    ),
    "an endless body": (Failure.REFUSED_TOO_LARGE, endless(http(b"", length=-1), b"x" * 65536)),
    "endless chunks": (Failure.REFUSED_TOO_LARGE, endless(CHUNKED, b"8000\r\n" + b"x" * 32768 + b"\r\n")),
    "endless chunk extensions": (Failure.REFUSED_TOO_LARGE, endless(CHUNKED, b"1;" + b"e" * 4000 + b"\r\nx\r\n")),
    "one chunk too long to frame": (Failure.FAILED_NETWORK, lambda: [CHUNKED + b"f" * 40 + b"\r\nx"]),
    "a gzip bomb": (Failure.REFUSED_ENCODING, lambda: [http(gzip.compress(bytes(10**6)), "Content-Encoding: gzip")]),
    "a double gzip bomb": (Failure.REFUSED_ENCODING, lambda: [http(b"x", "Content-Encoding: gzip, gzip")]),
    "deflate": (Failure.REFUSED_ENCODING, lambda: [http(zlib.compress(b"x"), "content-encoding: DEFLATE")]),
    "headers beyond measure": (
        Failure.FAILED_NETWORK,
        lambda: [http(b"", *(f"X-{n}: {'y' * 1000}" for n in range(2000)))],
    ),
    "an endless header": (Failure.FAILED_NETWORK, endless(b"HTTP/1.1 200 OK\r\nX: ", b"y" * 65536)),
    "endless 1xx answers": (Failure.REFUSED_TOO_LARGE, endless(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000)),
    "a cut body": (Failure.FAILED_NETWORK, lambda: [http(b"half", length=8)]),
    "a cut chunk": (Failure.FAILED_NETWORK, lambda: [CHUNKED + b"8\r\nhalf"]),
    "two lengths": (Failure.FAILED_NETWORK, lambda: [http(b"four", "Content-Length: 5")]),
    "a negative length": (Failure.FAILED_NETWORK, lambda: [http(b"four", length=-2)]),
    "no HTTP": (Failure.FAILED_NETWORK, lambda: [b"220 ftp.example ready\r\n"]),
    "nothing": (Failure.FAILED_NETWORK, list),
    "no content": (Failure.FAILED_STATUS, lambda: [http(b"", status="204 No Content")]),
    "a part": (Failure.FAILED_STATUS, lambda: [http(b"x", status="206 Partial Content")]),
    "not modified": (Failure.FAILED_STATUS, lambda: [http(b"", status="304 Not Modified")]),
    "not found": (Failure.FAILED_STATUS, lambda: [http(b"", status="404 Not Found")]),
    "a wall": (Failure.FAILED_STATUS, lambda: [http(b"<html>", "Content-Type: text/html", status="403 Forbidden")]),
    "an error": (Failure.FAILED_STATUS, lambda: [http(b"", status="500 Oops")]),
    "a redirect to nowhere": (Failure.REFUSED_REDIRECT, lambda: [http(b"", status="302 Found")]),
    "a redirect to no URL": (Failure.REFUSED_REDIRECT, lambda: [redirect("http://[::1")]),
    "a redirect to itself": (Failure.REFUSED_REDIRECT, lambda: [redirect("/1")]),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_each_hostile_answer_ends_in_its_class(server: Server, client: MakeClient, case: str) -> None:
    expected, server.answers["/1"] = HOSTILE[case]
    limited = client(body_bytes=300_000, attempts=2)
    assert failure(limited).failure is expected
    # The client itself is unharmed: the next answer is read as if nothing had been.
    server.on("/2", http(b"fine"))
    assert limited.fetch(f"https://{HOST}/2").body == b"fine"


def test_a_body_that_fits_exactly_is_taken(server: Server, client: MakeClient) -> None:
    server.on("/1", http(b"x" * 1000))
    server.on("/chunked", CHUNKED + b"3e8\r\n" + b"x" * 1000 + b"\r\n0\r\n\r\n")
    assert len(client(body_bytes=1000).fetch(URL).body) == 1000
    assert len(client(body_bytes=1000).fetch(f"https://{HOST}/chunked").body) == 1000
    assert failure(client(body_bytes=999)).failure is Failure.REFUSED_TOO_LARGE


class TestTime:
    """The clock moves by a fixed step each time the guard looks at it: no test waits."""

    def test_a_drip_is_too_slow(self, server: Server, client: MakeClient, time: FakeTime) -> None:
        server.answers["/1"] = endless(http(b"", length=10**6), b"x")
        time.tick = 1.0
        error = failure(client(total_seconds=10**6))
        assert error.failure is Failure.FAILED_DEADLINE
        assert "slower than" in str(error)

    def test_a_drip_of_headers_is_too_slow(self, server: Server, client: MakeClient, time: FakeTime) -> None:
        server.answers["/1"] = endless(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n")
        time.tick = 1000.0
        assert failure(client(total_seconds=10**9)).failure is Failure.FAILED_DEADLINE

    def test_the_whole_has_a_deadline(self, server: Server, client: MakeClient, time: FakeTime) -> None:
        server.answers["/1"] = endless(http(b"", length=-1), b"x" * 65536)
        time.tick = 5.0
        error = failure(client(total_seconds=60, floor_bytes_per_second=0))
        assert error.failure is Failure.FAILED_DEADLINE
        assert "60 seconds" in str(error)

    def test_a_deadline_is_not_tried_again(self, server: Server, client: MakeClient, time: FakeTime) -> None:
        server.answers["/1"] = endless(http(b"", length=-1), b"x")
        time.tick = 1.0
        failure(client(total_seconds=60, floor_bytes_per_second=0))
        assert server.count("/1") == 1

    def test_a_catalogue_may_think_before_it_answers(self, server: Server, client: MakeClient, time: FakeTime) -> None:
        def answer() -> list[bytes]:
            time.now += 40
            return [http(b"{}")]

        server.answers["/1"] = answer
        assert client().fetch(URL).body == b"{}"

    def test_a_silent_server_is_left(self, server: Server, client: MakeClient) -> None:
        heard = threading.Event()

        def answer() -> Iterator[bytes]:
            yield b"HTTP/1.1 200 OK\r\n"
            heard.wait()

        server.answers["/1"] = answer
        error = failure(client(read_seconds=0.02, attempts=2))
        heard.set()
        assert error.failure is Failure.FAILED_NETWORK
        assert "went silent" in str(error)


class TestRedirects:
    def test_five_hops_are_followed_and_kept(self, server: Server, client: MakeClient) -> None:
        for n in range(1, 6):
            server.on(f"/{n}", redirect(f"/{n + 1}" if n % 2 else f"https://{HOST}/{n + 1}"))
        server.on("/6", http(b"here"))
        fetched = client().fetch(URL)
        assert fetched.body == b"here"
        assert fetched.hops == tuple(f"{server.url}/{n}" for n in range(1, 6))
        assert fetched.exchange.url == f"{server.url}/6"

    def test_six_hops_are_too_many(self, server: Server, client: MakeClient) -> None:
        for n in range(1, 8):
            server.on(f"/{n}", redirect(f"/{n + 1}"))
        assert "more than 5 redirects" in str(failure(client()))
        assert len(server.asked) == 6

    def test_a_circle_is_noticed(self, server: Server, client: MakeClient) -> None:
        server.on("/1", redirect("/2"))
        server.on("/2", redirect("/1"))
        assert "in a circle" in str(failure(client()))

    def test_the_body_of_a_redirect_is_not_read(self, server: Server, client: MakeClient) -> None:
        head = redirect("/2", body=b"").replace(b"Content-Length: 0\r\n", b"")
        server.answers["/1"] = endless(head, b"x" * 65536)
        server.on("/2", http(b"here"))
        assert client(body_bytes=10).fetch(URL).body == b"here"


class TestSecrets:
    """Two hosts of one source, in memory: the key goes to one of them, and nowhere else."""

    API, IMAGES = "api.museum.example", "img.museum.example"

    def client(self, network: FakeNetwork, time: FakeTime, *, in_query: bool = False) -> WebClient:
        access = Access(
            hosts=frozenset({self.API, self.IMAGES}),
            requests_per_second=1000.0,
            robots_apply=False,
            contact="me@museum.example",
            secret=Secret(host=self.API, name="X-Api-Key", value="canary", in_query=in_query),
        )
        politeness = Politeness(time.clock, time.sleep)
        return WebClient(access, politeness=politeness, resolver=lambda h, p: [PUBLIC_IP], backend=network)

    @pytest.mark.parametrize("in_query", [False, True])
    def test_a_key_goes_to_its_own_host_and_is_kept_nowhere(self, time: FakeTime, in_query: bool) -> None:
        network = FakeNetwork({self.API: http(b"{}", "X-Echo: canary")})
        with self.client(network, time, in_query=in_query) as client:
            fetched = client.fetch(f"https://{self.API}/objects?page=1")
            client.fetch(f"https://{self.IMAGES}/1.png")
        assert b"canary" in network.sent_to(self.API)
        assert b"canary" not in network.sent_to(self.IMAGES)
        assert "canary" not in repr(fetched.exchange)
        assert "canary" not in repr(client._access)

    @pytest.mark.parametrize("in_query", [False, True])
    def test_a_key_is_not_logged(self, time: FakeTime, caplog: pytest.LogCaptureFixture, in_query: bool) -> None:
        caplog.set_level(logging.DEBUG)
        with self.client(FakeNetwork(), time, in_query=in_query) as client:
            client.fetch(f"https://{self.API}/1")
        assert "connect_tcp" in caplog.text
        assert "canary" not in caplog.text

    @pytest.mark.parametrize("in_query", [False, True])
    def test_a_key_does_not_survive_a_redirect(self, time: FakeTime, in_query: bool) -> None:
        network = FakeNetwork({self.API: redirect(f"https://{self.IMAGES}/1.png")})
        with self.client(network, time, in_query=in_query) as client:
            client.fetch(f"https://{self.API}/1")
        assert b"GET /1.png" in network.sent_to(self.IMAGES)
        assert b"canary" not in network.sent_to(self.IMAGES)

    def test_a_key_is_not_sent_again_after_a_hop_on_its_own_host(self, time: FakeTime) -> None:
        network = FakeNetwork({self.API: redirect("/2")})
        with self.client(network, time) as client:
            assert "in a circle" in str(failure(client, f"https://{self.API}/1"))
        assert network.sent_to(self.API).count(b"GET /2") == 1
        assert network.sent_to(self.API).count(b"canary") == 1

    def test_a_redirect_that_carries_the_key_away_is_refused(self, time: FakeTime) -> None:
        network = FakeNetwork({self.API: redirect(f"https://{self.IMAGES}/?key=canary")})
        with self.client(network, time) as client:
            error = failure(client, f"https://{self.API}/1")
        assert error.failure is Failure.REFUSED_REDIRECT
        assert "canary" not in error.line()
        assert network.sent_to(self.IMAGES) == b""

    @pytest.mark.parametrize("body", [b'{"apikey": "canary"}', b"https://api.museum.example/?key=canary&page=2"])
    def test_a_body_that_echoes_the_key_is_not_kept(self, time: FakeTime, body: bytes) -> None:
        with self.client(FakeNetwork({self.API: http(body)}), time) as client:
            error = failure(client, f"https://{self.API}/1")
        assert error.failure is Failure.REFUSED_ECHO
        assert "canary" not in error.line()

    def test_a_key_is_recognised_as_it_stands_in_urls(self) -> None:
        secret = Secret(host=self.API, name="key", value="a b/c")
        access = Access(hosts=frozenset({self.API}), requests_per_second=1.0, secret=secret)
        assert access.leaks("https://x/?key=a%20b%2Fc")
        assert access.leaks(b"a b/c")
        assert not access.leaks("a b")

    @pytest.mark.parametrize("value", ["", "a\r\nX-Evil: 1", "schlüssel"])
    def test_a_key_that_is_no_header_is_refused(self, value: str) -> None:
        with pytest.raises(UsageError) as caught:
            Secret(host=self.API, name="X-Api-Key", value=value)
        assert not value or value not in str(caught.value)

    def test_urls_are_shown_without_what_may_be_secret(self, server: Server, client: MakeClient) -> None:
        server.on("/1?key=canary", http(b"", status="404 Not Found"))
        assert str(failure(client(), f"{URL}?key=canary#frag")) == f"{server.url}/1: answered 404 Not Found"
        assert shown("https://user:canary@museum.example:99/x?canary#canary") == "https://museum.example:99/x"
        assert shown("https://museum.example:canary/") == "(a malformed URL)"


class TestRetry:
    @pytest.mark.parametrize(
        "status", ["408 Slow", "425 Early", "429 Many", "500 Oops", "502 Bad", "503 Busy", "504 Late"]
    )
    def test_a_passing_trouble_is_tried_again(self, server: Server, client: MakeClient, status: str) -> None:
        server.on_each("/1", http(b"", status=status), http(b"now"))
        assert client().fetch(URL).body == b"now"

    @pytest.mark.parametrize("status", ["400 Bad", "401 Who", "403 No", "404 Not Found", "410 Gone", "501 What"])
    def test_an_answer_is_an_answer(self, server: Server, client: MakeClient, status: str) -> None:
        server.on("/1", http(b"", "Content-Type: application/json", status=status))
        assert failure(client()).status == int(status[:3])
        assert server.count("/1") == 1

    def test_a_reset_is_tried_again(self, server: Server, client: MakeClient) -> None:
        server.on_each("/1", http(b"ha", length=4), http(b"all"))
        assert client().fetch(URL).body == b"all"

    def test_it_ends(self, server: Server, client: MakeClient) -> None:
        server.on("/1", http(b"", status="503 Busy"))
        assert failure(client(attempts=3)).status == 503
        assert server.count("/1") == 3

    @pytest.mark.parametrize(
        "kind", [each for each in Failure if each.startswith("refused") or each == "pending_retry"]
    )
    def test_our_own_no_is_final(self, kind: Failure) -> None:
        assert not should_retry(FetchError(kind, URL, "no"))

    def test_a_bug_is_not_retried(self) -> None:
        assert not should_retry(KeyError("bug"))


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0), (" 0 ", 0.0), ("Sat, 04 May 2024 12:02:00 GMT", 120.0), ("Sat, 04 May 2024 11:00:00 GMT", 0.0),
        ("Saturday, 04-May-24 12:02:00 GMT", 120.0), (None, None), ("", None), ("soon", None), ("-5", None),
        ("1.5", None), ("٣", None), ("9" * 400, 1e8), ("Sat, 04 May 9999 12:02:00 GMT", 1e8),
        ("Sat, 99 May 2024 12:02:00 GMT", None),
    ],
)  # fmt: skip
def test_retry_after_is_seconds_or_a_date(value: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(value, NOON) == seconds
