"""What a build leaves out, and what it keeps in memory."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mitsua_data import build, published
from mitsua_data.captions import Captions
from mitsua_data.dataset import Select, Split
from mitsua_data.licences import Licence
from mitsua_data.model import ImageId
from mitsua_data.notice import notice
from mitsua_data.shards.keys import Role
from mitsua_data.shards.revocations import Target, read
from mitsua_data.sources.openclipart import OpenClipart
from mitsua_data.withdraw import publish, reach, targets_of, withdraw
from tests.forgery import ask, sql, take_apart
from tests.tiny import ACCEPTED, DATASET, GPL, Tiny, draw_collection, drawing, svg

SECOND = DATASET.model_copy(update={"version": "2"})
TRAILING = b"\0"
"""Behind a PNG's end: other bytes, the same picture."""


@pytest.fixture
def fresh(tmp_path: Path) -> Tiny:
    """A collection, and a workspace where nothing happened yet."""
    return Tiny(tmp_path / "workspace", draw_collection(tmp_path / "collection"))


def add_drawing(tiny: Tiny, name: str, picture: bytes, **statement: str) -> None:
    (tiny.collection / f"svg/shapes/{name}.svg").write_bytes(svg(99, **statement))
    (tiny.collection / f"png/shapes/{name}.png").write_bytes(picture)


def take_out(tiny: Tiny, what: str) -> list[tuple[Target, str]]:
    with tiny.open() as (ledger, _):
        targets = targets_of(ledger, what)
        for kind, target in targets:
            withdraw(ledger, kind, target, basis="takedown", note="", effective_at=datetime(2026, 1, 1, tzinfo=UTC))
    return targets


def test_a_withdrawn_picture_does_not_come_back_through_its_twin(fresh: Tiny) -> None:
    add_drawing(fresh, "twin", drawing(1) + TRAILING)
    first = fresh.go()
    assert (first.tally.samples, first.tally.left_out["same_picture"]) == (ACCEPTED, 1)
    ((picture,),) = ask(fresh, "SELECT image FROM sample WHERE record IN ('shapes/disc_01.svg', 'shapes/twin.svg')")
    assert [kind for kind, _ in take_out(fresh, picture)] == [Target.ORIGINAL]
    fresh.decide()
    second = fresh.build(SECOND)
    assert (second.tally.samples, second.tally.left_out["withdrawn_picture"]) == (ACCEPTED - 1, 1)
    assert ask(fresh, f"SELECT count(*) FROM sample WHERE image = '{picture}'") == [(1,)]


def test_a_sample_is_withdrawn_with_every_original_that_gave_it(fresh: Tiny) -> None:
    add_drawing(fresh, "twin", drawing(1) + TRAILING)
    fresh.go()
    both = {"shapes/disc_01.svg", "shapes/twin.svg"}
    ((picture, taken, gone),) = ask(fresh, f"SELECT image, original, record FROM sample WHERE record IN {tuple(both)}")
    (kept,) = both - {gone}
    ((other,),) = ask(fresh, f"SELECT sha256 FROM occurrence WHERE record = '{kept}'")
    # The record that stood for both loses its statement and its picture, so that the other one is taken.
    (fresh.collection / "svg" / gone).write_bytes(svg(98, licence=""))
    (fresh.collection / "png" / gone).with_suffix(".png").write_bytes(drawing(55))
    fresh.crawl()
    fresh.decide()
    fresh.build(SECOND)
    assert ask(fresh, f"SELECT record FROM sample WHERE original = '{other}'") == [(kept,)]
    assert take_out(fresh, picture) == [(Target.ORIGINAL, each) for each in sorted((taken, other))]


def test_a_withdrawn_source_is_listed_with_its_bytes(tiny: Tiny, tmp_path: Path) -> None:
    # A trainer must refuse a release that holds the same bytes under another source's name.
    assert take_out(tiny, "openclipart") == [(Target.SOURCE, "openclipart")]
    with tiny.open() as (ledger, _):
        count = publish(ledger, tmp_path / "list", tiny.keys.signer(Role.LOG), tiny.clock)
        elsewhere = reach(ledger, [(Target.SOURCE, "openclipart")])
    listed = read(tmp_path / "list", tiny.keys.pinned(Role.LOG))
    assert count == 1
    for row in take_apart(tiny).rows:
        other = row.provenance.model_copy(update={"source": "other", "id": "other:a#png"})
        found = listed.of(other)
        assert found is not None
        assert (found.kind, found.target, found.basis) == (Target.ORIGINAL, other.original_sha256, "takedown")
    assert [release["samples"] for release in elsewhere.releases] == [ACCEPTED]


def test_releases_with_the_bytes_of_a_withdrawn_source_are_reached(tiny: Tiny) -> None:
    sql(tiny, "UPDATE sample SET source = 'other'")
    with tiny.open() as (ledger, _):
        (release,) = reach(ledger, [(Target.SOURCE, "openclipart")]).releases
    assert release["samples"] == ACCEPTED


def test_bytes_that_are_refused_under_another_name_stay_out(fresh: Tiny) -> None:
    # Refused images are never fetched: the archive's index tells whose bytes they are.
    add_drawing(fresh, "copy", drawing(1), licence=GPL)
    built = fresh.go()
    assert ask(fresh, "SELECT count(*) FROM occurrence WHERE record = 'shapes/copy.svg'") == [(0,)]
    assert (built.tally.samples, built.tally.left_out["copy_not_accepted"]) == (ACCEPTED - 1, 1)


@pytest.mark.parametrize(
    ("licences", "expected"),
    [
        ((Licence.CC0_1_0, Licence.PDM_1_0), "No licence here asks for attribution."),
        ((Licence.CC0_1_0, Licence.CC_BY), "Attribution may be a condition of LicenseRef-CC-BY: read it."),
        ((Licence.PERMISSION,), "Attribution may be a condition of LicenseRef-permission: read it."),
    ],
)
def test_the_notice_says_what_its_licences_ask_for(
    tiny_made: Tiny, licences: tuple[Licence, ...], expected: str
) -> None:
    samples = [row.provenance for row in take_apart(tiny_made).rows]
    samples = [sample.model_copy(update={"licence": each}) for sample, each in zip(samples, licences, strict=False)]
    text = notice(DATASET, samples).decode()
    assert expected in text
    assert text.count("ttribution") == 1


def test_rendered_pictures_are_not_kept_in_memory(fresh: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[bytes] = []
    remember = published.remember

    def look(*args: Any) -> None:
        held.extend(row.image for _, row in args[-1])
        remember(*args)

    monkeypatch.setattr(build, "remember", look)
    fresh.go()
    assert held == [b""] * ACCEPTED


def test_the_books_balance(tiny: Tiny, tmp_path: Path) -> None:
    tiny.place = Path(shutil.copytree(tiny.collection, tmp_path / "own" / tiny.collection.name))
    # Every accepted image is a sample, or is counted under the reason why it is not; copies of one picture included.
    for number in (1, 2):
        for kind in ("svg", "png"):
            copy = tiny.collection / kind / f"shapes/copy_{number}.{kind}"
            copy.write_bytes((tiny.collection / kind / f"shapes/disc_0{number}.{kind}").read_bytes())
    later = tiny.later(days=1)
    later.crawl()
    later.decide()
    later.fetch()
    built = later.build(DATASET.model_copy(update={"version": "2", "select": Select(min_side=24)}))
    assert built.tally.left_out["same_bytes"] == 2
    assert built.tally.samples + sum(built.tally.left_out.values()) == ACCEPTED + 2


def test_words_enter_captions_under_the_licence_that_their_source_states(
    tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = {row.key: (row.caption, row.provenance.caption_licence, row.tags) for row in take_apart(tiny).rows}
    assert {licence for _, licence, _ in first.values()} == {"LicenseRef-PD-dedication-legacy"}
    assert all(caption.startswith(("Disc ", "</title>")) and tags for caption, _, tags in first.values())
    facts = Captions(template="{folder}: {title}, {tags}", licences=(Licence.CC0_1_0,))
    built = tiny.build(SECOND.model_copy(update={"captions": facts}))
    stated = "openclipart: LicenseRef-PD-dedication-legacy"
    assert built.tally.withheld == {f"title of {stated}": ACCEPTED, f"tags of {stated}": ACCEPTED}
    rows = take_apart(tiny, built.published.path).rows
    assert {(row.caption, row.provenance.caption_licence, row.tags) for row in rows} == {("shapes", None, ())}
    assert {row.provenance.title for row in rows} == {row.provenance.title for row in take_apart(tiny).rows}


def test_a_source_that_states_nothing_of_its_words_gives_captions_none(
    tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = replace(OpenClipart.spec, caption_licence=None)
    monkeypatch.setattr(OpenClipart, "spec", silent)
    built = tiny.build(SECOND)
    assert built.tally.withheld["title of openclipart: no licence is stated"] == ACCEPTED
    assert {row.caption for row in take_apart(tiny, built.published.path).rows} == {"shapes"}


def test_all_images_of_a_record_are_on_one_side_where_that_is_asked(tiny: Tiny) -> None:
    built = tiny.build(SECOND.model_copy(update={"split": Split(val=0.5, by="record")}))
    rows = take_apart(tiny, built.published.path).rows
    split = Split(val=0.5, by="record")
    assert {row.split for row in rows} == {"train", "val"}
    assert all(row.split == split.of("", ImageId.parse(row.provenance.id)) for row in rows)
