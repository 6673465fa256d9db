"""Addresses of images, as records name them: whether one may be asked for as it stands."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final
from urllib.parse import unquote

_PLAIN: Final = re.compile(r"https://(?P<host>[a-z0-9.-]+)/(?P<path>[!$-;=?-\[\]_a-z~\u00a1-\U0010ffff]+)")
"""Over TLS, on a host in lower case without port and name, with a path, and without spaces and fragments."""


def is_image_address(url: object, hosts: Collection[str]) -> bool:
    """
    Whether a value is the address of a file on one of the hosts: `https://<host>/<path>`, and nothing besides.

    Laws: what it says yes to has a host among `hosts` for every reader of URLs, and no step `.` or `..` in its path,
    in whatever spelling; so no client asks for anything but what is written there.
    """
    match = _PLAIN.fullmatch(url) if isinstance(url, str) else None
    if match is None or match["host"] not in hosts:
        return False
    path = unquote(match["path"].partition("?")[0])
    return "\\" not in path and path.isprintable() and {".", ".."}.isdisjoint(path.split("/")) and path.strip("/") != ""
