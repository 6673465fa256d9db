"""The web as a source sees it: `sources.base.WebReader` over a WebClient, and the way to an image's bytes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

import httpx

from mitsua_data.content_address import is_address
from mitsua_data.model import MediaType
from mitsua_data.pointers import MAX_BODY
from mitsua_data.sources.base import Body, DumpReader, SourceSpec
from mitsua_data.web.client import WebClient
from mitsua_data.web.errors import Failure, FetchError
from mitsua_data.web.ipfs import fetch_content
from mitsua_data.web.lookout import Lookout

ANSWERS: Final = frozenset({200, 404, 410})
"""Statuses a source gets to see: there it is, it is not there, it is gone."""
PASSING: Final = frozenset({Failure.FAILED_NETWORK, Failure.FAILED_DEADLINE, Failure.PENDING_RETRY})
SERVER_ERRORS: Final = 500
GIVE_UP_AFTER: Final = 3
"""Records in a row that could not be had, each tried as often as the client tries, until a host counts as away."""


@dataclass(frozen=True)
class Missed:
    """An answer that could not be had."""

    url: str
    media_type: MediaType
    """What the rule would have read it as."""
    failure: Failure | None = None
    problem: str = ""
    pending: bool = False
    """Whether it may be had another time."""


class CapturingReader:
    """Hands a source whole answers, each with the exchange that a capture needs."""

    def __init__(
        self,
        client: WebClient | None,
        *,
        dump: DumpReader | None = None,
        since: date | None = None,
        terms: Mapping[str, bytes] = MappingProxyType({}),
        gateways: Sequence[str] = (),
        lookout: Lookout | None = None,
    ) -> None:
        """
        `terms`: pages that a person saved, by URL, where the server does not give them to programs.

        `gateways`: hosts that are asked for `ipfs://`; no answer but 200 counts as one there.
        `lookout`: looks at each host before it is asked, and at each answer's headers, for wishes about training.
        Without a client nothing else is to be had: a dump and saved pages need no network.
        """
        self._client = client
        self._gateways = gateways
        self._terms = terms
        self.lookout = lookout
        self.dump = dump
        self.since = since
        self.given_up: Collection[str] = ()
        """What `each` asks for no more, because it was asked for in vain so often."""
        self._missed: list[Missed] = []

    @property
    def asks(self) -> bool:
        """Whether there is a server to be asked."""
        return self._client is not None

    def missed(self) -> list[Missed]:
        """What `each` could not have since this was last called."""
        found, self._missed = self._missed, []
        return found

    def get(self, url: str, media_type: MediaType) -> Body:
        """
        The answer to `url`, with status 200, 404 or 410, as a Body of `media_type`, at most as large as is parsed.

        Its locator is `url` as the source wrote it; the exchange tells what was really asked for. Raises FetchError.
        """
        if url in self._terms:
            return Body(self._terms[url], media_type, url)
        if self._client is None:
            raise FetchError(Failure.REFUSED_URL, url, "this crawl reads files only")
        accept = f"{media_type.value}, */*;q=0.1"
        if self.lookout is not None:
            self.lookout.at(url, before_fetching=True)
        if is_address(url):
            fetched = fetch_content(self._client, self._gateways, url, accept=accept, most=MAX_BODY)
        else:
            fetched = self._client.fetch(url, most=MAX_BODY, accept=accept, statuses=ANSWERS)
        body = Body(fetched.body, media_type, url, fetched.exchange)
        if self.lookout is not None:
            self.lookout.heard(body)
        return body

    def each(self, urls: Iterable[str], media_type: MediaType) -> Iterator[Body]:
        """As `get`, without what could not be had: that is in `missed`. Raises FetchError after several in a row."""
        unanswered = 0
        for url in urls:
            if url in self.given_up:
                self._missed.append(Missed(url, media_type, problem="asked for in vain, in run after run"))
                continue
            try:
                body = self.get(url, media_type)
            except FetchError as error:
                pending = error.throttled or error.failure in PASSING or (error.status or 0) >= SERVER_ERRORS
                self._missed.append(Missed(url, media_type, error.failure, str(error), pending))
                unanswered = unanswered + 1 if pending else 0
                if unanswered >= GIVE_UP_AFTER:
                    raise
            else:
                unanswered = 0
                yield body


def fetch_image(client: WebClient, spec: SourceSpec, url: str) -> Body:
    """
    An image's bytes as served, unopened: what they are is for `images.formats` to say.

    An `ipfs://` address is asked of the source's gateways, and gives no other bytes than those it names. Raises
    FetchError.
    """
    accept = "image/*, */*;q=0.1"
    if is_address(url):
        fetched = fetch_content(client, spec.gateways, url, accept=accept)
        return Body(fetched.body, MediaType.BINARY, url, fetched.exchange)
    try:
        host = httpx.URL(url).host
    except (httpx.InvalidURL, ValueError):
        host = ""
    if host not in spec.image_hosts:
        raise FetchError(Failure.REFUSED_URL, url, f"{spec.id} has no images on this host")
    fetched = client.fetch(url, accept=accept)
    if fetched.hops and not spec.image_redirects:
        raise FetchError(Failure.REFUSED_REDIRECT, url, "answered by a redirect, and so with another image")
    return Body(fetched.body, MediaType.BINARY, url, fetched.exchange)
