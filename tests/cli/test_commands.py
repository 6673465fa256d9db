"""Each command does what it says, says so to people on stderr, and prints nothing but data on stdout."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import tarfile
import threading
from functools import partial
from hashlib import sha1, sha256
from pathlib import Path

import pytest

from mitsua_data.cli import demo
from mitsua_data.demo.museum import serve_museum
from mitsua_data.shards.keys import Role
from mitsua_data.shards.manifest import ATTESTATION
from mitsua_data.shards.revocations import Target, read
from mitsua_data.web import Limits, WebClient
from tests.cli.conftest import Mitsua
from tests.tiny import ACCEPTED, HOSTILE, Tiny, drawing

FIRST = "openclipart:shapes/disc_01.svg#png"
DATASET = """
name = "discs"
version = "{version}"

[transform]
size = [16, 16]
"""


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    path = tmp_path / "discs.toml"
    path.write_text(DATASET.format(version=1))
    return path


def table(text: str) -> dict[str, str]:
    """A two-column table as printed, without its title."""
    rows = [line.rsplit(maxsplit=1) for line in text.splitlines()[2:]]
    return {row[0].strip(): row[1] for row in rows if len(row) == 2}


# ── the whole way ────────────────────────────────────────────────────────────────────────────────────────────────────


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
    assert mitsua("verify", build["release"], *here).rows == []
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


# ── sources ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_sources_tells_what_each_needs_and_holds(mitsua: Mitsua, tiny: Tiny) -> None:
    rows = {row["id"]: row for row in mitsua("sources", "-w", tiny.root, "--format", "json").rows}
    assert rows["openclipart"]["images"] == ACCEPTED + 3
    assert rows["open_duelyst"]["images"] == 0
    assert set(rows["openclipart"]) == {"id", "institution", "may_claim", "grade", "access", "needs", "images"}
    text = mitsua("sources", "-w", tiny.root).out
    assert all(identity in text for identity in rows)


DECLARATION = """
id = "stamps"
institution = "The stamp collectors"
homepage = "https://stamps.example"
needs = "a checkout of stamps"
terms = []
licence = "CC0-1.0"
grade = "E3"
rule_version = 1
include = ["**"]
exclude = []
formats = ["png"]

[licence_files]
LICENSE = ["{blob}"]
"""


def declare(folder: Path, name: str = "stamps") -> tuple[Path, Path]:
    """A repository with three pictures, and its declaration."""
    root = folder / "stamps"
    root.mkdir()
    text = b"Creative Commons Legal Code\n\nCC0 1.0 Universal\n"
    (root / "LICENSE").write_bytes(text)
    for number in range(3):
        (root / f"stamp_{number}.png").write_bytes(drawing(number))
    blob = sha1(b"blob %d\0" % len(text) + text, usedforsecurity=False).hexdigest()
    path = folder / "stamps.toml"
    path.write_text(DECLARATION.format(blob=blob).replace('"stamps"', f'"{name}"'))
    return path, root


def test_a_declared_source_is_known_by_its_id_once_it_was_crawled(
    mitsua: Mitsua, tmp_path: Path, dataset: Path
) -> None:
    declaration, root = declare(tmp_path)
    here = ("-w", tmp_path / "w", "--format", "json")
    (crawl,) = mitsua("crawl", declaration, "--from", root, *here).rows
    assert (crawl["source"], crawl["claims"]) == ("stamps", 3)
    assert {"id": "stamps", "images": 3}.items() <= {**mitsua("sources", *here).rows[-1]}.items()
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


# ── looking without a ledger ─────────────────────────────────────────────────────────────────────────────────────────


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


# ── explain and withdraw ─────────────────────────────────────────────────────────────────────────────────────────────


def sample(tiny: Tiny, key: str) -> bytes:
    """A training sample's bytes."""
    for shard in sorted(tiny.release.glob("*/*.tar")):
        with tarfile.open(shard) as tar:
            if f"{key}.png" in tar.getnames():
                file = tar.extractfile(f"{key}.png")
                assert file
                return file.read()
    raise AssertionError(key)


def names_of_the_first(tiny: Tiny, folder: Path) -> dict[str, str]:
    """Everything that the first image is known by."""
    original = tiny.collection / "png/shapes/disc_01.png"
    digest = sha256(original.read_bytes()).hexdigest()
    trained = folder / "sample.png"
    trained.write_bytes(sample(tiny, digest))
    return {
        "file": str(original),
        "sample-file": str(trained),
        "sha256": digest,
        "sample-sha256": sha256(trained.read_bytes()).hexdigest(),
        "upper-case-sha256": digest.upper(),
        "url": "openclipart:png/shapes/disc_01.png",
        "record": "shapes/disc_01.svg",
        "source-and-record": "openclipart:shapes/disc_01.svg",
        "id": FIRST,
    }


@pytest.mark.parametrize("by", ["file", "sample-file", "sha256", "sample-sha256", "upper-case-sha256", "url", "record",
                                "source-and-record", "id"])  # fmt: skip
def test_an_image_is_explained_by_any_of_its_names(mitsua: Mitsua, tiny: Tiny, tmp_path: Path, by: str) -> None:
    ran = mitsua("explain", names_of_the_first(tiny, tmp_path)[by], "-w", tiny.root)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"Image {FIRST}\n")


@pytest.mark.parametrize("what", ["nothing", "0" * 64, "https://a.example/" + "x" * 5000, "a\nb", ""])
def test_what_the_ledger_does_not_hold_is_said_to_be_unknown(mitsua: Mitsua, tiny: Tiny, what: str) -> None:
    ran = mitsua("explain", what, "-w", tiny.root)
    assert ran.code == 2
    assert "the ledger holds no such image; give an image file" in ran.complaint


def test_a_hostile_title_cannot_drive_a_terminal(mitsua: Mitsua, tiny: Tiny) -> None:
    text = mitsua("explain", "shapes/disc_12.svg", "-w", tiny.root).out
    assert "<script>alert(1)</script>" in text
    assert not {mark for mark in HOSTILE if not mark.isprintable()} & set(text)
    (row,) = mitsua("explain", "shapes/disc_12.svg", "-w", tiny.root, "--format", "json").rows
    assert row["descriptions"][0]["title"] == HOSTILE


def test_a_withdrawn_image_is_refused_for_ever_and_left_out(mitsua: Mitsua, tiny: Tiny, dataset: Path) -> None:
    here = ("-w", tiny.root)
    (told,) = mitsua("withdraw", FIRST, "--basis", "takedown", "--note", "a letter", *here, "--format", "json").rows
    assert [each["kind"] for each in told["withdrawn"]] == ["image", "original"]
    assert (told["images"], [each["name"] for each in told["releases"]]) == ([FIRST], ["tiny"])
    stale = mitsua("build", dataset, *here)
    assert (stale.code, stale.complaint.endswith("run: mitsua decide")) == (2, True)
    (decide,) = mitsua("decide", *here, "--format", "json").rows
    assert (decide["accept"], decide["by_reason"]["revoked"]) == (ACCEPTED - 1, 1)
    (build,) = mitsua("build", dataset, *here, "--format", "json").rows
    assert build["samples"] == ACCEPTED - 1
    assert mitsua("audit", build["release"], *here).code == 0
    assert mitsua("audit", tiny.release, *here).code == 1
    assert "WITHDRAWN for ever, as image (takedown): a letter" in mitsua("explain", FIRST, *here).out


def test_a_withdrawal_is_published_under_the_log_s_key(mitsua: Mitsua, tiny: Tiny) -> None:
    mitsua("withdraw", "openclipart", "--basis", "opt-out", "-w", tiny.root)
    signed = read(tiny.workspace.revocations, tiny.keys.pinned(Role.LOG))
    assert (Target.SOURCE, "openclipart") in signed.by_target


def test_withdrawing_twice_adds_nothing(mitsua: Mitsua, tiny: Tiny) -> None:
    first = mitsua("withdraw", FIRST, "-w", tiny.root)
    again = mitsua("withdraw", FIRST, "--basis", "takedown", "-w", tiny.root)
    assert (first.code, again.code) == (0, 0)
    assert f"image {FIRST} is withdrawn" in first.err
    assert f"image {FIRST} had been withdrawn before" in again.err
    assert "2 withdrawals, signed" in again.err


def test_a_name_for_several_images_withdraws_none(mitsua: Mitsua, tmp_path: Path) -> None:
    here = ("-w", tmp_path / "w")
    for name in ("stamps", "coins"):
        (tmp_path / name).mkdir()
        declaration, root = declare(tmp_path / name, name)
        assert mitsua("crawl", declaration, "--from", root, *here).code == 0
    ran = mitsua("withdraw", "stamp_0.png", *here)
    assert ran.code == 2
    assert "names 2 images: coins:stamp_0.png#file, stamps:stamp_0.png#file; name one" in ran.complaint
    assert not (tmp_path / "w/revocations.dsse.json").exists()
    assert mitsua("explain", "stamp_0.png", *here).err.splitlines() == ["2 images answer to this"]


def test_republishing_dates_the_list_anew(mitsua: Mitsua, tiny: Tiny) -> None:
    mitsua("withdraw", FIRST, "-w", tiny.root)
    keys = tiny.keys.pinned(Role.LOG)
    before = read(tiny.workspace.revocations, keys)
    assert mitsua("withdraw", "--republish", "-w", tiny.root).code == 0
    after = read(tiny.workspace.revocations, keys)
    assert (after.by_target, after.issued_at >= before.issued_at) == (before.by_target, True)
    for wrong in ((), (FIRST, "--republish")):
        ran = mitsua("withdraw", *wrong, "-w", tiny.root)
        assert (ran.code, "see mitsua withdraw --help" in ran.complaint) == (2, True)


# ── keys, releases of others ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_stranger_verifies_with_the_keys_that_were_handed_on(mitsua: Mitsua, tiny: Tiny, tmp_path: Path) -> None:
    mine = ("-w", tmp_path / "stranger")
    untold = mitsua("verify", tiny.release, *mine)
    assert untold.code == 5
    assert untold.complaint.endswith("from somebody you trust: mitsua keys trust builder FILE")
    for row in mitsua("keys", "list", "-w", tiny.root, "--format", "json").rows:
        assert mitsua("keys", "trust", row["role"], row["file"], *mine).code == 0
    assert mitsua("verify", tiny.release, *mine).code == 0
    assert {row["whose"] for row in mitsua("keys", "list", *mine, "--format", "json").rows} == {"trusted"}


def test_a_workspace_without_keys_says_so(mitsua: Mitsua, tmp_path: Path) -> None:
    ran = mitsua("keys", "list", "-w", tmp_path / "new")
    assert (ran.code, ran.out) == (0, "")
    assert "no keys in" in ran.err
    assert not (tmp_path / "new").exists()


def test_a_flipped_bit_is_found_by_verify_and_by_audit(mitsua: Mitsua, tiny: Tiny) -> None:
    shard = next(tiny.release.glob("train/*.tar"))
    data = bytearray(shard.read_bytes())
    data[700] ^= 1
    shard.chmod(0o644)
    shard.write_bytes(data)
    verify = mitsua("verify", tiny.release, "-w", tiny.root, "--format", "json")
    assert verify.code == 1
    assert {row["file"] for row in verify.rows} >= {f"train/{shard.name}"}
    assert mitsua("verify", tiny.release, "--no-read-data", "-w", tiny.root).code == 0
    audit = mitsua("audit", tiny.release, "-w", tiny.root)
    assert audit.code == 1
    assert "FAIL: " in audit.err
    assert "findings" in audit.out


@pytest.mark.parametrize("command", ["verify", "audit"])
def test_a_release_that_is_not_there_is_no_finding(mitsua: Mitsua, tiny: Tiny, command: str) -> None:
    ran = mitsua(command, tiny.root / "releases/none-1", "-w", tiny.root)
    assert (ran.code, "no such release" in ran.complaint) == (2, True)


# ── people and programs at one terminal ──────────────────────────────────────────────────────────────────────────────


def in_terminal(*arguments: object, stdout_too: bool = False) -> tuple[str, str]:
    """Stdout and stderr of a command whose stderr, and on demand its stdout, is a terminal."""
    ours, theirs = pty.openpty()
    seen = bytearray()

    def listen() -> None:
        try:
            while data := os.read(ours, 4096):
                seen.extend(data)
        except OSError:
            return  # how Linux says that nobody writes any more

    listener = threading.Thread(target=listen)
    listener.start()
    done = subprocess.run(
        [sys.executable, "-m", "mitsua_data", *map(str, arguments)],
        stdout=theirs if stdout_too else subprocess.PIPE,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "120"},
        check=False,
    )
    os.close(theirs)
    listener.join(10)
    os.close(ours)
    return (done.stdout or b"").decode(), seen.decode()


def test_data_stays_on_stdout_while_a_bar_is_shown(collection: Path) -> None:
    out, shown = in_terminal("inspect", "openclipart", collection)
    assert len([json.loads(line) for line in out.splitlines()]) == ACCEPTED + 3
    assert "15/15" in shown
    assert "evidence" not in shown


def test_rows_are_their_own_progress_where_they_are_seen(collection: Path) -> None:
    _, shown = in_terminal("check", collection / "png", stdout_too=True)
    assert shown.count('"kind": "image"') == ACCEPTED + 2
    assert "━" not in shown


def test_an_error_takes_the_bar_away(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    _, shown = in_terminal("crawl", "openclipart", "--from", tmp_path / "empty", "-w", tmp_path / "w")
    assert shown.rstrip().endswith("name the folder or package that holds the collection")
    assert "\x1b[2K" in shown.rpartition("mitsua: ")[0].rpartition("\n")[2], "the line of the bar is erased"


def test_a_table_in_a_pipe_keeps_its_rows_whole(mitsua: Mitsua) -> None:
    lines = mitsua("sources", "-w", "nowhere").out.splitlines()
    assert len(lines) == 2 + 4
    assert any("LicenseRef-PD-dedication-legacy" in line and line.startswith("openclipart") for line in lines)


# ── the demo ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The demo's steps, which are not run."""
    found: list[list[str]] = []

    def note_it(arguments: list[str]) -> int:
        found.append(arguments)
        return 0

    monkeypatch.setattr(demo, "_run", note_it)
    monkeypatch.setattr(demo, "_example", lambda _: FIRST)
    return found


ORDER = ["crawl", "decide", "fetch", "build", "audit", "verify", "train", "sample"]


def test_the_demo_goes_the_whole_way_in_a_workspace_of_its_own(
    mitsua: Mitsua, steps: list[list[str]], monkeypatch: pytest.MonkeyPatch, collection: Path
) -> None:
    monkeypatch.setenv("MITSUA_WORKSPACE", "somebody-s-real-one")
    ran = mitsua("demo", "--from", collection)
    assert (ran.code, ran.out) == (0, "")
    assert [step[0] for step in steps] == ORDER
    assert {step[step.index("--workspace") + 1] for step in steps} == {"workspace-demo"}
    assert steps[0][1:4] == ["openclipart", "--from", str(collection)]
    for word in ("ledger", "release", "licence audit", "pictures", "mitsua explain"):
        assert word in ran.err


def test_without_apt_the_demo_says_so_and_takes_the_built_in_collection(
    mitsua: Mitsua, steps: list[list[str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    ran = mitsua("demo", "-w", tmp_path / "demo")
    assert ran.code == 0
    assert "Open Clipart cannot be had here: apt-get is not on this machine" in ran.err
    assert steps[0][1:3] == ["drawn_museum", "--base-url"]
    assert steps[0][3].startswith("http://127.0.0.1:")


def test_a_shortened_demo_trains_less(mitsua: Mitsua, steps: list[list[str]], tmp_path: Path) -> None:
    mitsua("demo", "--built-in", "--short", "-w", tmp_path / "demo")
    (train,) = [step for step in steps if step[0] == "train"]
    assert train[train.index("--steps-scale") + 1] == demo.SHORT


def test_a_step_that_fails_ends_the_demo_with_its_exit_code(
    mitsua: Mitsua, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(demo, "_run", lambda arguments: 3 if arguments[0] == "fetch" else 0)
    ran = mitsua("demo", "--built-in", "-w", tmp_path / "demo")
    assert ran.code == 3
    assert "step 3 ended with exit code 3" in ran.err


def test_the_demo_s_steps_are_commands_that_exist(mitsua: Mitsua, steps: list[list[str]], tmp_path: Path) -> None:
    mitsua("demo", "--built-in", "--short", "-w", tmp_path / "demo")
    for step in steps:
        text = mitsua(step[0], "--help").out
        assert [option for option in step if option.startswith("--") and option not in text] == []


def test_the_demo_s_steps_run_up_to_the_training(
    mitsua: Mitsua, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # In this process, on a museum of thirty pictures.
    real = serve_museum

    def run_here(arguments: list[str]) -> int:
        from mitsua_data.cli.main import run

        return 99 if arguments[0] == "train" else run(arguments)

    monkeypatch.setattr(demo, "_run", run_here)
    monkeypatch.setattr(demo, "serve_museum", lambda: real(30))
    ran = mitsua("demo", "--built-in", "-w", tmp_path / "demo")
    assert ran.code == 99
    assert "pass: no finding" in ran.err
    assert "drawn-1: verified, nothing to find" in ran.err
