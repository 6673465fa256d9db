"""The whole way by hand: each command does what it says, in words for people and in JSON for programs."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from mitsua_data.demo.museum import serve_museum
from mitsua_data.shards.manifest import ATTESTATION
from mitsua_data.web import Limits, WebClient
from tests.cli.conftest import FIRST, Mitsua, declare
from tests.tiny import ACCEPTED, Tiny


def table(text: str) -> dict[str, str]:
    """A two-column table as printed, without its title."""
    rows = [line.rsplit(maxsplit=1) for line in text.splitlines()[2:]]
    return {row[0].strip(): row[1] for row in rows if len(row) == 2}


def test_the_whole_way_by_hand(mitsua: Mitsua, collection: Path, dataset: Path, tmp_path: Path) -> None:
    here = ("-w", tmp_path / "w")
    crawl = mitsua("crawl", "openclipart", "--from", collection, *here)
    refused = {f"not claimed: {reason}": "1" for reason in ("licence_not_claimable", "no_image", "no_statement")}
    assert table(crawl.out) == {"claimed": "12"} | refused
    assert "15 verdicts are new or have changed; next: mitsua decide" in crawl.err
    decide = mitsua("decide", *here)
    assert "openclipart      12       1       2" in decide.out
    assert "15 decisions are new or have changed; next: mitsua fetch" in decide.err
    fetch = mitsua("fetch", *here)
    assert table(fetch.out) == {"kept": "12"}
    assert "next: mitsua build" in fetch.err
    build = mitsua("build", dataset, *here)
    release = tmp_path / "w/releases/discs-1"
    assert sum(map(int, table(build.out).values())) == ACCEPTED
    assert f"next      mitsua audit {release}" in build.err
    audit = mitsua("audit", release, *here)
    assert (audit.code, table(audit.out)["samples"]) == (0, "12")
    assert "pass: no finding" in audit.err
    assert (tmp_path / "w/reports/discs-1/audit.html").is_file()
    assert (release / ATTESTATION).is_file()
    verify = mitsua("verify", release, *here)
    assert (verify.code, verify.out) == (0, "")
    assert "discs-1: verified, nothing to find" in verify.err


def test_the_same_way_again_changes_nothing_and_says_so(mitsua: Mitsua, tiny: Tiny, dataset: Path) -> None:
    here = ("-w", tiny.root)
    assert mitsua("build", dataset, *here).code == 0
    assert "nothing has changed since the last crawl" in mitsua("crawl", "openclipart", "--from", tiny.place, *here).err
    decide = mitsua("decide", *here)
    assert "0 decisions are new or have changed" in decide.err
    assert "next" not in decide.err
    assert "openclipart: nothing to fetch" in mitsua("fetch", *here).err
    assert "the same release was there already, byte for byte" in mitsua("build", dataset, *here).err


def test_every_step_has_a_form_for_programs(mitsua: Mitsua, collection: Path, dataset: Path, tmp_path: Path) -> None:
    here = ("-w", tmp_path / "w", "--format", "json")
    (crawl,) = mitsua("crawl", "openclipart", "--from", collection, *here).rows
    assert crawl == {
        "source": "openclipart", "records": 15, "claims": 12, "changed": 15, "new_captures": 16, "resumed_after": None,
        "before": 0, "refusals": {"licence_not_claimable": 1, "no_image": 1, "no_statement": 1},
        "found": 15, "claimed": 12, "refused": 3, "failed": 0, "pending": 0, "asked_again": 0,
    }  # fmt: skip
    (decide,) = mitsua("decide", *here).rows
    assert decide == {
        "policy": "default", "total": 15, "accept": 12, "review": 1, "refuse": 2,
        "by_source": {"openclipart": {"accept": 12, "review": 1, "refuse": 2}},
        "by_reason": {"licence_not_claimable": 1, "no_image": 1, "no_statement": 1},
    }  # fmt: skip
    (fetch,) = mitsua("fetch", *here).rows
    assert (fetch["wanted"], fetch["kept"], fetch["refused"], fetch["failed"]) == (12, 12, {}, {})
    (build,) = mitsua("build", dataset, *here).rows
    assert (build["samples"], build["train"] + build["val"], build["left_out"]) == (12, 12, {})
    (audit,) = mitsua("audit", build["release"], *here).rows
    assert (audit["verdict"], audit["findings"], audit["counts"]["samples"]) == ("pass", 0, 12)
    assert mitsua("verify", build["release"], *here).rows == [
        {"release": "discs-1", "findings": 0, "audited": True, "subset": "1/1"}
    ]
    (key, *_) = mitsua("keys", "list", *here).rows
    assert (key["role"], key["whose"]) == ("log", "ours")
    (chain,) = mitsua("explain", FIRST, *here).rows
    assert chain["image"] == FIRST


def test_a_museum_is_crawled_over_http(mitsua: Mitsua, tmp_path: Path, dataset: Path) -> None:
    here = ("-w", tmp_path / "w", "--format", "json")
    with serve_museum(30) as url:
        (crawl,) = mitsua("crawl", "drawn_museum", "--base-url", url, *here).rows
        (decide,) = mitsua("decide", *here).rows
        (fetch,) = mitsua("fetch", *here).rows
    assert crawl["records"] == decide["total"] == 30
    assert fetch["kept"] == decide["accept"] == crawl["claims"] > 20
    assert mitsua("build", dataset, *here).code == 0


def test_a_museum_that_is_gone_is_told_and_tried_again(
    mitsua: Mitsua, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mitsua_data.holdings.WebClient", partial(WebClient, limits=Limits(attempts=1)))
    here = ("-w", tmp_path / "w")
    with serve_museum(20) as url:
        mitsua("crawl", "drawn_museum", "--base-url", url, *here)
    mitsua("decide", *here)
    gone = mitsua("fetch", *here)
    assert gone.code == 3
    assert "images could be fetched; run the same command again later" in gone.err
    with serve_museum(20) as url:
        (fetch,) = mitsua("fetch", "drawn_museum", "--base-url", url, *here, "--format", "json").rows
    assert fetch["kept"] == fetch["wanted"] > 10


def test_of_several_sources_one_that_fails_does_not_hold_up_the_others(
    mitsua: Mitsua, tmp_path: Path, collection: Path
) -> None:
    downloads = tmp_path / "w/downloads"
    downloads.mkdir(parents=True)
    for name in ("openclipart-svg_1_all.deb", "openclipart-png_1_all.deb"):
        (downloads / name).write_bytes(b"!<arch>\n")
    with serve_museum(5) as url:
        pass
    ran = mitsua("crawl", "openclipart", "drawn_museum", "-w", tmp_path / "w")
    assert ran.code in {2, 3}
    assert "mitsua: openclipart: " in ran.err
    assert "mitsua: drawn_museum: " in ran.err
    assert url


def test_a_limit_ends_a_crawl_early(mitsua: Mitsua, collection: Path, tmp_path: Path) -> None:
    command = ("crawl", "openclipart", "--from", collection, "-w", tmp_path / "w", "--format", "json")
    assert mitsua(*command, "--limit", 4).rows[0]["records"] == 4
    assert mitsua(*command).rows[0]["records"] == 15


def test_fetch_waits_for_decisions(mitsua: Mitsua, crawled: Tiny) -> None:
    ran = mitsua("fetch", "-w", crawled.root)
    assert ran.code == 0
    assert "openclipart: 15 images wait for a decision; run: mitsua decide" in ran.err


def test_fetch_finds_a_collection_that_was_moved(mitsua: Mitsua, crawled: Tiny, tmp_path: Path) -> None:
    mitsua("decide", "-w", crawled.root)
    moved = tmp_path / "moved" / "openclipart"
    moved.parent.mkdir()
    crawled.collection.rename(moved)
    try:
        lost = mitsua("fetch", "-w", crawled.root)
        assert lost.code == 3
        assert lost.complaint.endswith("say where it is now: mitsua fetch openclipart --from PATH")
        (found,) = mitsua("fetch", "openclipart", "--from", moved, "-w", crawled.root, "--format", "json").rows
        assert found["kept"] == ACCEPTED
    finally:
        moved.rename(crawled.collection)  # other tests read it


def test_sources_tells_what_each_needs_and_holds(mitsua: Mitsua, tiny: Tiny) -> None:
    rows = {row["id"]: row for row in mitsua("sources", "-w", tiny.root, "--format", "json").rows}
    assert rows["openclipart"]["images"] == ACCEPTED + 3
    assert rows["open_duelyst"]["images"] == 0
    assert rows["openclipart"].keys() >= {"id", "institution", "may_claim", "grade", "access", "needs", "images"}
    text = mitsua("sources", "-w", tiny.root).out
    assert all(identity in text for identity in rows)


def test_a_declared_source_is_known_by_its_id_once_it_was_crawled(
    mitsua: Mitsua, tmp_path: Path, dataset: Path
) -> None:
    declaration, root = declare(tmp_path)
    here = ("-w", tmp_path / "w", "--format", "json")
    (crawl,) = mitsua("crawl", declaration, "--from", root, *here).rows
    assert (crawl["source"], crawl["claims"]) == ("stamps", 3)
    assert {row["id"]: row["images"] for row in mitsua("sources", *here).rows}["stamps"] == 3
    mitsua("decide", *here)
    assert [row["kept"] for row in mitsua("fetch", *here).rows] == [3]
    (build,) = mitsua("build", dataset, *here).rows
    (audit,) = mitsua("audit", build["release"], *here).rows
    assert (audit["verdict"], audit["counts"]["rules_run"]) == ("pass", 3)


def test_a_declaration_cannot_take_a_shipped_source_s_name(mitsua: Mitsua, tmp_path: Path) -> None:
    declaration, root = declare(tmp_path, "openclipart")
    ran = mitsua("crawl", declaration, "--from", root, "-w", tmp_path / "w")
    assert ran.code == 2
    assert "the id 'openclipart' is taken" in ran.complaint


def test_inspect_prints_one_line_an_image(mitsua: Mitsua, collection: Path) -> None:
    rows = mitsua("inspect", "openclipart", collection).rows
    assert len(rows) == ACCEPTED + 3
    assert [row["outcome"] for row in rows].count("accept") == ACCEPTED
    assert set(rows[0]) == {"source", "id", "part", "image_url", "title", "creator", "outcome", "licence", "reason",
                            "grade", "evidence"}  # fmt: skip


def test_check_prints_one_line_a_file_and_ends_with_1_where_one_is_refused(
    mitsua: Mitsua, tiny: Tiny, tmp_path: Path
) -> None:
    fine = mitsua("check", tiny.release / "train", tiny.collection / "png")
    kinds = {row["kind"] for row in fine.rows if row["path"].endswith((".png", ".tar"))}
    assert kinds == {"image", "shard"}
    (tmp_path / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    bad = mitsua("check", tmp_path / "bad.png")
    assert (bad.code, bad.rows[0]["outcome"]) == (1, "refuse")
    good = mitsua("check", tiny.collection / "png")
    assert (good.code, {row["outcome"] for row in good.rows}) == (0, {"ok"})
    assert "14 files: 14 fine, 0 refused" in good.err
