"""A crawl may be stopped anywhere: run again, it ends with the rows of one that was never stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from mitsua_data import crawl as engine
from mitsua_data.captures import CaptureStore, CaptureWriter
from mitsua_data.crawl import crawl
from mitsua_data.errors import StorageError
from mitsua_data.holdings import open_reader
from mitsua_data.ledger import queries, tables
from mitsua_data.ledger.merkle import root_of
from mitsua_data.ledger.store import Batch, Ledger
from mitsua_data.model import Claim, Refusal
from mitsua_data.recording import Recorder
from mitsua_data.sessions import CrawlTally
from mitsua_data.sources.openclipart import OpenClipart
from tests.tiny import ACCEPTED, PUBLIC_DOMAIN, SOURCE, Tiny, draw_collection, svg


def told(ledger: Ledger) -> dict[str, Any]:
    """Everything a crawl leaves in the ledger, without times, sessions and the order in which it came."""
    with ledger.read() as connection:
        standings = [(str(each.image), each.verdict, each.capture) for each in queries.standings(connection)]
        pictures = {
            str(image): (row.url, row.title, row.creator, tuple(row.tags), row.category)
            for image, row in queries.images(connection).items()
        }
        captures = {(each.sha256, each.media_type, each.size) for each in queries.captures(connection).values()}
        leaves = connection.execute(select(func.count()).select_from(tables.log_leaf)).scalar()
        verdicts = connection.execute(select(func.count()).select_from(tables.verdict)).scalar()
    return {"standings": standings, "pictures": pictures, "captures": captures, "leaves": leaves, "verdicts": verdicts}


def readable(ledger: Ledger, store: CaptureStore) -> int:
    """Reads every capture back, and hands back how many there are."""
    with ledger.read() as connection:
        captures = queries.captures(connection)
    return sum(len(store.read(each)) == each.size for each in captures.values())


@pytest.fixture
def fresh(tmp_path: Path) -> Tiny:
    (tmp_path / "workspace").mkdir()
    return Tiny(tmp_path / "workspace", draw_collection(tmp_path / "collection"))


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "BATCH_RECORDS", 4)
    monkeypatch.setattr("mitsua_data.sources.openclipart.PAGE", 2)


@pytest.fixture
def unbroken(tmp_path: Path, small_batches: None) -> dict[str, Any]:
    whole = Tiny(tmp_path / "unbroken", draw_collection(tmp_path / "collection"))
    whole.root.mkdir()
    whole.crawl()
    with whole.open() as (ledger, store):
        assert readable(ledger, store) == len(told(ledger)["captures"])
        return told(ledger)


def test_how_many_are_to_come_is_told_and_in_the_end_how_many_came(fresh: Tiny, small_batches: None) -> None:
    said: list[int] = []
    moved: list[int] = []
    with fresh.open() as (ledger, store), open_reader(SOURCE, [str(fresh.place)]) as opened:
        crawl(
            SOURCE, opened.reader, ledger, store, holdings=opened.holdings, progress=moved.append, announce=said.append
        )
    assert said == [ACCEPTED + 3, ACCEPTED + 3]
    assert (sum(moved), len(moved)) == (ACCEPTED + 3, 4)


def test_a_crawl_judges_every_record(fresh: Tiny) -> None:
    fresh.crawl()
    with fresh.open() as (ledger, _):
        names = [name for name, _, _ in told(ledger)["standings"]]
    assert len(names) == ACCEPTED + 3


def test_crawling_again_adds_nothing(fresh: Tiny) -> None:
    fresh.crawl()
    with fresh.open() as (ledger, _):
        before = told(ledger)
    fresh.crawl()
    with fresh.open() as (ledger, _):
        assert told(ledger) == before


def test_a_changed_statement_adds_a_verdict_and_keeps_the_old_one(fresh: Tiny) -> None:
    fresh.crawl()
    with fresh.open() as (ledger, _):
        before = told(ledger)
    (fresh.collection / "svg/shapes/disc_13.svg").write_bytes(svg(13, licence=PUBLIC_DOMAIN))
    fresh.crawl()
    with fresh.open() as (ledger, _):
        after = told(ledger)
    pairs = zip(before["standings"], after["standings"], strict=True)
    changed = [(new[0], old[1], new[1]) for old, new in pairs if type(old[1]) is not type(new[1])]
    assert [name for name, _, _ in changed] == ["openclipart:shapes/disc_13.svg#png"]
    assert (type(changed[0][1]), type(changed[0][2])) == (Refusal, Claim)
    assert after["verdicts"] > before["verdicts"]


class Killed(BaseException):
    """As sudden as a signal: nothing in the program catches it."""


@pytest.mark.parametrize("moment", ["before_bytes", "after_bytes", "after_fsync", "before_commit", "after_commit"])
@pytest.mark.parametrize("nth", [1, 2, 3, 4])
def test_stopped_anywhere_it_ends_with_the_same_rows(
    fresh: Tiny, unbroken: dict[str, Any], monkeypatch: pytest.MonkeyPatch, moment: str, nth: int
) -> None:
    place, name, after = {
        "before_bytes": (CaptureWriter, "add", False),
        "after_bytes": (CaptureWriter, "add", True),
        "after_fsync": (CaptureWriter, "sync", True),
        "before_commit": (Batch, "flush", False),
        "after_commit": (Batch, "flush", True),
    }[moment]
    real, calls = getattr(place, name), iter(range(1, 1000))

    def die(self: Any, *args: Any, **kwargs: Any) -> Any:
        now = next(calls) == (nth * 4 if name == "add" else nth)
        if now and not after:
            raise Killed
        result = real(self, *args, **kwargs)
        if now:
            raise Killed
        return result

    with monkeypatch.context() as patch:
        patch.setattr(place, name, die)
        with pytest.raises(Killed):
            fresh.crawl()
    fresh.crawl()
    with fresh.open() as (ledger, store):
        assert told(ledger) == unbroken
        assert readable(ledger, store) == len(unbroken["captures"])


def test_a_full_disk_is_one_clear_error_and_loses_nothing(
    fresh: Tiny, unbroken: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(fd: int, data: Any) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("mitsua_data.captures.os.write", full)
        with pytest.raises(StorageError, match="No space left"):
            fresh.crawl()
    fresh.crawl()
    with fresh.open() as (ledger, _):
        assert told(ledger) == unbroken


def test_another_place_is_not_taken_for_the_interrupted_one(
    fresh: Tiny, tmp_path: Path, small_batches: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The second collection has other bytes under the same names: behind the first one's cursor, they would be skipped.
    with monkeypatch.context() as patch:
        patch.setattr(CaptureWriter, "sync", _after(2, CaptureWriter.sync))
        with pytest.raises(Killed):
            fresh.crawl()
    other = draw_collection(tmp_path / "other")
    with fresh.open() as (ledger, store), open_reader(SOURCE, [str(other)]) as opened:
        tally = crawl(SOURCE, opened.reader, ledger, store, holdings=opened.holdings)
    assert tally.resumed_after is None
    assert tally.records == ACCEPTED + 3


def _after(count: int, real: Any) -> Any:
    calls = iter(range(1, 1000))

    def die(self: Any, *args: Any) -> Any:
        if next(calls) == count:
            raise Killed
        return real(self, *args)

    return die


def test_the_log_is_whole_after_many_stops(
    fresh: Tiny, unbroken: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(8):
        with monkeypatch.context() as patch, suppress(Killed):
            patch.setattr(Batch, "flush", _after(2, Batch.flush))
            fresh.crawl()
    with fresh.open() as (ledger, _), ledger.read() as connection:
        leaves = list(queries.leaf_hashes(connection))
    assert len(leaves) == unbroken["leaves"]
    assert len(root_of(leaves)) == 32


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A collection that takes a few seconds to crawl."""
    root = draw_collection(tmp_path / "many")
    picture = (root / "png/shapes/disc_01.png").read_bytes()
    for number in range(1500):
        for kind, data in (("svg", svg(number % 9, title=f"Copy {number}")), ("png", picture)):
            path = root / kind / f"more/{number:04}.{kind}"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)
    return root


def _command(workspace: Path, collection: Path) -> list[str]:
    return [
        sys.executable,
        "-m",
        "mitsua_data",
        "crawl",
        "openclipart",
        "--from",
        str(collection),
        "-w",
        str(workspace),
    ]


def _bytes_in(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("captures/*"))


def _kills(many: Path, workspace: Path) -> Iterator[int]:
    """Crawls killed by SIGKILL, each a little further on than the last: as soon as it has written more than before."""
    for _ in range(4):
        before = _bytes_in(workspace)
        process = subprocess.Popen(_command(workspace, many), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None and _bytes_in(workspace) <= before:
            time.sleep(0.005)
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
        yield process.wait()


@pytest.mark.slow
def test_killed_by_the_system_it_ends_with_the_same_rows(many: Path, tmp_path: Path) -> None:
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    codes = list(_kills(many, killed))
    assert -signal.SIGKILL in codes
    for workspace in (killed, whole):
        subprocess.run(_command(workspace, many), check=True, capture_output=True)
    with Tiny(killed, many).open() as (one, store), Tiny(whole, many).open() as (other, _):
        assert told(one) == told(other)
        assert readable(one, store) == len(told(one)["captures"])


def test_a_second_process_is_told_so_at_once(fresh: Tiny) -> None:
    with fresh.workspace.writing():
        done = subprocess.run(_command(fresh.root, fresh.collection), capture_output=True, text=True, check=False)
    assert done.returncode == 4
    assert "another process is writing here" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_picture_that_its_source_took_back_is_claimed_no_more(fresh: Tiny) -> None:
    picture = fresh.collection / "png/shapes/disc_01.png"
    taken = picture.read_bytes()
    for there, expected in ((True, Claim), (False, Refusal), (True, Claim)):
        picture.unlink(missing_ok=True)
        if there:
            picture.write_bytes(taken)
        fresh.crawl()
        with fresh.open() as (ledger, _):
            verdicts = {name: verdict for name, verdict, _ in told(ledger)["standings"]}
        assert type(verdicts["openclipart:shapes/disc_01.svg#png"]) is expected


def limited(tiny: Tiny, limit: int | None, source: OpenClipart = SOURCE) -> CrawlTally:
    with tiny.open() as (ledger, store), open_reader(source, [str(tiny.place)]) as opened:
        return crawl(source, opened.reader, ledger, store, holdings=opened.holdings, limit=limit)


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_limited_crawl_that_was_stopped_ends_at_its_limit(
    fresh: Tiny, tmp_path: Path, small_batches: None, monkeypatch: pytest.MonkeyPatch, nth: int
) -> None:
    whole = Tiny(tmp_path / "whole", fresh.place)
    whole.root.mkdir()
    limited(whole, 7)
    with whole.open() as (ledger, _):
        unbroken = told(ledger)
    assert len(unbroken["standings"]) == 7
    with monkeypatch.context() as patch, suppress(Killed):
        patch.setattr(CaptureWriter, "sync", _after(nth, CaptureWriter.sync))
        limited(fresh, 7)
    limited(fresh, 7)
    with fresh.open() as (ledger, _):
        assert told(ledger) == unbroken


def test_behind_a_limit_nothing_is_skipped(fresh: Tiny, small_batches: None, monkeypatch: pytest.MonkeyPatch) -> None:
    # Stopped between the last batch and the word that the crawl is done: the last page was cut.
    def die(self: Any, **_: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(Recorder, "finish", die)
        limited(fresh, 7)
    limited(fresh, None)
    with fresh.open() as (ledger, _):
        assert len(told(ledger)["standings"]) == ACCEPTED + 3


def test_another_version_of_the_rule_begins_anew(
    fresh: Tiny, small_batches: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stricter(OpenClipart):
        spec = replace(OpenClipart.spec, rule_version=2)

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(CaptureWriter, "sync", _after(2, CaptureWriter.sync))
        limited(fresh, None)
    assert limited(fresh, None, Stricter()).resumed_after is None
    with fresh.open() as (ledger, _), ledger.read() as connection:
        assert {each.rule_version for each in queries.standings(connection)} == {2}
