"""
What one client may ask, and how: hosts, pace, limits, keys. Pure checks of URLs, before any name is looked up.

Only https to a host that the source names is asked. With a base URL every one of those hosts is asked there instead
(a local copy, a replay, the demo's museum), and nowhere else: then no institution's server is touched at all. Only a
base URL may lead to this machine's loopback, and only to its exact host and port.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Self
from urllib.parse import quote

import httpx

from mitsua_data import __version__
from mitsua_data.errors import UsageError
from mitsua_data.signals import AGENT
from mitsua_data.sources.base import SourceSpec
from mitsua_data.web.errors import Failure, FetchError, shown
from mitsua_data.web.guard import PORTS, is_loopback

MIB: Final = 1024 * 1024
LOOPBACK_RATE: Final = 1000.0
"""Requests a second to a base URL on this machine."""
RESERVED: Final = (".example", ".invalid", ".test")
"""Top-level names that no public host has (RFC 2606): a source with such hosts needs a base URL."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Where a fetch ends. The defaults stand in the threat table: generous for museums, narrow for attackers."""

    body_bytes: int = 64 * MIB
    """Largest body."""
    total_seconds: float = 60.0
    """For one request and its answer, without waiting for our turn."""
    connect_seconds: float = 10.0
    read_seconds: float = 20.0
    """Longest silence of a server."""
    floor_bytes_per_second: float = 1024.0
    floor_after_seconds: float = 10.0
    """Slowest mean speed, asked for after this time."""
    redirects: int = 5
    attempts: int = 4
    """Requests for one URL in all, its redirects not counted."""
    jitter_seconds: float = 1.0
    """Most that a pause before another try is lengthened by chance."""
    longest_wait: float = 3600.0
    """Longest Retry-After that is obeyed within a run, in seconds; a longer one is `pending_retry`."""


@dataclass(frozen=True, kw_only=True)
class Secret:
    """A key for one host: sent there in a header or as a query parameter, and never to another host or after a hop."""

    host: str
    name: str
    """Header name, or parameter name where `in_query`."""
    value: str = field(repr=False)
    in_query: bool = False

    def __post_init__(self) -> None:
        if not self.value or not self.value.isascii() or not self.value.isprintable():
            raise UsageError(f"the key for {self.host} is empty, or holds more than printable ASCII", advice="check it")


@dataclass(frozen=True, kw_only=True)
class Access:
    """Permission to fetch, for one source. Make it with `for_source`."""

    hosts: frozenset[str]
    requests_per_second: float
    robots_apply: bool = True
    contact: str = ""
    """How an institution can reach whoever runs this: an address or a page. Needed except with a loopback base URL."""
    base: httpx.URL | None = None
    contact_header: str = ""
    """A header that carries the contact once more, where the institution asks for one."""
    secret: Secret | None = None

    @classmethod
    def for_source(
        cls, spec: SourceSpec, *, base_url: str | None = None, contact: str = "", secret: Secret | None = None
    ) -> Self:
        """What `spec` allows. Raises UsageError where a base URL or a contact is needed, or the base URL is unfit."""
        terms = {httpx.URL(url).host for url in spec.terms}
        access = cls(
            hosts=spec.metadata_hosts | spec.image_hosts | terms,
            requests_per_second=spec.requests_per_second,
            robots_apply=spec.robots_apply,
            contact=contact,
            contact_header=spec.contact_header,
            base=None if base_url is None else _base(base_url),
            secret=secret,
        )
        if access.loopback is not None:  # no institution's server is asked, so nobody needs the pause
            access = replace(access, requests_per_second=LOOPBACK_RATE)
        if access.base is None and any(host.endswith(RESERVED) for host in access.hosts):
            raise UsageError(f"{spec.id} has no public server", advice="name one with --base-url")
        if not contact.isascii() or not contact.isprintable():
            raise UsageError("the contact holds more than printable ASCII", advice="give an e-mail address or a URL")
        if access.loopback is None and not contact.strip():
            advice = "set MITSUA_CONTACT to an e-mail address or a page where you can be reached"
            raise UsageError(f"{spec.id}: institutions want to know who asks", advice=advice)
        return access

    @property
    def loopback(self) -> tuple[str, int] | None:
        """Host and port on this machine that the base URL grants, or None."""
        if self.base is not None and _names_loopback(self.base.host):
            return self.base.host, _port(self.base)
        return None

    @property
    def user_agent(self) -> str:
        """Who asks, what for, and how to reach them."""
        about = "; ".join(filter(None, ("collects open-licence images with evidence", self.contact)))
        return f"{AGENT}/{__version__} ({about})"

    @property
    def gap(self) -> float:
        """Seconds from one request to the next, to one host."""
        return 1.0 / self.requests_per_second

    def place(self, url: str) -> httpx.URL:
        """
        Where `url` is really asked for: itself, or the same path at the base URL. Without fragment.

        Raises FetchError(refused_url) for anything but https on port 443 or 80, without user name, to a host in
        `hosts`; the base URL's own scheme, host and port are fine, too.
        """
        try:
            parsed = httpx.URL(url).copy_with(fragment=None)
        except (httpx.InvalidURL, ValueError) as error:
            raise FetchError(Failure.REFUSED_URL, url, "not a URL") from error
        if parsed.userinfo:
            raise FetchError(Failure.REFUSED_URL, url, "carries a user name")
        if self.base is not None and _origin(parsed) == _origin(self.base):
            return parsed
        if parsed.scheme != "https" or _port(parsed) not in PORTS:
            raise FetchError(Failure.REFUSED_URL, url, "only https on port 443 or 80 is fetched")
        if parsed.host not in self.hosts:
            raise FetchError(Failure.REFUSED_URL, url, f"the source does not name the host {parsed.host}")
        if self.base is None:
            return parsed
        path = self.base.raw_path.rstrip(b"/") + parsed.raw_path
        return self.base.copy_with(raw_path=path)

    def with_secret(self, url: httpx.URL) -> tuple[httpx.URL, Mapping[str, str]]:
        """The URL and the extra headers that are really sent: the only place where a key is added."""
        secret = self.secret
        if secret is None or url.host != secret.host:
            return url, {}
        if secret.in_query:
            return url.copy_merge_params({secret.name: secret.value}), {}
        return url, {secret.name: secret.value}

    def leaks(self, said: str | bytes) -> bool:
        """Whether a server's words hold the key, as it is or as it stands in a URL."""
        if self.secret is None:
            return False
        body = said.encode("latin-1", "replace") if isinstance(said, str) else said
        return any(form.encode() in body for form in {self.secret.value, quote(self.secret.value, safe="")})


def _base(base_url: str) -> httpx.URL:
    """Raises UsageError."""
    try:
        url = httpx.URL(base_url)
    except (httpx.InvalidURL, ValueError):
        raise UsageError("the base URL is not a URL", advice="write it like http://127.0.0.1:8000") from None
    fit = url.scheme == "https" or (url.scheme == "http" and _names_loopback(url.host))
    if not fit or not url.host or url.userinfo or url.query or url.fragment:
        advice = "use https://HOST[/PATH], or http://127.0.0.1:PORT for a local server"
        raise UsageError(f"{shown(base_url)} cannot be a base URL", advice=advice)
    return url


def _names_loopback(host: str) -> bool:
    return host == "localhost" or is_loopback(host)


def _port(url: httpx.URL) -> int:
    if url.port is not None:
        return url.port
    return 80 if url.scheme == "http" else 443


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, url.host, _port(url)
