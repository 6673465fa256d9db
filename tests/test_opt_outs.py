"""The way of a wish: asked for by the crawl, captured, recorded, heeded by the decision, and taken back by silence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from mitsua_data.demo.museum import POLICY as POLICY_TEXT
from mitsua_data.demo.museum import collection
from mitsua_data.errors import UsageError
from mitsua_data.explain import chain, find
from mitsua_data.holdings import image_server, remembered
from mitsua_data.images.fetch import FetchTally, fetch, survey
from mitsua_data.ledger import events, queries, tables
from mitsua_data.ledger.store import Ledger
from mitsua_data.policy import Policy
from mitsua_data.recording import Recorder
from mitsua_data.reports.chain import in_words
from mitsua_data.signals import PARSER_VERSION, Protocol, Word
from mitsua_data.signals.looks import look_of
from mitsua_data.signals.vocabulary import PROTOCOLS, Place
from mitsua_data.sources.drawn_museum import HOST, OBJECT, POLICY, DrawnMuseum
from mitsua_data.web import Politeness
from tests.forgery import ask
from tests.sources.replay import WISHES, Answer, Clock, Site, serve
from tests.tiny import NOON, Tiny, draw_collection

SIZE = 6
"""Objects of the museum; the first ones have no flaw."""
EXHIBITS = collection(SIZE)
FIRST = EXHIBITS[0].id
ROBOTS, TDMREP, AI_TXT = "/robots.txt", "/.well-known/tdmrep.json", "/ai.txt"
REFUSES = Policy.parse('name = "strict"\n[accept]\nlicences = ["CC0-1.0"]\n[signals]\nunknown = "refuse"')
ACCEPTS: tuple[str, list[str]] = ("accept", [])
REFUSED = ("refuse", ["opt_out"])
HELD = ("review", ["opt_out_unclear"])


class Free(DrawnMuseum):
    """Its API is documented: robots.txt does not bind it."""

    spec = replace(DrawnMuseum.spec, robots_apply=False)


def text(body: str, **more: Any) -> Answer:
    return Answer(body.encode(), "text/plain", **more)


def routes() -> dict[str, Answer]:
    """A museum on two pages of its list, with pictures."""
    found = {"/policy": Answer.html(POLICY_TEXT)}
    for page, shown in ((1, EXHIBITS[:3]), (2, EXHIBITS[3:])):
        listed = {"page": page, "pages": 2, "objects": [each.id for each in shown]}
        found[f"/api/objects?page={page}"] = Answer.json(listed)
    for exhibit in EXHIBITS:
        found[f"/api/objects/{exhibit.id}"] = Answer.json(exhibit.as_json())
        found[f"/images/{exhibit.id}.png"] = Answer(exhibit.png, "image/png")
    return found


@contextmanager
def museum(tmp_path: Path, says: dict[str, Answer], source: DrawnMuseum | None = None) -> Iterator[tuple[Tiny, Site]]:
    """A museum that says something, and a workspace that asks it; neither waits."""
    clock = Clock()
    with serve(says) as site, pytest.MonkeyPatch.context() as patch:
        patch.setattr("mitsua_data.holdings._politeness", lambda: Politeness(lambda: clock.now, clock.sleep))
        tiny = Tiny(tmp_path / "workspace", site.url, source=source or DrawnMuseum())
        tiny.root.mkdir(parents=True, exist_ok=True)
        yield tiny, site


def outcomes(tiny: Tiny, policy: Policy | None = None) -> dict[str, tuple[str, list[str]]]:
    """Decided anew: object → outcome and reasons."""
    tiny.decide(policy)
    with tiny.open() as (ledger, _), ledger.read() as connection:
        decided = queries.decisions(connection, (policy or tiny.policy).sha256)
    return {image.record: (each.outcome, list(each.reasons)) for image, each in decided.items()}


def signals(tiny: Tiny) -> dict[tuple[str, str], str]:
    """The newest word of each protocol and scope."""
    rows = ask(tiny, "SELECT protocol, scope, verdict FROM signal ORDER BY seq")
    return {(protocol, scope): word for protocol, scope, word in rows}


def fetched(tiny: Tiny, base_url: str = "") -> FetchTally:
    with tiny.open() as (ledger, store):
        session, places = remembered(ledger, tiny.source)
        with image_server(tiny.source, [base_url] if base_url else places) as serve_images:
            images = survey(ledger, tiny.policy, tiny.source.spec.id).images
            return fetch(ledger, store, images, serve_images, session=session, workers=1)


SAYS: dict[str, tuple[dict[str, Answer], tuple[str, list[str]]]] = {
    "nothing": ({}, ACCEPTS),
    "robots: all but us": ({ROBOTS: text("User-agent: *\nDisallow: /images/\n\nUser-agent: mitsua\nAllow:/")}, ACCEPTS),
    "robots: the pictures": ({ROBOTS: text("User-agent: *\nDisallow: /images/")}, REFUSED),
    "robots: another folder": ({ROBOTS: text("User-agent: *\nDisallow: /storeroom/")}, ACCEPTS),
    "robots: GPTBot": ({ROBOTS: text("User-agent: GPTBot\nUser-agent: CCBot\nDisallow: /")}, ACCEPTS),
    "content-signal": ({ROBOTS: text("User-agent: *\nContent-Signal: ai-train=no\nAllow: /")}, REFUSED),
    "content-usage of the pictures": ({ROBOTS: text("Content-Usage: /images/ train-ai=n")}, REFUSED),
    "content-usage of another folder": ({ROBOTS: text("Content-Usage: /storeroom/ train-ai=n")}, ACCEPTS),
    "content-usage, yes": ({ROBOTS: text("Content-Usage: train-ai=y")}, ACCEPTS),
    "content-usage, perhaps": ({ROBOTS: text("Content-Usage: train-ai=perhaps")}, HELD),
    "tdmrep": ({TDMREP: Answer.json([{"location": "/", "tdm-reservation": 1}])}, REFUSED),
    "tdmrep of the records": ({TDMREP: Answer.json([{"location": "/api/*", "tdm-reservation": 1}])}, REFUSED),
    "tdmrep of pages for people": ({TDMREP: Answer.json([{"location": "/objects/", "tdm-reservation": 1}])}, REFUSED),
    "tdmrep, no": ({TDMREP: Answer.json([{"location": "/", "tdm-reservation": 0}])}, ACCEPTS),
    "tdmrep, broken": ({TDMREP: Answer(b"[{", "application/json")}, HELD),
    "a page for tdmrep": ({TDMREP: Answer.html("<p>This page is lost.</p>")}, ACCEPTS),
    "ai.txt of pictures": ({AI_TXT: text("User-Agent: *\nDisallow: *.png")}, REFUSED),
    "ai.txt of music": ({AI_TXT: text("User-Agent: *\nDisallow: *.mp3")}, ACCEPTS),
    "ai.txt that cannot be had": ({AI_TXT: text("oops", status=500)}, HELD),
    "ai.txt behind a lock": ({AI_TXT: text("no", status=403)}, ACCEPTS),
    "RSL": (
        {
            ROBOTS: text(f"License: https://{HOST}/license.xml"),
            "/license.xml": Answer(
                b"<rsl><content url='/images/'><license><prohibits>ai-train</prohibits></license></content></rsl>"
            ),
        },
        REFUSED,
    ),
    "RSL that permits": (
        {
            ROBOTS: text("License: /license.xml"),
            "/license.xml": Answer(
                b"<rsl><content url='/'><license><permits>all</permits><payment type='free'/></license></content></rsl>"
            ),
        },
        ACCEPTS,
    ),
    "RSL somewhere else": ({ROBOTS: text("License: https://elsewhere.example/license.xml")}, HELD),
    "RSL that is gone": ({ROBOTS: text(f"License: https://{HOST}/license.xml")}, ACCEPTS),
    "two RSL": ({ROBOTS: text("License: /a.xml\nLicense: /b.xml")}, HELD),
    "a sentence in the terms": (
        {"/policy": Answer.html(POLICY_TEXT + "<p>Using them to train AI models is not permitted.</p>")}, REFUSED
    ),
    "a meta element of terms": ({"/policy": Answer.html('<meta name="robots" content="noai">' + POLICY_TEXT)}, REFUSED),
    "the header of the terms": (
        {"/policy": replace(Answer.html(POLICY_TEXT), headers={"X-Robots-Tag": "noai"})}, REFUSED
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", SAYS)
def test_what_the_museum_says_decides(tmp_path: Path, case: str) -> None:
    says, expected = SAYS[case]
    with museum(tmp_path, routes() | says) as (tiny, site):
        tiny.crawl()
    assert outcomes(tiny) == {exhibit.id: expected for exhibit in EXHIBITS}
    # Once a crawl, whatever it says; a server's trouble is asked about again.
    assert all(site.asked.count(target) == (4 if case == "ai.txt that cannot be had" and target == AI_TXT else 1)
               for target in WISHES)  # fmt: skip


def test_a_policy_may_refuse_what_is_unclear_but_never_accept_it(tmp_path: Path) -> None:
    with museum(tmp_path, routes() | {TDMREP: text("{")}) as (tiny, _):
        tiny.crawl()
    assert set(map(str, outcomes(tiny, REFUSES).values())) == {str(("refuse", ["opt_out_unclear"]))}
    with pytest.raises(UsageError, match=r"signals\.unknown"):
        Policy.parse('name = "p"\n[signals]\nunknown = "accept"')


@pytest.mark.parametrize(
    ("says", "expected"),
    [("User-agent: *\nDisallow: /", ACCEPTS), ("User-agent: *\nContent-Signal: ai-train=no\nDisallow: /", REFUSED)],
)
def test_a_documented_api_is_not_bound_by_disallow_but_by_a_wish(
    tmp_path: Path, says: str, expected: tuple[str, list[str]]
) -> None:
    with museum(tmp_path, routes() | {ROBOTS: text(says)}, Free()) as (tiny, _):
        tiny.crawl()
    assert set(map(str, outcomes(tiny).values())) == {str(expected)}
    assert not [protocol for protocol, _ in signals(tiny) if protocol == Protocol.ROBOTS]


def test_a_record_s_header_covers_its_own_images_only(tmp_path: Path) -> None:
    target = f"/api/objects/{FIRST}"
    says = routes()
    says[target] = replace(says[target], headers={"TDM-Reservation": "1"})
    with museum(tmp_path, says) as (tiny, _):
        tiny.crawl()
    found = outcomes(tiny)
    assert found.pop(FIRST) == REFUSED
    assert set(map(str, found.values())) == {str(ACCEPTS)}
    assert signals(tiny)[Protocol.TDMREP_HEADER, f"url:{OBJECT}{FIRST}"] == Word.BLOCK


def test_the_header_of_a_picture_is_kept_when_it_is_fetched(tmp_path: Path) -> None:
    target = f"/images/{FIRST}.png"
    says = routes()
    says[target] = replace(says[target], headers={"X-Robots-Tag": "NoImageAI"})
    with museum(tmp_path, says) as (tiny, _):
        tiny.crawl()
        tiny.decide()
        tally = fetched(tiny)
        assert (tally.kept, tally.objections) == (SIZE, 1)
        assert fetched(tiny).wanted == 0
    found = outcomes(tiny)
    assert found.pop(FIRST) == REFUSED
    assert set(map(str, found.values())) == {str(ACCEPTS)}


def test_a_host_that_says_no_meanwhile_is_not_asked_for_pictures(tmp_path: Path) -> None:
    with museum(tmp_path, routes()) as (tiny, _):
        tiny.crawl()
        tiny.decide()
    says = routes() | {TDMREP: Answer.json([{"location": "/images/*", "tdm-reservation": 1}])}
    with museum(tmp_path, says) as (_, site):
        tally = fetched(tiny, site.url)
        assert not [target for target in site.asked if target.startswith("/images/")]
    assert (tally.kept, tally.failed, tally.objections) == (0, {"refused_opt_out": SIZE}, 1)
    assert set(map(str, outcomes(tiny).values())) == {str(REFUSED)}


def test_what_is_said_no_more_is_taken_back_and_the_history_stays(tmp_path: Path) -> None:
    reserved = {TDMREP: Answer.json([{"location": "/images/", "tdm-reservation": 1}]),
                ROBOTS: text("User-agent: *\nDisallow: /images/\nContent-Usage: train-ai=n")}  # fmt: skip
    page = {"/policy": Answer.html(POLICY_TEXT + "<p>No AI training.</p>")}
    crawls: list[tuple[dict[str, Answer], tuple[str, list[str]]]] = [
        ({}, ACCEPTS), (reserved, REFUSED), (reserved, REFUSED), ({}, ACCEPTS), (page, REFUSED), ({}, ACCEPTS),
    ]  # fmt: skip
    rows = []
    for says, expected in crawls:
        with museum(tmp_path, routes() | says) as (tiny, _):
            tiny.crawl()
        assert set(map(str, outcomes(tiny).values())) == {str(expected)}
        rows.append(len(ask(tiny, "SELECT seq FROM signal")))
    assert rows[2] == rows[1], "a crawl that hears nothing new adds no row"
    assert rows == sorted(rows)
    decided = ask(tiny, f"SELECT outcome FROM decision WHERE record = '{FIRST}' ORDER BY seq")
    assert [outcome for (outcome,) in decided] == ["accept", "refuse", "accept", "refuse", "accept"]


def test_what_cannot_be_had_takes_nothing_back(tmp_path: Path) -> None:
    for answer in (Answer.json([{"location": "/images/", "tdm-reservation": 1}]), text("oops", status=503)):
        with museum(tmp_path, routes() | {TDMREP: answer}) as (tiny, _):
            tiny.crawl()
    assert set(map(str, outcomes(tiny).values())) == {str(("refuse", ["opt_out", "opt_out_unclear"]))}


def test_silence_is_told_of_by_every_protocol(tmp_path: Path) -> None:
    with museum(tmp_path, routes()) as (tiny, _):
        tiny.crawl()
    found = signals(tiny)
    assert set(found.values()) == {"none"}
    looked = {protocol for place in Place for protocol in PROTOCOLS[place]}
    assert {protocol for protocol, _ in found} == set(map(str, looked))
    assert {scope for _, scope in found} == {
        f"host:{HOST}",
        f"crawl:drawn_museum@{HOST}",
        f"source:drawn_museum@{POLICY}",
    }


def test_documents_and_answers_are_captured_and_quoted(tmp_path: Path) -> None:
    says = {ROBOTS: text("User-agent: *\nContent-Signal: ai-train=no"), "/images/x": text("")}
    with museum(tmp_path, routes() | says) as (tiny, _):
        tiny.crawl()
    with tiny.open() as (ledger, store):
        row = newest(ledger, Protocol.SIGNAL_ROBOTS)
        quotation = quoted(ledger, row["evidence"])
        assert quotation["pointer"] == f"line:{quotation['value']}" == "line:Content-Signal: ai-train=no"
        assert store.read(captured(ledger, quotation["capture"])) == b"User-agent: *\nContent-Signal: ai-train=no"
        row = newest(ledger, Protocol.AI_TXT)
        quotation = quoted(ledger, row["evidence"])
        assert (quotation["pointer"], quotation["value"]) == ("/status", 404)
        facts = json.loads(store.read(captured(ledger, quotation["capture"])))
        assert facts == {"about": "ai.txt", "status": 404, "url": f"https://{HOST}/ai.txt"}
    # The answer that there is no such file is kept as well, with its exchange.
    locators = {locator for (locator,) in ask(tiny, "SELECT locator FROM capture_seen")}
    assert {f"https://{HOST}{target}" for target in WISHES} <= locators


def test_every_signal_is_a_leaf_and_follows_from_its_capture(tmp_path: Path) -> None:
    says = routes() | {
        ROBOTS: text("User-agent: *\nDisallow: /images/\nContent-Usage: /a train-ai=n\nLicense: /l.xml"),
        TDMREP: text("{"),
        AI_TXT: text("Training: no"),
        "/policy": Answer.html(POLICY_TEXT + "<p>No AI.</p>"),
        f"/api/objects/{FIRST}": replace(routes()[f"/api/objects/{FIRST}"], headers={"X-Robots-Tag": "noai"}),
    }
    with museum(tmp_path, says) as (tiny, _):
        tiny.crawl()
    with tiny.open() as (ledger, store), ledger.read() as connection:
        rows = [dict(row._mapping) for row in connection.execute(select(tables.signal))]
        leaves = {row.seq: row.leaf_hash for row in connection.execute(select(tables.log_leaf))}
        assert {row["verdict"] for row in rows} == {"none", "block", "unknown"}
        for row in rows:
            assert leaves[row["seq"]] == events.leaf(tables.signal, row)
            assert (row["parser_version"], row["at"]) == (PARSER_VERSION, NOON.strftime("%Y-%m-%dT%H:%M:%SZ"))
            quotation = quoted(ledger, row["evidence"])
            data = store.read(captured(ledger, quotation["capture"]))
            locators = ask(tiny, f"SELECT locator FROM capture_seen WHERE sha256 = '{quotation['capture']}'")
            told = (Protocol(row["protocol"]), row["scope"])
            said = [look_of(*told, data, locator).said(*told) for (locator,) in locators]
            assert (row["verdict"], row["value_raw"]) in [(each.word, each.value) for each in said], row


def test_a_decision_names_the_signals_it_rests_on(tmp_path: Path) -> None:
    with museum(tmp_path, routes() | {AI_TXT: text("Training: no")}) as (tiny, _):
        tiny.crawl()
    outcomes(tiny)
    ((inputs,),) = set(ask(tiny, "SELECT json_extract(inputs, '$.signals') FROM decision"))
    ((seq,),) = ask(tiny, "SELECT seq FROM signal WHERE verdict = 'block'")
    assert json.loads(inputs) == [seq]
    with tiny.open() as (ledger, _):
        (image,) = find(ledger, f"drawn_museum:{FIRST}")
        lines = "\n".join(in_words(chain(ledger, image, [])))
    assert f'SIGNAL by ai.txt, which is a wish against training: "Training: no"\n    for host:{HOST}\n' in lines
    assert f"https://{HOST}/ai.txt" in lines


def test_a_crawl_that_was_killed_has_the_signals_of_one_that_was_not(tmp_path: Path) -> None:
    class Killed(BaseException):
        pass

    says = routes() | {ROBOTS: text("Content-Usage: train-ai=n"), AI_TXT: text("Training: what")}
    with museum(tmp_path / "plain", says) as (plain, _):
        plain.crawl()
    with museum(tmp_path / "killed", says) as (killed, _), pytest.MonkeyPatch.context() as patch:
        patch.setattr("mitsua_data.crawl.BATCH_RECORDS", 1)
        with pytest.MonkeyPatch.context() as deadly, pytest.raises(Killed):
            judge, judged = Recorder.commit, []

            def commit(self: Recorder, *arguments: Any, **more: Any) -> int:
                judged.append(judge(self, *arguments, **more))
                raise Killed

            deadly.setattr(Recorder, "commit", commit)
            killed.crawl()
        killed.crawl()
    everything = "SELECT protocol, scope, value_raw, verdict FROM signal ORDER BY protocol, scope, seq"
    assert ask(killed, everything) == ask(plain, everything)


def test_files_on_disk_have_no_hosts_to_ask(tmp_path: Path) -> None:
    tiny = Tiny(tmp_path / "workspace", draw_collection(tmp_path / "collection"))
    tiny.root.mkdir()
    tiny.crawl()
    assert signals(tiny) == {}


def newest(ledger: Ledger, protocol: Protocol) -> dict[str, Any]:
    with ledger.read() as connection:
        table = tables.signal
        query = select(table).where(table.c.protocol == str(protocol)).order_by(table.c.seq.desc())
        return dict(connection.execute(query).first()._mapping)  # type: ignore[union-attr]


def quoted(ledger: Ledger, seq: int) -> dict[str, Any]:
    with ledger.read() as connection:
        return queries.logged_row(connection, tables.evidence, seq)


def captured(ledger: Ledger, sha256: str) -> Any:
    with ledger.read() as connection:
        return queries.captures(connection, [sha256])[sha256]
