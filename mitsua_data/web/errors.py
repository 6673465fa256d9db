"""
Why a fetch failed, as values: one error class, and a closed vocabulary of classes that reports count by.

`refused_*` is our own no, and stands until a rule changes; `failed_*` is theirs, and may be otherwise tomorrow;
`pending_retry` is a host that asked us to wait longer than a run should; `other_bytes` are never kept.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from mitsua_data.errors import SourceError

SHOWN_URL_MAX: Final = 200
"""Longest URL shown in a message, in characters."""


class Failure(StrEnum):
    """The class a failed fetch ends in."""

    REFUSED_URL = "refused_url"
    """Not https, another port, with user name, or a host the source does not name."""
    REFUSED_ADDRESS = "refused_address"
    """The name, or the connection, leads to an address that is not public."""
    REFUSED_REDIRECT = "refused_redirect"
    """More hops than allowed, a loop, or no place to go."""
    REFUSED_TOO_LARGE = "refused_too_large"
    REFUSED_ENCODING = "refused_encoding"
    """A compressed body, although we asked for none."""
    REFUSED_ROBOTS = "refused_robots"
    """robots.txt forbids the path, or cannot be read."""
    REFUSED_ECHO = "refused_echo"
    """A body that holds our key: it would be kept for everybody to read."""
    REFUSED_OPT_OUT = "refused_opt_out"
    """The host says no to training, or something about it that is not understood."""
    FAILED_STATUS = "failed_status"
    """Any answer but 200."""
    FAILED_NETWORK = "failed_network"
    """No name, no connection, a reset, a cut or malformed answer."""
    FAILED_DEADLINE = "failed_deadline"
    """Too slow: over the total time, or under the slowest speed."""
    PENDING_RETRY = "pending_retry"
    """The host asks us to wait longer than we do within one run."""
    OTHER_BYTES = "other_bytes"
    """Bytes came, and they are not those that were asked for by their content address."""


_ADVICE: Final[dict[Failure, str]] = {
    Failure.REFUSED_URL: "name the host in the source's specification, or serve a local copy with --base-url",
    Failure.REFUSED_ADDRESS: "only public hosts are fetched; for a local server name it with --base-url",
    Failure.REFUSED_ROBOTS: "ask the institution for permission, or use its bulk data",
    Failure.REFUSED_OPT_OUT: "run: mitsua decide",
    Failure.PENDING_RETRY: "run the same command again after that time",
}


class FetchError(SourceError):
    """One URL could not be fetched. The message shows the URL without its query."""

    def __init__(
        self,
        failure: Failure,
        url: str,
        problem: str,
        *,
        status: int | None = None,
        throttled: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"{shown(url)}: {problem}", advice=_ADVICE.get(failure))
        self.failure = failure
        self.status = status
        """HTTP status, where there was an answer."""
        self.throttled = throttled
        """The host said, in one way or another, that we are too fast."""
        self.retry_after = retry_after
        """Seconds the host asked us to wait, where it did."""


def shown(url: str) -> str:
    """A URL as people and logs may see it: without user name, query and fragment, where secrets are."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "(a malformed URL)"
    host = f"[{parts.hostname}]" if parts.hostname and ":" in parts.hostname else parts.hostname
    text = f"{parts.scheme}://{host}{port}{parts.path}" if host else f"{parts.scheme}:{parts.path}"
    return text[:SHOWN_URL_MAX]
