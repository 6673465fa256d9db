"""The web as a source sees it: `sources.base.WebReader` over a WebClient, and the way to an image's bytes."""

from __future__ import annotations

from typing import Final

import httpx

from mitsua_data.model import MediaType
from mitsua_data.pointers import MAX_BODY
from mitsua_data.sources.base import Body, SourceSpec
from mitsua_data.web.client import WebClient
from mitsua_data.web.errors import Failure, FetchError

ANSWERS: Final = frozenset({200, 404, 410})
"""Statuses a source gets to see: there it is, it is not there, it is gone."""


class CapturingReader:
    """Hands a source whole answers, each with the exchange that a capture needs."""

    def __init__(self, client: WebClient) -> None:
        self._client = client

    def get(self, url: str, media_type: MediaType) -> Body:
        """
        The answer to `url`, with status 200, 404 or 410, as a Body of `media_type`, at most as large as is parsed.

        Its locator is `url` as the source wrote it; the exchange tells what was really asked for. Raises FetchError.
        """
        fetched = self._client.fetch(url, most=MAX_BODY, accept=f"{media_type.value}, */*;q=0.1", statuses=ANSWERS)
        return Body(fetched.body, media_type, url, fetched.exchange)


def fetch_image(client: WebClient, spec: SourceSpec, url: str) -> Body:
    """
    An image's bytes as served, unopened: what they are is for `images.formats` to say.

    """
    try:
        host = httpx.URL(url).host
    except (httpx.InvalidURL, ValueError):
        host = ""
    if host not in spec.image_hosts:
        raise FetchError(Failure.REFUSED_URL, url, f"{spec.id} has no images on this host")
    fetched = client.fetch(url, accept="image/*, */*;q=0.1")
    return Body(fetched.body, MediaType.BINARY, url, fetched.exchange)
