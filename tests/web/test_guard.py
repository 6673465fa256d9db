"""The wall: only public addresses, checked when the connection is made."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence

import httpcore
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitsua_data.web import Access, Failure, FetchError, Limits, Politeness, WebClient
from mitsua_data.web.guard import GuardedBackend, Meter, is_loopback, is_public, resolve
from tests.web.conftest import (
    HOST,
    PUBLIC_IP,
    FakeNetwork,
    FakeStream,
    FakeTime,
    MakeClient,
    Server,
    http,
    redirect,
    unused_port,
)

PUBLIC = ["93.184.216.34", "8.8.8.8", "1.1.1.1", "2606:2800:220:1:248:1893:25c8:1946", "2a00:1450:4001::200e"]
NOT_PUBLIC = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254",
    "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.9", "192.0.2.1", "192.88.99.1",
    "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255",
    "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1", "100::1", "2001::1", "2001:2::1", "2001:10::1",
    "2001:db8::1", "2002:7f00:1::", "2002:c0a8:101::1", "3fff::1", "4000::1", "5f00::1", "fc00::1", "fd12:3456::1",
    "fe80::1", "fe80::1%eth0", "2606:2800:220:1::1%eth0", "fec0::1", "ff02::1",
    "", "localhost", "127.1", "0x7f000001", "017700000001", "2130706433", "127.0.0.1 ", "127.0.0.1\x00", "[::1]",
    "127.0.0.01", "1.2.3", "1.2.3.4.5",
]  # fmt: skip
FORMS = [
    "127.0.0.1", "127.1", "127.0.1", "0177.0.0.1", "0x7f.0.0.1", "0x7f000001", "2130706433", "017700000001", "0",
    "0.0.0.0", "10.0.0.1", "012.0.0.1", "169.254.169.254", "2852039166", "0xa9fea9fe", "192.168.0.1", "172.16.0.1",
    "100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "::ffff:127.0.0.1", "::ffff:7f00:1", "::127.0.0.1",
    "0:0:0:0:0:0:0:1", "64:ff9b::7f00:1", "2002:7f00:1::", "fe80::1", "fc00::1", "fec0::1", "ff02::1", "::ffff:0:0",
    "2001::1", "100::1", "192.88.99.1", "198.18.0.1", "192.0.0.8", "240.0.0.1", "localhost",
]  # fmt: skip
"""Ways to write an address that is not public, as they appear in URLs."""


def backend(network: FakeNetwork, resolver: Callable[[str, int], Sequence[str]] = resolve) -> GuardedBackend:
    meter = Meter(total_seconds=60, floor_bytes_per_second=1, floor_after_seconds=60)
    meter.start("https://museum.example/", 10**6)
    return GuardedBackend(meter, resolver=resolver, inner=network)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_everything_else_is_not(address: str) -> None:
    assert not is_public(address)


@given(st.ip_addresses())
def test_what_python_calls_private_is_never_public(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    if is_public(str(ip)):
        assert ip.is_global
        assert not any((ip.is_private, ip.is_loopback, ip.is_multicast, ip.is_reserved, ip.is_link_local))
        assert not is_loopback(str(ip))


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_inside_an_ipv6_one_is_never_public(ip: ipaddress.IPv4Address) -> None:
    number = int(ip)
    for carrier in (number, 0xFFFF << 32 | number, 0x64FF9B << 96 | number, 0x2002 << 112 | number << 80):
        assert not is_public(str(ipaddress.IPv6Address(carrier)))


@pytest.mark.parametrize("form", FORMS)
def test_no_way_of_writing_a_private_address_connects(form: str) -> None:
    network = FakeNetwork()
    with pytest.raises((FetchError, httpcore.ConnectError)) as caught:
        backend(network).connect_tcp(form, 443)
    assert network.addresses == []
    if isinstance(caught.value, FetchError):
        assert caught.value.failure is Failure.REFUSED_ADDRESS


def test_a_public_name_connects_to_the_checked_address() -> None:
    network = FakeNetwork()
    backend(network, lambda host, port: [PUBLIC_IP]).connect_tcp(HOST, 443)
    assert network.addresses == [PUBLIC_IP]


@pytest.mark.parametrize("answers", [[PUBLIC_IP, "10.0.0.1"], ["::1", PUBLIC_IP], [PUBLIC_IP, "::ffff:127.0.0.1"]])
def test_one_private_answer_spoils_the_name(answers: list[str]) -> None:
    network = FakeNetwork()
    with pytest.raises(FetchError, match="non-public address"):
        backend(network, lambda host, port: answers).connect_tcp(HOST, 443)
    assert network.addresses == []


def test_a_name_that_turns_private_after_the_first_look_reaches_nothing() -> None:
    # DNS rebinding: 200 rounds, in which the name is public, private, or first one and then the other.
    network, looks = FakeNetwork(), iter([PUBLIC_IP, "127.0.0.1"] * 100)
    guard = backend(network, lambda host, port: [next(looks)])
    refused = 0
    for _ in range(200):
        try:
            guard.connect_tcp(HOST, 443)
        except FetchError:
            refused += 1
    assert refused == 100
    assert set(network.addresses) == {PUBLIC_IP}


def test_the_name_is_looked_up_once_for_a_connection() -> None:
    looked: list[str] = []

    def resolver(host: str, port: int) -> list[str]:
        looked.append(host)
        return [PUBLIC_IP]

    backend(FakeNetwork(), resolver).connect_tcp(HOST, 443)
    assert looked == [HOST]


def test_whoever_answers_instead_is_hung_up_on() -> None:
    network = FakeNetwork(peer="10.0.0.1")
    with pytest.raises(FetchError, match=r"asked for 93\.184\.216\.34, but 10\.0\.0\.1 answered"):
        backend(network, lambda host, port: [PUBLIC_IP]).connect_tcp(HOST, 443)


@pytest.mark.parametrize("port", [22, 25, 8080, 6379, 0, 65535])
def test_other_ports_are_refused(port: int) -> None:
    network = FakeNetwork()
    with pytest.raises(FetchError, match=f"port {port}"):
        backend(network, lambda host, port: [PUBLIC_IP]).connect_tcp(HOST, port)
    assert network.addresses == []


def test_a_name_without_address_cannot_be_reached() -> None:
    def nobody(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    def empty(host: str, port: int) -> list[str]:
        return []

    for resolver in (nobody, empty):
        with pytest.raises(httpcore.ConnectError):
            backend(FakeNetwork(), resolver).connect_tcp(HOST, 443)


def test_the_next_address_is_tried_where_one_does_not_answer() -> None:
    class OneDead(FakeNetwork):
        def connect_tcp(self, host: str, *args: object, **kwargs: object) -> FakeStream:
            if host == PUBLIC[1]:
                raise httpcore.ConnectError("dead")
            return super().connect_tcp(host, 443)

    network = OneDead()
    backend(network, lambda host, port: [PUBLIC[1], PUBLIC[2]]).connect_tcp(HOST, 443)
    assert network.addresses == [PUBLIC[2]]


class TestLoopbackGrant:
    """A base URL opens exactly its own host and port."""

    def guard(self, network: FakeNetwork) -> GuardedBackend:
        meter = Meter(total_seconds=60, floor_bytes_per_second=1, floor_after_seconds=60)
        meter.start("http://127.0.0.1:8123/", 10**6)
        return GuardedBackend(meter, loopback=("127.0.0.1", 8123), inner=network)

    def test_the_granted_place_is_reached(self) -> None:
        network = FakeNetwork()
        self.guard(network).connect_tcp("127.0.0.1", 8123)
        assert network.addresses == ["127.0.0.1"]

    @pytest.mark.parametrize(
        ("host", "port"),
        [("127.0.0.1", 80), ("127.0.0.1", 8124), ("127.0.0.2", 8123), ("localhost", 8123), ("::1", 8123)],
    )
    def test_nothing_beside_it(self, host: str, port: int) -> None:
        network = FakeNetwork()
        with pytest.raises(FetchError):
            self.guard(network).connect_tcp(host, port)
        assert network.addresses == []

    def test_a_granted_name_must_lead_to_loopback(self) -> None:
        network = FakeNetwork()
        meter = Meter(total_seconds=60, floor_bytes_per_second=1, floor_after_seconds=60)
        guard = GuardedBackend(meter, loopback=("localhost", 8123), resolver=lambda h, p: ["10.0.0.1"], inner=network)
        with pytest.raises(FetchError, match="non-public"):
            guard.connect_tcp("localhost", 8123)
        assert network.addresses == []


REDIRECTS = [
    "http://127.0.0.1:{port}/canary", "http://localhost:{port}/canary", "http://[::1]:{port}/canary",
    "http://0x7f000001:{port}/canary", "http://2130706433:{port}/canary", "//127.0.0.1:{port}/canary",
    "https://127.0.0.1:{port}/canary", "http://10.0.0.1/", "http://169.254.169.254/latest/meta-data/",
    "file:///etc/passwd", "ftp://127.0.0.1:{port}/canary", "gopher://127.0.0.1:{port}/_canary",
    "data:text/plain,canary", "http://user:pw@127.0.0.1:{port}/canary", "unix:///var/run/docker.sock",
]  # fmt: skip


@pytest.mark.parametrize("shape", REDIRECTS)
def test_no_redirect_leads_elsewhere(
    server: Server, serve: Callable[[], Server], client: MakeClient, shape: str
) -> None:
    canary = serve()
    canary.on("/canary", http(b"secret"))
    server.on("/1", redirect(shape.format(port=canary.server_address[1])))
    with pytest.raises(FetchError) as caught:
        client().fetch(f"https://{HOST}/1")
    assert caught.value.failure in {Failure.REFUSED_URL, Failure.REFUSED_ADDRESS}
    assert canary.connections == 0
    assert server.count("/1") == 1


def test_a_source_host_that_resolves_to_loopback_is_not_connected_to(
    serve: Callable[[], Server], time: FakeTime
) -> None:
    # The real network stack with a lying name server, as an attacker would do it.
    canary = serve()
    access = Access(
        hosts=frozenset({HOST}), requests_per_second=1000.0, robots_apply=False, contact="me@museum.example"
    )
    politeness = Politeness(time.clock, time.sleep)
    with (
        WebClient(access, politeness=politeness, resolver=lambda host, port: ["127.0.0.1"]) as client,
        pytest.raises(FetchError, match=r"museum\.example resolves to a non-public address \(127\.0\.0\.1\)") as caught,
    ):
        client.fetch(f"https://{HOST}/1")
    assert caught.value.failure is Failure.REFUSED_ADDRESS
    assert canary.connections == 0


def test_nobody_there_is_a_network_failure(time: FakeTime) -> None:
    base = httpx.URL(f"http://127.0.0.1:{unused_port()}")
    access = Access(hosts=frozenset({HOST}), requests_per_second=1000.0, robots_apply=False, base=base)
    with (
        WebClient(access, politeness=Politeness(time.clock, time.sleep), limits=Limits(attempts=2)) as client,
        pytest.raises(FetchError, match="cannot be reached") as caught,
    ):
        client.fetch(f"https://{HOST}/1")
    assert caught.value.failure is Failure.FAILED_NETWORK


def test_proxies_of_the_environment_are_not_asked(
    server: Server, serve: Callable[[], Server], client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = serve()
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url)
    server.on("/1", http(b"one"))
    assert client().fetch(f"https://{HOST}/1").body == b"one"
    assert proxy.connections == 0
