"""
The wall between us and hostile servers: which addresses may be reached, how many bytes, and how long.

Addresses are checked when the connection is made, because a name that was public when it was looked up may be private
a moment later (DNS rebinding). `GuardedBackend` resolves once, refuses the host if any of its addresses is not public,
connects to the checked address, and asks the socket who answered.

`ipaddress.is_global` is not enough: it is True for multicast, NAT64 (64:ff9b::/96), IPv4-compatible and site-local
IPv6, the 6to4 relay range and, in older Pythons, 6to4 itself. So IPv6 is public only inside 2000::/3, less tunnels, and
IPv4 also needs to be outside a table of its own.
Source: IANA IPv4 and IPv6 Special-Purpose Address Registries.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import httpcore

from mitsua_data.web.errors import Failure, FetchError

Resolver: TypeAlias = Callable[[str, int], Sequence[str]]
"""Host name and port to IP addresses, as text. Raises OSError where there is none."""

Clock: TypeAlias = Callable[[], float]
"""Seconds that only grow, from any start."""

PORTS: Final = frozenset({80, 443})

_NETWORK_V4: Final = tuple(
    ipaddress.IPv4Network(net)
    for net in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local, cloud metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relay
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
_GLOBAL_V6: Final = ipaddress.IPv6Network("2000::/3")
_NOT_V6: Final = tuple(
    ipaddress.IPv6Network(net)
    for net in (
        "2001::/23",  # protocol assignments, with Teredo, benchmarking, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: carries an IPv4 address
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)


def is_public(address: str) -> bool:
    """
    Whether an IP address, as text, belongs to a host on the public internet.

    Law: an address that is not an address, carries a scope, or embeds another address is not public.
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv4Address):
        return ip.is_global and not any(ip in network for network in _NETWORK_V4)
    return ip.scope_id is None and ip.is_global and ip in _GLOBAL_V6 and not any(ip in network for network in _NOT_V6)


def is_loopback(address: str) -> bool:
    """Whether an IP address, as text, is this machine's loopback."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def resolve(host: str, port: int) -> tuple[str, ...]:
    """Every address of `host`, in the system's order; as slow as the system's resolver. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass
class Meter:
    """
    Time and bytes of the request under way, shared by all streams of one client. `start` it before each request.

    It counts what comes over the wire, headers and chunk framing included, so that floods of headers, 1xx answers and
    one-byte chunks run into it as well.
    """

    total_seconds: float
    floor_bytes_per_second: float
    floor_after_seconds: float
    clock: Clock = time.monotonic
    url: str = field(default="", init=False)
    _started: float = field(default=0.0, init=False)
    _first_byte: float | None = field(default=None, init=False)
    _bytes: int = field(default=0, init=False)
    _most: int = field(default=0, init=False)

    def start(self, url: str, most_bytes: int) -> None:
        """Begin to count. `most_bytes`: over the wire, everything included."""
        self.url, self._most, self._bytes = url, most_bytes, 0
        self._started, self._first_byte = self.clock(), None

    def left(self) -> float:
        """Seconds left, more than 0. Raises FetchError(failed_deadline)."""
        now = self.clock()
        if now - self._started >= self.total_seconds:
            raise FetchError(Failure.FAILED_DEADLINE, self.url, f"not done after {self.total_seconds:g} seconds")
        # A catalogue may think for a while; once it speaks, it must not drip.
        speaking = 0.0 if self._first_byte is None else now - self._first_byte
        if speaking > self.floor_after_seconds and self._bytes < speaking * self.floor_bytes_per_second:
            problem = f"slower than {self.floor_bytes_per_second:g} bytes a second"
            raise FetchError(Failure.FAILED_DEADLINE, self.url, problem)
        return self.total_seconds - (now - self._started)

    def count(self, size: int) -> None:
        """Add `size` bytes. Raises FetchError(refused_too_large)."""
        if self._first_byte is None:
            self._first_byte = self.clock()
        self._bytes += size
        if self._bytes > self._most:
            raise FetchError(Failure.REFUSED_TOO_LARGE, self.url, f"more than {self._most} bytes over the wire")


class GuardedStream(httpcore.NetworkStream):
    """A stream under a Meter: each read and write gets no more time than the request has left."""

    def __init__(self, inner: httpcore.NetworkStream, meter: Meter) -> None:
        self._inner = inner
        self._meter = meter

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """At most `max_bytes`; empty at the end. Raises FetchError, httpcore.ReadTimeout, httpcore.ReadError."""
        data = self._inner.read(max_bytes, self._shorter(timeout))
        self._meter.count(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all of it. Raises FetchError, httpcore.WriteTimeout, httpcore.WriteError."""
        self._inner.write(buffer, self._shorter(timeout))

    def close(self) -> None:
        """Close the connection."""
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """The same stream under TLS, and under the same meter."""
        inner = self._inner.start_tls(ssl_context, server_hostname, self._shorter(timeout))
        return GuardedStream(inner, self._meter)

    def get_extra_info(self, info: str) -> Any:  # httpcore's own signature
        """What the connection below knows of itself, such as `server_addr`."""
        return self._inner.get_extra_info(info)

    def _shorter(self, timeout: float | None) -> float:
        left = self._meter.left()
        return left if timeout is None else min(timeout, left)


class GuardedBackend(httpcore.NetworkBackend):
    """Connects to public addresses only; to loopback only at the one host and port that was granted."""

    def __init__(
        self,
        meter: Meter,
        *,
        loopback: tuple[str, int] | None = None,
        resolver: Resolver = resolve,
        inner: httpcore.NetworkBackend | None = None,
    ) -> None:
        """`loopback`: host as written in the base URL, and port. `inner` makes the connections; for tests."""
        self._meter = meter
        self._loopback = loopback
        self._resolver = resolver
        self._inner = httpcore.SyncBackend() if inner is None else inner

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address that answers. Raises FetchError(refused_address), httpcore.ConnectError."""
        failed: Exception | None = None
        for address in self._checked(host, port):
            left = self._meter.left()
            try:
                stream = self._inner.connect_tcp(
                    address, port, left if timeout is None else min(left, timeout), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
                continue
            peer = str(stream.get_extra_info("server_addr")[0])
            if ipaddress.ip_address(peer) != ipaddress.ip_address(address):
                stream.close()
                raise self._refused(f"asked for {address}, but {peer} answered")
            return GuardedStream(stream, self._meter)
        raise failed or httpcore.ConnectError("the name has no address")

    def _checked(self, host: str, port: int) -> tuple[str, ...]:
        """The addresses of `host`, all of which may be reached: one bad address spoils the name."""
        granted = self._loopback == (host, port)
        if not granted and port not in PORTS:
            raise self._refused(f"port {port}")
        try:
            addresses = tuple(self._resolver(host, port))
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("the name has no address") from error
        allowed = is_loopback if granted else is_public
        for address in addresses:
            if not allowed(address):
                raise self._refused(f"{host} resolves to a non-public address ({address})")
        return addresses

    def _refused(self, problem: str) -> FetchError:
        return FetchError(Failure.REFUSED_ADDRESS, self._meter.url, problem)
