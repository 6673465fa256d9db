"""Readers that are not ours: webdataset, Hugging Face datasets, pyarrow, and img2dataset's column names."""

from __future__ import annotations

import io
import json
import tarfile
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from PIL import Image

from mitsua_data.model import Evidence, Grade, ImageId, Json
from mitsua_data.shards.columns import SAMPLE_SCHEMA
from mitsua_data.shards.samples import Quotation, SampleRow
from mitsua_data.shards.writer import Published
from tests.shards.releases import Yard, make_row

pytestmark = pytest.mark.filterwarnings("ignore")  # what other people's libraries warn of is theirs

IMG2DATASET_COLUMNS = [
    "url",
    "caption",
    "key",
    "status",
    "error_message",
    "width",
    "height",
    "original_width",
    "original_height",
    "exif",
    "sha256",
]


def with_picture(row: SampleRow) -> SampleRow:
    """The same sample with a picture that decodes."""
    body = io.BytesIO()
    Image.new("RGB", (64, 48), (int(row.key) * 20, 90, 120)).save(body, "PNG")
    told = row.provenance.model_copy(update={"image_sha256": sha256(body.getvalue()).hexdigest()})
    return replace(row, image=body.getvalue(), provenance=told)


ROWS = [with_picture(make_row(number)) for number in range(10)]


@pytest.fixture
def release(tmp_path: Path) -> Published:
    return Yard(tmp_path).build("1", ROWS)


def tars(release: Published, split: str = "*") -> list[str]:
    return sorted(str(path) for path in release.path.glob(f"{split}/*.tar"))


def test_webdataset_reads_every_sample(release: Published) -> None:
    import webdataset

    read = {
        sample["__key__"]: (sample["png"], sample["txt"].decode(), json.loads(sample["json"]))
        for sample in webdataset.WebDataset(tars(release), shardshuffle=False, empty_check=False)
    }
    assert read == {row.key: (row.image, row.caption, row.provenance.dump()) for row in ROWS}


def test_webdataset_decodes_the_pictures(release: Published) -> None:
    import webdataset

    dataset = webdataset.WebDataset(tars(release, "val"), shardshuffle=False, empty_check=False).decode("pil")
    assert [(sample["png"].size, sample["json"]["licence"]) for sample in dataset] == [((64, 48), "CC0-1.0")] * 2


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")


@pytest.mark.usefixtures("offline")
def test_datasets_reads_the_shards(release: Published, tmp_path: Path) -> None:
    import datasets

    loaded = datasets.load_dataset(
        "webdataset",
        data_files={"train": tars(release, "train"), "validation": tars(release, "val")},
        cache_dir=str(tmp_path / "cache"),
    )
    assert {split: len(rows) for split, rows in loaded.items()} == {"train": 8, "validation": 2}
    first = loaded["train"][0]
    assert first["png"].size == (64, 48)
    assert first["json"] == ROWS[0].provenance.dump()


@pytest.mark.usefixtures("offline")
def test_datasets_reads_evidence_of_every_type(tmp_path: Path) -> None:
    import datasets

    quoted: list[Json] = [True, "CC0", None, 3, 2.5, ["a", 1], {"b": None}]
    values = [Evidence("ab" * 32, f"/{number}", value) for number, value in enumerate(quoted)]
    rows = []
    for number, row in enumerate(ROWS[:7]):
        told = row.provenance.model_copy(update={"evidence": [Quotation.of(values[number])]})
        rows.append(replace(row, provenance=told))
    release = Yard(tmp_path).build("1", rows)
    loaded = datasets.load_dataset(
        "webdataset", data_files=tars(release), split="train", cache_dir=str(tmp_path / "cache")
    )
    found = {row["__key__"]: json.loads(row["json"]["evidence"][0]["value"]) for row in loaded}
    assert found == {row.key: values[number].value for number, row in enumerate(rows)}


@pytest.mark.usefixtures("offline")
def test_datasets_reads_the_columns(release: Published, tmp_path: Path) -> None:
    import datasets

    files = {split: [str(path) for path in release.path.glob(f"{split}/*.parquet")] for split in ("train", "val")}
    loaded = datasets.load_dataset("parquet", data_files=files, cache_dir=str(tmp_path / "cache"))
    assert loaded["train"].column_names == SAMPLE_SCHEMA.names
    assert sorted(loaded["train"]["key"]) == [row.key for row in ROWS if row.split == "train"]


def test_pyarrow_reads_the_columns(release: Published) -> None:
    table = pq.read_table(release.path / "train" / "00000.parquet")
    assert table.column_names[:11] == IMG2DATASET_COLUMNS
    row, told = table.to_pylist()[1], ROWS[1].provenance
    assert row == {
        "url": told.original_url,
        "caption": ROWS[1].caption,
        "key": ROWS[1].key,
        "status": "success",
        "error_message": None,
        "width": 64,
        "height": 48,
        "original_width": 640,
        "original_height": 480,
        "exif": "",
        "sha256": told.original_sha256,
        "split": "train",
        "source": "openclipart",
        "id": str(ImageId("openclipart", "r1", "a/b.svg")),
        "part": "a/b.svg",
        "licence": "CC0-1.0",
        "grade": Grade.E3.value,
        "creator": "",
        "title": told.title,
        "original_sha256": told.original_sha256,
        "image_sha256": told.image_sha256,
        "caption_licence": told.caption_licence,
        "tags": ["cat"],
    }


def test_pyarrow_reads_the_proofs(release: Published) -> None:
    table = pq.read_table(release.path / "proofs.parquet")
    assert table.num_rows == 20
    assert set(table["role"].to_pylist()) == {"decision", "original"}
    assert json.loads(table["event"][0].as_py())["kind"] == "decision"
    assert {len(node) for path in table["path"].to_pylist() for node in path} == {32}


def test_the_standard_librarys_tar_reads_the_members(release: Published) -> None:
    with tarfile.open(release.path / "val" / "00000.tar") as archive:
        members = archive.getmembers()
    assert [member.name for member in members] == [
        f"{key}.{extension}" for key in ("00000004", "00000009") for extension in ("png", "json", "txt")
    ]
    assert {(m.mode, m.uid, m.gid, m.mtime, m.uname, m.gname) for m in members} == {(0o644, 0, 0, 0, "", "")}
