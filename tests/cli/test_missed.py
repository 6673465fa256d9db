"""What a crawl could not have: counted in the table and in JSON, told with what to do, and no reason to fail."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from mitsua_data import sources
from mitsua_data.web import Limits, WebClient
from tests.cli.conftest import Mitsua
from tests.cli.test_way import table
from tests.sources.press import Press, site, works
from tests.sources.replay import Answer, serve

WORKS = works(10)
BAD_GATEWAY = Answer(b"<h1>Bad gateway</h1>", "text/html", 502)
FORBIDDEN = Answer.json({"message": "no"}, 403)


@pytest.fixture(autouse=True)
def press(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "SOURCES", (*sources.SOURCES, Press()))
    monkeypatch.setattr("mitsua_data.holdings.WebClient", partial(WebClient, limits=Limits(attempts=1)))


def test_what_did_not_come_is_counted_and_the_same_command_asks_for_it_alone(mitsua: Mitsua, tmp_path: Path) -> None:
    odd = {"/works/w002": BAD_GATEWAY, "/works/w003": FORBIDDEN, "/works/w007": BAD_GATEWAY}
    with serve(site(WORKS), lambda _, target: odd.get(target)) as museum:
        command = ("crawl", "press", "--base-url", museum.url, "-w", tmp_path / "w")
        first = mitsua(*command)
        assert first.code == 0
        assert first.out.startswith("press: 10 found, 7 images judged")
        assert table(first.out) == {
            "claimed": "5", "not claimed: not_open": "2", "failed: could not be had": "1",
            "pending: asked for again by the next crawl": "2",
        }  # fmt: skip
        assert "press: 2 records did not come; the same command asks for them again, and only them" in first.err
        assert "press: 1 record cannot be had; the next whole crawl will try" in first.err
        (told,) = mitsua("sources", "press", "-w", tmp_path / "w", "--format", "json").rows
        assert (told["images"], told["claims"], told["pending"]) == (7, 5, 2)
        odd.clear()
        again = mitsua(*command, "--format", "json")
    (row,) = again.rows
    assert (row["asked_again"], row["found"], row["claimed"], row["pending"]) == (2, 2, 2, 0)
    assert mitsua("sources", "press", "-w", tmp_path / "w", "--format", "json").rows[0]["pending"] == 0
    assert "press: asked first for 2 answers that could not be had before" in again.err


def test_where_nothing_at_all_could_be_had_the_command_fails(mitsua: Mitsua, tmp_path: Path) -> None:
    with serve(site(works(3)), lambda _, target: FORBIDDEN if target.startswith("/works") else None) as museum:
        ran = mitsua("crawl", "press", "--base-url", museum.url, "-w", tmp_path / "w")
    assert ran.code == 3
    assert "press: none of 3 records could be had" in ran.err.splitlines()[-1]
