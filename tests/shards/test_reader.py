"""Reading: nothing is handed on that is not what the manifest names, whatever happens to the file meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from mitsua_data.canonical import canonical
from mitsua_data.errors import IntegrityError
from mitsua_data.shards import files
from mitsua_data.shards.files import Folder
from mitsua_data.shards.keys import Role
from mitsua_data.shards.manifest import ShardEntry, Split
from mitsua_data.shards.reader import Release, open_release
from mitsua_data.shards.samples import SampleRow
from mitsua_data.shards.tar import TarWriter
from tests.shards.releases import Yard, make_row

ROWS = [make_row(number) for number in range(10)]


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    return Yard(tmp_path)


@pytest.fixture
def release(yard: Yard) -> Release:
    return open_release(yard.build("1", ROWS).path, yard.keys.pinned(Role.BUILDER))


def test_what_was_written_is_read_back(release: Release) -> None:
    read: list[tuple[str, str, str, bytes, str, object]] = []
    for entry in release.signed.manifest.shards:
        with release.shard(entry) as shard:
            read += [(s.key, s.split, s.extension, s.image, s.caption, s.provenance) for s in shard.samples()]
    written = [(r.key, r.split, r.extension, r.image, r.caption, r.provenance) for r in ROWS]
    assert sorted(read, key=lambda each: each[0]) == written


def test_provenances_are_those_of_the_samples(release: Release) -> None:
    for entry in release.signed.manifest.shards:
        with release.shard(entry) as shard:
            assert list(shard.provenances()) == [(s.key, s.provenance) for s in shard.samples()]


def test_a_file_that_changes_between_scan_and_read_is_noticed_at_that_sample(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_CHUNK", 512)  # a small buffer, so that each sample is read from the disk again
    entry = release.signed.manifest.shards[0]
    path = release.folder.path / entry.name
    handed_on = []
    with release.shard(entry) as shard:
        samples = shard.samples()
        handed_on.append(next(samples).key)
        data = bytearray(path.read_bytes())
        place = data.index(ROWS[2].image)
        data[place] ^= 1
        path.write_bytes(data)
        with pytest.raises(
            IntegrityError, match=r"train/00000\.tar: member 6 \(00000002\.png\) has sha256 .*, expected"
        ):
            handed_on.extend(sample.key for sample in samples)
    assert handed_on == ["00000000", "00000001"]


def test_a_shard_swapped_after_it_was_opened_is_read_as_it_was(release: Release) -> None:
    entry = release.signed.manifest.shards[0]
    path = release.folder.path / entry.name
    with release.shard(entry) as shard:
        path.unlink()
        path.write_bytes(b"another file")
        assert [sample.key for sample in shard.samples()] == ["00000000", "00000001", "00000002", "00000003"]


Member = tuple[str, bytes]


def members(row: SampleRow) -> list[Member]:
    return [(f"{row.key}.png", row.image), (f"{row.key}.json", row.provenance.text()), (f"{row.key}.txt", b"words")]


def without(row: SampleRow, extension: str) -> list[Member]:
    return [member for member in members(row) if not member[0].endswith(extension)]


def record(row: SampleRow, **changes: str) -> list[Member]:
    return [
        *without(row, "json"),
        (f"{row.key}.json", canonical({**row.provenance.dump(), **changes})),
    ]


FIRST, SECOND = ROWS[0], ROWS[1]


@pytest.mark.parametrize(
    ("inside", "problem"),
    [
        pytest.param([*members(FIRST), *members(SECOND)], "got 2 samples, expected 1", id="a-sample-more"),
        pytest.param(without(FIRST, "png"), "expected an image, json and txt", id="no-image"),
        pytest.param(without(FIRST, "txt"), "expected an image, json and txt", id="no-caption"),
        pytest.param(without(FIRST, "json"), "expected an image, json and txt", id="no-provenance"),
        pytest.param([*members(FIRST), (f"{FIRST.key}.jpg", b"x")], "expected an image, json and txt", id="two-images"),
        pytest.param(
            [*without(FIRST, "png"), (f"{FIRST.key}.png", b"x")], "got image 2d711642.*, expected", id="other-pixels"
        ),
        pytest.param(
            [*without(FIRST, "txt"), (f"{FIRST.key}.txt", b"\xff")], "txt is not UTF-8", id="a-caption-in-no-encoding"
        ),
        pytest.param([*without(FIRST, "json"), (f"{FIRST.key}.json", b"{}")], "Field required", id="an-empty-record"),
        pytest.param(
            [*without(FIRST, "json"), (f"{FIRST.key}.json", FIRST.provenance.text() + b" ")],
            "not in canonical form",
            id="a-record-in-a-second-spelling",
        ),
        pytest.param(record(FIRST, note="x"), "note: Extra inputs", id="a-field-more"),
        pytest.param(record(FIRST, licence="CC-BY-NC-4.0"), "licence: Input should be", id="a-licence-nobody-knows"),
        pytest.param(record(FIRST, id="openclipart:other"), "expected 'openclipart:r0'", id="a-name-of-its-own"),
    ],
)
def test_a_shard_that_was_signed_but_is_not_sound_is_refused(
    tmp_path: Path, inside: list[Member], problem: str
) -> None:
    (tmp_path / "train").mkdir()
    path = tmp_path / "train" / "00000.tar"
    with path.open("wb") as file:
        writer = TarWriter(file)
        for name, data in inside:
            writer.add(name, data)
        writer.close()
    data = path.read_bytes()
    shard = ShardEntry.model_validate(
        {
            "name": "train/00000.tar",
            "sha256": sha256(data).hexdigest(),
            "bytes": len(data),
            "samples": 1,
            "split": Split.TRAIN,
            "parquet": {"name": "train/00000.parquet", "sha256": "0" * 64, "bytes": 0},
        }
    )
    handed_on: list[object] = []
    with pytest.raises(IntegrityError, match=problem), _release_at(tmp_path).shard(shard) as opened:
        handed_on.extend(opened.samples())
    assert handed_on == []


def _release_at(path: Path) -> Release:
    """A release of which only the folder matters."""
    yard = Yard(path / "yard")
    signed = open_release(yard.build("1", ROWS[:1]).path, yard.keys.pinned(Role.BUILDER)).signed
    return Release(Folder(path), signed)


@pytest.mark.parametrize("name", ["/etc/passwd", "../x", "a/../../x", "a//b", "", ".", "train/", "a\0b"])
def test_names_that_lead_elsewhere_are_not_opened(tmp_path: Path, name: str) -> None:
    with pytest.raises(IntegrityError, match="not a name inside a release"), Folder(tmp_path).open(name):
        pass


def test_a_file_is_read_up_to_its_limit_and_not_beyond(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"1234")
    assert Folder(tmp_path).read("x", 4) == b"1234"
    with pytest.raises(IntegrityError, match="x: more than 3 bytes"):
        Folder(tmp_path).read("x", 3)


Change = Callable[[Path], object]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        pytest.param(lambda path: (path.unlink(), path.mkdir()), "is no regular file", id="a-folder"),
        pytest.param(Path.unlink, "is missing", id="missing"),
        pytest.param(lambda path: path.parent.rename(path.parent.with_name("x")), "is missing", id="no-folder"),
    ],
)
def test_what_is_not_there_to_be_read_is_said(release: Release, change: Change, problem: str) -> None:
    entry = release.signed.manifest.shards[0]
    change(release.folder.path / entry.name)
    with pytest.raises(IntegrityError, match=problem), release.shard(entry):
        pass


def test_a_disk_that_fails_while_reading_is_an_integrity_error(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("mitsua_data.shards.reader.scan", failing)
    entry = release.signed.manifest.shards[0]
    with pytest.raises(IntegrityError, match=r"train/00000\.tar: Input/output error"), release.shard(entry):
        pass


def test_rows_and_provenance_must_agree(yard: Yard) -> None:
    row = make_row(0)
    wrong = replace(row, provenance=row.provenance.model_copy(update={"image_sha256": "0" * 64}))
    with pytest.raises(ValueError, match="its provenance 0000"):
        yard.build("2", [wrong])
