"""
What a person brings to a crawl of a source on the web: its dump, pages of terms saved by hand, the day to begin at.

All of it is part of what is crawled (`Holdings`): an interrupted crawl goes on only with the same files and day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from mitsua_data.errors import UsageError
from mitsua_data.pointers import MAX_BODY
from mitsua_data.sources.base import AnySource, WebSource

_SAVED: Final = "save the page as your browser shows it, and name it: --terms URL=FILE"


@dataclass(frozen=True)
class Brought:
    """Checked against what the source takes: made by `brought_to`."""

    dump: tuple[Path, ...] = ()
    """Files and folders; empty: the server is asked."""
    terms: Mapping[str, bytes] = field(default_factory=dict)
    """Pages of terms, by URL."""
    since: date | None = None

    def terms_digests(self) -> dict[str, str]:
        """The pages' sha256, by URL."""
        return {url: f"sha256:{sha256(data).hexdigest()}" for url, data in sorted(self.terms.items())}


def brought_to(
    source: AnySource, *, dump: Sequence[Path] = (), terms: Sequence[str] = (), since: date | None = None
) -> Brought:
    """
    What a command line brings. `terms`: `URL=FILE`, each URL one of the source's pages of terms.

    Raises UsageError for whatever this source does not take, and files that cannot be read.
    """
    name = source.spec.id
    if not isinstance(source, WebSource):
        if terms or since:
            raise UsageError(f"{name} is read from disk: --terms and --since are for sources on the web")
        return Brought()
    if dump and not source.spec.dump:
        raise UsageError(f"{name} is read from its server, not from disk", advice="leave --from out")
    if since and not source.spec.increments:
        raise UsageError(f"{name} cannot list what changed since a day", advice="leave --since out")
    if since and dump:
        raise UsageError(f"{name}: a dump is whole, and has no day to begin at", advice="name --since or --from")
    if since and since > datetime.now(UTC).date():
        raise UsageError(f"--since {since} is in the future", advice="name the day of your last crawl")
    pages = dict(_page(source, text) for text in terms)
    return Brought(tuple(dump), pages, since)


def _page(source: WebSource, text: str) -> tuple[str, bytes]:
    """One `URL=FILE`."""
    url = next((each for each in source.spec.terms if text.startswith(f"{each}=")), None)
    if url is None:
        known = " and ".join(source.spec.terms) or "none"
        raise UsageError(f"--terms {text}: not URL=FILE with one of this source's pages", advice=f"they are {known}")
    path = Path(text[len(url) + 1 :])
    try:
        data = path.read_bytes() if path.stat().st_size <= MAX_BODY else b""
    except OSError as error:
        raise UsageError(f"--terms {path}: {error.strerror}", advice=_SAVED) from error
    if not data.strip():
        raise UsageError(f"--terms {path}: empty, or more than {MAX_BODY} bytes", advice=_SAVED)
    return url, data
