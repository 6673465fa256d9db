"""`mitsua crawl --from DUMP --terms URL=FILE --since DAY`: what a person brings to a crawl of a source on the web."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from mitsua_data import sources
from mitsua_data.dumps import open_dump
from mitsua_data.ledger.store import Batch
from tests.cli.conftest import Mitsua
from tests.making import folder
from tests.sources.press import TERMS, Press, site, works
from tests.sources.replay import WISHES, Answer, serve
from tests.tiny import Tiny, drawing

WORKS = works(10)
CLAIMED = 8


@pytest.fixture(autouse=True)
def press(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "SOURCES", (*sources.SOURCES, Press()))
    monkeypatch.delenv("MITSUA_CONTACT", raising=False)


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    return folder(tmp_path / "dump", {"works.json": json.dumps(WORKS).encode(), "README.md": b"x"}) / "works.json"


@pytest.fixture
def terms(tmp_path: Path) -> Path:
    page = tmp_path / "terms.html"
    page.write_text("<p>Everything is CC0.</p>")
    return page


def sql(workspace: Path, query: str) -> list[Any]:
    with Tiny(workspace, "").open() as (ledger, _), ledger.read() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(query)]


def test_a_dump_and_saved_terms_need_no_network_and_no_contact(
    mitsua: Mitsua, dump: Path, terms: Path, tmp_path: Path
) -> None:
    here = ("-w", tmp_path / "w", "--format", "json")
    command = ("crawl", "press", "--from", dump, "--terms", f"{TERMS}={terms}", *here)
    ran = mitsua(*command)
    assert (ran.code, ran.rows[0]["records"], ran.rows[0]["claims"]) == (0, 10, CLAIMED)
    assert mitsua(*command).rows[0]["changed"] == 0
    seen = dict(sql(tmp_path / "w", "SELECT locator, sha256 FROM capture_seen"))
    assert seen[TERMS] == sha256(terms.read_bytes()).hexdigest()
    assert {"press:?dump", "press:works.json?1-4", "press:works.json?9-10"} <= seen.keys()
    ((holdings,), *_) = sql(tmp_path / "w", "SELECT holdings FROM crawl_session")
    with closing(open_dump("press", [dump])) as opened:
        index = opened.index().sha256
    assert json.loads(holdings) == {
        "kind": "web", "places": ["https://press.example/"], "identity": "https://press.example/",
        "dump": f"sha256:{index}", "terms": {TERMS: f"sha256:{seen[TERMS]}"},
    }  # fmt: skip
    assert sql(tmp_path / "w", "SELECT DISTINCT grade FROM verdict WHERE outcome = 'claim'") == [("E3",)]
    assert mitsua("decide", *here).rows[0]["accept"] == CLAIMED


def test_terms_that_were_not_brought_are_asked_for(mitsua: Mitsua, dump: Path, tmp_path: Path) -> None:
    lost = mitsua("crawl", "press", "--from", dump, "-w", tmp_path / "lost")
    assert lost.code == 2
    assert "no public server" in lost.complaint
    with serve({"/terms": Answer.html()}) as museum:
        ran = mitsua(
            "crawl", "press", "--from", dump, "--base-url", museum.url, "-w", tmp_path / "w", "--format", "json"
        )
        assert (ran.code, ran.rows[0]["claims"]) == (0, CLAIMED)
        assert [target for target in museum.asked if target not in WISHES] == ["/terms"]


def test_originals_of_a_dump_s_images_come_over_the_web(mitsua: Mitsua, dump: Path, tmp_path: Path) -> None:
    here = ("-w", tmp_path / "w", "--format", "json")
    with serve(site(WORKS)) as museum:
        mitsua("crawl", "press", "--from", dump, "--base-url", museum.url, *here)
        mitsua("decide", *here)
        ran = mitsua("fetch", *here)
        assert (ran.code, ran.rows[0]["wanted"], sum(ran.rows[0]["failed"].values())) == (3, CLAIMED, CLAIMED)
        assert "/images/w001.png" in museum.asked
    assert mitsua("fetch", "press", "--from", dump, *here).code == 2


def test_the_whole_way_from_a_dump(mitsua: Mitsua, dump: Path, terms: Path, tmp_path: Path, dataset: Path) -> None:
    here = ("-w", tmp_path / "w", "--format", "json")
    images = {f"/images/{work['id']}.png": Answer(drawing(n), "image/png") for n, work in enumerate(WORKS)}
    with serve(images) as museum:
        saved = ("--terms", f"{TERMS}={terms}", "--base-url", museum.url)
        assert mitsua("crawl", "press", "--from", dump, *saved, *here).rows[0]["claims"] == CLAIMED
        mitsua("decide", *here)
        assert mitsua("fetch", *here).rows[0]["kept"] == CLAIMED
    dataset.write_text(dataset.read_text() + '[captions]\ntemplate = "{title} by {creator}"\n')
    (built,) = mitsua("build", dataset, *here).rows
    assert (built["samples"], built["withheld"]) == (CLAIMED, {})
    # The rule runs again on the slices, beside the dump's index and the page of terms.
    audit = mitsua("audit", built["release"], *here)
    assert audit.code == 0, audit.out
    assert (audit.rows[0]["verdict"], audit.rows[0]["counts"]["rules_run"]) == ("pass", CLAIMED)


class Killed(BaseException):
    """The end of the process."""


def killed_after_a_batch(command: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    real, batches = Batch.flush, iter(range(100))

    def flush(self: Batch) -> None:
        real(self)
        if next(batches) == 1:
            raise Killed

    monkeypatch.setattr("mitsua_data.crawl.BATCH_RECORDS", 1)
    with mock.patch.object(Batch, "flush", flush), pytest.raises(Killed):
        command()


def test_a_killed_crawl_of_a_dump_goes_on_in_the_same_files_only(
    mitsua: Mitsua, dump: Path, terms: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought = ("crawl", "press", "--from", dump, "--terms", f"{TERMS}={terms}", "--format", "json")
    for change in ("nothing", "dump", "terms"):
        command = (*brought, "-w", tmp_path / change)
        killed_after_a_batch(lambda command=command: mitsua(*command), monkeypatch)  # type: ignore[misc]
        if change == "dump":
            dump.write_text(json.dumps(works(9)))
        if change == "terms":
            terms.write_text("<p>Nothing is free.</p>")
        (row,) = mitsua(*command).rows
        resumed = {"nothing": ("4", 4, 6), "dump": (None, 0, 9), "terms": (None, 0, 9)}[change]
        assert (row["resumed_after"], row["before"], row["records"]) == resumed, change


def test_a_day_to_begin_at_is_asked_for_and_is_part_of_what_is_crawled(
    mitsua: Mitsua, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = ("-w", tmp_path / "w", "--format", "json")
    newer = {"/list?page=1&since=2026-01-31": Answer.json({"pages": 1, "ids": ["w010"]})}
    with serve(site(WORKS) | newer) as museum:
        killed_after_a_batch(lambda: mitsua("crawl", "press", "--base-url", museum.url, *here), monkeypatch)
        (row,) = mitsua("crawl", "press", "--base-url", museum.url, "--since", "2026-01-31", *here).rows
        assert (row["resumed_after"], row["records"]) == (None, 1)
    (*_, (holdings,)) = sql(tmp_path / "w", "SELECT holdings FROM crawl_session ORDER BY id")
    assert json.loads(holdings)["since"] == "2026-01-31"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("drawn_museum", "--from", "{dump}"), 2, "drawn_museum is read from its server, not from disk"),
        (("drawn_museum", "--since", "2026-01-01"), 2, "drawn_museum cannot list what changed since a day"),
        (("openclipart", "--since", "2026-01-01"), 2, "--terms and --since are for sources on the web"),
        (("openclipart", "--terms", f"{TERMS}=x"), 2, "--terms and --since are for sources on the web"),
        (("press", "--since", "yesterday"), 2, "yesterday"),
        (("press", "--since", "2999-01-01"), 2, "in the future"),
        (("press", "--since", "2026-01-01", "--from", "{dump}"), 2, "a dump is whole"),
        (("press", "--from", "{dump}x"), 2, "does not exist"),
        (("press", "--from", "{at}/dump/README.md"), 2, "README.md is no file of a dump"),
        (("press", "--from", "{at}/empty.json"), 3, "empty.json: empty"),
        (("press", "--from", "{at}/lfs.csv"), 3, "run: git lfs pull"),
        (("press", "--from", "{at}/other.json"), 3, "the dump has no works.json"),
        (("press", "--from", "{at}/broken/works.json"), 3, "works.json: element 2 is no JSON"),
        (("press", "--terms", "https://other.example/=x"), 2, f"they are {TERMS}"),
        (("press", "--terms", "{terms}"), 2, f"they are {TERMS}"),
        (("press", "--terms", TERMS + "={at}/nowhere"), 2, "No such file"),
        (("press", "--terms", TERMS + "={at}/empty.json"), 2, "empty, or more than"),
        (("press", "--terms", TERMS + "={at}"), 2, "save the page as your browser shows it"),
        (("press", "drawn_museum", "--terms", TERMS + "={terms}"), 2, "one by one"),
    ],
)
def test_what_cannot_be_brought_is_one_line(
    mitsua: Mitsua, dump: Path, terms: Path, tmp_path: Path, arguments: tuple[str, ...], code: int, says: str
) -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 5\n"
    files = {"empty.json": b"", "lfs.csv": pointer, "other.json": b"[]", "broken/works.json": b'[{"id":"a"}, ?'}
    folder(tmp_path, files)
    filled = [each.format(dump=dump, at=tmp_path, terms=terms) for each in arguments]
    saved = () if "--terms" in filled else ("--terms", f"{TERMS}={terms}") if "--from" in filled else ()
    ran = mitsua("crawl", *filled, *(saved if filled[0] == "press" else ()), "-w", tmp_path / "w")
    assert ran.code == code
    assert says in ran.complaint


DUMP_URL = "https://press.example/bulk/works.json"
DATA = json.dumps(WORKS).encode()


def test_a_dump_named_by_its_address_is_downloaded_once_from_the_source_s_own_host(
    mitsua: Mitsua, tmp_path: Path, terms: Path
) -> None:
    answers = {"/bulk/works.json": Answer(DATA, "application/json"), "/terms": Answer.html()}
    with serve(answers) as museum:
        command = (
            "crawl",
            "press",
            "--from",
            DUMP_URL,
            "--base-url",
            museum.url,
            "-w",
            tmp_path / "w",
            "--format",
            "json",
        )
        for _ in range(2):
            ran = mitsua(*command)
            assert (ran.code, ran.rows[0]["claims"]) == (0, CLAIMED)
            assert "to have it anew, take it away first" in ran.err
        assert museum.asked.count("/bulk/works.json") == 1
    (got,) = (path for path in (tmp_path / "w/downloads").rglob("*") if path.is_file())
    assert (got.name, got.read_bytes()) == ("works.json", DATA)


def test_a_download_that_fails_at_first_is_whole_in_the_end(mitsua: Mitsua, tmp_path: Path) -> None:
    answers = {"/bulk/works.json": Answer(DATA, "application/json"), "/terms": Answer.html()}
    busy = [Answer(b"busy " * 1000, "text/plain", 503), Answer(b"busier " * 2000, "text/plain", 503)]
    with serve(answers, lambda _, target: busy.pop() if busy and target.startswith("/bulk") else None) as museum:
        ran = mitsua(
            "crawl", "press", "--from", DUMP_URL, "--base-url", museum.url, "-w", tmp_path / "w", "--format", "json"
        )
    assert (ran.code, ran.rows[0]["claims"], busy) == (0, CLAIMED, [])


@pytest.mark.parametrize(
    ("url", "code", "says"),
    [
        ("https://press.example/bulk/gone.json", 3, "answered 404"),
        ("https://elsewhere.example/works.json", 3, "the source does not name the host elsewhere.example"),
        ("http://press.example/works.json", 3, "only https"),
        ("https://images.press.example/works.json", 3, "the source does not name the host images.press.example"),
        ("https://press.example/bulk/works", 2, "names no file of a dump"),
        ("https://press.example/bulk/..", 2, "names no file of a dump"),
        ("https://press.example/bulk/%2e%2e%2fworks.json", 3, "answered 404"),
        ("https://press.example/loop.json", 3, "redirects in a circle"),
        ("https://press.example/away.json", 3, "the source does not name the host"),
    ],
)
def test_an_address_that_gives_no_dump_leaves_nothing_behind(
    mitsua: Mitsua, tmp_path: Path, url: str, code: int, says: str
) -> None:
    def redirect(to: str) -> Answer:
        return Answer(b"", "text/plain", 302, {"Location": to})

    answers = {"/loop.json": redirect("/loop.json"), "/away.json": redirect("https://elsewhere.example/works.json")}
    with serve(answers | {"/terms": Answer.html()}) as museum:
        ran = mitsua("crawl", "press", "--from", url, "--base-url", museum.url, "-w", tmp_path / "w")
    assert ran.code == code
    assert says in ran.complaint
    assert not [path for path in (tmp_path / "w").rglob("*works*") if path.is_file()]
    assert not list((tmp_path / "w").rglob("*.partial"))


def test_an_address_is_no_dump_of_a_source_that_has_none(mitsua: Mitsua, tmp_path: Path) -> None:
    ran = mitsua("crawl", "drawn_museum", "--from", DUMP_URL, "-w", tmp_path / "w")
    assert (ran.code, "is read from its server, not from disk" in ran.complaint) == (2, True)


def test_a_download_larger_than_is_taken_is_refused(
    mitsua: Mitsua, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mitsua_data.downloads.LARGEST", 100)
    with serve({"/bulk/works.json": Answer(DATA, "application/json")}) as museum:
        ran = mitsua("crawl", "press", "--from", DUMP_URL, "--base-url", museum.url, "-w", tmp_path / "w")
    assert (ran.code, "more than 100 bytes" in ran.complaint) == (3, True)
    assert not list((tmp_path / "w/downloads").rglob("works*"))
