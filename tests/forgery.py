"""
Ways to forge: a ledger whose triggers are gone, captures with a flipped bit, a release rewritten and signed again.

The forger has every key of the workspace. What is signed again verifies; only its history does not.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from mitsua_data.canonical import canonical
from mitsua_data.model import Json
from mitsua_data.shards.columns import ProofRow, read_proofs, read_samples
from mitsua_data.shards.keys import Role
from mitsua_data.shards.manifest import (
    CHECKPOINT,
    CONSISTENCY,
    MANIFEST,
    PROOFS,
    SIGNATURE,
    Manifest,
    sign_manifest,
)
from mitsua_data.shards.reader import Release, open_release
from mitsua_data.shards.samples import SampleRow
from mitsua_data.shards.writer import ReleaseHeader, ReleaseWriter
from tests.tiny import DATASET, Tiny


def sql(tiny: Tiny, *statements: str) -> None:
    """Run statements on the ledger's file, past every trigger and foreign key."""
    with closing(sqlite3.connect(tiny.root / "ledger.sqlite")) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            changed = connection.execute(statement).rowcount
            assert changed > 0, f"changed nothing: {statement}"
        connection.commit()


def ask(tiny: Tiny, query: str) -> list[tuple[Any, ...]]:
    """Rows of the ledger's file."""
    with closing(sqlite3.connect(tiny.root / "ledger.sqlite")) as connection:
        return connection.execute(query).fetchall()


def flip(path: Path, place: int) -> None:
    """Turn one bit over."""
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


@dataclass(frozen=True)
class Opened:
    """A release taken apart."""

    release: Release
    rows: list[SampleRow]
    proofs: list[ProofRow]


def take_apart(tiny: Tiny, folder: Path | None = None) -> Opened:
    folder = folder or tiny.release
    release = open_release(folder, tiny.keys.pinned(Role.BUILDER))
    return Opened(release, list(_rows(release)), list(read_proofs((folder / PROOFS).read_bytes(), PROOFS)))


def _rows(release: Release) -> Iterator[SampleRow]:
    for entry in release.signed.manifest.shards:
        columns = {row["key"]: row for row in read_samples(release.read(entry.parquet), entry.parquet.name)}
        with release.shard(entry) as shard:
            for sample in shard.samples():
                told = columns[sample.key]
                yield SampleRow(
                    key=sample.key,
                    split=sample.split,
                    image=sample.image,
                    extension="png",
                    caption=sample.caption,
                    provenance=sample.provenance,
                    width=told["width"],
                    height=told["height"],
                    original_width=told["original_width"],
                    original_height=told["original_height"],
                    tags=tuple(told["tags"]),
                )


def write_again(tiny: Tiny, change: Callable[[SampleRow], SampleRow]) -> None:
    """The release with its first sample changed, written and signed as if it had been built so."""
    apart = take_apart(tiny)
    manifest = apart.release.signed.manifest
    first, *others = apart.rows
    changed = change(first)
    rows = sorted([changed, *others], key=lambda row: (row.split, row.key))
    proofs = [replace(proof, key=changed.key) if proof.key == first.key else proof for proof in apart.proofs]
    note = (tiny.release / CHECKPOINT).read_text()
    documents = {each.name: apart.release.read(each) for each in manifest.documents}
    header = ReleaseHeader(
        policy=manifest.policy,
        transform=manifest.transform,
        selection=manifest.selection,
        exclusion_root=bytes.fromhex(manifest.exclusion_root),
        revocation_root=bytes.fromhex(manifest.revocation_root),
        sources={each.id: each.details for each in manifest.sources},
    )
    assert json.loads((tiny.release / CONSISTENCY).read_bytes()) == []
    shutil.rmtree(tiny.release)
    with ReleaseWriter(
        tiny.workspace.releases, DATASET.name, DATASET.version, samples_per_shard=DATASET.samples_per_shard
    ) as writer:
        for row in rows:
            writer.add(row)
        writer.publish(
            header,
            proofs=sorted(proofs, key=lambda proof: (proof.key, proof.role)),
            checkpoint_note=note,
            consistency=[],
            sign=tiny.keys.signer(Role.BUILDER),
            extra_files=documents,
        )


def sign_again(tiny: Tiny, **changes: Json) -> None:
    """The manifest with some fields changed, signed again."""
    values = json.loads((tiny.release / MANIFEST).read_bytes()) | changes
    text = canonical(values)
    (tiny.release / MANIFEST).write_bytes(text)
    signature = sign_manifest(text, Manifest.model_validate(values), tiny.keys.signer(Role.BUILDER))
    (tiny.release / SIGNATURE).write_bytes(signature)


def told(row: SampleRow, **changes: Any) -> SampleRow:
    """The sample with other words in its provenance."""
    values: Mapping[str, Any] = row.provenance.dump() | changes
    return replace(row, provenance=type(row.provenance).model_validate(values))


def pictured(row: SampleRow, image: bytes) -> SampleRow:
    """The sample with another picture."""
    return replace(told(row, image_sha256=sha256(image).hexdigest()), image=image)
