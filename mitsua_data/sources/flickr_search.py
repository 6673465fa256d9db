"""Asking Flickr: windows of time, pages of results, and what belongs to each photograph."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from mitsua_data.model import MediaType
from mitsua_data.sources.base import Body, Record, WebReader
from mitsua_data.sources.flickr_photo import CC0
from mitsua_data.sources.readers import NoAnswer

HOST: Final = "api.flickr.com"
API: Final = f"https://{HOST}/services/rest/?method=flickr.photos."
INFO: Final = f"{API}getInfo&photo_id="
HISTORY: Final = f"{API}licenses.getLicenseHistory&photo_id="
LICENCES: Final = f"{API}licenses.getInfo"
ROWS: Final = 100
"""On one page of a search; each needs two more requests, so that a page is some minutes' work."""
SEARCH: Final = (
    f"{API}search&license={CC0}&media=photos&safe_search=1&content_types=0&sort=date-posted-asc&per_page={ROWS}"
    "&extras=license%2Cmedia%2Csafety_level%2Ccontent_type%2Cowner_name%2Cdate_upload%2Curl_l%2Curl_c%2Curl_z%2Curl_m"
)
REAL: Final = 4000
"""Results of a query that can be had: behind them pages repeat."""
MOST: Final = 3000
"""Results from which a window is halved, down to one second; of more in a second the first 4,000 are taken."""
FIRST_DAY: Final = 1076371200
"""10 February 2004, when Flickr opened, in seconds since 1970; the unit of all windows."""
DAY: Final = 24 * 3600
WIDEST: Final = 128 * DAY
AWAY: Final = ("100", "105", "106", "111", "112", "116", "201")
"""Errors that are about the service, the key or the question, and not about a photograph."""
TRIES: Final = 3


@dataclass(frozen=True)
class Place:
    """A page of the search for what was uploaded in a window of time. Its text is the cursor."""

    start: int
    width: int
    page: int = 1

    def __str__(self) -> str:
        return f"{self.start}+{self.width}/{self.page}"

    @classmethod
    def parse(cls, text: str) -> Place:
        """The place that a cursor names: the inverse of `str`."""
        return cls(*map(int, re.split(r"[+/]", text)))

    def halved(self) -> Place:
        """The first half of a window that holds too much."""
        return Place(self.start, self.width // 2)

    def url(self) -> str:
        """Where it is asked for. Both ends of a window count."""
        window = f"&min_upload_date={self.start}&max_upload_date={self.start + self.width - 1}"
        return f"{SEARCH}{window}&page={self.page}"

    def promised(self, total: int) -> int:
        """How many rows this page has, of so many results; 0 or less where it lies behind them."""
        return min(ROWS, min(total, REAL) - (self.page - 1) * ROWS)

    def next(self, total: int) -> Place:
        """The page behind this one; after the last of a window, the next window, twice as wide."""
        if self.page * ROWS < min(total, REAL):
            return Place(self.start, self.width, self.page + 1)
        return Place(self.start + self.width, min(2 * self.width, WIDEST))


def answer(reader: WebReader, url: str) -> Body:
    """An answer that must be had, asked for again where Flickr was away. Raises NoAnswer."""
    code: object = None
    for _ in range(TRIES):
        body = reader.get(url, MediaType.XML)
        told = Record(url, body)
        if told.seen("/rsp/@stat") == "ok":
            return body
        code = told.seen("/rsp/err/@code")
    raise NoAnswer(f"{HOST} answers with the error {code!r}", advice="check MITSUA_FLICKR_KEY, or crawl again later")


def results(body: Body) -> int:
    """How many results a search has. Raises NoAnswer where it does not say."""
    total = Record(body.locator, body).text("/rsp/photos/@total")
    if not total.isdecimal() or len(total) > 18:
        raise NoAnswer(f"{HOST} answers a search without a number of results")
    return int(total)


def with_histories(reader: WebReader, ids: Iterable[str]) -> tuple[tuple[Body, ...], Mapping[str, Body]]:
    """
    `getInfo` of the photographs that could be had, and the histories of those that say CC0, without which they count
    as not had. What is asked for next depends on what came. Raises NoAnswer where Flickr itself was away.
    """
    got: dict[str, Body] = {}

    def needs(name: str) -> bool:
        return Record(name, got[f"{INFO}{name}"]).seen("/rsp/photo/@license") == CC0

    def wanted() -> Iterator[str]:
        for name in dict.fromkeys(ids):
            yield f"{INFO}{name}"
            if f"{INFO}{name}" in got and needs(name):
                yield f"{HISTORY}{name}"

    for body in reader.each(wanted(), MediaType.XML):
        code = Record(body.locator, body).seen("/rsp/err/@code")
        if code in AWAY or body.data.lstrip().startswith(b"{"):  # now and then it says so in JSON
            raise NoAnswer(f"{HOST} answers with the error {code!r}")
        got[body.locator] = body
    whole = [
        name for name in dict.fromkeys(ids)
        if f"{INFO}{name}" in got and (not needs(name) or f"{HISTORY}{name}" in got)
    ]  # fmt: skip
    infos = tuple(got[f"{INFO}{name}"] for name in whole)
    return infos, {f"{HISTORY}{name}": got[f"{HISTORY}{name}"] for name in whole if f"{HISTORY}{name}" in got}
