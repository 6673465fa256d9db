"""
The Parquet files of a release: one row a sample beside each shard, and the inclusion proofs.

Columns are img2dataset's first, by its names, so that its users' tools work; then ours. Writer options are fixed, so
that the same rows give the same bytes under one version of pyarrow.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Any, Final, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from mitsua_data.errors import IntegrityError
from mitsua_data.ledger.merkle import HASH_BYTES, Proof
from mitsua_data.shards.manifest import Split
from mitsua_data.shards.samples import Provenance, SampleRow

_TEXT: Final = pa.string()
SAMPLE_SCHEMA: Final = pa.schema(
    [
        ("url", _TEXT),
        ("caption", _TEXT),
        ("key", _TEXT),
        ("status", _TEXT),
        ("error_message", _TEXT),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("original_width", pa.int32()),
        ("original_height", pa.int32()),
        ("exif", _TEXT),
        ("sha256", _TEXT),
        ("split", _TEXT),
        ("source", _TEXT),
        ("id", _TEXT),
        ("part", _TEXT),
        ("licence", _TEXT),
        ("grade", _TEXT),
        ("creator", _TEXT),
        ("title", _TEXT),
        ("original_sha256", _TEXT),
        ("image_sha256", _TEXT),
        ("tags", pa.list_(_TEXT)),
        ("caption_licence", _TEXT),
    ]
)
_LATER: Final = frozenset({"caption_licence"})
"""Columns that the first releases did not have."""
PROOF_SCHEMA: Final = pa.schema(
    [
        ("key", _TEXT),
        ("role", _TEXT),
        ("leaf_index", pa.int64()),
        ("event", _TEXT),
        ("path", pa.list_(pa.binary(HASH_BYTES))),
    ]
)
_ROW_GROUP: Final = 16_384
_OPTIONS: Final[dict[str, Any]] = {"version": "2.6", "compression": "zstd", "compression_level": 3}


class ProofRole(StrEnum):
    """What a proof is about."""

    DECISION = "decision"
    """The policy accepted this image."""
    ORIGINAL = "original"
    """These bytes were received as this image."""


@dataclass(frozen=True, slots=True)
class ProofRow:
    """That one event of a sample is in the ledger."""

    key: str
    role: ProofRole
    leaf_index: int
    event: bytes
    """The event as canonical JSON: its leaf is SHA-256(0x00 ‖ event)."""
    path: Proof
    """To the root of the release's checkpoint."""


class Sink(Protocol):
    """Where bytes go."""

    def write(self, data: bytes, /) -> int:
        """Append all of `data`."""


def told_columns(key: str, split: Split, caption: str, provenance: Provenance) -> dict[str, Any]:
    """The columns that repeat what stands in the shard. Law: the Parquet row of a sample holds exactly these values."""
    return {
        "url": provenance.original_url,
        "caption": caption,
        "key": key,
        "status": "success",
        "error_message": None,
        "sha256": provenance.original_sha256,
        "split": split.value,
        "source": provenance.source,
        "id": provenance.id,
        "part": provenance.part,
        "licence": provenance.licence.value,
        "grade": provenance.grade.value,
        "creator": provenance.creator,
        "title": provenance.title,
        "original_sha256": provenance.original_sha256,
        "image_sha256": provenance.image_sha256,
        "caption_licence": provenance.caption_licence,
    }


def sample_columns(row: SampleRow) -> dict[str, Any]:
    """All columns of one sample."""
    return told_columns(row.key, row.split, row.caption, row.provenance) | {
        "width": row.width,
        "height": row.height,
        "original_width": row.original_width,
        "original_height": row.original_height,
        "exif": row.exif,
        "tags": list(row.tags),
    }


def samples_parquet(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """The Parquet file of one shard's rows, in their order."""
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(list(rows), schema=SAMPLE_SCHEMA), sink, **_OPTIONS)
    return sink.getvalue()


def read_samples(data: bytes, name: str) -> list[dict[str, Any]]:
    """The rows of a shard's Parquet file. Raises IntegrityError for another schema, or what is no Parquet."""
    without = dict.fromkeys(_LATER)
    return [{**without, **row} for batch in _batches(data, SAMPLE_SCHEMA, name, _LATER) for row in batch.to_pylist()]


def write_proofs(rows: Iterable[ProofRow], sink: Sink) -> None:
    """Write `proofs.parquet`, in the order given; O(row group) memory."""
    remaining = iter(rows)
    with pq.ParquetWriter(pa.PythonFile(sink, mode="w"), PROOF_SCHEMA, **_OPTIONS) as writer:
        while chunk := list(islice(remaining, _ROW_GROUP)):
            table = pa.table(
                {
                    "key": [row.key for row in chunk],
                    "role": [row.role.value for row in chunk],
                    "leaf_index": [row.leaf_index for row in chunk],
                    "event": [row.event.decode() for row in chunk],
                    "path": [list(row.path) for row in chunk],
                },
                schema=PROOF_SCHEMA,
            )
            writer.write_table(table, row_group_size=_ROW_GROUP)


def read_proofs(data: bytes, name: str) -> Iterator[ProofRow]:
    """The rows of `proofs.parquet`, in order. Raises IntegrityError for another schema, role, or what is no Parquet."""
    for batch in _batches(data, PROOF_SCHEMA, name):
        for row in batch.to_pylist():
            try:
                yield ProofRow(
                    row["key"], ProofRole(row["role"]), row["leaf_index"], row["event"].encode(), tuple(row["path"])
                )
            except (ValueError, TypeError, AttributeError) as error:
                raise IntegrityError(f"{name}: a proof that is no proof ({error})") from error


def _batches(data: bytes, schema: pa.Schema, name: str, later: Collection[str] = ()) -> Iterator[pa.RecordBatch]:
    """The rows of a file with this schema, or with this one without the columns that came `later`."""
    first = pa.schema([field for field in schema if field.name not in later])
    try:
        file = pq.ParquetFile(pa.BufferReader(data))
        if not (file.schema_arrow.equals(schema) or file.schema_arrow.equals(first)):
            raise IntegrityError(f"{name}: got columns {file.schema_arrow.names}, expected {schema.names}")
        yield from file.iter_batches(batch_size=_ROW_GROUP, use_threads=False)
    except (pa.ArrowException, OSError) as error:
        raise IntegrityError(f"{name}: not a Parquet file ({' '.join(str(error).split())})") from error
