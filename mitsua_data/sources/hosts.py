"""Addresses as strangers write them: which host is meant, and where a relative one leads. Neither raises."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urljoin

_HOST: Final = re.compile(r"https?://(?P<host>[A-Za-z0-9.-]+)(?::[0-9]{1,5})?(?:[/?#]\S*)?", re.ASCII)
_AWAY: Final = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//(?P<rest>.*)", re.DOTALL)
_PLAIN: Final = re.compile(r"[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:[/?#].*)?", re.DOTALL)
_CONTROLS: Final = "".join(map(chr, range(0x21)))
"""What a browser takes from both ends of an address."""


def host_of(url: str) -> str:
    """The host of an http(s) address, in lower case; empty where it is none, or names a user, or no plain host."""
    match = _HOST.fullmatch(url)
    return match["host"].lower() if match else ""


def joined(base: str, url: str) -> str:
    """Where an address leads that stands on the page `base`; empty where it names no plain host."""
    tidy = re.sub(r"[\t\r\n]", "", url).strip(_CONTROLS)
    away = _AWAY.fullmatch(tidy)
    return "" if away and not _PLAIN.fullmatch(away["rest"]) else urljoin(base, tidy)
