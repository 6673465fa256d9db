"""`mitsua drift`: what a source says now, beside what it said; found in files and over HTTP, told, and withdrawn."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mitsua_data import sources
from mitsua_data.captures import CaptureStore
from mitsua_data.ledger import queries
from mitsua_data.ledger.store import Batch, Ledger
from mitsua_data.shards.keys import KeyRing, Role
from mitsua_data.shards.revocations import Target, read
from mitsua_data.web import Limits, WebClient
from mitsua_data.workspace import Workspace
from tests.cli.conftest import FIRST, Mitsua, Ran, declare
from tests.permitted import DOCUMENT, deliver
from tests.sources.press import TERMS, Press, site, works
from tests.sources.replay import Answer, Site, serve
from tests.tiny import ACCEPTED, GPL, PUBLIC_DOMAIN, Tiny, draw_collection, drawing, svg

CC0 = "http://creativecommons.org/publicdomain/zero/1.0/"
SAID = {"outcome": "claim", "licence": "LicenseRef-PD-dedication-legacy", "reason": None, "grade": "E3"}


def name_of(number: int) -> str:
    return f"openclipart:shapes/disc_{number:02}.svg#png"


@pytest.fixture
def tiny(tmp_path: Path) -> Tiny:
    """A workspace with originals over a collection of its own, so that a test may change what it says."""
    made = Tiny(tmp_path / "w", draw_collection(tmp_path / "c"))
    made.root.mkdir()
    made.crawl()
    made.decide()
    made.fetch()
    return made


@pytest.fixture
def drift(mitsua: Mitsua, tiny: Tiny) -> Callable[..., tuple[Ran, dict[str, Any], dict[str, Any]]]:
    """`drift("--bytes")`: what ran, what it found by name, and its summary."""

    def ran(*more: object) -> tuple[Ran, dict[str, Any], dict[str, Any]]:
        done = mitsua("drift", "openclipart", "-w", tiny.root, "--format", "json", *more)
        *found, summary = done.rows
        return done, {each["what"]: each for each in found if "what" in each}, summary

    return ran


Drifted = Callable[..., tuple[Ran, dict[str, Any], dict[str, Any]]]


def says(tiny: Tiny, number: int, **changes: Any) -> int:
    return (tiny.collection / f"svg/shapes/disc_{number:02}.svg").write_bytes(svg(number, **changes))


def test_where_nothing_has_changed_nothing_is_told(drift: Drifted, mitsua: Mitsua, tiny: Tiny) -> None:
    done, found, summary = drift("--bytes")
    assert (done.code, found, summary["changed"], summary["images"]) == (0, {}, 0, ACCEPTED + 3)
    table = mitsua("drift", "openclipart", "-w", tiny.root)
    assert (table.code, table.out) == (0, "")
    assert "openclipart: nothing has changed; 15 images listed, 0 of them new" in table.err


CHANGES: dict[str, tuple[Callable[[Tiny], object], dict[str, list[str]]]] = {
    "licence-taken-back": (lambda tiny: says(tiny, 1, licence=GPL), {name_of(1): ["withdrawn"]}),
    "statement-taken-back": (lambda tiny: says(tiny, 1, licence=""), {name_of(1): ["withdrawn"]}),
    "another-licence": (lambda tiny: says(tiny, 1, licence=CC0), {name_of(1): ["licence"]}),
    "dedicated-at-last": (lambda tiny: says(tiny, 13, licence=PUBLIC_DOMAIN), {name_of(13): ["verdict"]}),
    "unreadable": (
        lambda tiny: (tiny.collection / "svg/shapes/disc_01.svg").write_bytes(b"<svg"),
        {name_of(1): ["verdict"]},
    ),
    "other-bytes": (
        lambda tiny: (tiny.collection / "png/shapes/disc_01.png").write_bytes(drawing(99)),
        {name_of(1): ["bytes"]},
    ),
    "no-picture": (
        lambda tiny: (tiny.collection / "png/shapes/disc_01.png").unlink(),
        {name_of(1): ["verdict"]},
    ),
    "listed-no-more": (
        lambda tiny: (tiny.collection / "svg/shapes/disc_01.svg").unlink(),
        {name_of(1): ["gone"]},
    ),
    "no-picture-and-now-no-record": (
        lambda tiny: (tiny.collection / "svg/shapes/disc_15.svg").unlink(),
        {},
    ),
    "another-title": (lambda tiny: says(tiny, 1, title="Another"), {}),
    "a-new-one": (
        lambda tiny: (tiny.collection / "svg/shapes/new.svg").write_bytes(svg(1)),
        {},
    ),
    "two-at-once": (
        lambda tiny: [says(tiny, number, licence=licence) for number, licence in ((1, GPL), (2, CC0))],
        {name_of(1): ["withdrawn"], name_of(2): ["licence"]},
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_each_change_is_named_and_nothing_else(drift: Drifted, tiny: Tiny, change: str) -> None:
    make, expected = CHANGES[change]
    make(tiny)
    done, found, summary = drift()
    assert {what: each["changes"] for what, each in found.items()} == expected
    assert (done.code, summary["changed"]) == (1 if expected else 0, len(expected))
    again, found, _ = drift()
    assert (again.code, found) == (0, {}), "told once: the last crawl is this one now"


def test_both_sides_are_told(drift: Drifted, mitsua: Mitsua, tiny: Tiny) -> None:
    says(tiny, 1, licence=GPL)
    _, found, summary = drift()
    was, now = found[FIRST]["was"], found[FIRST]["now"]
    assert {name: was[name] for name in SAID} == SAID
    assert (now["outcome"], now["licence"], now["reason"]) == (
        "refusal", "LicenseRef-GPL", "licence_not_claimable"
    )  # fmt: skip
    assert was["capture"] != now["capture"]
    assert (summary["withdrawn"], summary["new"], summary["session"]) == (1, 0, "openclipart-00001")
    says(tiny, 2, licence=GPL)
    table = mitsua("drift", "openclipart", "-w", tiny.root)
    assert table.code == 1
    assert all(word in table.out for word in ("withdrawn", name_of(2), "LicenseRef-GPL, licence_not_claimable"))


def test_what_was_there_stays_and_what_is_new_is_appended(drift: Drifted, tiny: Tiny) -> None:
    with Ledger.open(tiny.workspace.ledger) as ledger, ledger.read() as connection:
        before = list(queries.leaf_hashes(connection))
    says(tiny, 1, licence=GPL)
    drift()
    with Ledger.open(tiny.workspace.ledger) as ledger, ledger.read() as connection:
        after = list(queries.leaf_hashes(connection))
    assert after[: len(before)] == before
    assert len(after) > len(before)


def test_a_collection_that_was_moved_is_named(mitsua: Mitsua, tiny: Tiny, tmp_path: Path) -> None:
    tiny.collection.rename(tmp_path / "elsewhere")
    assert mitsua("drift", "openclipart", "-w", tiny.root).code in {2, 3}
    moved = mitsua("drift", "openclipart", "--from", tmp_path / "elsewhere", "-w", tiny.root)
    assert (moved.code, moved.out) == (0, "")


def test_there_must_be_something_to_compare_with(mitsua: Mitsua, tiny: Tiny, tmp_path: Path) -> None:
    never = mitsua("drift", "repository", "-w", tiny.root)
    assert (never.code, "was never crawled" in never.complaint) == (2, True)
    assert mitsua("drift", "nothing", "-w", tiny.root).code == 2
    assert mitsua("drift", "openclipart", "-w", tmp_path / "nowhere").code == 4


def test_a_declared_source_drifts_by_its_id_and_is_known_by_it_after(mitsua: Mitsua, tmp_path: Path) -> None:
    declaration, root = declare(tmp_path)
    here = ("-w", tmp_path / "w", "--format", "json")
    mitsua("crawl", declaration, "--from", root, *here)
    (root / "stamp_1.png").unlink()
    (root / "stamp_2.png").write_bytes(drawing(50))
    for found in ([["gone"], ["bytes"]], []):
        *changed, summary = mitsua("drift", "stamps", *here).rows
        assert sorted(each["changes"] for each in changed) == sorted(found)
        assert summary["images"] == 2


def test_a_crawl_with_a_limit_in_between_makes_nothing_go(drift: Drifted, mitsua: Mitsua, tiny: Tiny) -> None:
    here = ("-w", tiny.root)
    mitsua("crawl", "openclipart", "--from", tiny.place, "--limit", 2, *here)
    assert drift()[1] == {}
    mitsua("crawl", "openclipart", "--from", tiny.place, "--limit", 2, *here)
    (tiny.collection / "svg/shapes/disc_09.svg").unlink()
    assert {what: each["changes"] for what, each in drift()[1].items()} == {name_of(9): ["gone"]}


def test_a_drift_that_was_killed_goes_on_and_tells_the_same(
    drift: Drifted, tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(tiny, 1, licence=GPL)
    says(tiny, 12, licence=GPL)
    monkeypatch.setattr("mitsua_data.crawl.BATCH_RECORDS", 1)
    monkeypatch.setattr("mitsua_data.sources.openclipart.PAGE", 4)
    flush, count = Batch.flush, iter(range(100))

    def dies(batch: Batch) -> None:
        flush(batch)
        if next(count) == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Batch, "flush", dies)
        with pytest.raises(ValueError, match="not enough values to unpack"):  # interrupted: it printed nothing
            drift()
    done, found, summary = drift()
    assert {what: each["changes"] for what, each in found.items()} == {
        name_of(1): ["withdrawn"], name_of(12): ["withdrawn"]
    }  # fmt: skip
    assert (done.code, summary["session"], summary["images"]) == (1, "openclipart-00001", ACCEPTED + 3)


def test_an_unfinished_crawl_is_not_what_a_drift_goes_on_with(
    drift: Drifted, mitsua: Mitsua, tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(tiny, 1, licence=GPL)
    monkeypatch.setattr("mitsua_data.sources.openclipart.PAGE", 4)
    monkeypatch.setattr("mitsua_data.crawl.BATCH_RECORDS", 1)
    flush, count = Batch.flush, iter(range(100))

    def dies(batch: Batch) -> None:
        flush(batch)
        if next(count) == 1:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Batch, "flush", dies)
        assert mitsua("crawl", "openclipart", "--from", tiny.place, "-w", tiny.root).code == 130
    _, _, summary = drift()
    assert (summary["session"], summary["images"]) == ("openclipart-00002", ACCEPTED + 3)


# ── withdrawing ──────────────────────────────────────────────────────────────────────────────────────────────────────


def revoked(tiny: Tiny) -> dict[tuple[Target, str], str]:
    place = Workspace(tiny.root)
    keys = KeyRing(place.keys, place.trust).pinned(Role.LOG)
    return {key: entry.basis for key, entry in read(place.revocations, keys).by_target.items()}


def test_a_licence_that_was_taken_back_is_withdrawn_with_the_words_that_show_it(
    drift: Drifted, mitsua: Mitsua, tiny: Tiny
) -> None:
    says(tiny, 1, licence=GPL)
    says(tiny, 2, licence=CC0)
    (tiny.collection / "svg/shapes/disc_03.svg").unlink()
    done, found, _ = drift("--revoke", "--yes")
    assert (done.code, len(found)) == (1, 3)
    (reach,) = (row for row in done.rows if "withdrawn" in row and "what" not in row and "images" in row
                and isinstance(row["images"], list))  # fmt: skip
    assert (reach["images"], {each["kind"] for each in reach["withdrawn"]}) == ([FIRST], {"image", "original"})
    assert set(revoked(tiny).values()) == {"licence-changed"}
    assert (Target.IMAGE, FIRST) in revoked(tiny)
    assert (Target.IMAGE, name_of(2)) not in revoked(tiny), "another free licence is no withdrawal"
    assert (Target.IMAGE, name_of(3)) not in revoked(tiny), "what is listed no more was not taken back"
    with Ledger.open(tiny.workspace.ledger) as ledger, ledger.read() as connection:
        row = next(row for row in queries.revocation_rows(connection) if row.target_kind == "image")
        quoted = queries.evidence_rows(connection)[row.evidence]
    assert quoted.value == GPL
    (decided,) = mitsua("decide", "-w", tiny.root, "--format", "json").rows
    assert decided["by_reason"]["revoked"] == 1


def test_what_was_seen_first_and_withdrawn_later_is_withdrawn_all_the_same(drift: Drifted, tiny: Tiny) -> None:
    says(tiny, 1, licence=GPL)
    done, *_ = drift()
    assert "to withdraw: mitsua drift openclipart --revoke" in " ".join(done.err.split())
    assert not tiny.workspace.revocations.exists()
    drift("--revoke", "--yes")
    assert (Target.IMAGE, FIRST) in revoked(tiny)
    done, *_ = drift()
    assert "to withdraw" not in done.err


def test_where_our_own_rule_has_changed_that_is_told_and_nothing_is_withdrawn(mitsua: Mitsua, tmp_path: Path) -> None:
    declaration, root = declare(tmp_path)
    here = ("-w", tmp_path / "w", "--format", "json")
    mitsua("crawl", declaration, "--from", root, *here)
    text = declaration.read_text().replace("exclude = []", 'exclude = ["stamp_1.png"]')
    declaration.write_text(text.replace("rule_version = 1", "rule_version = 2"))
    ran = mitsua("drift", "stamps", "--revoke", "--yes", *here)
    found, summary = ran.rows
    assert found["changes"] == ["withdrawn"]
    assert summary["rule_version"] == {"was": 1, "now": 2}
    assert "a change of a verdict may be ours" in ran.err
    assert not (tmp_path / "w/revocations.dsse.json").exists()


@pytest.mark.parametrize(("answer", "withdrawn"), [("y", True), ("Yes", True), ("", False), ("n", False), ("x", False)])
def test_at_a_terminal_it_asks(
    drift: Drifted, tiny: Tiny, monkeypatch: pytest.MonkeyPatch, answer: str, withdrawn: bool
) -> None:
    says(tiny, 1, licence=GPL)
    asked = []

    def say(question: str) -> str:
        asked.append(question)
        if not answer:
            raise EOFError
        return answer

    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr("mitsua_data.cli.drift.people.input", say)
    assert drift("--revoke")[0].code == 1
    assert [question.partition("?")[0] for question in asked] == ["withdraw 1 image for ever"]
    assert tiny.workspace.revocations.exists() == withdrawn


def test_where_nobody_can_be_asked_it_does_not_begin(drift: Drifted, mitsua: Mitsua, tiny: Tiny) -> None:
    says(tiny, 1, licence=GPL)
    ran = mitsua("drift", "openclipart", "--revoke", "-w", tiny.root)
    assert (ran.code, ran.complaint.endswith("add --yes")) == (2, True)
    assert drift()[2]["session"] == "openclipart-00001"


# ── over HTTP ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def routes() -> dict[str, Answer]:
    pictures = {f"/images/w{n:03}.png": Answer(drawing(n), "image/png") for n in range(1, 11)}
    return {**site(works(10)), **pictures}


@pytest.fixture
def press(
    mitsua: Mitsua, tmp_path: Path, routes: dict[str, Answer], monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Site, Callable[..., Any]]]:
    """A museum that was crawled and fetched, and the drift of it."""
    monkeypatch.setattr(sources, "SOURCES", (*sources.SOURCES, Press()))
    monkeypatch.setattr("mitsua_data.holdings.WebClient", partial(WebClient, limits=Limits(attempts=1)))
    here = ("-w", tmp_path / "w", "--format", "json")
    with serve(routes) as museum:
        assert mitsua("crawl", "press", "--base-url", museum.url, *here).rows[0]["claims"] == 8
        mitsua("decide", *here)
        assert mitsua("fetch", *here).rows[0]["kept"] == 8

        def drift(*more: object) -> Any:
            done = mitsua("drift", "press", *here, *more)
            *found, summary = done.rows
            return done.code, {each["what"]: each["changes"] for each in found}, summary

        yield museum, drift


def work(number: int, **changes: Any) -> Answer:
    return Answer.json(works(10)[number - 1] | changes)


def test_a_museum_that_changes_its_mind_is_found_out(
    press: tuple[Site, Callable[..., Any]], routes: dict[str, Answer]
) -> None:
    _, drift = press
    assert drift()[:2] == (0, {})
    routes["/works/w001"] = work(1, free=False)
    routes["/works/w005"] = work(5, free=True)
    routes["/works/w003"] = Answer.json({"message": "gone"}, 410)
    code, found, summary = drift()
    assert code == 1
    assert found == {
        "press:w001#image": ["withdrawn"], "press:w003#image": ["gone"], "press:w005#image": ["verdict"]
    }  # fmt: skip
    assert (summary["withdrawn"], summary["terms"]) == (1, 0)


def test_a_work_that_is_listed_no_more_is_gone_and_one_that_cannot_be_had_is_not(
    press: tuple[Site, Callable[..., Any]], routes: dict[str, Answer]
) -> None:
    _, drift = press
    routes["/list?page=1"] = Answer.json({"pages": 3, "ids": ["w001", "w002", "w003"]})
    routes["/works/w002"] = Answer(b"<h1>Bad gateway</h1>", "text/html", 502)
    code, found, summary = drift()
    assert (code, found, summary["unreachable"]) == (1, {"press:w004#image": ["gone"]}, 1)
    routes["/works/w002"] = work(2)
    code, found, summary = drift()
    assert (found, summary["unreachable"]) == ({"press:w004#image": ["gone"]}, 0), "the same drift, gone on with"
    assert drift()[:2] == (0, {})


def test_what_could_not_be_had_and_then_is_gone_is_told_of(
    press: tuple[Site, Callable[..., Any]], routes: dict[str, Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, drift = press
    routes["/works/w002"] = Answer.json({"message": "no"}, 403)
    assert drift()[:2] == (0, {})
    routes["/list?page=1"] = Answer.json({"pages": 3, "ids": ["w001", "w003", "w004"]})
    assert drift()[:2] == (1, {"press:w002#image": ["gone"]})


def test_other_terms_are_told(press: tuple[Site, Callable[..., Any]], routes: dict[str, Answer]) -> None:
    _, drift = press
    routes["/terms"] = Answer.html("<html><p>Other terms: no training.</p></html>")
    code, found, summary = drift()
    assert (code, found, summary["terms"]) == (1, {TERMS: ["terms"]}, 1)
    assert drift()[:2] == (0, {})


def test_bytes_are_looked_at_only_where_that_is_asked_for(
    press: tuple[Site, Callable[..., Any]], routes: dict[str, Answer], tmp_path: Path
) -> None:
    museum, drift = press
    routes["/images/w001.png"] = Answer(drawing(77), "image/png")
    routes["/images/w002.png"] = Answer.json({"message": "gone"}, 404)
    routes["/images/w003.png"] = Answer(b"", "text/html", 502)
    museum.asked.clear()
    assert drift()[:2] == (0, {})
    assert not any(target.startswith("/images") for target in museum.asked)
    code, found, summary = drift("--bytes")
    assert (code, found) == (1, {"press:w001#image": ["bytes"], "press:w002#image": ["bytes"]})
    assert (summary["bytes"], summary["unreachable"]) == (2, 1)
    assert not any("w005" in target for target in museum.asked if target.startswith("/images")), "refused: not wanted"
    place = Workspace(tmp_path / "w")
    with Ledger.open(place.ledger) as ledger, ledger.read() as connection:
        held = {each.image.record: each.original for each in queries.standings(connection) if each.original}
        tries = connection.exec_driver_sql("SELECT record, reason FROM attempt WHERE outcome = 'changed'").fetchall()
        captures = queries.captures(connection, held.values())
    assert sorted(map(tuple, tries)) == [("w001", "other_bytes"), ("w002", "gone")]
    with CaptureStore(place.captures) as store:
        assert store.read(captures[held["w001"] or ""]) == drawing(1), "what was fetched once stays"


def test_a_museum_that_is_away_is_no_finding(
    press: tuple[Site, Callable[..., Any]], mitsua: Mitsua, routes: dict[str, Answer], tmp_path: Path
) -> None:
    routes.clear()
    ran = mitsua("drift", "press", "-w", tmp_path / "w")
    assert ran.code == 3


def test_a_dump_is_compared_with_a_dump(mitsua: Mitsua, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "SOURCES", (*sources.SOURCES, Press()))
    (tmp_path / "works.json").write_text(json.dumps(works(10)))
    (tmp_path / "terms.html").write_text("<p>Everything is CC0.</p>")
    given = ("--from", tmp_path / "works.json", "--terms", f"{TERMS}={tmp_path / 'terms.html'}")
    here = ("-w", tmp_path / "w", "--format", "json")
    assert mitsua("crawl", "press", *given, *here).code == 0
    lost = mitsua("drift", "press", "-w", tmp_path / "w")
    assert (lost.code, "name the dump of today with --from" in lost.complaint) == (2, True)
    (tmp_path / "works.json").write_text(json.dumps([{**each, "free": False} for each in works(9)]))
    (tmp_path / "terms.html").write_text("<p>Nothing is free.</p>")
    *found, summary = mitsua("drift", "press", *given, *here).rows
    changes = [each["changes"] for each in found]
    assert (summary["withdrawn"], summary["gone"], summary["terms"]) == (8, 1, 1)
    assert sorted(map(tuple, changes)) == [("gone",), ("terms",), *[("withdrawn",)] * 8]


# ── deliveries ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_delivery_is_looked_at_again(mitsua: Mitsua, tmp_path: Path) -> None:
    here = ("-w", tmp_path / "w", "--format", "json")
    (tmp_path / "agreement.pdf").write_bytes(DOCUMENT)
    for name, number in (("one", 1), ("two", 2)):
        folder = deliver(tmp_path / name, {"x.png": drawing(number), "y.png": drawing(number + 10)})
        given = ("--document", tmp_path / "agreement.pdf", "--grantor", name, "--scope", "training")
        assert mitsua("permit", folder, *given, "--from", "2024-01-01", "--until", "unlimited", *here).code == 0
        assert mitsua("crawl", "contract", "--from", folder, *here).code == 0
    (clean,) = mitsua("drift", "contract", *here).rows
    assert (clean["changed"], clean["images"]) == (0, 4), "both, though the last crawl saw one"
    (tmp_path / "one/x.png").write_bytes(drawing(30))
    (tmp_path / "two/permission.intoto.json").unlink()
    *found, summary = mitsua("drift", "contract", "--revoke", "--yes", *here).rows
    changes = {each["what"]: each["changes"] for each in found if "what" in each}
    assert changes == {
        "contract:one/x.png#file": ["withdrawn", "bytes"],
        "contract:two/x.png#file": ["withdrawn"],
        "contract:two/y.png#file": ["withdrawn"],
    }
    assert summary["withdrawn"] == 3
