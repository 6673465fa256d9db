"""Politeness, counted on the server's side, with a clock that only moves when somebody sleeps."""

from __future__ import annotations

import threading
from itertools import pairwise
from time import sleep

import pytest

from mitsua_data.holdings import image_server, open_reader
from mitsua_data.sources.drawn_museum import DrawnMuseum
from mitsua_data.web import Failure, FetchError, Politeness
from mitsua_data.web.politeness import BACKOFF_MOST
from tests.web.conftest import HOST, FakeTime, MakeClient, Server, http, redirect


class Silent:
    """A client that nobody asks."""

    def __enter__(self) -> Silent:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def gaps(server: Server) -> list[float]:
    return [later.at - earlier.at for earlier, later in pairwise(server.asked)]


def test_the_gap_is_never_shorter_than_stated(server: Server, client: MakeClient) -> None:
    server.on("/1", http(b"one"))
    slow = client(rps=0.5)
    for _ in range(10):
        slow.fetch(f"https://{HOST}/1")
    assert len(gaps(server)) == 9
    assert min(gaps(server)) >= 2.0


def test_the_first_request_does_not_wait(server: Server, client: MakeClient, time: FakeTime) -> None:
    server.on("/1", http(b"one"))
    client(rps=0.01).fetch(f"https://{HOST}/1")
    assert time.slept == []


def test_redirects_wait_their_turn_too(server: Server, client: MakeClient) -> None:
    server.on("/1", redirect("/2"))
    server.on("/2", http(b"two"))
    client(rps=0.5).fetch(f"https://{HOST}/1")
    assert gaps(server) == [2.0]


def test_one_request_at_a_time_to_a_host(server: Server, client: MakeClient, time: FakeTime) -> None:
    inside: list[int] = []
    overlaps: list[int] = []

    def answer() -> list[bytes]:
        overlaps.extend(inside)
        inside.append(1)
        sleep(0.002)  # long enough for another request to come in, if one were sent
        inside.pop()
        return [http(b"one")]

    server.answers["/1"] = answer
    shared = Politeness(time.clock, time.sleep)
    clients = [client(politeness=shared) for _ in range(4)]

    def fetch_five(each: int) -> None:
        for _ in range(5):
            clients[each].fetch(f"https://{HOST}/1")

    threads = [threading.Thread(target=fetch_five, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.count("/1") == 20
    assert overlaps == []


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Busy"])
def test_retry_after_is_kept(server: Server, client: MakeClient, status: str) -> None:
    server.on_each("/1", http(b"", "Retry-After: 77", status=status), http(b"one"))
    assert client().fetch(f"https://{HOST}/1").body == b"one"
    assert gaps(server) == [77.0]


WALL = http(b"<html>", "Content-Type: text/html; charset=utf-8", status="403 Forbidden")


def test_a_web_page_where_a_record_was_asked_for_means_slower(server: Server, client: MakeClient) -> None:
    server.on_each("/1", WALL, WALL, http(b"{}"))
    assert client().fetch(f"https://{HOST}/1", accept="application/json").body == b"{}"
    assert gaps(server) == [2.0, 4.0]


def test_a_web_page_where_one_was_asked_for_is_an_answer(server: Server, client: MakeClient) -> None:
    server.on("/1", WALL)
    with pytest.raises(FetchError) as caught:
        client().fetch(f"https://{HOST}/1", accept="text/html")
    assert (caught.value.throttled, server.count("/1")) == (False, 1)


def test_the_clients_of_a_process_share_their_turns(server: Server) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MITSUA_CONTACT", "me@museum.example")
        made: list[Politeness] = []

        def client(_access: object, politeness: Politeness) -> Silent:
            made.append(politeness)
            return Silent()

        patch.setattr("mitsua_data.holdings.WebClient", client)
        for _ in range(2):
            with open_reader(DrawnMuseum(), [server.url]), image_server(DrawnMuseum(), [server.url]):
                pass
    assert len(made) == 4
    assert len(set(map(id, made))) == 1


def test_chance_lengthens_a_pause_and_never_shortens_it(server: Server, client: MakeClient) -> None:
    for n in range(5):
        server.on_each(f"/{n}", http(b"", "Retry-After: 77", status="429 Many"), http(b"one"))
        client(jitter_seconds=5.0).fetch(f"https://{HOST}/{n}")
    pauses = gaps(server)[::2]
    assert all(77.0 <= pause <= 82.0 for pause in pauses)
    assert len(set(pauses)) > 1


def test_a_wait_holds_every_url_of_the_host(server: Server, client: MakeClient) -> None:
    server.on("/1", http(b"", "Retry-After: 77", status="429 Too Many Requests"))
    server.on("/2", http(b"two"))
    one = client(attempts=1)
    with pytest.raises(FetchError):
        one.fetch(f"https://{HOST}/1")
    one.fetch(f"https://{HOST}/2")
    assert gaps(server) == [77.0]


def test_too_long_a_wait_is_for_another_run(server: Server, client: MakeClient, time: FakeTime) -> None:
    server.on("/1", http(b"", "Retry-After: 7200", status="429 Too Many Requests"))
    with pytest.raises(FetchError, match="asks us to wait until") as caught:
        client().fetch(f"https://{HOST}/1")
    assert (caught.value.failure, caught.value.retry_after) == (Failure.PENDING_RETRY, 7200.0)
    assert server.count("/1") == 1
    assert time.slept == []


def test_a_storm_of_errors_sees_a_falling_rate(server: Server, client: MakeClient) -> None:
    storm = client(attempts=3)
    for n in range(5):
        server.on(f"/{n}", http(b"", status="500 Oops"))
        with pytest.raises(FetchError):
            storm.fetch(f"https://{HOST}/{n}")
    assert gaps(server) == sorted(gaps(server))
    assert gaps(server)[0] == 2.0
    assert gaps(server)[-1] == BACKOFF_MOST


def test_a_good_answer_ends_the_penalty(server: Server, client: MakeClient) -> None:
    server.on_each("/1", http(b"", status="500 Oops"), http(b"", status="500 Oops"), http(b"one"))
    one = client(rps=1.0)
    one.fetch(f"https://{HOST}/1")
    one.fetch(f"https://{HOST}/1")
    assert gaps(server) == [2.0, 4.0, 1.0]


class TestRobots:
    """RFC 9309, with the longest match."""

    RULES = b"User-agent: *\nAllow: /\nDisallow: /private/\nDisallow: /*.tif$\n"

    def test_what_is_forbidden_is_never_asked_for(self, server: Server, client: MakeClient) -> None:
        server.on("/robots.txt", http(self.RULES))
        server.on("/public/1", http(b"one"))
        polite = client(robots=True)
        assert polite.fetch(f"https://{HOST}/public/1").body == b"one"
        for path in ("/private/x", "/scan.tif"):
            with pytest.raises(FetchError, match=r"robots\.txt forbids it") as caught:
                polite.fetch(f"https://{HOST}{path}")
            assert caught.value.failure is Failure.REFUSED_ROBOTS
        assert [asked.path for asked in server.asked] == ["/robots.txt", "/public/1"]

    def test_a_redirect_does_not_lead_around_it(self, server: Server, client: MakeClient) -> None:
        server.on("/robots.txt", http(self.RULES))
        server.on("/public/1", redirect("/private/x"))
        with pytest.raises(FetchError, match=r"robots\.txt forbids it"):
            client(robots=True).fetch(f"https://{HOST}/public/1")
        assert server.count("/private/x") == 0

    def test_rules_for_us_by_name_count(self, server: Server, client: MakeClient) -> None:
        server.on("/robots.txt", http(b"User-agent: mitsua\nDisallow: /\n\nUser-agent: *\nAllow: /\n"))
        with pytest.raises(FetchError, match="forbids"):
            client(robots=True).fetch(f"https://{HOST}/1")

    @pytest.mark.parametrize("status", ["404 Not Found", "403 Forbidden", "410 Gone"])
    def test_no_file_means_no_rules(self, server: Server, client: MakeClient, status: str) -> None:
        server.on("/robots.txt", http(b"User-agent: *\nDisallow: /", status=status))
        server.on("/1", http(b"one"))
        assert client(robots=True).fetch(f"https://{HOST}/1").body == b"one"

    @pytest.mark.parametrize("status", ["500 Oops", "503 Busy", "429 Too Many Requests"])
    def test_while_it_cannot_be_had_nothing_is_fetched(self, server: Server, client: MakeClient, status: str) -> None:
        server.on("/robots.txt", http(b"", status=status))
        with pytest.raises(FetchError) as caught:
            client(robots=True, attempts=2).fetch(f"https://{HOST}/1")
        assert caught.value.failure is Failure.FAILED_STATUS
        assert server.count("/1") == 0
        assert server.count("/robots.txt") == 2

    def test_it_is_read_once_a_day(self, server: Server, client: MakeClient, time: FakeTime) -> None:
        server.on("/robots.txt", http(b""))
        server.on("/1", http(b"one"))
        polite = client(robots=True)
        for _ in range(3):
            polite.fetch(f"https://{HOST}/1")
        assert server.count("/robots.txt") == 1
        time.now += 24 * 3600 + 1
        polite.fetch(f"https://{HOST}/1")
        assert server.count("/robots.txt") == 2

    def test_a_crawl_delay_is_kept(self, server: Server, client: MakeClient) -> None:
        server.on("/robots.txt", http(b"User-agent: *\nCrawl-delay: 7\n"))
        server.on("/1", http(b"one"))
        polite = client(robots=True)
        for _ in range(3):
            polite.fetch(f"https://{HOST}/1")
        assert gaps(server) == [7.0, 7.0, 7.0]

    def test_a_delay_of_days_is_a_no(self, server: Server, client: MakeClient) -> None:
        server.on("/robots.txt", http(b"User-agent: *\nCrawl-delay: 86400\n"))
        with pytest.raises(FetchError, match="asks for 86400 seconds"):
            client(robots=True).fetch(f"https://{HOST}/1")
        assert server.count("/1") == 0

    def test_a_huge_file_does_not_open_the_door(self, server: Server, client: MakeClient) -> None:
        server.on("/robots.txt", http(b"#" * 600_000))
        with pytest.raises(FetchError):
            client(robots=True).fetch(f"https://{HOST}/1")
        assert server.count("/1") == 0
