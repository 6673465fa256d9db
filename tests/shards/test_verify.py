"""Offline verification: a good release is silent, and each damage is found in the file that has it."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from mitsua_data.canonical import canonical
from mitsua_data.errors import IntegrityError, UsageError
from mitsua_data.ledger.merkle import leaf_hash
from mitsua_data.licences import Licence
from mitsua_data.shards.columns import ProofRole, ProofRow, sample_columns, samples_parquet
from mitsua_data.shards.files import Folder
from mitsua_data.shards.keys import Role, TrustStore
from mitsua_data.shards.manifest import Split, open_manifest
from mitsua_data.shards.part import Part
from mitsua_data.shards.samples import SampleRow
from mitsua_data.shards.verify import MAX_FINDINGS, Finding, verify_release
from mitsua_data.shards.writer import Published, ReleaseWriter
from tests.shards.releases import NOW, Yard, header, make_row


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    return Yard(tmp_path)


@pytest.fixture
def release(yard: Yard) -> Published:
    return yard.audited()


def files_named(findings: list[Finding]) -> set[str]:
    return {finding.file for finding in findings}


def test_a_good_release_is_silent(yard: Yard, release: Published) -> None:
    assert verify_release(release.path, yard.keys, now=NOW) == []
    assert verify_release(release.path, yard.keys, read_data=False) == []
    assert verify_release(yard.build("2").path, yard.keys) == []


def test_public_keys_are_all_it_takes(yard: Yard, release: Published, tmp_path: Path) -> None:
    moved = tmp_path / "at-a-strangers"
    shutil.copytree(release.path, moved / "release")
    shutil.copytree(yard.keys.trust, moved / "trust")
    shutil.rmtree(yard.keys.keys)
    assert verify_release(moved / "release", TrustStore(moved / "trust"), now=NOW) == []


def test_no_folder_is_a_wrong_argument(yard: Yard) -> None:
    yard.keys.signer(Role.BUILDER)
    with pytest.raises(UsageError, match="no such release folder"):
        verify_release(yard.releases / "nothing", yard.keys)


def test_without_keys_nothing_is_believed(release: Published, tmp_path: Path) -> None:
    findings = verify_release(release.path, TrustStore(tmp_path / "empty"))
    assert findings == [Finding("manifest.json", "no builder key is pinned")]


ALL_FILES = (
    "NOTICE.md",
    "audit.intoto.jsonl",
    "checkpoint.note",
    "consistency.json",
    "manifest.json",
    "manifest.sig",
    "proofs.parquet",
    "train/00000.parquet",
    "train/00000.tar",
    "train/00001.tar",
    "val/00000.parquet",
    "val/00000.tar",
)


@pytest.mark.parametrize("name", ALL_FILES)
def test_each_damage_is_found_in_the_right_file(yard: Yard, release: Published, name: str) -> None:
    path = release.path / name
    good = path.read_bytes()
    chance = random.Random(name)
    damages: list[bytes] = []
    for _ in range(40):
        place = chance.randrange(len(good) * 8)
        changed = bytearray(good)
        changed[place // 8] ^= 1 << place % 8
        damages.append(bytes(changed))
    damages += [good[: chance.randrange(len(good))] for _ in range(5)]
    damages += [good + bytes(chance.randrange(1, 1024)), good + good, b"", good + b"\n"]
    for damage in damages:
        path.write_bytes(damage)
        assert name in files_named(verify_release(release.path, yard.keys))
    path.write_bytes(good)
    assert verify_release(release.path, yard.keys) == []


class InMemory(Folder):
    """The manifest and its signature without a disk in between: 20,000 flips in seconds."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.files = {name: (path / name).read_bytes() for name in ("manifest.json", "manifest.sig")}

    def read(self, name: str, limit: int) -> bytes:
        return self.files[name]


@pytest.mark.parametrize("name", ["manifest.json", "manifest.sig"])
def test_every_flipped_bit_of_the_manifest_and_its_signature_is_found(
    yard: Yard, release: Published, name: str
) -> None:
    folder = InMemory(release.path)
    good = folder.files[name]
    keys = yard.keys.pinned(Role.BUILDER)
    for place in range(len(good) * 8):
        changed = bytearray(good)
        changed[place // 8] ^= 1 << place % 8
        folder.files[name] = bytes(changed)
        with pytest.raises(IntegrityError, match=name):
            open_manifest(folder, keys)


def test_a_finding_says_both_digests(yard: Yard, release: Published) -> None:
    path = release.path / "train" / "00000.tar"
    changed = bytearray(path.read_bytes())
    changed[600] ^= 1
    path.write_bytes(changed)
    # One finding, about that file and nothing else: what could not be read is not held against other files.
    (finding,) = verify_release(release.path, yard.keys)
    assert finding.file == "train/00000.tar"
    assert sha256(changed).hexdigest() in finding.problem
    assert release.signed.manifest.shards[0].sha256 in finding.problem


def test_damage_that_needs_reading_is_left_out_on_request(yard: Yard, release: Published) -> None:
    path = release.path / "train" / "00000.tar"
    path.write_bytes(path.read_bytes()[:-1] + b"\1")
    assert verify_release(release.path, yard.keys, read_data=False) == []
    assert verify_release(release.path, yard.keys) != []


@pytest.mark.parametrize("parts", [1, 2, 3, 7])
def test_every_damage_is_in_exactly_one_part(yard: Yard, parts: int) -> None:
    release = yard.build("1", [make_row(number) for number in range(12)], samples_per_shard=2)
    shards = [entry.name for entry in release.signed.manifest.shards]
    assert len(shards) > 3
    for name in shards:
        path = release.path / name
        good = path.read_bytes()
        path.write_bytes(good[:-1] + b"\1")
        found = [files_named(verify_release(release.path, yard.keys, part=Part(k + 1, parts))) for k in range(parts)]
        assert [each for each in found if each] == [{name}]
        path.write_bytes(good)


@pytest.mark.parametrize("text", ["0/3", "4/3", "1/0", "1", "a/b", "-1/3", "1/3/5", ""])
def test_what_is_no_part_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError, match="is no part"):
        Part.parse(text)


def test_a_ledger_that_grew_is_told_from_one_that_was_rewritten(yard: Yard) -> None:
    first, second = yard.build("1"), yard.build("2")
    before = first.signed.manifest.checkpoint.checkpoint()
    now = second.signed.manifest.checkpoint.checkpoint()
    assert before.size < now.size
    assert verify_release(second.path, yard.keys, against=[before, now]) == []
    rewritten = replace(before, root=bytes(32))
    other = replace(before, origin="another.example/log")
    for seen, problem in (
        (rewritten, "no proof that size"),
        (other, "checkpoint of another log"),
        (replace(now, size=now.size + 1), "expected at least"),
        (replace(now, root=bytes(32)), "expected 00"),
    ):
        (finding,) = verify_release(second.path, yard.keys, read_data=False, against=[seen])
        assert finding.file == "consistency.json"
        assert problem in finding.problem


def test_a_broken_file_does_not_fill_the_report(yard: Yard) -> None:
    rows = [make_row(number) for number in range(40)]
    logged = [each for each in yard.log(rows) if each.role is ProofRole.DECISION]
    release = yard.build("1", rows, samples_per_shard=100, logged=logged)
    findings = verify_release(release.path, yard.keys)
    assert len(findings) == MAX_FINDINGS + 1
    assert findings[0] == Finding("proofs.parquet", f"sample {rows[0].key}: got 0 proofs of its original, expected 1")
    assert findings[-1] == Finding("proofs.parquet", "20 more findings like these")


Layout = Callable[[Path], object]


def endless(path: Path) -> None:
    """A fifo nobody writes to, in a file's place: whoever opens it the plain way waits for ever."""
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("change", "file", "problem"),
    [
        pytest.param(
            lambda path: (path / "train" / "00002.tar").write_bytes(b""),
            "train/00002.tar",
            "is not in the manifest",
            id="a-shard-more",
        ),
        pytest.param(
            lambda path: (path / "val" / ".hidden").write_bytes(b""),
            "val/.hidden",
            "not in the manifest",
            id="a-hidden-file",
        ),
        pytest.param(
            lambda path: (path / "val" / "00000.tar").unlink(), "val/00000.tar", "is missing", id="a-shard-less"
        ),
        pytest.param(lambda path: (path / "train" / "x").mkdir(), "train/x", "no regular file", id="a-folder"),
        pytest.param(lambda path: os.mkfifo(path / "train" / "x"), "train/x", "no regular file", id="a-fifo"),
        pytest.param(
            lambda path: (path / "val" / "x").symlink_to("/etc/passwd"), "val/x", "is a symlink", id="a-link-outside"
        ),
        pytest.param(
            lambda path: (
                (path / "val" / "00000.tar").rename(path / "x") and (path / "val" / "00000.tar").symlink_to("../x")
            ),
            "val/00000.tar",
            "symlink",
            id="a-shard-as-a-link-to-the-right-bytes",
        ),
        pytest.param(
            lambda path: os.link(path / "train" / "00000.tar", path / "second-name"),
            "train/00000.tar",
            r"has 2 names .hard links.; expected 1",
            id="a-hard-link",
        ),
        pytest.param(
            lambda path: (path / "train").rename(path / "moved") and (path / "train").symlink_to("moved"),
            "train/00000.tar",
            "symlink",
            id="a-folder-as-a-link",
        ),
        pytest.param(
            lambda path: endless(path / "NOTICE.md"),
            "NOTICE.md",
            "no regular file",
            id="a-document-that-never-ends",
        ),
    ],
)
def test_what_is_no_plain_file_is_found(
    yard: Yard, release: Published, change: Layout, file: str, problem: str
) -> None:
    change(release.path)
    findings = [found for found in verify_release(release.path, yard.keys) if found.file == file]
    assert findings
    assert any(re.search(problem, found.problem) for found in findings)


def test_swapped_shards_are_both_found(yard: Yard, release: Published) -> None:
    first, second = release.path / "train" / "00000.tar", release.path / "train" / "00001.tar"
    one, two = first.read_bytes(), second.read_bytes()
    first.write_bytes(two)
    second.write_bytes(one)
    assert {"train/00000.tar", "train/00001.tar"} <= files_named(verify_release(release.path, yard.keys))


def test_an_attestation_that_is_over_is_found_when_the_time_is_told(yard: Yard, release: Published) -> None:
    later = NOW + timedelta(days=91)
    assert verify_release(release.path, yard.keys) == []
    (finding,) = verify_release(release.path, yard.keys, now=later)
    assert finding.file == "audit.intoto.jsonl"
    assert "expired at 2026-05-30" in finding.problem


def test_a_failed_audit_is_found(yard: Yard, release: Published) -> None:
    yard.attest(release, {"verdict": "fail", "findings": [{"image": "x", "problem": "no evidence"}]})
    (finding,) = verify_release(release.path, yard.keys)
    assert finding == Finding("audit.intoto.jsonl", "got verdict fail with 1 findings, expected pass")


def test_a_release_that_was_not_audited_yet_is_not_wrong(yard: Yard) -> None:
    assert verify_release(yard.build().path, yard.keys) == []


# A builder that lies: everything below is signed, and only the proofs can tell.


def _event(row: ProofRow, **changes: Any) -> bytes:
    return canonical(json.loads(row.event) | changes)


Lie = Callable[[list[ProofRow]], list[ProofRow]]


@pytest.mark.parametrize(
    ("lie", "problem"),
    [
        pytest.param(lambda rows: rows[1:], "got 0 proofs of its decision, expected 1", id="no-decision"),
        pytest.param(lambda rows: [rows[0], *rows], "got 2 proofs of its decision", id="a-decision-twice"),
        pytest.param(
            lambda rows: [replace(rows[0], key="99999999"), *rows[1:]], "no such sample", id="a-proof-of-nothing"
        ),
        pytest.param(
            lambda rows: [replace(rows[0], event=_event(rows[0], image="openclipart:other")), *rows[1:]],
            "its event says image 'openclipart:other', expected 'openclipart:r0'",
            id="anothers-image",
        ),
        pytest.param(
            lambda rows: [replace(rows[0], event=_event(rows[0], outcome="refuse")), *rows[1:]],
            "its event says outcome 'refuse', expected 'accept'",
            id="a-refusal",
        ),
        pytest.param(
            lambda rows: [replace(rows[0], event=_event(rows[0], policy="0" * 64)), *rows[1:]],
            "its event says policy",
            id="another-policy",
        ),
        pytest.param(
            lambda rows: [rows[0], replace(rows[1], event=_event(rows[1], sha256="0" * 64)), *rows[2:]],
            "its event says sha256",
            id="other-bytes",
        ),
        pytest.param(
            lambda rows: [replace(rows[0], role=ProofRole.ORIGINAL), *rows[1:]],
            "its event is of another kind",
            id="a-decision-for-an-original",
        ),
        pytest.param(
            lambda rows: [replace(rows[0], event=rows[0].event + b" "), *rows[1:]],
            "not canonical JSON",
            id="a-second-spelling",
        ),
        pytest.param(
            lambda rows: [replace(rows[0], event=_event(rows[0], note="added later")), *rows[1:]],
            "is not in the ledger of size",
            id="an-event-that-was-never-logged",
        ),
        pytest.param(
            lambda rows: [replace(rows[0], leaf_index=rows[0].leaf_index + 2), *rows[1:]],
            "is not in the ledger of size",
            id="another-place",
        ),
    ],
)
def test_a_proof_that_proves_nothing_is_found(yard: Yard, lie: Lie, problem: str) -> None:
    rows = [make_row(number) for number in range(4)]
    logged = yard.log(rows)
    yard.tree.append(leaf_hash(b"the log goes on"))
    release = yard.build("1", rows, logged=lie(logged))
    findings = verify_release(release.path, yard.keys)
    assert files_named(findings) == {"proofs.parquet"}
    assert any(problem in finding.problem for finding in findings)


def test_columns_that_say_something_else_are_found(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    def lying(row: Any) -> dict[str, Any]:
        return sample_columns(row) | (
            {"licence": "CC0-1.0", "creator": "somebody else"} if row.key.endswith("2") else {}
        )

    monkeypatch.setattr("mitsua_data.shards.writer.sample_columns", lying)
    release = yard.build("1")
    (finding,) = verify_release(release.path, yard.keys)
    assert finding == Finding("train/00000.parquet", "row 2: creator: got 'somebody else', expected '' as in the shard")


def test_a_sample_of_another_policy_or_transform_is_found(yard: Yard) -> None:
    rows = [make_row(number) for number in range(3)]
    strange = replace(rows[1], provenance=rows[1].provenance.model_copy(update={"policy": "0" * 64}))
    other = replace(rows[2], provenance=rows[2].provenance.model_copy(update={"transform": "1" * 64}))
    release = yard.build("1", [rows[0], strange, other])
    problems = [found.problem for found in verify_release(release.path, yard.keys)]
    assert any("sample 00000001: got policy 0000" in problem for problem in problems)
    assert any("sample 00000002: got transform 1111" in problem for problem in problems)


def test_a_consistency_proof_that_proves_nothing_is_found(yard: Yard) -> None:
    yard.build("1")
    yard.published[0] = (yard.published[0][0], leaf_hash(b"another history"))
    release = yard.build("2")
    (finding,) = verify_release(release.path, yard.keys)
    assert finding.file == "consistency.json"
    assert "grew from size 21" in finding.problem


def test_columns_of_fewer_or_more_samples_are_found(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    for version, change in (("1", lambda rows: rows[:-1]), ("2", lambda rows: [*rows, rows[-1]])):
        with monkeypatch.context() as patch:
            patch.setattr("mitsua_data.shards.writer.samples_parquet", lambda rows, c=change: samples_parquet(c(rows)))
            release = yard.build(version)
        found = {finding.file: finding.problem for finding in verify_release(release.path, yard.keys)}
        assert set(found) == {"train/00000.parquet", "train/00001.parquet", "val/00000.parquet"}
        assert found["val/00000.parquet"] == f"got {1 if version == '1' else 3} rows, expected 2"


def write(yard: Yard, rows: list[SampleRow], meddle: Callable[[ReleaseWriter], object]) -> Path:
    """A release by a writer whose own checks somebody meddled with, after each sample."""
    logged = yard.log(rows)
    with ReleaseWriter(yard.releases, "clip", "1") as writer:
        for row in rows:
            writer.add(row)
            meddle(writer)
        return writer.publish(
            header(),
            proofs=[replace(each, path=yard.tree.inclusion(each.leaf_index)) for each in logged],
            checkpoint_note=yard.note(),
            consistency=[],
            sign=yard.keys.signer(Role.BUILDER),
        ).path


def test_a_key_that_stands_in_two_shards_is_found(yard: Yard) -> None:
    row = make_row(0)
    path = write(yard, [row, replace(row, split=Split.VAL)], lambda writer: writer._keys.clear())
    assert Finding("val/00000.tar", "sample 00000000: its key stands twice in the release") in verify_release(
        path, yard.keys
    )


def test_counts_that_hide_a_licence_or_a_source_are_found(yard: Yard) -> None:
    rows = [make_row(0), make_row(1, source="met"), make_row(2, licence=Licence.PDM_1_0)]

    def hide(writer: ReleaseWriter) -> None:
        total = len(writer._keys)
        writer._licences = Counter({Licence.CC0_1_0: total})
        writer._sources = Counter({"openclipart": total})

    assert verify_release(write(yard, rows, hide), yard.keys) == [
        Finding("manifest.json", "sources: got {'openclipart': 3}, expected {'met': 1, 'openclipart': 2}"),
        Finding("manifest.json", "licences: got {'CC0-1.0': 3}, expected {'CC0-1.0': 2, 'LicenseRef-PDM-1.0': 1}"),
    ]
