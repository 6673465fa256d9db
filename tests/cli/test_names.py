"""An image is found by any of its names: to be explained, and to be withdrawn for ever."""

from __future__ import annotations

import tarfile
from hashlib import sha256
from pathlib import Path

import pytest

from mitsua_data.shards.keys import Role
from mitsua_data.shards.revocations import Target, read
from tests.cli.conftest import FIRST, Mitsua, declare
from tests.tiny import ACCEPTED, HOSTILE, Tiny


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
