"""Gateways: the next one is asked where one fails, and no bytes are taken on anybody's word."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from mitsua_data.content_address import LAYOUTS, root
from mitsua_data.model import HttpExchange, MediaType
from mitsua_data.sources.nft import Nft, NftDeclaration
from mitsua_data.web import CapturingReader, FetchError
from mitsua_data.web.errors import Failure
from mitsua_data.web.ipfs import fetch_content
from mitsua_data.web.reader import fetch_image
from mitsua_data.web.wire import Fetched

PICTURE = b"a picture"
URL = f"ipfs://{root(PICTURE, LAYOUTS[0], 0)}"
INSIDE = f"{URL}/1.png"
GATEWAYS = ("one.example", "two.example", "three.example")
SPEC = Nft(
    NftDeclaration.model_validate(
        {
            "kind": "nft",
            "id": "discs",
            "institution": "A. Painter",
            "homepage": "https://artists.example/",
            "needs": "",
            "gateways": GATEWAYS,
        }
    )
).spec


class Hosts:
    """A client whose hosts give these bytes, or fail with this status."""

    def __init__(self, **hosts: bytes | int) -> None:
        self.hosts = {f"{name}.example": answer for name, answer in hosts.items()}
        self.asked: list[str] = []

    def fetch(self, url: str, **_: Any) -> Fetched:
        self.asked.append(url)
        answer = self.hosts[url.split("/")[2]]
        if isinstance(answer, int):
            raise FetchError(Failure.FAILED_STATUS, url, f"answered {answer}", status=answer)
        now = datetime.now(UTC)
        return Fetched(answer, HttpExchange("GET", url, (), 200, "OK", (), "", now, now))


def get(hosts: Hosts, url: str = URL) -> bytes:
    return fetch_content(hosts, GATEWAYS, url, accept="*/*").body  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("hosts", "asked"),
    [
        pytest.param(Hosts(one=PICTURE), 1, id="the-first-has-it"),
        pytest.param(Hosts(one=410, two=PICTURE), 2, id="gone-is-one-gateways-word"),
        pytest.param(Hosts(one=404, two=504, three=PICTURE), 3, id="the-last-has-it"),
        pytest.param(Hosts(one=b"an error page", two=PICTURE), 2, id="the-first-lies"),
        pytest.param(Hosts(one=b"", two=410, three=PICTURE), 3, id="the-first-is-empty"),
    ],
)
def test_gateways_are_asked_in_turn_until_the_bytes_are_right(hosts: Hosts, asked: int) -> None:
    assert get(hosts) == PICTURE
    assert hosts.asked == [f"https://{host}/ipfs/{URL.removeprefix('ipfs://')}" for host in GATEWAYS[:asked]]


@pytest.mark.parametrize(
    ("hosts", "failure"),
    [
        pytest.param(Hosts(one=410, two=410, three=410), Failure.FAILED_STATUS, id="nobody-has-it"),
        pytest.param(Hosts(one=b"a", two=b"b", three=b"c"), Failure.OTHER_BYTES, id="everybody-lies"),
        pytest.param(Hosts(one=b"a", two=410, three=504), Failure.OTHER_BYTES, id="who-has-it-lies"),
    ],
)
def test_other_bytes_are_never_handed_on(hosts: Hosts, failure: Failure) -> None:
    with pytest.raises(FetchError) as caught:
        get(hosts)
    assert caught.value.failure is failure
    assert len(hosts.asked) == 3


def test_behind_a_path_the_first_answer_is_taken_as_it_comes() -> None:
    hosts = Hosts(one=b"anything", two=PICTURE)
    assert get(hosts, INSIDE) == b"anything"
    assert hosts.asked == [f"https://one.example/ipfs/{INSIDE.removeprefix('ipfs://')}"]


@pytest.mark.parametrize("url", ["ipfs://", "ipfs://x", URL + "?a", URL + "/../a", "ipfs://one.example/ipfs/x"])
def test_an_address_that_is_none_is_not_asked_for(url: str) -> None:
    hosts = Hosts(one=PICTURE)
    with pytest.raises(FetchError) as caught:
        get(hosts, url)
    assert caught.value.failure is Failure.REFUSED_URL
    assert hosts.asked == []


def test_a_source_without_gateways_asks_nobody() -> None:
    with pytest.raises(FetchError, match="no gateway"):
        fetch_content(Hosts(), (), URL, accept="*/*")  # type: ignore[arg-type]


def test_pictures_and_records_keep_their_address_as_their_name() -> None:
    hosts = Hosts(one=410, two=PICTURE)
    picture = fetch_image(hosts, SPEC, URL)  # type: ignore[arg-type]
    record = CapturingReader(hosts, gateways=GATEWAYS).get(URL, MediaType.JSON)  # type: ignore[arg-type]
    for body in (picture, record):
        assert (body.data, body.locator) == (PICTURE, URL)
        assert body.exchange is not None
        assert body.exchange.url.startswith("https://two.example/ipfs/")
