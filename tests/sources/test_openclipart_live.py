"""Openclipart on the web: a drawing's own RDF decides, and what was uploaded since 2022 waits for a person."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mitsua_data.audit import audit_release
from mitsua_data.inspection import inspect_paths
from mitsua_data.licences import Licence
from mitsua_data.model import Claim, Grade, MediaType, Reason
from mitsua_data.policy import Policy
from mitsua_data.sources.base import Body, Judged, Page, judge_page
from mitsua_data.sources.openclipart_live import DRAWING, LIST, SITE, WIDTH, OpenClipartLive
from tests.sources.replay import Answer, crawled, serve, verdicts, walk_every_way
from tests.tiny import Tiny, drawing

SOURCE = OpenClipartLive()
PD = "http://creativecommons.org/licenses/publicdomain/"
CC0 = "https://creativecommons.org/publicdomain/zero/1.0/"
BY = "http://creativecommons.org/licenses/by/4.0/"


def svg(number: int = 7, *, licence: str = PD, date: str | None = "2007-10-04T13:09:18", page: str | None = None,
        tags: tuple[str, ...] = ("clip art", "lamp"), title: str = "A lamp", more: str = "") -> bytes:  # fmt: skip
    """A drawing as the site has them: its RDF names licence, page, date, keywords."""
    page = f"http://openclipart.org/detail/{number}/a-lamp-by-ann" if page is None else page
    when = "" if date is None else f"<dc:date>{date}</dc:date>"
    words = "".join(f"<rdf:li>{tag}</rdf:li>" for tag in tags)
    return f"""<svg xmlns="http://www.w3.org/2000/svg"><metadata>
<rdf:RDF xmlns:cc="http://creativecommons.org/ns#" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><cc:Work>
<cc:license rdf:resource="{licence}"/><dc:title>{title}</dc:title>{when}<dc:source>{page}</dc:source>
<dc:creator><cc:Agent><dc:title>Ann</dc:title></cc:Agent></dc:creator>
<dc:subject><rdf:Bag>{words}</rdf:Bag></dc:subject>{more}</cc:Work></rdf:RDF></metadata></svg>""".encode()


def judged(data: bytes, media_type: MediaType = MediaType.SVG, locator: str = f"{DRAWING}7") -> list[Judged]:
    return list(judge_page(SOURCE, Page((Body(data, media_type, locator),))))


def outcome(data: bytes, **how: Any) -> Reason | Licence:
    (found,) = judged(data, **how)
    return found.verdict.licence if isinstance(found.verdict, Claim) else found.verdict.reason


def test_a_drawing_is_claimed_by_its_own_words() -> None:
    (found,) = judged(svg())
    assert isinstance(found.verdict, Claim)
    assert (found.verdict.licence, found.verdict.grade) == (Licence.PD_DEDICATION_LEGACY, Grade.E2)
    assert found.image is not None
    assert (str(found.id), found.image.url) == ("openclipart_live:7#png", f"{SITE}/image/{WIDTH}px/7")
    assert (found.image.title, found.image.creator, found.image.tags) == ("A lamp", "Ann", ("lamp",))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(svg(licence=CC0), Licence.CC0_1_0, id="cc0"),
        pytest.param(svg(date="2021-12-31"), Licence.PD_DEDICATION_LEGACY, id="the-last-day"),
        pytest.param(svg(date="2022-01-01T00:00:00"), Reason.CONFLICT, id="uploads-since-2022-wait"),
        pytest.param(svg(date="2007-10-04</dc:date><dc:date>2024-01-01"), Reason.CONFLICT, id="two-dates"),
        pytest.param(svg(date=None), Reason.UNREADABLE, id="no-date"),
        pytest.param(svg(date=""), Reason.UNKNOWN_VALUE, id="an-empty-date"),
        pytest.param(svg(date="October 2007"), Reason.UNKNOWN_VALUE, id="a-date-in-words"),
        pytest.param(svg(date="2007"), Reason.UNKNOWN_VALUE, id="a-year"),
        pytest.param(svg(tags=("AI-generated",)), Reason.AI_GENERATED, id="a-keyword"),
        pytest.param(svg(tags=("Stable_Diffusion",), date="2023-01-01"), Reason.AI_GENERATED, id="a-program-s-name"),
        pytest.param(svg(title="Midjourney"), Reason.AI_GENERATED, id="a-title"),
        pytest.param(svg(tags=("ai", "painting")), Licence.PD_DEDICATION_LEGACY, id="a-word-that-is-a-name-too"),
        pytest.param(svg(page="http://openclipart.org/detail/8/another"), Reason.CONFLICT, id="another-item-s-page"),
        pytest.param(svg(page="http://elsewhere.example/detail/7"), Reason.CONFLICT, id="another-site-s-page"),
        pytest.param(svg(page=""), Reason.CONFLICT, id="no-page"),
        pytest.param(svg(licence=BY), Reason.LICENCE_NOT_CLAIMABLE, id="conditions"),
        pytest.param(svg(licence=""), Reason.NO_STATEMENT, id="nothing-said"),
        pytest.param(svg(licence="http://example.org/free"), Reason.UNKNOWN_LICENCE, id="unknown"),
        pytest.param(svg(more=f"<dc:rights>{BY}</dc:rights>"), Reason.CONFLICT, id="rights-name-another"),
        pytest.param(b"<h1>Not found</h1>", Reason.UNREADABLE, id="gone"),
        pytest.param(b"", Reason.UNREADABLE, id="empty"),
    ],
)
def test_one_change_to_an_open_drawing(data: bytes, expected: Reason | Licence) -> None:
    assert outcome(data) is expected


def test_a_saved_drawing_is_known_by_what_it_says() -> None:
    (found,) = judged(svg(99), locator="openclipart_live:lamp.svg")
    assert str(found.id) == "openclipart_live:99#png"
    assert outcome(svg(page="x"), locator="openclipart_live:lamp.svg") is Reason.UNREADABLE


def item_page(canonical: str, *parts: str) -> bytes:
    return f"<html><link rel='canonical' href='{canonical}'><body>{''.join(parts)}</body></html>".encode()


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        pytest.param(item_page(f"{SITE}/detail/7/lamp", f"<a href='{CC0}'>CC0</a>"), Reason.NO_STATEMENT, id="an-item"),
        pytest.param(item_page("https://other.example/detail/7"), Reason.UNREADABLE, id="another-site"),
        pytest.param(b"<p>CC0</p>", Reason.UNREADABLE, id="a-page-of-nothing"),
        pytest.param(b"", Reason.UNREADABLE, id="empty"),
    ],
)
def test_a_saved_item_page_states_nothing(page: bytes, expected: Reason) -> None:
    assert outcome(page, media_type=MediaType.HTML, locator="openclipart_live:7.html") is expected


def test_a_clone_s_answer_states_nothing() -> None:
    answer = {"items": [{"fscid": 1, "svgurl": "https://c.example/1"}, {"fscid": 2, "svgurl": None}, {"fscid": 3}, 4]}
    found = judged(json.dumps(answer).encode(), MediaType.JSON, "openclipart_live:a.json")
    reasons = [each.verdict.reason for each in found if not isinstance(each.verdict, Claim)]
    assert reasons == [Reason.NO_STATEMENT, Reason.UNKNOWN_VALUE, Reason.UNREADABLE, Reason.UNREADABLE]
    others: tuple[Any, ...] = ({"items": []}, {"items": "all"}, [], {"payload": []})
    for other in others:
        found = judged(json.dumps(other).encode(), MediaType.JSON, "openclipart_live:a.json")
        assert not [each for each in found if isinstance(each.verdict, Claim)]


def results(*numbers: int) -> Answer:
    links = "".join(f"<a href='/detail/{n}/x'>x</a><a href='/detail/{n}/x#top'>x</a>" for n in numbers)
    return Answer.html(f"<html><a href='/share'>share</a>{links}<a href='/artist/detail/9'>a</a></html>")


def site() -> dict[str, Answer]:
    routes = {"/share": Answer.html(), **{f"/download/{n}": Answer(svg(n), "image/svg+xml") for n in range(1, 10)}}
    routes["/download/3"] = Answer(svg(3, date="2023-05-05"), "image/svg+xml")
    routes["/download/4"] = Answer(svg(5), "image/svg+xml")
    del routes["/download/8"]
    pages = {1: results(1, 2, 3), 2: results(4, 5, 6), 3: results(7, 8, 9, 1), 4: results()}
    routes |= {f"/image/{WIDTH}px/{n}": Answer(drawing(n), "image/png") for n in range(1, 10)}
    return routes | {f"{LIST.removeprefix(SITE)}{number}": answer for number, answer in pages.items()}


def test_the_list_is_walked_every_way(tmp_path: Path) -> None:
    routes = site() | {f"{LIST.removeprefix(SITE)}3": results(7, 8, 9)}
    found = walk_every_way(SOURCE, routes, tmp_path, claims=6, refusals=3, wall=503)
    refused = {name: reason for name, (outcome, reason) in found.items() if outcome == "refusal"}
    assert set(refused.values()) == {"conflict", "unreadable"}


def test_a_site_that_gives_one_page_for_ever_ends(tmp_path: Path) -> None:
    routes = site() | {f"{LIST.removeprefix(SITE)}{number}": results(1, 2) for number in range(1, 9)}
    with serve(routes) as running:
        assert crawled(SOURCE, running, tmp_path).records == 2


def test_a_list_of_another_form_is_noticed(tmp_path: Path) -> None:
    with serve(site() | {f"{LIST.removeprefix(SITE)}1": Answer.html("<div id=app></div>")}) as running:
        crawled(SOURCE, running, tmp_path)
    assert list(verdicts(tmp_path).values()) == [("refusal", "unreadable")]


def test_its_rule_runs_again_in_an_audit(tmp_path: Path) -> None:
    with serve(site()) as running:
        tiny = Tiny(tmp_path / "workspace", running.url, source=SOURCE)
        samples = tiny.go().tally.samples
    with tiny.open() as (ledger, store):
        result = audit_release(ledger, store, tiny.release, tiny.keys, workers=1, sources=[SOURCE])
    assert result.findings == ()
    assert result.counts["rules_run"] == samples == 6


def test_the_recorded_files(shared: Path) -> None:
    policy = Policy.load("default")
    folder = shared / "sources/openclipart"
    (rdf,) = inspect_paths(SOURCE, [folder / "svg_metadata_6628.rdf.xml"], policy)
    assert (rdf["id"], rdf["outcome"], rdf["licence"]) == ("6628", "accept", "LicenseRef-PD-dedication-legacy")
    assert (rdf["title"], rdf["creator"]) == ("lamp3d", "Portnov")
    (clone,) = inspect_paths(SOURCE, [folder / "clone_search_api_response.json"], policy)
    assert (clone["id"], clone["outcome"], clone["reason"]) == ("clone-3365", "review", "no_statement")
