"""Manifest, attestation, revocation list, consistency and what was seen: strict shapes with strict readers."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mitsua_data.canonical import canonical
from mitsua_data.errors import IntegrityError, SignatureError, StorageError
from mitsua_data.ledger.merkle import Tree, leaf_hash
from mitsua_data.shards import attestation, revocations
from mitsua_data.shards.attestation import Attestation
from mitsua_data.shards.consistency import Growth, check_growth, growth_text, read_growth
from mitsua_data.shards.dsse import seal
from mitsua_data.shards.files import Folder, replace_file
from mitsua_data.shards.keys import Role
from mitsua_data.shards.manifest import Manifest
from mitsua_data.shards.notes import Checkpoint
from mitsua_data.shards.revocations import Revocation, Target
from mitsua_data.shards.seen import SeenFile
from mitsua_data.shards.shapes import read_shape
from mitsua_data.shards.writer import Published
from tests.shards.releases import NOW, ORIGIN, Yard, make_row

Edit = Callable[[Any], object]


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    return Yard(tmp_path)


@pytest.fixture
def release(yard: Yard) -> Published:
    return yard.build()


# Manifest


@pytest.mark.parametrize(
    ("edit", "problem"),
    [
        pytest.param(lambda m: m.update(extra=1), "extra: Extra inputs", id="a-field-more"),
        pytest.param(lambda m: m.pop("policy"), "policy: Field required", id="no-policy"),
        pytest.param(lambda m: m.update(format="mitsua-release/2"), "format", id="another-format"),
        pytest.param(lambda m: m.update(shards=[]), "shards", id="no-shards"),
        pytest.param(lambda m: m.update(name="../clip"), "name", id="a-name-that-climbs"),
        pytest.param(lambda m: m["shards"][0].update(name="/train/00000.tar"), "shards.0.name", id="absolute"),
        pytest.param(lambda m: m["shards"][0].update(name="../train/00000.tar"), "shards.0.name", id="climbing"),
        pytest.param(lambda m: m["shards"][0].update(name="train/../00000.tar"), "shards.0.name", id="around"),
        pytest.param(lambda m: m["shards"][0].update(name="train/00000.tar\n"), "shards.0.name", id="a-line-end"),
        pytest.param(lambda m: m["shards"][0].update(split="val"), "do not belong together", id="another-split"),
        pytest.param(
            lambda m: m["shards"][0]["parquet"].update(name="train/00001.parquet"),
            "do not belong together",
            id="another-shards-columns",
        ),
        pytest.param(lambda m: m["shards"][0].update(sha256="AB" * 32), "shards.0.sha256", id="an-upper-case-digest"),
        pytest.param(lambda m: m["shards"][0].update(bytes="16896"), "shards.0.bytes", id="a-number-as-text"),
        pytest.param(lambda m: m["shards"][0].update(bytes=-1), "shards.0.bytes", id="a-negative-size"),
        pytest.param(lambda m: m["shards"][0].update(samples=5), "counts by split", id="a-sample-more"),
        pytest.param(lambda m: m["shards"].reverse(), "not in order", id="shards-out-of-order"),
        pytest.param(lambda m: m["shards"].append(m["shards"][-1]), "named twice", id="a-shard-twice"),
        pytest.param(lambda m: m["documents"][0].update(name="manifest.sig"), "reserved", id="a-reserved-name"),
        pytest.param(lambda m: m["documents"][0].update(name="train/x"), "documents.0.name", id="a-document-in-train"),
        pytest.param(lambda m: m["proofs"].update(name="NOTICE.md"), "proofs are in", id="proofs-elsewhere"),
        pytest.param(lambda m: m["licences"].update({"CC0-1.0": 9}), "do not add up", id="licences-do-not-add-up"),
        pytest.param(lambda m: m["licences"].update({"free": 0}), "licences", id="an-unknown-licence"),
        pytest.param(lambda m: m["sources"][0].update(samples=9), "do not add up", id="sources-do-not-add-up"),
    ],
)
def test_a_manifest_must_be_sound(release: Published, edit: Edit, problem: str) -> None:
    value = json.loads((release.path / "manifest.json").read_bytes())
    edit(value)
    text = json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()
    with pytest.raises(IntegrityError, match=problem):
        read_shape(Manifest, text, what="manifest.json", limit=1 << 20)


def test_a_manifest_is_read_back_as_it_was_written(release: Published) -> None:
    text = (release.path / "manifest.json").read_bytes()
    manifest = read_shape(Manifest, text, what="manifest.json", limit=1 << 20)
    assert manifest == release.signed.manifest
    assert manifest.text() == text
    assert manifest.folder == "clip-1"
    assert manifest.checkpoint.checkpoint() == Checkpoint(ORIGIN, 21, bytes.fromhex(manifest.checkpoint.root))


def test_a_manifest_holds_no_clock(release: Published) -> None:
    text = (release.path / "manifest.json").read_text()
    assert "2026" not in text.replace(release.signed.digest, "")
    assert not any(word in text for word in ('_at"', "date", "time"))


# Attestation


def read_attestation(yard: Yard, release: Published) -> attestation.SignedAttestation:
    return attestation.read(Folder(release.path), release.signed, yard.keys.pinned(Role.AUDITOR))


def test_an_attestation_is_read_back(yard: Yard, release: Published) -> None:
    path = yard.attest(release, {"counts": {"samples": 10, "captures": 4}})
    assert path.name == "audit.intoto.jsonl"
    signed = read_attestation(yard, release)
    assert signed.attestation.counts == {"samples": 10, "captures": 4}
    assert signed.auditor == yard.keys.signer(Role.AUDITOR).public
    assert not signed.expired(NOW)
    assert signed.expired(NOW + timedelta(days=90))


def test_a_new_audit_replaces_the_old_one(yard: Yard, release: Published) -> None:
    yard.attest(release)
    yard.attest(release, {"verdict": "fail", "findings": [{"problem": "x"}]})
    assert read_attestation(yard, release).attestation.verdict == "fail"
    assert not list(release.path.glob(".*"))


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"verdict": "pass", "findings": [{"problem": "x"}]}, id="a-pass-with-findings"),
        pytest.param({"verdict": "fail", "findings": []}, id="a-fail-without-findings"),
        pytest.param({"verdict": "maybe"}, id="neither"),
        pytest.param({"expires_at": NOW}, id="over-before-it-began"),
        pytest.param({"expires_at": datetime(2027, 1, 1)}, id="a-time-without-a-zone"),
        pytest.param({"release": "clip-2"}, id="another-release"),
        pytest.param({"note": "x"}, id="a-field-more"),
    ],
)
def test_a_contradictory_attestation_is_not_signed(yard: Yard, release: Published, changes: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        yard.attest(release, changes)
    assert not (release.path / "audit.intoto.jsonl").exists()


def test_an_attestation_about_another_release_is_refused(yard: Yard, release: Published) -> None:
    other = yard.build("2")
    path = yard.attest(other)
    (release.path / path.name).write_bytes(path.read_bytes())
    with pytest.raises(SignatureError, match=f"about manifest {other.signed.digest}, expected {release.signed.digest}"):
        read_attestation(yard, release)


def test_a_full_disk_keeps_the_old_attestation(yard: Yard, release: Published, monkeypatch: pytest.MonkeyPatch) -> None:
    before = yard.attest(release).read_bytes()

    def refuse(fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", refuse)
    with pytest.raises(StorageError, match="No space left"):
        yard.attest(release, {"counts": {"samples": 1}})
    assert (release.path / "audit.intoto.jsonl").read_bytes() == before
    assert not list(release.path.glob(".*"))


def test_times_are_kept_with_their_zone() -> None:
    said = Attestation.model_validate(
        {
            "verdict": "pass",
            "release": "clip-1",
            "policy": {"name": "p", "sha256": "0" * 64},
            "checker": {"version": "1"},
            "counts": {},
            "findings": [],
            "audited_at": "2026-03-01T21:00:00+09:00",
            "expires_at": "2026-06-01T00:00:00Z",
        }
    )
    assert said.audited_at == NOW
    assert said.dump()["audited_at"] == "2026-03-01T21:00:00+09:00"


# Revocation list


def entry(kind: Target, target: str, basis: str = "opt-out") -> Revocation:
    return Revocation(kind=kind, target=target, basis=basis, effective_at=NOW)


def test_a_list_is_sorted_and_says_each_thing_once(yard: Yard) -> None:
    first, second = entry(Target.IMAGE, "a:1"), entry(Target.IMAGE, "b:1")
    made = revocations.make(ORIGIN, [second, first, second], NOW)
    assert made.entries == [first, second]
    assert made.root() == revocations.make(ORIGIN, [first, second], NOW + timedelta(days=1)).root()
    assert made.root() != revocations.make(ORIGIN, [first], NOW).root()


def test_a_list_answers_by_image_by_bytes_and_by_source(yard: Yard) -> None:
    told = make_row(1).provenance
    for kind, target in (
        (Target.IMAGE, told.id),
        (Target.ORIGINAL, told.original_sha256),
        (Target.SOURCE, told.source),
    ):
        yard.revoke(entry(kind, target))
        read = revocations.read(yard.revocations, yard.keys.pinned(Role.LOG))
        assert read.of(told) == entry(kind, target)
        assert (read.of(make_row(2).provenance) is None) == (kind is not Target.SOURCE)


def test_a_digest_that_could_never_match_is_not_listed() -> None:
    for target in ("AB" * 32, "ab" * 31, "sha256:" + "ab" * 32):
        with pytest.raises(ValueError, match="expected a SHA-256 digest in lower-case hex"):
            entry(Target.ORIGINAL, target)


def test_every_flipped_bit_of_a_list_is_noticed(yard: Yard) -> None:
    yard.revoke(entry(Target.IMAGE, "a:1"))
    good = yard.revocations.read_bytes()
    keys = yard.keys.pinned(Role.LOG)
    for place in range(0, len(good) * 8, 7):
        changed = bytearray(good)
        changed[place // 8] ^= 1 << place % 8
        yard.revocations.write_bytes(changed)
        with pytest.raises(IntegrityError):
            revocations.read(yard.revocations, keys)


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(lambda v: v["entries"].reverse(), id="out-of-order"),
        pytest.param(lambda v: v["entries"].append(v["entries"][-1]), id="one-twice"),
        pytest.param(lambda v: v["entries"][0].update(kind="everything"), id="an-unknown-kind"),
        pytest.param(lambda v: v.update(format="mitsua-revocations/2"), id="another-format"),
        pytest.param(lambda v: v.update(issued_at="2026-03-01T12:00:00"), id="a-time-without-a-zone"),
    ],
)
def test_a_list_must_be_sound_though_it_is_signed(yard: Yard, edit: Edit) -> None:
    value: Any = revocations.make(ORIGIN, [entry(Target.IMAGE, "a:1"), entry(Target.IMAGE, "b:1")], NOW).dump()
    edit(value)
    yard.revocations.write_bytes(seal(canonical(value), revocations.PAYLOAD_TYPE, yard.keys.signer(Role.LOG)))
    with pytest.raises(IntegrityError, match=r"revocations\.dsse\.json"):
        revocations.read(yard.revocations, yard.keys.pinned(Role.LOG))


# Consistency, and what was seen


def heads(*sizes: int) -> tuple[Tree, list[Checkpoint]]:
    tree = Tree(leaf_hash(str(number).encode()) for number in range(max(sizes)))
    return tree, [Checkpoint(ORIGIN, size, tree.root(size)) for size in sizes]


def test_growth_is_believed_with_a_proof_and_only_with_one() -> None:
    tree, (old, new) = heads(5, 12)
    proof = Growth.of(5, old.root, tree.consistency(5, 12))
    check_growth(new, old, [proof])
    check_growth(new, new, [])
    check_growth(new, Checkpoint(ORIGIN, 0, Tree().root()), [])
    with pytest.raises(IntegrityError, match="got no proof that size 12 grew from the size 5 seen"):
        check_growth(new, old, [Growth.of(4, tree.root(4), tree.consistency(4, 12))])
    with pytest.raises(IntegrityError, match="got a wrong proof"):
        check_growth(new, old, [Growth.of(5, old.root, tree.consistency(4, 12))])
    forged = Tree([leaf_hash(b"another past"), *(leaf_hash(b"x") for _ in range(11))])
    with pytest.raises(IntegrityError, match="got no proof"):
        # The proof is sound, but it starts from a past that nobody saw.
        growth = [Growth.of(5, forged.root(5), forged.consistency(5))]
        check_growth(Checkpoint(ORIGIN, 12, forged.root()), old, growth)
    with pytest.raises(IntegrityError, match="got size 5, expected at least 12 as seen"):
        check_growth(old, new, [proof])
    with pytest.raises(IntegrityError, match=r"got root .* expected"):
        check_growth(Checkpoint(ORIGIN, 12, bytes(32)), new, [proof])
    with pytest.raises(IntegrityError, match=r"got other\.example, expected example\.org"):
        check_growth(Checkpoint("other.example", 12, new.root), new, [proof])


def test_growth_is_read_back_sorted() -> None:
    tree, (first, second, _) = heads(3, 7, 12)
    proofs = [Growth.of(head.size, head.root, tree.consistency(head.size)) for head in (second, first)]
    assert read_growth(growth_text(proofs), what="x") == proofs[::-1]


@pytest.mark.parametrize("text", [b"{}", b"[1]", b'[{"size":1}]', b"[] ", b"", b'[{"path":[],"root":"x","size":1}]'])
def test_malformed_growth_is_refused(text: bytes) -> None:
    with pytest.raises(IntegrityError, match="x: "):
        read_growth(text, what="x")


def growth(tree: Tree, now: int, *sizes: int) -> list[Growth]:
    return [Growth.of(size, tree.root(size), tree.consistency(size, now)) for size in sizes]


def test_what_was_seen_is_remembered_by_log(tmp_path: Path) -> None:
    seen = SeenFile(tmp_path / "deep" / "seen.json")
    tree, (old, new) = heads(5, 12)
    elsewhere = Checkpoint("other.example", 3, bytes(32))
    seen.remember("clip", new, [], NOW)
    seen.remember("clip", elsewhere, [], NOW - timedelta(days=9))
    assert {origin: log.last.size for origin, log in seen.read().logs.items()} == {ORIGIN: 12, "other.example": 3}
    with pytest.raises(IntegrityError, match="expected at least size 12 as seen"):
        seen.remember("clip", old, growth(tree, 12, 5), NOW)
    with pytest.raises(IntegrityError, match="expected one not older"):
        seen.check_revocations(ORIGIN, NOW - timedelta(seconds=1))
    assert seen.read().logs[ORIGIN].last.size == 12


def test_an_older_release_of_another_name_is_of_the_same_history_once_that_is_proven(tmp_path: Path) -> None:
    seen = SeenFile(tmp_path / "seen.json")
    tree, (first, second, third) = heads(5, 9, 12)
    seen.remember("clip", third, growth(tree, 12, 5), NOW)
    seen.remember("met", first, [], NOW)
    seen.remember("clip", third, [], NOW)
    with pytest.raises(IntegrityError, match="expected at least 12 as seen of this release"):
        seen.check_checkpoint("clip", first, [])
    with pytest.raises(IntegrityError, match="or a tree that it was proven to have grown from"):
        seen.check_checkpoint("met", second, growth(tree, 9, 5))
    log = seen.read().logs[ORIGIN]
    assert (log.last.size, [head.size for head in log.earlier], log.releases) == (12, [5], {"clip": 12, "met": 5})


def test_a_head_that_was_only_claimed_is_not_remembered(tmp_path: Path) -> None:
    seen = SeenFile(tmp_path / "seen.json")
    tree, (first, last) = heads(5, 12)
    seen.remember("clip", last, [Growth.of(5, bytes(32), tree.consistency(5, 12))], NOW)
    assert seen.read().logs[ORIGIN].earlier == []
    with pytest.raises(IntegrityError):
        seen.check_checkpoint("met", first, [])


@pytest.mark.parametrize("text", [b"", b"{ }", b"[]", b'{"logs":{"a":{}}}', b"\xff" * 9])
def test_a_broken_memory_is_not_taken_for_none(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "seen.json"
    path.write_bytes(text)
    with pytest.raises(IntegrityError, match=r"seen\.json"):
        SeenFile(path).read()
    assert path.read_bytes() == text


def test_replacing_a_file_is_one_step(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.json"
    replace_file(path, b"one")
    replace_file(path, b"two")
    assert path.read_bytes() == b"two"
    assert list(path.parent.iterdir()) == [path]
