"""Wikimedia Commons: batches that come in pieces, and the whole way over the web on loopback."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from mitsua_data.audit.rules import Reproduced
from mitsua_data.model import Claim
from mitsua_data.sources.base import judge_page
from mitsua_data.sources.readers import NoAnswer
from mitsua_data.sources.wikimedia_commons import FILES, ROUNDS, STRUCTURED, TRIES
from tests.sources.auditing import Shelf, replays
from tests.sources.replay import Answer, crawled, serve, verdicts, walk_every_way
from tests.sources.test_wikimedia_commons import BY_SA, CC_BY, COMMONS, META, changed, entity, structured

FILE_COUNT, PER_BATCH = 11, 4


def site_file(number: int) -> dict[str, Any]:
    changes: dict[str, Any] = {"pageid": number, "title": f"File:Field {number}.jpg"}
    if number % 5 == 0:
        changes |= {f"{META}/{path}": value for path, value in CC_BY.items()}
    return changed(changes)


def site(target: str) -> Answer | None:
    """Eleven files in batches of four; a batch needs two answers, the first without `batchcomplete`."""
    if urlsplit(target).path.startswith("/wiki/"):
        return Answer.html()
    asked = {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}
    if "action" not in asked:
        return None
    if asked["action"] == "wbgetentities":
        wanted = [int(each.removeprefix("M")) for each in asked["ids"].split("|")]
        found = [entity(each, [BY_SA]) if each == 3 else {"id": f"M{each}", "missing": ""} for each in wanted]
        return Answer.json(structured(*found))
    first = int(asked.get("gaicontinue", "20040907000000|1").partition("|")[2])
    held = [site_file(each) for each in range(first, min(first + PER_BATCH, FILE_COUNT + 1))]
    if "iicontinue" not in asked:
        more = {"continue": "||gaicontinue", "iicontinue": "x|y"} | (
            {"gaicontinue": asked["gaicontinue"]} if "gaicontinue" in asked else {}
        )
        return Answer.json({"continue": more, "query": {"pages": held}})
    bare = [{key: page[key] for key in ("pageid", "ns", "title", "imagerepository")} for page in held]
    complete = {"batchcomplete": True, "query": {"pages": bare}}
    onward = {"continue": "gaicontinue||", "gaicontinue": f"20151031000000|{first + PER_BATCH}"}
    return Answer.json(complete if first + PER_BATCH > FILE_COUNT else complete | {"continue": onward})


def test_commons_is_walked_every_way(tmp_path: Path) -> None:
    found = walk_every_way(COMMONS, site, tmp_path, claims=8, refusals=3)
    refused = {name: why for name, (outcome, why) in found.items() if outcome == "refusal"}
    assert refused == {
        "wikimedia_commons:3#file": "conflict",
        "wikimedia_commons:5#file": "licence_not_claimable",
        "wikimedia_commons:10#file": "licence_not_claimable",
    }


def test_a_vocabulary_that_changed_is_noticed(tmp_path: Path) -> None:
    """One file of the site says its licence in new words; nothing else changes."""

    def other(target: str) -> Answer | None:
        found = site(target)
        body = json.loads(found.body) if found and found.content_type == "application/json" else {}
        for page in body.get("query", {}).get("pages", ()):
            if page["pageid"] == 2 and "imageinfo" in page:
                page["imageinfo"][0]["extmetadata"]["License"]["value"] = "cc-zero"
        return Answer.json(body) if body else found

    with serve(site) as plain, serve(other) as changed_site:
        crawled(COMMONS, plain, tmp_path / "plain")
        crawled(COMMONS, changed_site, tmp_path / "changed")
    before, after = verdicts(tmp_path / "plain"), verdicts(tmp_path / "changed")
    assert {name: after[name] for name in after if after[name] != before[name]} == {
        "wikimedia_commons:2#file": ("refusal", "conflict")
    }


def shelf(since: date | None = None) -> Shelf:
    def answer_of(url: str) -> bytes | None:
        found = site(f"{urlsplit(url).path}?{urlsplit(url).query}")
        return found.body if found else None

    return Shelf(answer_of, since)


def test_an_audit_reproduces_every_claim_from_what_it_quotes() -> None:
    found = replays(COMMONS, list(COMMONS.pages(shelf())))
    assert len(found) == 8
    assert [str(each.id) for each, replay in found if not isinstance(replay, Reproduced)] == []


def test_what_was_uploaded_since_a_day_is_asked_for_from_that_day() -> None:
    reader = shelf(date(2026, 3, 1))
    pages = list(COMMONS.listing(reader))
    assert [page.listed for page in pages] == [4, 4, 3]
    assert pages[-1].cursor == "end"
    assert list(COMMONS.listing(reader, "end")) == []
    lists = [url for url in reader.asked if url.startswith(FILES)]
    assert all("&gaistart=2026-03-01T00%3A00%3A00Z" in url for url in lists)
    assert all("iiurlwidth=1024" in url and "maxlag=5" in url and "gailimit=50" in url for url in lists)


@pytest.mark.parametrize(
    ("bodies", "asked"),
    [
        pytest.param([b'{"error":{"code":"maxlag","info":"Waiting for a host"}}'] * TRIES, TRIES, id="always-busy"),
        pytest.param([b'{"error":{"code":"badvalue"}}'], 1, id="an-error"),
        pytest.param([b'{"error":{"code":["maxlag"]}}'], 1, id="an-error-of-another-kind"),
        pytest.param([b"<html>"], 1, id="no-json"),
        pytest.param([b'{"query":{"pages":[]}}'], 1, id="neither-whole-nor-going-on"),
        pytest.param([b'{"query":{"pages":[]},"continue":{"a":"b"}}'] * 2, 2, id="going-on-for-ever"),
        pytest.param(
            [b'{"query":{"pages":[]},"continue":{"a":%d}}' % each for each in range(ROUNDS + 1)],
            ROUNDS,
            id="counting-for-ever",
        ),
        pytest.param(
            [b'{"query":{"pages":[]},"continue":{"a":%d}}' % (each % 2) for each in range(9)], 3, id="to-and-fro"
        ),
        pytest.param([b'{"batchcomplete":true,"continue":{"a":"b"}}'] * 9, 2, id="whole-and-again"),
    ],
)
def test_an_answer_that_is_no_batch_ends_the_crawl(bodies: list[bytes], asked: int) -> None:
    left = iter(bodies)
    reader = Shelf(lambda _: next(left))
    with pytest.raises(NoAnswer):
        list(COMMONS.listing(reader))
    assert len(reader.asked) == asked


def test_a_server_that_was_busy_once_is_asked_again() -> None:
    busy = iter([b'{"error":{"code":"maxlag"}}', b'{"batchcomplete":true}'])
    (page,) = COMMONS.listing(Shelf(lambda _: next(busy)))
    assert (page.listed, page.cursor, list(judge_page(COMMONS, page))) == (0, "end", [])


def test_a_file_that_has_no_entity_does_not_end_the_crawl() -> None:
    def answer_of(url: str) -> bytes | None:
        if url.startswith(STRUCTURED) and "M2" in url:
            return b'{"error":{"code":"no-such-entity","info":"Could not find an entity","id":"M2"}}'
        found = site(f"{urlsplit(url).path}?{urlsplit(url).query}")
        return found.body if found else None

    reader = Shelf(answer_of)
    pages = list(COMMONS.listing(reader))
    claimed = [
        each.id.record for page in pages for each in judge_page(COMMONS, page) if isinstance(each.verdict, Claim)
    ]
    assert claimed == ["1", "2", "4", "6", "7", "8", "9", "11"]
    assert [url.removeprefix(STRUCTURED) for url in reader.asked if url.startswith(STRUCTURED)][1:5] == [
        "M1", "M2", "M3", "M4",
    ]  # fmt: skip
