"""The gate: every way to be unaudited is refused, by its own error, before a sample is out; good releases pass."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from mitsua_data.errors import (
    AttestationUntrusted,
    LicenceNotAllowed,
    ShardDamaged,
    StorageError,
    UnauditedError,
    UsageError,
)
from mitsua_data.shards import files
from mitsua_data.shards.keys import Role
from mitsua_train.gate import AuditedRelease
from tests.shards.releases import NOW, ORIGIN, POLICY, Yard, make_row
from tests.train.file_ways import SHARDS, Spoil
from tests.train.gate_case import Case
from tests.train.gate_ways import WAYS


@pytest.fixture
def case(tmp_path: Path) -> Case:
    yard = Yard(tmp_path)
    yard.keys.signer(Role.TRAINER)
    return Case(yard, yard.audited())


@pytest.mark.parametrize(("spoil", "refusal"), [pytest.param(s, r, id=name) for name, s, r in WAYS])
def test_every_way_to_be_unaudited_is_refused_by_its_own_name(
    case: Case, spoil: Spoil, refusal: type[UnauditedError]
) -> None:
    spoil(case)
    before = case.yard.seen.read_bytes() if case.yard.seen.exists() else None
    with pytest.raises(refusal) as caught:
        case.open()
    assert type(caught.value) is refusal
    assert caught.value.exit_code == 6
    assert caught.value.advice
    assert "\n" not in caught.value.line()
    after = case.yard.seen.read_bytes() if case.yard.seen.exists() else None
    assert after == before, "a refused release was remembered as seen"


def test_every_refusal_has_its_ways() -> None:
    assert {refusal for _, _, refusal in WAYS} == set(UnauditedError.__subclasses__())
    assert len(WAYS) >= 60


def test_a_good_release_passes_and_gives_every_sample(case: Case) -> None:
    audited = case.open()
    samples = list(audited.samples())
    rows = {row.key: row for row in (make_row(number) for number in range(10))}
    assert [sample.key for sample in samples] == [
        *(k for k in rows if rows[k].split == "train"),
        "00000004",
        "00000009",
    ]
    for sample in samples:
        row = rows[sample.key]
        assert (sample.image, sample.caption, sample.split) == (row.image, row.caption, row.split.value)
        assert sample.provenance == row.provenance.dump() | {"sha256": row.provenance.original_sha256}
    assert [sample.key for sample in audited.samples("val")] == ["00000004", "00000009"]
    assert [sample.key for sample in audited.samples("train")] == [s.key for s in samples if s.split == "train"]


def test_what_a_training_record_needs_is_told(case: Case) -> None:
    audited = case.open()
    signed = case.release.signed
    assert (audited.name, audited.version, audited.digest) == ("clip", "1", signed.digest)
    assert audited.digest == sha256((case.path / "manifest.json").read_bytes()).hexdigest()
    assert audited.shard_digests == tuple(shard.sha256 for shard in signed.manifest.shards)
    assert (audited.policy, audited.policy_name) == (POLICY.sha256, "default")
    assert audited.checkpoint_note == (case.path / "checkpoint.note").read_text()
    assert audited.attestation_digest == sha256((case.path / "audit.intoto.jsonl").read_bytes()).hexdigest()
    assert audited.builder == case.yard.keys.signer(Role.BUILDER).keyid
    assert audited.auditor == case.yard.keys.signer(Role.AUDITOR).keyid
    assert audited.licences == {"CC0-1.0": 10}
    assert audited.counts == {"train": 8, "val": 2}
    assert audited.image_size == (64, 48)


def test_sizes_that_differ_are_not_told_as_one(case: Case) -> None:
    case.sign_again(lambda m: m["transform"].update(fit="shrink"))
    assert case.open().image_size is None


def test_the_policy_may_be_named_by_its_digest(case: Case) -> None:
    case.rules = replace(case.rules, policies=frozenset({POLICY.sha256}))
    case.open()


def test_twenty_good_releases_pass_one_after_another(tmp_path: Path) -> None:
    yard = Yard(tmp_path)
    for number in range(20):
        release = yard.audited(str(number), [make_row(n) for n in range(number, number + 1 + number % 4)])
        assert len(list(Case(yard, release).open().samples())) == 1 + number % 4
    assert json.loads(yard.seen.read_bytes())["logs"][ORIGIN]["last"]["size"] == len(yard.tree)


def test_a_release_may_be_opened_again(case: Case) -> None:
    case.open()
    before = case.yard.seen.read_bytes()
    case.open()
    assert case.yard.seen.read_bytes() == before


def test_two_releases_of_one_log_may_be_used_side_by_side(case: Case) -> None:
    other = case.yard.build("1", [make_row(30)], name="met")
    case.yard.attest(other)
    beside = replace(case, release=other)
    for _ in range(2):
        case.open()
        beside.open()


def test_clocks_may_differ_a_little(case: Case) -> None:
    case.now = NOW - timedelta(minutes=4)
    case.open()


def test_files_beside_the_shards_do_not_matter(case: Case) -> None:
    (case.path / "report.html").write_text("<p>made later</p>")
    (case.path / "evidence").mkdir()
    case.open()


def test_an_audited_release_comes_from_the_gate_alone(case: Case) -> None:
    audited = case.open()
    with pytest.raises(TypeError, match="comes from open_audited"):
        AuditedRelease(audited._release, audited, "", passed=True)  # type: ignore[arg-type]


def test_no_folder_is_a_wrong_argument(case: Case) -> None:
    case.release = replace(case.release, path=case.yard.root / "nothing")
    with pytest.raises(UsageError, match="no such release folder"):
        case.open()


def test_one_key_for_two_roles_is_a_wrong_configuration(case: Case) -> None:
    builder = case.yard.keys.signer(Role.BUILDER).public
    (case.yard.keys.trust / "auditor" / "copy.pub").write_bytes(builder.pem())
    case.attest_as(Role.BUILDER)
    with pytest.raises(UsageError, match="is pinned as builder and as"):
        case.open()


def test_a_builder_cannot_audit_itself_whatever_the_trust_folder_says(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    builder = case.yard.keys.signer(Role.BUILDER).public
    case.attest_as(Role.BUILDER)
    monkeypatch.setattr(case.yard.keys, "pinned", lambda role: {builder.keyid: builder})
    with pytest.raises(AttestationUntrusted, match="by the builder's own key"):
        case.open()


def test_a_disk_that_cannot_remember_is_not_passed_over(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, data: bytes) -> None:
        raise StorageError(f"{path}: No space left on device")

    monkeypatch.setattr("mitsua_data.shards.seen.replace_file", refuse)
    with pytest.raises(StorageError):
        case.open()


def test_messages_say_both_sides(case: Case) -> None:
    case.rules = replace(case.rules, licences=frozenset({"LicenseRef-PDM-1.0"}))
    with pytest.raises(LicenceNotAllowed) as caught:
        case.open()
    assert str(caught.value) == (
        "train/00000.tar: sample 00000000 (openclipart:r0): got CC0-1.0, expected one of: LicenseRef-PDM-1.0"
    )


def test_a_bit_that_flips_after_the_gate_stops_the_run_before_that_sample(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    audited = case.open()
    monkeypatch.setattr(files, "_CHUNK", 512)  # a small buffer, so that each sample is read from the disk again
    samples = audited.samples("train")
    handed_on = [next(samples).key]
    path = case.path / "train" / "00000.tar"
    case.flip("train/00000.tar", path.read_bytes().index(make_row(2).image) + 100)
    with pytest.raises(ShardDamaged, match=r"00000002\.png"):
        handed_on.extend(sample.key for sample in samples)
    assert handed_on == ["00000000", "00000001"]


AFTERWARDS = ("shard-flipped", "another-caption", "shard-cut", "shard-longer", "shard-missing", "shards-swapped")


@pytest.mark.parametrize("spoil", [pytest.param(SHARDS[name], id=name) for name in AFTERWARDS])
def test_a_shard_spoilt_after_the_gate_hands_on_nothing_of_it(case: Case, spoil: Spoil) -> None:
    audited = case.open()
    spoil(case)
    rows = {row.key: row for row in (make_row(number) for number in range(10))}
    genuine = {key: row.image for key, row in rows.items()}
    with pytest.raises(ShardDamaged):
        for sample in audited.samples():
            assert genuine[sample.key] == sample.image
