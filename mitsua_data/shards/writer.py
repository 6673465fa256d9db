"""
Writes a release: in a folder beside the target, synced file by file, the manifest last, then renamed into place.

A crash at any point leaves nothing under the final name, or a whole release. The rename is the moment of publishing;
should the disk fail right after it, the release is there, and writing the same release again finds it whole.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from mitsua_data.errors import UsageError
from mitsua_data.licences import Licence
from mitsua_data.model import Json
from mitsua_data.shards import manifest as layout
from mitsua_data.shards.columns import ProofRow, sample_columns, samples_parquet, write_proofs
from mitsua_data.shards.consistency import Growth, growth_text
from mitsua_data.shards.files import FOLDER_MODE, Output, same_files, storage, sync_folder, write_file
from mitsua_data.shards.keys import Signer
from mitsua_data.shards.manifest import (
    CheckpointRef,
    Counts,
    FileEntry,
    Manifest,
    ParentRef,
    ParquetEntry,
    PolicyRef,
    ShardEntry,
    SignedManifest,
    SourceEntry,
    Split,
)
from mitsua_data.shards.notes import read_checkpoint
from mitsua_data.shards.samples import KEY, SampleRow
from mitsua_data.shards.tar import TarWriter

SAMPLES_PER_SHARD: Final = 1000


@dataclass(frozen=True, slots=True)
class ReleaseHeader:
    """What a release says about itself and no sample can tell."""

    policy: PolicyRef
    transform: Mapping[str, Json]
    selection: Mapping[str, Json]
    exclusion_root: bytes
    """32 bytes; see `merkle.list_root`."""
    revocation_root: bytes
    sources: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    """Source id to what its declaration says. The writer counts; a source without samples is not named."""
    parent: ParentRef | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """A release in its final place."""

    path: Path
    signed: SignedManifest
    was_there: bool = False
    """The same release, byte for byte, had been published before."""


class ReleaseWriter:
    """
    Takes samples in order, one split's keys rising, and publishes them as one release.

    Use it as a context manager, or call `abandon` where the caller fails: it owns a folder until then. What a killed
    process left is swept when the next writer starts. Raises StorageError from every method where the disk refuses.
    """

    def __init__(self, releases: Path, name: str, version: str, *, samples_per_shard: int = SAMPLES_PER_SHARD) -> None:
        try:
            self.target = releases / layout.folder_name(name, version)
        except ValueError as error:
            raise UsageError(str(error), advice="choose another name or version") from error
        self.name, self.version = name, version
        self._limit = samples_per_shard
        self._open: dict[Split, _OpenShard] = {}
        self._made: list[ShardEntry] = []
        self._keys: set[str] = set()
        self._last: dict[Split, str] = {}
        self._sources: Counter[str] = Counter()
        self._licences: Counter[Licence] = Counter()
        with storage(releases):
            releases.mkdir(parents=True, exist_ok=True)
            _sweep(releases)
            self._temp = Path(tempfile.mkdtemp(prefix=f".{self.target.name}.partial-", dir=releases))
            self._lock: int | None = _lock(self._temp)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abandon()

    def add(self, row: SampleRow) -> None:
        """
        Append one sample; its shard is closed when it is full.

        Raises ValueError for a caller's mistake: a key that is malformed, repeated or out of order, an image whose
        digest is not the one its provenance states.
        """
        if not KEY.fullmatch(row.key) or row.key in self._keys or row.key <= self._last.get(row.split, ""):
            raise ValueError(f"key {row.key!r} is malformed, repeated or out of order")
        shard = self._open.get(row.split)
        with storage(self._temp):
            if shard is None:
                number = sum(entry.split is row.split for entry in self._made)
                shard = self._open[row.split] = _OpenShard(self._temp, row.split, number)
            shard.add(row)
            self._keys.add(row.key)
            self._last[row.split] = row.key
            self._sources[row.provenance.source] += 1
            self._licences[row.provenance.licence] += 1
            if len(shard.rows) == self._limit:
                self._made.append(self._open.pop(row.split).close())

    def close_shards(self) -> tuple[ShardEntry, ...]:
        """Close what is open, and say what the release holds: documents may need it before `publish`."""
        with storage(self._temp):
            for split in sorted(self._open):
                self._made.append(self._open.pop(split).close())
        return tuple(sorted(self._made, key=lambda entry: entry.name))

    def publish(
        self,
        header: ReleaseHeader,
        *,
        proofs: Iterable[ProofRow],
        checkpoint_note: str,
        consistency: Sequence[Growth],
        sign: Signer,
        extra_files: Mapping[str, bytes] | None = None,
    ) -> Published:
        """
        Write the rest, sign, and move the release into place. The writer is spent afterwards, whatever happens.

        Raises UsageError for a release without samples, and where another release has this name and version;
        IntegrityError for a malformed checkpoint note; ValueError for a document with a reserved or unsafe name.
        """
        try:
            shards = self.close_shards()
            if not shards:
                raise UsageError("no samples: nothing to release", advice="look at the counts of: mitsua decide")
            with storage(self._temp):
                signed = self._write(header, shards, proofs, checkpoint_note, consistency, sign, extra_files or {})
                was_there = self._move()
        finally:
            self.abandon()
        return Published(self.target, signed, was_there)

    def abandon(self) -> None:
        """Remove what was written, unless it was published. Safe to call twice."""
        for shard in self._open.values():
            shard.abandon()
        self._open.clear()
        shutil.rmtree(self._temp, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _write(
        self,
        header: ReleaseHeader,
        shards: Sequence[ShardEntry],
        proofs: Iterable[ProofRow],
        note: str,
        consistency: Sequence[Growth],
        sign: Signer,
        documents: Mapping[str, bytes],
    ) -> SignedManifest:
        """Everything but the shards; the manifest last."""
        train, val = (sum(shard.samples for shard in shards if shard.split is split) for split in Split)
        manifest = Manifest(
            name=self.name,
            version=self.version,
            parent=header.parent,
            policy=header.policy,
            transform=dict(header.transform),
            selection=dict(header.selection),
            sources=[
                SourceEntry(id=source, samples=count, details=dict(header.sources.get(source, {})))
                for source, count in sorted(self._sources.items())
            ],
            licences=dict(sorted(self._licences.items())),
            counts=Counts(train=train, val=val),
            shards=list(shards),
            proofs=self._proofs(proofs),
            consistency=self._file(layout.CONSISTENCY, growth_text(consistency)),
            documents=[self._file(name, data) for name, data in sorted(documents.items())],
            checkpoint=CheckpointRef.of(read_checkpoint(note)),
            exclusion_root=header.exclusion_root.hex(),
            revocation_root=header.revocation_root.hex(),
        )
        text = manifest.text()
        write_file(self._temp / layout.CHECKPOINT, note.encode())
        write_file(self._temp / layout.SIGNATURE, layout.sign_manifest(text, manifest, sign))
        write_file(self._temp / layout.MANIFEST, text)
        return SignedManifest(manifest, layout.digest_of(text), sign.public)

    def _file(self, name: str, data: bytes) -> FileEntry:
        entry = FileEntry(name=name, sha256=layout.digest_of(data), bytes=len(data))
        write_file(self._temp / name, data)
        return entry

    def _proofs(self, rows: Iterable[ProofRow]) -> FileEntry:
        output = Output(self._temp / layout.PROOFS)
        try:
            write_proofs(rows, output)
            output.close()
        finally:
            output.abandon()
        return FileEntry(name=layout.PROOFS, sha256=output.sha256, bytes=output.size)

    def _move(self) -> bool:
        """Rename into place; True where the same release was there already."""
        for folder in (*(self._temp / split for split in Split), self._temp):
            if folder.is_dir():
                folder.chmod(FOLDER_MODE)
                sync_folder(folder)
        if os.path.lexists(self.target):
            if not same_files(self._temp, self.target):
                raise UsageError(
                    f"{self.target}: another release with this name and version is there already",
                    advice="choose another version; a published release is never changed",
                )
            sync_folder(self.target.parent)
            return True
        self._temp.rename(self.target)
        sync_folder(self.target.parent)
        return False


class _OpenShard:
    """A tar that still takes samples, and the columns to be written beside it."""

    def __init__(self, folder: Path, split: Split, number: int) -> None:
        self._folder, self._split = folder, split
        self._stem = f"{split}/{number:05d}"
        (folder / split).mkdir(exist_ok=True)
        self._output = Output(folder / f"{self._stem}.tar")
        self._tar = TarWriter(self._output)
        self.rows: list[dict[str, Any]] = []

    def add(self, row: SampleRow) -> None:
        image = self._tar.add(f"{row.key}.{row.extension}", row.image)
        if image.sha256 != row.provenance.image_sha256:
            raise ValueError(f"image {row.key} has sha256 {image.sha256}, its provenance {row.provenance.image_sha256}")
        self._tar.add(f"{row.key}.json", row.provenance.text())
        self._tar.add(f"{row.key}.txt", row.caption.encode())
        self.rows.append(sample_columns(row))

    def close(self) -> ShardEntry:
        try:
            summary = self._tar.close()
            self._output.close()
        finally:
            self._output.abandon()
        columns = samples_parquet(self.rows)
        write_file(self._folder / f"{self._stem}.parquet", columns)
        return ShardEntry(
            name=f"{self._stem}.tar",
            sha256=summary.sha256,
            bytes=summary.size,
            samples=len(self.rows),
            split=self._split,
            parquet=ParquetEntry(name=f"{self._stem}.parquet", sha256=layout.digest_of(columns), bytes=len(columns)),
        )

    def abandon(self) -> None:
        self._output.abandon()


def _lock(folder: Path) -> int:
    """Hold a folder as ours until the process ends; the lock of a dead process dies with it. Raises OSError."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(fd)
        raise
    return fd


def _sweep(releases: Path) -> None:
    """Remove the folders of writers that are no more."""
    for folder in sorted(releases.glob(".*.partial-*")):
        with suppress(OSError):
            fd = _lock(folder)
            shutil.rmtree(folder, ignore_errors=True)
            os.close(fd)
