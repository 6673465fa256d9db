"""
Gateways: servers that hand out what lies in IPFS, tried one after the other.

A gateway is nobody's word: an answer other than 200 says nothing of the content, and bytes count only where they are
what the address names (`content_address`). Bytes behind a path can not be checked so; they are taken as they come, and
whoever keeps them says that they are unverified.
"""

from __future__ import annotations

from collections.abc import Sequence

from mitsua_data.content_address import Check, address, check
from mitsua_data.web.client import WebClient
from mitsua_data.web.errors import Failure, FetchError
from mitsua_data.web.wire import Fetched


def fetch_content(
    client: WebClient, gateways: Sequence[str], url: str, *, accept: str, most: int | None = None
) -> Fetched:
    """
    What the first gateway gives that has it; never bytes other than those that a plain CID names.

    Raises FetchError: `refused_url` for an address that is none; `other_bytes` where gateways gave only other bytes;
    else the last gateway's.
    """
    content = address(url)
    if content is None:
        raise FetchError(Failure.REFUSED_URL, url, "no content address that is known here")
    error = FetchError(Failure.REFUSED_URL, url, "the source names no gateway")
    for host in gateways:
        place = f"https://{host}/ipfs/{content.cid}{content.path}"
        try:
            fetched = client.fetch(place, accept=accept, most=most)
        except FetchError as failed:
            error = error if error.failure is Failure.OTHER_BYTES else failed
            continue
        if check(fetched.body, url) is not Check.OTHER:
            return fetched
        error = FetchError(Failure.OTHER_BYTES, place, "these are not the bytes that the address names")
    raise error
