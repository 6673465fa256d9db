"""Looking out for wishes: which hosts are asked, how often, with what; and where a redirect leads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mitsua_data.model import MediaType
from mitsua_data.signals import Place, Protocol, Word
from mitsua_data.web import Access, CapturingReader, Failure, FetchError, Politeness, Secret, WebClient
from mitsua_data.web.lookout import Find, Lookout, refused
from tests.web.conftest import PUBLIC_IP, FakeNetwork, FakeStream, FakeTime, http, redirect

API, IMAGES, CDN = "api.museum.example", "img.museum.example", "cdn.museum.example"
DOCUMENTS = ("/robots.txt", "/.well-known/tdmrep.json", "/ai.txt")
RESERVED = http(b'[{"location": "/open/*", "tdm-reservation": 0}, {"location": "/closed/*", "tdm-reservation": 1}]')


class Stream(FakeStream):
    """Answers by host and path."""

    network: Paths

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        super().write(buffer, timeout)
        if buffer and self.sent.endswith(b"\r\n\r\n"):
            path = self.sent.split(b" ")[1].decode()
            self.network.asked.append(f"{self.host}{path}")
            self.rest = self.network.pages.get(f"{self.host}{path}", http(b"", status="404 Not Found"))


class Paths(FakeNetwork):
    """A network whose hosts have several pages."""

    def __init__(self, pages: dict[str, bytes]) -> None:
        super().__init__()
        self.pages = pages
        self.asked: list[str] = []

    def connect_tcp(self, host: str, port: int, *_: Any, **__: Any) -> FakeStream:
        self.streams.append(Stream(self, host, self.peer or host))
        return self.streams[-1]


Make = Callable[..., tuple[WebClient, Lookout]]


@pytest.fixture
def make(time: FakeTime) -> Make:
    def made(network: Paths, *, robots: bool = True) -> tuple[WebClient, Lookout]:
        access = Access(
            hosts=frozenset({API, IMAGES, CDN}),
            requests_per_second=1000.0,
            robots_apply=robots,
            contact="me@museum.example",
            secret=Secret(host=API, name="X-Api-Key", value="canary"),
        )
        politeness = Politeness(time.clock, time.sleep)
        client = WebClient(access, politeness=politeness, resolver=lambda h, p: [PUBLIC_IP], backend=network)
        return client, Lookout(client, "museum", robots_apply=robots)

    return made


def words(finds: list[Find]) -> dict[tuple[Protocol, str], Word]:
    return {key: said.word for find in finds for key, said in find.look.rows().items() if said.word is not Word.NONE}


def test_a_host_is_asked_once_a_day(make: Make, time: FakeTime) -> None:
    network = Paths({})
    _, lookout = make(network)
    for _ in range(3):
        lookout.at(f"https://{IMAGES}/1.jpg")
    assert network.asked == [f"{IMAGES}{path}" for path in DOCUMENTS]
    time.now += 24 * 3600 + 1
    lookout.at(f"https://{IMAGES}/2.jpg")
    assert len(network.asked) == 6


@pytest.mark.parametrize(
    "url", ["https://elsewhere.example/1", "openclipart:png/1.png", "ipfs://Qm/1", "", "https://["]
)
def test_only_the_source_s_hosts_are_asked(make: Make, url: str) -> None:
    network = Paths({})
    _, lookout = make(network)
    lookout.at(url)
    assert (network.asked, lookout.drain(), lookout.forbids(url)) == ([], [], None)


def test_documents_are_asked_for_without_the_key(make: Make) -> None:
    network = Paths({f"{API}/robots.txt": http(b"License: /l.xml"), f"{API}/1": http(b"{}")})
    client, lookout = make(network)
    reader = CapturingReader(client, lookout=lookout)
    reader.get(f"https://{API}/1", MediaType.JSON)
    assert network.asked == [f"{API}{path}" for path in ("/robots.txt", "/l.xml", *DOCUMENTS[1:], "/1")]
    sent = [stream.sent for stream in network.streams]
    assert [b"canary" in each for each in sent] == [False, False, False, False, True]
    bodies = [body for find in lookout.drain() for body in (find.body, *find.beside)]
    assert not any("canary" in repr(body) for body in bodies)


def test_what_binds_must_be_had_before_anything_is_fetched(make: Make) -> None:
    broken = Paths({f"{API}/robots.txt": http(b"", status="500 Oops")})
    client, lookout = make(broken)
    with pytest.raises(FetchError):
        CapturingReader(client, lookout=lookout).get(f"https://{API}/1", MediaType.JSON)
    assert set(broken.asked) == {f"{API}/robots.txt"}
    # Looking ahead, at a host that is not fetched from yet, the same is told of and no more.
    lookout.at(f"https://{API}/1")
    assert words(lookout.drain())[Protocol.ROBOTS, f"crawl:museum@{API}"] is Word.UNKNOWN
    _, free = make(Paths({f"{API}/robots.txt": http(b"", status="500 Oops")}), robots=False)
    free.at(f"https://{API}/1", before_fetching=True)
    assert words(free.drain())[Protocol.AI_TRAINING, f"host:{API}"] is Word.UNKNOWN


@pytest.mark.parametrize(("folder", "word"), [("closed", Word.BLOCK), ("open", None), ("other", None)])
def test_where_an_address_leads_speaks_for_the_address(make: Make, folder: str, word: Word | None) -> None:
    target = f"https://{CDN}/{folder}/1.jpg"
    pages = {
        f"{IMAGES}/1.jpg": redirect(target),
        f"{CDN}/{folder}/1.jpg": http(b"jpeg"),
        f"{CDN}/.well-known/tdmrep.json": RESERVED,
    }
    client, lookout = make(Paths(pages))
    CapturingReader(client, lookout=lookout).get(f"https://{IMAGES}/1.jpg", MediaType.BINARY)
    assert words(lookout.drain()).get((Protocol.TDMREP_FILE, f"url:https://{IMAGES}/1.jpg")) is word


def test_a_document_that_leads_away_is_not_understood(make: Make) -> None:
    _, lookout = make(Paths({f"{IMAGES}/ai.txt": redirect("https://elsewhere.example/")}))
    lookout.at(f"https://{IMAGES}/1")
    assert words(lookout.drain()) == {(Protocol.AI_TXT, f"host:{IMAGES}"): Word.UNKNOWN}


def test_a_huge_document_is_not_understood(make: Make) -> None:
    _, lookout = make(Paths({f"{IMAGES}/ai.txt": http(b"#" * (1024 * 1024 + 1))}))
    lookout.at(f"https://{IMAGES}/1")
    assert words(lookout.drain()) == {(Protocol.AI_TXT, f"host:{IMAGES}"): Word.UNKNOWN}


def test_answers_and_documents_come_with_what_a_capture_needs(make: Make) -> None:
    _, lookout = make(Paths({f"{IMAGES}/robots.txt": http(b"User-agent: *\nDisallow: /x")}))
    lookout.at(f"https://{IMAGES}/1")
    robots, tdmrep, _ = lookout.drain()
    assert robots.look.place is Place.ROBOTS
    assert robots.body.exchange is not None
    assert (robots.body.exchange.status, robots.body.locator) == (200, f"https://{IMAGES}/robots.txt")
    (answer,) = tdmrep.beside
    assert answer.exchange is not None
    assert (answer.exchange.status, tdmrep.body.locator) == (404, f"answer:https://{IMAGES}/.well-known/tdmrep.json")


def test_a_host_s_no_is_known_before_its_pictures_are_asked_for(make: Make) -> None:
    _, lookout = make(Paths({f"{IMAGES}/.well-known/tdmrep.json": RESERVED}))
    lookout.at(f"https://{IMAGES}/closed/1.jpg")
    wish = lookout.forbids(f"https://{IMAGES}/closed/1.jpg")
    assert wish is not None
    assert refused(wish, f"https://{IMAGES}/closed/1.jpg").failure is Failure.REFUSED_OPT_OUT
    assert lookout.forbids(f"https://{IMAGES}/open/1.jpg") is None
