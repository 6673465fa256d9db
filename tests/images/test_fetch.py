"""Originals are the bytes that were judged, or they are not kept; and each is kept once."""

from __future__ import annotations

from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from mitsua_data.holdings import image_server
from mitsua_data.images.fetch import FetchTally, fetch, survey
from tests.forgery import ask, sql
from tests.tiny import ACCEPTED, SOURCE, Tiny, draw_collection, drawing

DISC_1 = "png/shapes/disc_01.png"


@pytest.fixture
def judged(tmp_path: Path) -> Tiny:
    """A tiny workspace, crawled and decided."""
    tiny = Tiny(tmp_path / "workspace", draw_collection(tmp_path / "collection"))
    tiny.root.mkdir()
    tiny.crawl()
    tiny.decide()
    return tiny


def fetched(tiny: Tiny) -> FetchTally:
    with tiny.open() as (ledger, store), image_server(SOURCE, [str(tiny.place)]) as serve:
        images = survey(ledger, tiny.policy, SOURCE.spec.id).images
        return fetch(ledger, store, images, serve, session="openclipart-00000", workers=1)


def test_bytes_that_were_not_judged_are_not_kept_and_asked_for_again(judged: Tiny) -> None:
    picture = judged.collection / DISC_1
    taken = picture.read_bytes()
    picture.write_bytes(drawing(99))
    tally = fetched(judged)
    assert (tally.kept, tally.failed) == (ACCEPTED - 1, {"other_bytes": 1})
    picture.write_bytes(taken)
    assert fetched(judged).kept == 1


def test_a_picture_that_was_replaced_is_fetched_again_and_never_built_from_the_old_bytes(judged: Tiny) -> None:
    judged.fetch()
    ((old,),) = ask(judged, "SELECT sha256 FROM occurrence WHERE record = 'shapes/disc_01.svg'")
    (judged.collection / DISC_1).write_bytes(drawing(99))
    judged.crawl()
    judged.decide()
    built = judged.build()
    assert (built.tally.samples, built.tally.left_out["not_fetched"]) == (ACCEPTED - 1, 1)
    assert fetched(judged).kept == 1
    ((new,),) = ask(judged, "SELECT sha256 FROM occurrence ORDER BY seq DESC LIMIT 1")
    assert new != old


def test_bytes_from_another_address_do_not_count(judged: Tiny) -> None:
    judged.fetch()
    sql(judged, "UPDATE occurrence SET url = 'openclipart:png/old.png' WHERE record = 'shapes/disc_01.svg'")
    with judged.open() as (ledger, _):
        wanted = survey(ledger, judged.policy, SOURCE.spec.id).images
    assert [each.image.record for each in wanted] == ["shapes/disc_01.svg"]


def test_equal_bytes_are_kept_once(tmp_path: Path) -> None:
    tiny = Tiny(tmp_path / "workspace", draw_collection(tmp_path / "collection"))
    tiny.root.mkdir()
    for number in range(1, ACCEPTED + 1):
        (tiny.collection / f"png/shapes/disc_{number:02}.png").write_bytes(drawing(1))
    tiny.crawl()
    tiny.decide()
    assert fetched(tiny).kept == ACCEPTED
    with next(tiny.workspace.captures.glob("originals-*.warc")).open("rb") as file:
        assert [record.rec_type for record in ArchiveIterator(file)] == ["warcinfo", "resource"]
