"""
One request and its answer over the guarded network. No retry, no redirect, no waiting: those are the client's.

It stands on httpcore's connection pool. httpx's own client is not used, because it follows redirects by reading their
bodies without limit, unpacks compressed bodies before any cap can act, and forwards custom key headers to other hosts.
Here: identity encoding only; bytes and time are counted on the wire (`guard.Meter`); a redirect's body stays unread;
keys are added at the last moment; no cookies, no proxy, nothing from the environment.

A body without a stated length that ends early looks whole to HTTP: whoever parses it must do so strictly.
"""

from __future__ import annotations

import logging
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol

import httpcore
import httpx

from mitsua_data.model import HttpExchange
from mitsua_data.web.access import MIB, Access, Limits
from mitsua_data.web.errors import Failure, FetchError
from mitsua_data.web.guard import Clock, GuardedBackend, Meter, Resolver

HEAD_BYTES: Final = MIB
"""Room on the wire, beside the body, for headers and the framing of chunks."""
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_LENGTH_DIGITS: Final = 15
"""A Content-Length with more digits is beyond every cap, and beyond what `int` should be given."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer: its body as received, and how it came about."""

    body: bytes
    exchange: HttpExchange
    hops: tuple[str, ...] = ()
    """URLs that redirected, in order; `exchange.url` is the last one."""

    def header(self, name: str) -> str | None:
        """The first response header of that name (lower case); None where there is none."""
        return next((value for key, value in self.exchange.response_headers if key.lower() == name), None)


class Sink(Protocol):
    """What takes a body that is too large for memory."""

    def restart(self) -> None:
        """Forget what was written: another answer begins."""

    def write(self, data: bytes) -> None:
        """The next bytes."""


class Wire:
    """Sends one request at a time for one source."""

    def __init__(
        self,
        access: Access,
        limits: Limits,
        *,
        clock: Clock,
        resolver: Resolver,
        backend: httpcore.NetworkBackend | None = None,
    ) -> None:
        self._access = access
        self._limits = limits
        self._meter = Meter(
            total_seconds=limits.total_seconds,
            floor_bytes_per_second=limits.floor_bytes_per_second,
            floor_after_seconds=limits.floor_after_seconds,
            clock=clock,
        )
        guard = GuardedBackend(self._meter, loopback=access.loopback, resolver=resolver, inner=backend)
        tls = httpx.create_ssl_context(trust_env=False)
        # A server may echo our key in a header, and httpcore tells every header to whoever listens for debugging.
        logging.getLogger("httpcore.http11").addFilter(_tells_no_headers)
        self._pool = httpcore.ConnectionPool(ssl_context=tls, max_connections=8, network_backend=guard)

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()

    def get(self, url: httpx.URL, *, most: int, accept: str, with_key: bool, into: Sink | None = None) -> Fetched:
        """
        The answer to one GET, whatever its status; a redirect's body is empty. `most`: largest body, in bytes.

        `into`: what takes the body, in place of whatever it holds; then `Fetched.body` is empty.
        Raises FetchError: refused_address, refused_too_large, refused_encoding, refused_echo, failed_deadline,
        failed_network.
        """
        try:
            return self._get(url, most, accept, into, with_key=with_key)
        except httpcore.TimeoutException as error:
            self._meter.left()  # raises failed_deadline where the whole request is out of time
            raise FetchError(Failure.FAILED_NETWORK, str(url), "went silent") from error
        except httpcore.ConnectError as error:
            bad_certificate = any(isinstance(each, ssl.SSLCertVerificationError) for each in error.args)
            problem = "shows a certificate that is not valid for it" if bad_certificate else "cannot be reached"
            raise FetchError(Failure.FAILED_NETWORK, str(url), problem) from error
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise FetchError(Failure.FAILED_NETWORK, str(url), "the answer is cut short, or is no HTTP") from error

    def _get(self, url: httpx.URL, most: int, accept: str, into: Sink | None, *, with_key: bool) -> Fetched:
        sent, key_headers = self._access.with_secret(url) if with_key else (url, {})
        headers = self._headers(url, accept)
        started = datetime.now(UTC)
        self._meter.start(str(url), 2 * most + HEAD_BYTES)
        timeouts = {
            "connect": self._limits.connect_seconds,
            "read": self._limits.read_seconds,
            "write": self._limits.read_seconds,
        }
        with self._pool.stream(
            "GET",
            httpcore.URL(scheme=sent.raw_scheme, host=sent.raw_host, port=sent.port, target=sent.raw_path),
            headers=[*headers.items(), *key_headers.items()],
            extensions={"timeout": timeouts},
        ) as response:
            peer = str(response.extensions["network_stream"].get_extra_info("server_addr")[0])
            body = b"" if response.status in REDIRECTS else _body(response, str(url), most, into)
        if self._access.leaks(body):  # what is captured is captured as received, and keys are never captured
            raise FetchError(Failure.REFUSED_ECHO, str(url), "answers with our key in its body")
        answered = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers]
        exchange = HttpExchange(
            method="GET",
            url=str(url),
            request_headers=tuple(headers.items()),
            status=response.status,
            reason=response.extensions.get("reason_phrase", b"").decode("latin-1"),
            response_headers=tuple((name, value) for name, value in answered if not self._access.leaks(value)),
            peer=peer,
            started_at=started,
            finished_at=datetime.now(UTC),
        )
        return Fetched(body, exchange)

    def _headers(self, url: httpx.URL, accept: str) -> dict[str, str]:
        """Headers without a key, as they are also kept in the capture."""
        headers = {
            "Host": url.netloc.decode("ascii"),
            "User-Agent": self._access.user_agent,
            "Accept": accept,
            "Accept-Encoding": "identity",
        }
        if self._access.contact_header and self._access.contact:
            headers[self._access.contact_header] = self._access.contact
        return headers


def _tells_no_headers(record: logging.LogRecord) -> bool:
    return not str(record.msg).startswith("receive_response_headers.complete")


def _body(response: httpcore.Response, url: str, most: int, into: Sink | None) -> bytes:
    """The body, at most `most` bytes; or nothing, where it was written `into` a file. Raises FetchError."""
    headers = {name.lower(): value for name, value in response.headers}
    encoding = headers.get(b"content-encoding", b"").strip().lower()
    if encoding not in {b"", b"identity"}:
        raise FetchError(Failure.REFUSED_ENCODING, url, f"sends Content-Encoding {encoding[:40].decode('latin-1')!r}")
    too_large = FetchError(Failure.REFUSED_TOO_LARGE, url, f"more than {most} bytes")
    length = headers.get(b"content-length", b"0")
    if len(length) > _LENGTH_DIGITS or int(length) > most:
        raise too_large
    parts: list[bytes] = []
    size = 0
    if into is not None:
        into.restart()
    for part in response.iter_stream():
        size += len(part)
        if size > most:
            raise too_large
        if into is None:
            parts.append(part)
        else:
            into.write(part)
    return b"".join(parts)
