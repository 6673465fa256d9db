"""The books of a fetch balance, whatever the server does; what is settled is not asked for again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from mitsua_data.errors import SourceError, StorageError
from mitsua_data.images import fetch as engine
from mitsua_data.images.fetch import FetchTally, Served, Wanted, fetch, survey
from mitsua_data.ledger import queries, tables
from mitsua_data.model import MediaType
from mitsua_data.sources.base import Body
from mitsua_data.web.errors import Failure, FetchError
from tests.tiny import ACCEPTED, SOURCE, Tiny, draw_collection, drawing

Answer = Callable[[Wanted], "bytes | SourceError"]


@pytest.fixture
def judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tiny:
    """A tiny workspace, crawled and decided; three images go into one transaction."""
    monkeypatch.setattr(engine, "BATCH", 3)
    tiny = Tiny(tmp_path / "workspace", draw_collection(tmp_path / "collection"))
    tiny.root.mkdir()
    tiny.crawl()
    tiny.decide()
    return tiny


class Server:
    """Serves images from the collection, but for those it has other answers for; remembers what was asked for."""

    def __init__(self, tiny: Tiny, answers: dict[int, Any] | None = None) -> None:
        self.tiny, self.answers = tiny, answers or {}
        self.asked: list[str] = []

    def __call__(self, images: Sequence[Wanted]) -> Iterator[Served]:
        for item in images:
            self.asked.append(item.image.record)
            name = item.url.partition(":")[2]
            answer = self.answers.get(int(item.image.record[-6:-4]), (self.tiny.collection / name).read_bytes)
            found = answer() if callable(answer) else answer
            if isinstance(found, BaseException) and not isinstance(found, SourceError):
                raise found
            yield item, found if isinstance(found, SourceError) else Body(found, MediaType.BINARY, item.url)


def run(tiny: Tiny, server: Server, **more: Any) -> FetchTally:
    with tiny.open() as (ledger, store):
        # Without the digests that claims quote: these tests are about what servers do, not about whose bytes they are.
        images = [Wanted(each.image, each.url) for each in survey(ledger, tiny.policy, SOURCE.spec.id).images]
        return fetch(ledger, store, images, server, session="openclipart-00000", workers=1, **more)


def kept(tiny: Tiny) -> int:
    """Images with an original in the ledger, each of which can be read back."""
    with tiny.open() as (ledger, store), ledger.read() as connection:
        captures = queries.captures(connection)
        found = [each.original for each in queries.standings(connection) if each.original]
        assert all(store.read(captures[sha256]) for sha256 in found)
    return len(found)


BAD: dict[int, bytes] = {3: b"<html>404</html>", 4: b"", 5: b"\x89PNG\r\n\x1a\n" + b"\0" * 50}
"""Pictures that are none, as the collection holds them."""
FAULTS = {
    1: SourceError("not there"),
    2: FetchError(Failure.FAILED_STATUS, "https://a.example/2", "500"),
}


@pytest.fixture
def faulty(judged: Tiny) -> Tiny:
    """The same over a collection in which three pictures are none."""
    for number, data in BAD.items():
        (judged.collection / f"png/shapes/disc_{number:02}.png").write_bytes(data)
    judged.crawl()
    judged.decide()
    return judged


def test_every_image_ends_in_one_class(faulty: Tiny) -> None:
    tally = run(faulty, Server(faulty, FAULTS))
    assert tally.wanted == ACCEPTED == tally.kept + tally.refused.total() + tally.failed.total()
    assert (tally.kept, tally.failed) == (ACCEPTED - 5, {"failed": 1, "failed_status": 1})
    assert tally.refused.total() == 3
    assert kept(faulty) == ACCEPTED - 5
    with faulty.open() as (ledger, _), ledger.read() as connection:
        table = tables.attempt
        count = select(table.c.outcome, func.count().label("images")).group_by(table.c.outcome)
        found = {row.outcome: row.images for row in connection.execute(count)}
    assert found == {"kept": ACCEPTED - 5, "refused": 3, "failed": 2}


def test_only_what_failed_is_asked_for_again(faulty: Tiny) -> None:
    run(faulty, Server(faulty, FAULTS))
    again = Server(faulty)
    tally = run(faulty, again)
    assert sorted(again.asked) == ["shapes/disc_01.svg", "shapes/disc_02.svg"]
    assert (tally.wanted, tally.kept) == (2, 2)
    assert run(faulty, Server(faulty)).wanted == 0


def test_a_picture_that_was_mended_is_asked_for_again(faulty: Tiny) -> None:
    run(faulty, Server(faulty))
    (faulty.collection / "png/shapes/disc_04.png").write_bytes(drawing(4))
    faulty.crawl()
    faulty.decide()
    again = Server(faulty)
    assert (run(faulty, again).kept, again.asked) == (1, ["shapes/disc_04.svg"])


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), SystemExit(), RuntimeError()])
@pytest.mark.parametrize("at", [1, 4, 8, 12])
def test_stopped_anywhere_it_goes_on_from_there(judged: Tiny, stop: BaseException, at: int) -> None:
    with pytest.raises(type(stop)):
        run(judged, Server(judged, {at: stop}))
    settled = kept(judged)
    again = Server(judged)
    assert run(judged, again).kept == ACCEPTED - settled
    assert len(again.asked) == ACCEPTED - settled
    assert kept(judged) == ACCEPTED


def test_a_full_disk_loses_nothing_that_was_acknowledged(judged: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    acknowledged: list[int] = []

    def full(fd: int) -> None:
        raise OSError(28, "No space left on device")

    def progress(count: int) -> None:
        acknowledged.append(count)
        if len(acknowledged) == 2:
            monkeypatch.setattr("mitsua_data.captures.os.fsync", full)

    with pytest.raises(StorageError):
        run(judged, Server(judged), progress=progress)
    monkeypatch.undo()
    assert kept(judged) == sum(acknowledged) == 6
    assert run(judged, Server(judged)).kept == ACCEPTED - 6


def test_nothing_is_fetched_on_an_old_word(judged: Tiny) -> None:
    (judged.collection / "svg/shapes/disc_01.svg").write_bytes(b"<svg/>")
    judged.crawl()
    with judged.open() as (ledger, _):
        found = survey(ledger, judged.policy, SOURCE.spec.id)
    assert found.undecided >= 1
    assert "shapes/disc_01.svg" not in {each.image.record for each in found.images}
