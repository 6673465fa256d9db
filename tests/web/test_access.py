"""Whom a client may ask, and what a source and the fetching of images see of the web."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mitsua_data.errors import UsageError
from mitsua_data.licences import Licence
from mitsua_data.model import Grade, MediaType
from mitsua_data.sources.base import SourceSpec
from mitsua_data.web import Access, CapturingReader, Failure, FetchError, Politeness, WebClient, fetch_image
from tests.web.conftest import HOST, PUBLIC_IP, FakeNetwork, FakeTime, MakeClient, Server, http

URL = f"https://{HOST}/1"
SPEC = SourceSpec(
    id="museum",
    institution="A Museum",
    homepage=f"https://{HOST}",
    terms=(f"https://terms.{HOST}/policy",),
    may_claim=frozenset({Licence.CC0_1_0}),
    grade=Grade.E2,
    metadata_hosts=frozenset({HOST}),
    image_hosts=frozenset({f"img.{HOST}"}),
)


def test_the_contact_goes_where_the_institution_wants_it(time: FakeTime) -> None:
    network = FakeNetwork()
    spec = replace(SPEC, contact_header="X-Museum-Contact", robots_apply=False)
    access = replace(Access.for_source(replace(spec, homepage="https://museum.org"), base_url="http://127.0.0.1:1"),
                     base=None, contact="me@museum.org")  # fmt: skip
    politeness = Politeness(time.clock, time.sleep)
    with WebClient(access, politeness=politeness, resolver=lambda h, p: [PUBLIC_IP], backend=network) as client:
        exchange = client.fetch(URL).exchange
    assert b"X-Museum-Contact: me@museum.org\r\n" in network.sent_to(HOST)
    assert ("X-Museum-Contact", "me@museum.org") in exchange.request_headers
    assert "me@museum.org" in dict(exchange.request_headers)["User-Agent"]


class TestAccess:
    @pytest.mark.parametrize(
        "url",
        [
            "http://museum.org/1", "https://museum.org:8443/1", "https://user@museum.org/1", "https://evil.org/1",
            "https://museum.org.evil.org/1", "https://museum.org./1", "file:///etc/passwd", "museum.org/1", "", "https://",
            "https://[museum.org]/1", "https://museum.org\\@evil.org/", "//museum.org/1", "https://127.0.0.1/",
            "https://museum.org:0/", "https://museum.org:99999/", "https://mus\x00eum.org/",
        ],
    )  # fmt: skip
    def test_only_https_to_the_sources_hosts(self, url: str) -> None:
        with pytest.raises(FetchError) as caught:
            Access(hosts=frozenset({"museum.org"}), requests_per_second=1.0).place(url)
        assert caught.value.failure is Failure.REFUSED_URL

    @pytest.mark.parametrize(
        ("url", "place"),
        [
            ("https://museum.org", "https://museum.org"), ("HTTPS://MUSEUM.ORG/A?b=c#d", "https://museum.org/A?b=c"),
            ("https://museum.org:443/1", "https://museum.org/1"), ("https://museum.org:80/1", "https://museum.org:80/1"),
        ],
    )  # fmt: skip
    def test_a_place_without_a_base_is_the_url_itself(self, url: str, place: str) -> None:
        assert str(Access(hosts=frozenset({"museum.org"}), requests_per_second=1.0).place(url)) == place

    def test_a_base_url_stands_for_every_host_of_the_source(self) -> None:
        access = Access.for_source(SPEC, base_url="http://127.0.0.1:8000/copy/")
        for url in (f"https://{HOST}/a/b?c=d", f"https://img.{HOST}/a/b?c=d", f"https://terms.{HOST}/a/b?c=d"):
            assert str(access.place(url)) == "http://127.0.0.1:8000/copy/a/b?c=d"
        assert str(access.place("http://127.0.0.1:8000/x")) == "http://127.0.0.1:8000/x"
        with pytest.raises(FetchError):
            access.place("https://elsewhere.example/a")
        with pytest.raises(FetchError):
            access.place("http://127.0.0.1:8001/x")

    @pytest.mark.parametrize(
        "base_url",
        ["http://museum.org", "ftp://127.0.0.1", "127.0.0.1:8000", "", "http://10.0.0.1:8000", "http://u@127.0.0.1:1/",
         "http://127.0.0.1:1/?a=b", "http://127.0.0.1:1/#a", "file:///tmp", "http://[::1"],
    )  # fmt: skip
    def test_an_unfit_base_url_is_a_usage_error(self, base_url: str) -> None:
        with pytest.raises(UsageError, match="base URL"):
            Access.for_source(SPEC, base_url=base_url, contact="me@museum.example")

    @pytest.mark.parametrize(
        ("base_url", "granted"),
        [("http://127.0.0.1:8000", ("127.0.0.1", 8000)), ("http://localhost:8000", ("localhost", 8000)),
         ("http://[::1]:8000", ("::1", 8000)), ("https://mirror.museum.org", None)],
    )  # fmt: skip
    def test_only_a_loopback_base_opens_loopback(self, base_url: str, granted: tuple[str, int] | None) -> None:
        assert Access.for_source(SPEC, base_url=base_url, contact="me@museum.example").loopback == granted

    def test_a_source_without_public_server_needs_a_base_url(self) -> None:
        with pytest.raises(UsageError, match="no public server") as caught:
            Access.for_source(SPEC, contact="me@museum.example")
        assert "--base-url" in caught.value.advice

    @pytest.mark.parametrize("contact", ["", "  ", "é@museum.example", "me\r\nX-Evil: 1"])
    def test_a_public_server_must_be_told_who_asks(self, contact: str) -> None:
        with pytest.raises(UsageError):
            Access.for_source(SPEC, base_url="https://mirror.museum.org", contact=contact)

    def test_the_contact_is_in_the_user_agent(self) -> None:
        access = Access.for_source(SPEC, base_url="https://mirror.museum.org", contact="me@museum.example")
        assert access.user_agent.endswith("; me@museum.example)")


class TestReader:
    @pytest.mark.parametrize("status", [200, 404, 410])
    def test_a_source_sees_what_is_there_and_what_is_gone(
        self, server: Server, client: MakeClient, status: int
    ) -> None:
        server.on("/1", http(b"{}", status=f"{status} Said"))
        body = CapturingReader(client()).get(URL, MediaType.JSON)
        assert (body.data, body.media_type, body.locator) == (b"{}", MediaType.JSON, URL)
        assert body.exchange is not None
        assert (body.exchange.status, body.exchange.url) == (status, f"{server.url}/1")
        assert server.asked[0].headers["accept"].startswith("application/json")

    def test_it_does_not_see_errors(self, server: Server, client: MakeClient) -> None:
        server.on("/1", http(b"{}", status="500 Oops"))
        with pytest.raises(FetchError):
            CapturingReader(client(attempts=1)).get(URL, MediaType.JSON)


class TestImages:
    def test_an_image_comes_as_served(self, server: Server, time: FakeTime) -> None:
        server.on("/1.png", http(b"\x89PNG...", "Content-Type: text/html"))
        access = Access.for_source(SPEC, base_url=server.url)
        with WebClient(access, politeness=Politeness(time.clock, time.sleep)) as client:
            body = fetch_image(client, SPEC, f"https://img.{HOST}/1.png")
        assert (body.data, body.media_type) == (b"\x89PNG...", MediaType.BINARY)

    @pytest.mark.parametrize(
        "url", [f"https://{HOST}/1.png", "https://evil.example/1.png", "openclipart:a.png", "http://["]
    )
    def test_only_from_the_hosts_that_have_images(self, server: Server, client: MakeClient, url: str) -> None:
        with pytest.raises(FetchError, match="has no images on this host"):
            fetch_image(client(), SPEC, url)
        assert server.asked == []
