"""The books of a crawl: whatever a source lists is judged, failed, or asked for again, and all of it is counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from mitsua_data.errors import SourceError
from mitsua_data.ledger.store import Ledger
from mitsua_data.missing import RUNS
from mitsua_data.sessions import CrawlTally
from mitsua_data.sources.base import Page, Record, WebReader
from tests.sources.press import Press, site, works
from tests.sources.replay import Answer, Clock, Fault, Site, crawled, serve, throttles, verdicts

SOURCE = Press()
WORKS = works(10)
CLAIMED, REFUSED = 8, 2
ROUTES = site(WORKS)
BAD_GATEWAY = Answer(b"<h1>Bad gateway</h1>", "text/html", 502)
FORBIDDEN = Answer.json({"message": "no"}, 403)


def always(answer: Answer, *names: str) -> Fault:
    """These works are answered otherwise, every time."""
    return lambda _, target: answer if target.removeprefix("/works/") in names else None


@dataclass
class Museum:
    """The site, at one address for all runs of a test: another address is another place, where no crawl goes on."""

    site: Site
    at: Path
    source: Press = SOURCE
    fault: Fault | None = None
    began: int = 0
    """How many requests there were before this run."""

    def crawl(self, fault: Fault | None = None, **how: Any) -> tuple[CrawlTally, list[str]]:
        """One run; what it did, and what it asked for, each once, without robots.txt and terms."""
        self.fault, self.began = fault, len(self.site.asked)
        tally = crawled(self.source, self.site, self.at, **how)
        asked = dict.fromkeys(self.site.asked[self.began :])
        return tally, [each for each in asked if each.startswith(("/works", "/list"))]

    @property
    def verdicts(self) -> dict[str, tuple[str, str | None]]:
        return verdicts(self.at)

    @property
    def rows(self) -> list[tuple[str, str, str | None]]:
        """What the ledger holds of missed answers, in the order in which it came."""
        with Ledger.open(self.at / "ledger.sqlite") as ledger, ledger.read() as connection:
            found = connection.exec_driver_sql("SELECT url, state, failure FROM missed ORDER BY id")
            return [(row[0].rpartition("/")[2], row[1], row[2]) for row in found]


@pytest.fixture
def museum(tmp_path: Path) -> Iterator[Museum]:
    def fault(number: int, target: str) -> Answer | None:
        return made.fault(number - made.began, target) if made.fault else None

    with serve(ROUTES, fault) as site:
        made = Museum(site, tmp_path / "w")
        yield made


def books(tally: CrawlTally) -> dict[str, int]:
    told = tally.as_json()
    assert told["found"] == told["claimed"] + told["refused"] + told["failed"] + told["pending"]
    assert told["records"] == told["claimed"] + told["refused"]
    return {name: told[name] for name in ("found", "claimed", "refused", "failed", "pending")}


@pytest.fixture
def whole(museum: Museum, tmp_path: Path) -> dict[str, tuple[str, str | None]]:
    """The verdicts where nothing goes wrong."""
    tally, _ = replace(museum, at=tmp_path / "whole").crawl()
    assert books(tally) == {"found": 10, "claimed": CLAIMED, "refused": REFUSED, "failed": 0, "pending": 0}
    return verdicts(tmp_path / "whole")


def test_what_did_not_come_is_asked_for_first_and_alone_by_the_next_run(
    museum: Museum, whole: dict[str, tuple[str, str | None]]
) -> None:
    tally, _ = museum.crawl(always(BAD_GATEWAY, "w002", "w007"))
    assert books(tally) == {"found": 10, "claimed": 6, "refused": 2, "failed": 0, "pending": 2}
    assert museum.rows == [("w002", "pending", "failed_status"), ("w007", "pending", "failed_status")]
    again, asked = museum.crawl()
    assert asked == ["/works/w002", "/works/w007"]
    assert books(again) == {"found": 2, "claimed": 2, "refused": 0, "failed": 0, "pending": 0}
    assert (again.asked_again, again.before) == (2, 8)
    assert museum.rows[2:] == [("w002", "had", None), ("w007", "had", None)]
    assert museum.verdicts == whole
    _, asked = museum.crawl()
    assert len(asked) == 13, "and the next run is a whole crawl again"


def test_what_never_comes_fails_in_the_third_run_and_holds_nothing_up(museum: Museum) -> None:
    found = []
    for _ in range(RUNS + 1):
        tally, asked = museum.crawl(always(BAD_GATEWAY, "w002"))
        found.append((tally.found, tally.pending, tally.failed, len(asked)))
    assert found == [(10, 1, 0, 13), (1, 1, 0, 1), (1, 0, 1, 1), (10, 1, 0, 13)]
    assert [state for _, state, _ in museum.rows] == ["pending", "pending", "failed", "pending"]


def test_a_plain_no_is_failed_at_once_and_asked_for_by_a_whole_crawl_only(museum: Museum) -> None:
    tally, _ = museum.crawl(always(FORBIDDEN, "w002", "w003", "w004"))
    assert books(tally) == {"found": 10, "claimed": 5, "refused": 2, "failed": 3, "pending": 0}
    tally, asked = museum.crawl()
    assert (tally.asked_again, len(asked), tally.found, tally.failed) == (0, 13, 10, 0)


def test_what_is_gone_is_a_record_and_no_failure(museum: Museum) -> None:
    tally, _ = museum.crawl(always(Answer.json({"message": "gone"}, 404), "w002"))
    assert books(tally) == {"found": 10, "claimed": 7, "refused": 3, "failed": 0, "pending": 0}


def test_three_that_never_come_hold_a_crawl_up_for_three_runs_and_no_longer(
    museum: Museum, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mitsua_data.crawl.BATCH_RECORDS", 1)
    dead = always(BAD_GATEWAY, "w005", "w006", "w007")
    for _ in range(RUNS):
        with pytest.raises(SourceError):
            museum.crawl(dead)
    tally, asked = museum.crawl(dead)
    assert not {"/works/w005", "/works/w006", "/works/w007"} & set(asked)
    assert books(tally) == {"found": 6, "claimed": 2, "refused": 1, "failed": 3, "pending": 0}
    assert {state for _, state, _ in museum.rows} == {"stopped", "failed"}
    tally, _ = museum.crawl()
    assert books(tally)["claimed"] == CLAIMED


def test_a_storm_costs_one_more_run_and_no_record(
    museum: Museum, whole: dict[str, tuple[str, str | None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mitsua_data.crawl.BATCH_RECORDS", 1)
    with pytest.raises(SourceError):
        museum.crawl(lambda number, _: BAD_GATEWAY if number > 10 else None)
    before = len(museum.verdicts)
    tally, _ = museum.crawl()
    assert 0 < before == tally.before
    assert books(tally)["found"] == 10 - before
    assert museum.verdicts == whole


def test_a_server_that_falls_silent_while_late_answers_are_asked_for_loses_none(museum: Museum) -> None:
    bad = [f"w{number:03}" for number in (1, 3, 6, 8, 10)]
    museum.crawl(always(BAD_GATEWAY, *bad))
    with pytest.raises(SourceError):
        museum.crawl(always(BAD_GATEWAY, *bad[1:]))
    # The first one came; three were asked for in vain; the last was not asked for.
    assert [(name, state) for name, state, _ in museum.rows[5:]] == [
        ("w001", "had"), ("w003", "pending"), ("w006", "pending"), ("w008", "pending"),
    ]  # fmt: skip
    tally, asked = museum.crawl()
    assert asked == [f"/works/{name}" for name in bad[1:]]
    assert (tally.found, tally.pending) == (4, 0)
    assert len(museum.verdicts) == 10


class Killed(BaseException):
    """The end of the process."""


def test_killed_while_late_answers_are_asked_for_it_goes_on_with_them_alone(
    museum: Museum, whole: dict[str, tuple[str, str | None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    museum.crawl(always(BAD_GATEWAY, "w002", "w007"))
    monkeypatch.setattr("mitsua_data.crawl.BATCH_RECORDS", 1)
    monkeypatch.setattr("mitsua_data.missing._AT_ONCE", 1)

    def kill(_: int) -> None:
        raise Killed

    with pytest.raises(Killed):
        museum.crawl(progress=kill)
    _, asked = museum.crawl()
    assert asked == ["/works/w007"]
    assert museum.verdicts == whole


def test_another_crawl_of_the_source_asks_first_for_what_an_earlier_one_could_not_have(
    museum: Museum, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ROUTES, "/list?page=1&since=2026-01-31", Answer.json({"pages": 1, "ids": ["w010"]}))
    museum.crawl(always(BAD_GATEWAY, "w002"))
    tally, asked = museum.crawl(since=date(2026, 1, 31))
    assert asked[0] == "/works/w002"
    assert (tally.asked_again, tally.pending) == (1, 0)
    assert books(tally)["found"] >= 1


def test_what_is_asked_for_twice_in_one_run_is_counted_once(museum: Museum, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ROUTES, "/list?page=1&since=2026-01-31", Answer.json({"pages": 1, "ids": ["w002"]}))
    dead = always(BAD_GATEWAY, "w002")
    museum.crawl(dead)
    tally, _ = museum.crawl(dead, since=date(2026, 1, 31))  # first as what is owed, then as what is listed
    assert books(tally) == {"found": 1, "claimed": 0, "refused": 0, "failed": 0, "pending": 1}
    assert [state for _, state, _ in museum.rows] == ["pending", "pending"]
    tally, _ = museum.crawl()
    assert (tally.asked_again, tally.pending) == (1, 0)


class Joining(Press):
    """A press whose works make sense only beside their list, as photographs do beside their histories."""

    joins = True

    def records(self, page: Page) -> Iterable[Record]:
        listed = [body for body in page.bodies if isinstance(Record("", body).value("/ids"), list)]
        return super().records(page) if listed or len(page.bodies) > 1 else ()


def test_where_answers_are_joined_a_late_one_is_asked_for_with_its_page(
    museum: Museum, whole: dict[str, tuple[str, str | None]]
) -> None:
    museum.source = Joining()
    tally, _ = museum.crawl(always(BAD_GATEWAY, "w002", "w003", "w010"))
    assert books(tally)["pending"] == 3
    tally, asked = museum.crawl(always(BAD_GATEWAY, "w010"))
    first, last = ["w001", "w002", "w003", "w004"], ["w009", "w010"]
    assert [target.rpartition("/")[2] for target in asked] == ["list?page=1", *first, "list?page=3", *last]
    assert (tally.asked_again, tally.pending) == (3, 1)
    assert [(name, state) for name, state, _ in museum.rows[3:]] == [
        ("w002", "had"), ("w003", "had"), ("w010", "pending"),
    ]  # fmt: skip
    tally, asked = museum.crawl()
    assert asked == ["/list?page=3", "/works/w009", "/works/w010"]
    assert tally.pending == 0
    assert museum.verdicts == whole


def test_what_its_page_lists_no_more_is_not_waited_for(museum: Museum, monkeypatch: pytest.MonkeyPatch) -> None:
    museum.source = Joining()
    museum.crawl(always(BAD_GATEWAY, "w010"))
    monkeypatch.setitem(ROUTES, "/list?page=3", Answer.json({"pages": 3, "ids": ["w009"]}))
    tally, _ = museum.crawl()
    assert (tally.asked_again, tally.failed, tally.pending) == (1, 1, 0)
    assert museum.rows[-1] == ("w010", "failed", None)
    _, asked = museum.crawl()
    assert asked[0] == "/list?page=1", "a whole crawl again"


@pytest.mark.parametrize("answer", [Answer(b"slow", "text/plain", 429, {"Retry-After": "3"}), BAD_GATEWAY])
def test_what_comes_at_the_second_try_is_no_matter_for_the_books(
    museum: Museum, whole: dict[str, tuple[str, str | None]], answer: Answer
) -> None:
    clock = Clock()
    tally, _ = museum.crawl(throttles(2, answer), clock=clock)
    assert books(tally)["found"] == 10
    assert clock.slept > 0
    assert museum.rows == []
    assert museum.verdicts == whole


class Forgetful(Press):
    """Says that it lists more, or fewer, than its rule finds."""

    def __init__(self, more: int) -> None:
        self.more = more

    def listing(self, reader: WebReader, after: str | None = None) -> Iterator[Page]:
        for page in super().listing(reader, after):
            more = self.more if page.cursor == "2" else 0
            yield replace(page, listed=(page.listed or 0) + more)


@pytest.mark.parametrize("more", [1, -1])
def test_a_record_that_is_listed_and_not_judged_is_a_loud_error(
    museum: Museum, more: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mitsua_data.crawl.BATCH_RECORDS", 1)
    forgetful = replace(museum, source=Forgetful(more))
    with pytest.raises(SourceError, match=f"page=2 lists {4 + more} records, 4 were judged") as caught:
        forgetful.crawl()
    assert "nothing of this page was kept" in caught.value.advice
    assert len(museum.verdicts) == 4
    tally, _ = museum.crawl()
    assert (tally.resumed_after, tally.before, tally.found) == ("1", 4, 6)


def test_missed_and_judged_together_are_what_was_listed(museum: Museum) -> None:
    tally, _ = replace(museum, source=Forgetful(0)).crawl()
    assert tally.found == 10
    tally, _ = museum.crawl(always(FORBIDDEN, "w006"))
    assert books(tally) == {"found": 10, "claimed": 7, "refused": 2, "failed": 1, "pending": 0}


def test_rows_of_missed_answers_cannot_be_changed(museum: Museum) -> None:
    museum.crawl(always(BAD_GATEWAY, "w002"))
    with Ledger.open(museum.at / "ledger.sqlite") as ledger, ledger.engine.connect() as connection:
        for statement in ("UPDATE missed SET state = 'had'", "DELETE FROM missed"):
            with pytest.raises(IntegrityError, match="append-only"):
                connection.exec_driver_sql(statement)
