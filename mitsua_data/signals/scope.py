"""
Which images a signal covers.

| scope                  | covers                                                                                      |
|------------------------|---------------------------------------------------------------------------------------------|
| `host:HOST`            | every image with an address on this host                                                    |
| `path:HOST/PATTERN`    | every image with an address there that the pattern (RFC 9309) matches                       |
| `url:URL`              | the image with exactly this address                                                         |
| `source:ID@URL`        | every image of the source; the URL is that of the page of terms that says so                |
| `crawl:ID@HOST`        | the source's images on the host that the rules in the signal's value forbid us to fetch     |

An image's addresses are that of its bytes, that of its page for people, and those its record was read at: the strictest
of them counts. Of `crawl`, only the first: the others are not fetched, or were, with leave.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from mitsua_data.signals.groups import matches, permits
from mitsua_data.signals.vocabulary import WISHES, Word

HOST: Final = "host:"
PATH: Final = "path:"
URL: Final = "url:"
SOURCE: Final = "source:"
CRAWL: Final = "crawl:"


@dataclass(frozen=True, slots=True)
class Wish:
    """A row of `signal` that stands in the way of an image."""

    seq: int
    protocol: str
    """A `Protocol`, or one that this version does not know."""
    scope: str
    word: Word
    value: str | None = None


def host_of(url: str) -> str:
    """The host of an http(s) URL, in lower case; empty where it is none."""
    try:
        parts = urlsplit(url)
        return (parts.hostname or "").lower() if parts.scheme in {"http", "https"} else ""
    except ValueError:
        return ""


@dataclass
class Wishes:
    """The wishes that hold now, by what they cover."""

    _by_scope: dict[str, list[Wish]] = field(default_factory=dict)
    _by_path: dict[str, list[tuple[str, Wish]]] = field(default_factory=dict)
    by_capture: dict[str, list[Wish]] = field(default_factory=dict)
    """sha256 of a record's capture → wishes that cover an address where it was seen."""

    @classmethod
    def of_rows(cls, wishes: Iterable[Wish]) -> Wishes:
        """From the newest row of each protocol and scope; those that forbid nothing are left out."""
        found = cls()
        for wish in wishes:
            if wish.word not in WISHES:
                continue
            if wish.scope.startswith(PATH):
                host, pattern = split_path_scope(wish.scope)
                found._by_path.setdefault(host, []).append((pattern, wish))
            else:
                scope = wish.scope.partition("@")[0] if wish.scope.startswith(SOURCE) else wish.scope
                found._by_scope.setdefault(scope, []).append(wish)
        return found

    def __bool__(self) -> bool:
        return bool(self._by_scope or self._by_path)

    def __iter__(self) -> Iterator[Wish]:
        yield from (wish for wishes in self._by_scope.values() for wish in wishes)
        yield from (wish for wishes in self._by_path.values() for _, wish in wishes)

    def of(self, source: str, urls: Sequence[str], capture: str = "") -> list[Wish]:
        """
        The wishes that cover an image, by seq: `urls` are its addresses, that of its bytes first; `capture` that of
        its record.
        """
        if not self:
            return []
        found = [*self._by_scope.get(f"{SOURCE}{source}", ()), *self.by_capture.get(capture, ())]
        for url in dict.fromkeys(urls):
            found += self.at(url)
        if urls:
            crawling = self._by_scope.get(f"{CRAWL}{source}@{host_of(urls[0])}", ())
            found += [wish for wish in crawling if _forbidden(wish, urls[0])]
        return sorted(set(found), key=lambda wish: wish.seq)

    def at(self, url: str) -> list[Wish]:
        """The wishes that cover one address, whoever asks for it."""
        host = host_of(url)
        if not host:
            return []
        return [
            *self._by_scope.get(f"{HOST}{host}", ()),
            *self._by_scope.get(f"{URL}{url}", ()),
            *(wish for pattern, wish in self._by_path.get(host, ()) if matches(pattern, url)),
        ]


def split_path_scope(scope: str) -> tuple[str, str]:
    """Host and pattern of a `path:` scope."""
    rest = scope.removeprefix(PATH)
    end = min((place for place in (rest.find("/"), rest.find("*")) if place >= 0), default=len(rest))
    return rest[:end], rest[end:]


def _forbidden(wish: Wish, url: str) -> bool:
    """What could not be understood, or not be had, forbids all of the host."""
    return wish.word is Word.UNKNOWN or wish.value is None or not permits(wish.value, url)
