"""Flickr: windows of time, and the whole way over the web on loopback."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from mitsua_data.audit.rules import Reproduced
from mitsua_data.licences import Licence
from mitsua_data.model import MediaType, Reason
from mitsua_data.sources.base import Body, Page, judge_page
from mitsua_data.sources.flickr_search import DAY, FIRST_DAY, HISTORY, INFO, LICENCES, SEARCH, TRIES, WIDEST, Place
from mitsua_data.sources.readers import NoAnswer
from mitsua_data.web.access import Secret
from tests.sources.auditing import NOW, Shelf, replays
from tests.sources.replay import Answer, crawled, serve, verdicts, walk_every_way
from tests.sources.test_flickr import BY_URL, CC0_URL, FLICKR, fail, history, info, reason, row, rows, rsp

UPLOADED = {number: FIRST_DAY + number * 40 * DAY for number in range(1, 9)}
CROWD = dict.fromkeys(range(100, 103), UPLOADED[8] + 60 * DAY)
"""Three photographs of one second, when a window holds too much for the test's search."""
ALL = UPLOADED | CROWD


def licences(meaning: str = CC0_URL) -> bytes:
    named = {"4": BY_URL, "9": meaning}
    each = "".join(f'<license id="{number}" name="a name" url="{url}" />' for number, url in named.items())
    return rsp(f"<licenses>{each}</licenses>")


def answer(url: str, most: int = 100) -> bytes:
    """Eleven photographs: 3 is gone, 4 is private, 5 changed its licence, 6 has a history, 7's words object."""
    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    method = asked["method"].removeprefix("flickr.photos.")
    if method == "licenses.getInfo":
        return licences()
    if method == "search":
        first, last = int(asked["min_upload_date"]), int(asked["max_upload_date"])
        held = [number for number, when in ALL.items() if first <= when <= last]
        total = 5000 if len(held) > 1 and last > first else len(held)
        return rows(*(row(number) for number in held[:most]), total=total)
    number = int(asked["photo_id"])
    if method == "getInfo":
        gone = {3: fail(1), 4: fail(2, "Photo is private")}
        changes = {5: {"license": "4"}, 7: {"title": "Courtesy of somebody"}}.get(number, {})
        return gone.get(number) or info(id=str(number), **changes)
    return history((BY_URL, CC0_URL), (CC0_URL, BY_URL), (BY_URL, CC0_URL)) if number == 6 else history()


def site(target: str) -> Answer | None:
    if not target.startswith("/services/"):
        return Answer.html() if target.startswith("/help/") else None
    return Answer(answer(target), "text/xml; charset=utf-8")


WALKED = {f"flickr:{number}#photo": ("claim", "CC0-1.0") for number in (1, 2, 8, 100, 101, 102)} | {
    "flickr:3#": ("refusal", "unreadable"),
    "flickr:4#": ("refusal", "unreadable"),
    "flickr:5#photo": ("refusal", "licence_not_claimable"),
    "flickr:6#photo": ("refusal", "conflict"),
    "flickr:7#photo": ("refusal", "conflict"),
}


def test_flickr_is_walked_every_way(tmp_path: Path) -> None:
    assert walk_every_way(FLICKR, site, tmp_path, claims=6, refusals=5) == WALKED


def test_the_key_goes_with_each_question_and_into_nothing_that_is_kept(tmp_path: Path) -> None:
    def keyed(target: str) -> Answer | None:
        without = target.startswith("/services/") and "api_key=s3cret" not in target
        return Answer(fail(100)) if without else site(target)

    with serve(keyed) as here:
        crawled(FLICKR, here, tmp_path, secret=Secret(host="127.0.0.1", name="api_key", value="s3cret", in_query=True))
    assert verdicts(tmp_path) == WALKED
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert kept
    assert not [path for path in kept if b"s3cret" in path.read_bytes()]
    assert FLICKR.spec.key is not None
    assert (FLICKR.spec.key.variable, FLICKR.spec.key.name) == ("MITSUA_FLICKR_KEY", "api_key")


def test_a_vocabulary_that_changed_is_noticed(tmp_path: Path) -> None:
    """One photograph has a licence of a new number; nothing else changes."""

    def other(target: str) -> Answer | None:
        if "getInfo&photo_id=8" in target:
            return Answer(info(id="8", license="17"), "text/xml")
        return site(target)

    with serve(other) as here:
        crawled(FLICKR, here, tmp_path)
    assert verdicts(tmp_path) == WALKED | {"flickr:8#photo": ("refusal", "unknown_value")}


def shelf(**other: bytes | None) -> Shelf:
    """The site; `other` answers by photograph and method: `info_3`, `history_8` (None: cannot be had)."""

    def found(url: str) -> bytes | None:
        if "/help/" in url:
            return b"<p>Terms."
        name = url.replace(INFO, "info_").replace(HISTORY, "history_")
        return other[name] if name in other else answer(url)

    return Shelf(found)


def test_an_audit_reproduces_every_claim_from_what_it_quotes() -> None:
    found = replays(FLICKR, list(FLICKR.pages(shelf())))
    assert len(found) == 6
    assert [str(each.id) for each, replay in found if not isinstance(replay, Reproduced)] == []
    meanings = [(each.pointer, each.value) for each in found[0][0].verdict.evidence]
    assert ("/rsp/licenses/license[@id='9']/@url", CC0_URL) in meanings


def test_what_licence_9_means_is_asked_in_each_crawl() -> None:
    (page, *_) = FLICKR.listing(shelf())
    assert [reason(each) for each in judge_page(FLICKR, page)] == [Licence.CC0_1_0]
    other = Body(licences("https://creativecommons.org/licenses/by/4.0/"), MediaType.XML, LICENCES)
    moved = Page(page.bodies, context={**page.context, LICENCES: other})
    assert [reason(each) for each in judge_page(FLICKR, moved)] == [Reason.CONFLICT]


def test_windows_cover_all_time_once_and_halve_where_they_hold_too_much() -> None:
    reader = shelf()
    pages = list(FLICKR.listing(reader))
    searches = [url for url in reader.asked if url.startswith(SEARCH)]
    windows = [tuple(map(int, re.findall(r"upload_date=(\d+)", url))) for url in searches]
    good = [window for window, url in zip(windows, searches, strict=True) if b'total="5000"' not in answer(url)]
    assert good[0][0] == FIRST_DAY
    assert all(one[1] + 1 == other[0] for one, other in pairwise(good))
    assert good[-1][1] > NOW.timestamp()
    assert max(last - first for first, last in windows) < WIDEST
    assert [page.listed for page in pages] == [1] * 8 + [3]
    assert sum(1 for first, last in windows if first == last) == 1  # three in one second: taken as they are


def test_a_window_has_pages_and_the_cursor_names_the_next() -> None:
    place = Place(FIRST_DAY, DAY)
    assert [str(place), str(place.next(250)), str(place.next(250).next(250).next(250))] == [
        f"{FIRST_DAY}+{DAY}/1", f"{FIRST_DAY}+{DAY}/2", f"{FIRST_DAY + DAY}+{2 * DAY}/1",
    ]  # fmt: skip
    assert Place.parse(str(place.next(250))) == place.next(250)
    assert Place(FIRST_DAY, 1, 40).next(9999) == Place(FIRST_DAY + 1, 2)  # behind 4,000 pages repeat
    assert "min_upload_date=1076371200&max_upload_date=1076457599&page=1" in place.url()
    assert "license=9&" in place.url()


def test_one_that_cannot_be_had_is_missed_once_and_is_no_record() -> None:
    for lost in ("info_8", "history_8"):
        pages = list(FLICKR.listing(shelf(**{lost: None})))
        counts = [(page.listed, len(list(FLICKR.records(page)))) for page in pages]
        assert counts == [(1, 1)] * 7 + [(1, 0), (3, 3)]


@pytest.mark.parametrize(
    "away",
    [
        fail(201, "Sorry, the Flickr API service is not currently available."),
        fail(105),
        b'{"stat":"fail","message":"Sorry, the Flickr API service is not currently available.","code":201},',
    ],
)
def test_a_service_that_is_away_judges_nothing(away: bytes) -> None:
    with pytest.raises(NoAnswer):
        list(FLICKR.listing(shelf(info_1=away)))
    with pytest.raises(NoAnswer):
        list(FLICKR.listing(Shelf(lambda _: away)))


def test_a_page_that_promises_and_lists_nothing_ends_the_crawl() -> None:
    reader = Shelf(lambda url: licences() if url == LICENCES else rows(total=50))
    with pytest.raises(NoAnswer):
        list(FLICKR.listing(reader))
    assert len(reader.asked) == 2
    assert [Place(FIRST_DAY, DAY, page).promised(250) for page in (1, 3, 4)] == [100, 50, -50]


@pytest.mark.parametrize(
    "body", [fail(100, "Invalid API Key"), b"<html>", b"", rsp("<photos />"), rows(total=-1), rows(total=10**30)]
)
def test_a_search_that_answers_otherwise_ends_the_crawl(body: bytes) -> None:
    reader = Shelf(lambda url: licences() if url == LICENCES else body)
    with pytest.raises(NoAnswer):
        list(FLICKR.listing(reader))
    assert len(reader.asked) <= 1 + TRIES


def test_a_service_that_was_away_once_is_asked_again() -> None:
    left = iter([fail(201), licences()])
    reader = Shelf(lambda url: next(left) if url == LICENCES else answer(url))
    assert next(FLICKR.listing(reader)).listed == 1
