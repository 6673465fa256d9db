"""An audit reads opt-out signals for itself: silence that was recorded where there was a no is found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mitsua_data.audit import AuditResult, Kind, audit_release
from mitsua_data.ledger import events, tables
from mitsua_data.ledger.store import Ledger
from mitsua_data.sources.drawn_museum import HOST
from tests.forgery import sql
from tests.sources.replay import Answer
from tests.test_opt_outs import AI_TXT, FIRST, ROBOTS, SIZE, TDMREP, fetched, museum, routes, text
from tests.tiny import DATASET, Tiny


def released(
    tmp_path: Path, says: dict[str, Answer], lie: str = "", *, pictures: dict[str, Answer] | None = None
) -> Tiny:
    """
    A release from a museum that says something, by a builder who tells the ledger a lie, and logs it as if it were so.

    `pictures`: what is served instead when the pictures are fetched; the host is silent then.
    """
    with museum(tmp_path, routes() | says) as (tiny, _):
        tiny.crawl()
    told = lying(tiny, lie)
    tiny.decide()
    with museum(tmp_path, routes() | (pictures or {})) as (_, site):
        fetched(tiny, site.url)
    told += lying(tiny, lie)
    assert told or not lie, "nobody was lied to"
    tiny.decide()
    tiny.build(DATASET)
    return tiny


def lying(tiny: Tiny, lie: str) -> int:
    """Tell it; how often it changed something."""
    try:
        sql(tiny, *([lie] if lie else []))
    except AssertionError:
        return 0
    log_again(tiny)
    return bool(lie)


def log_again(tiny: Tiny) -> None:
    """Give the rows of `signal` the leaves that they should have: a builder who lies from the first day on."""
    with tiny.open() as (ledger, _), ledger.read() as connection:
        for row in connection.execute(tables.signal.select()):
            leaf = events.leaf(tables.signal, dict(row._mapping))
            connection.execute(tables.log_leaf.update().where(tables.log_leaf.c.seq == row.seq).values(leaf_hash=leaf))
        connection.commit()


def audit(tiny: Tiny) -> AuditResult:
    with tiny.open() as (ledger, store):
        return audit_release(ledger, store, tiny.release, tiny.keys, workers=1)


def objections(result: AuditResult) -> set[str]:
    return {finding.got for finding in result.findings if finding.kind is Kind.OBJECTION}


def kinds(result: AuditResult) -> set[Kind]:
    return {finding.kind for finding in result.findings}


def test_a_museum_that_says_nothing_passes(tmp_path: Path) -> None:
    tiny = released(tmp_path, {})
    result = audit(tiny)
    assert result.findings == ()
    assert result.counts["samples"] == SIZE


def test_what_is_said_after_the_release_is_found(tmp_path: Path) -> None:
    tiny = released(tmp_path, {})
    with museum(tmp_path, routes() | {TDMREP: Answer.json([{"location": "/", "tdm-reservation": 1}])}) as (_, site):
        replace(tiny, place=site.url).later(hours=1).crawl()
    assert objections(audit(tiny)) == {"tdmrep/file: block now"}


FORGED = "UPDATE signal SET verdict = 'none', value_raw = NULL WHERE verdict != 'none'"
LIES: dict[str, tuple[dict[str, Answer], str, str]] = {
    "a wish in robots.txt": (
        {ROBOTS: text("Content-Usage: train-ai=n")}, FORGED, f"none (content-usage/robots, host:{HOST})"
    ),
    "a broken file": ({TDMREP: text("{")}, FORGED, f"none (tdmrep/file, host:{HOST})"),
    "a sentence of the terms": (
        {"/policy": Answer.html(routes()["/policy"].body.decode() + "<p>No AI training.</p>")},
        FORGED,
        f"none (words, source:drawn_museum@https://{HOST}/policy)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", LIES)
def test_a_lie_about_a_document_is_found_though_the_log_was_made_with_it(tmp_path: Path, case: str) -> None:
    says, lie, got = LIES[case]
    result = audit(released(tmp_path, says, lie))
    assert kinds(result) == {Kind.OBJECTION}
    assert objections(result) == {got}


def test_the_rules_of_robots_txt_are_read_again_too(tmp_path: Path) -> None:
    robots = {ROBOTS: text("User-agent: *\nDisallow: /objects/\nDisallow: /closed/")}
    lie = "UPDATE signal SET value_raw = 'User-agent: *\nDisallow: /closed/' WHERE protocol = 'robots'"
    result = audit(released(tmp_path, robots, lie, pictures=robots))
    assert objections(result) == {f"block (robots, crawl:drawn_museum@{HOST})"}


@pytest.mark.parametrize(
    ("where", "got"),
    [
        ("protocol = 'ai.txt'", f"nobody looked at ai.txt of {HOST}"),
        ("protocol = 'tdmrep/file'", f"nobody looked at tdmrep/file of {HOST}"),
        ("protocol = 'content-signal/robots'", f"nobody looked at content-signal/robots of {HOST}"),
        ("protocol = 'words'", f"nobody looked at https://{HOST}/policy"),
    ],
)
def test_where_nobody_looked_there_is_no_silence(tmp_path: Path, where: str, got: str) -> None:
    tiny = released(tmp_path, {})
    sql(tiny, f"DELETE FROM signal WHERE {where}")
    result = audit(tiny)
    assert got in objections(result)


def test_the_answer_that_brought_a_picture_is_looked_at(tmp_path: Path) -> None:
    picture = f"/images/{FIRST}.png"
    noai = {picture: replace(routes()[picture], headers={"X-Robots-Tag": "noai"})}
    result = audit(released(tmp_path, {}, "DELETE FROM signal WHERE scope LIKE 'url:%'", pictures=noai))
    assert "x-robots-tag: noai" in objections(result)


def test_a_protocol_that_nobody_knows_does_not_pass(tmp_path: Path) -> None:
    tiny = released(tmp_path, {AI_TXT: text("")})
    with Ledger.open(tiny.workspace.ledger) as ledger, ledger.batch() as batch:
        (evidence,) = (batch.connection.execute(tables.signal.select()).first(),)
        assert evidence is not None
        row = {"evidence": evidence.evidence, "protocol": "telepathy", "scope": f"host:{HOST}", "verdict": "none"}
        batch.log(tables.signal, **row, parser_version=9, at=batch.now)
    assert objections(audit(tiny)) == {"protocol 'telepathy'"}
