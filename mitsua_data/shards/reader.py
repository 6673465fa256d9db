"""
The one way to read a release: nothing is handed on before its bytes were found to be those the manifest names.

A shard is opened once and read twice: a scan hashes the whole file against the manifest and hands on nothing, then each
member is read, hashed again and compared with the scan. A file that changes in between is noticed at that sample.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import BinaryIO, Final

from mitsua_data.errors import IntegrityError, UsageError
from mitsua_data.shards.consistency import MAX_CONSISTENCY, Growth, read_growth
from mitsua_data.shards.files import Folder
from mitsua_data.shards.keys import PublicKey
from mitsua_data.shards.manifest import (
    CHECKPOINT,
    CONSISTENCY,
    CheckpointRef,
    FileEntry,
    ParquetEntry,
    ShardEntry,
    SignedManifest,
    Split,
    digest_of,
    open_manifest,
)
from mitsua_data.shards.notes import MAX_NOTE, Checkpoint, open_checkpoint
from mitsua_data.shards.samples import Provenance
from mitsua_data.shards.shapes import read_shape
from mitsua_data.shards.tar import MAX_RECORD, Entry, TarSummary, read_member, scan
from mitsua_data.shards.ustar import IMAGE_EXTENSIONS

_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class ShardSample:
    """One sample, its bytes verified."""

    key: str
    split: Split
    extension: str
    image: bytes
    caption: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class _Members:
    """The three members of one sample."""

    key: str
    image: Entry
    record: Entry
    caption: Entry


class OpenShard:
    """A shard whose every byte was scanned and found to be what the manifest names."""

    def __init__(self, file: BinaryIO, entry: ShardEntry) -> None:
        self.entry = entry
        self._file = file
        size = os.fstat(file.fileno()).st_size
        if size != entry.bytes:
            raise IntegrityError(f"{entry.name}: got {size} bytes, expected {entry.bytes}")
        with _disk(entry.name):
            summary = scan(file, label=entry.name, expected_sha256=entry.sha256)
        self._samples = _samples(summary, entry)

    def provenances(self) -> Iterator[tuple[str, Provenance]]:
        """Key and provenance of each sample, in order. Raises IntegrityError at one that is malformed or changed."""
        for sample in self._samples:
            yield sample.key, self._provenance(sample)

    def samples(self) -> Iterator[ShardSample]:
        """The samples, in order. Raises IntegrityError before a sample that is malformed or changed is handed on."""
        for sample in self._samples:
            provenance = self._provenance(sample)
            image = self._read(sample.image)
            try:
                caption = self._read(sample.caption).decode()
            except UnicodeDecodeError as error:
                raise IntegrityError(f"{self.entry.name}: {sample.caption.name} is not UTF-8") from error
            yield ShardSample(sample.key, self.entry.split, sample.image.extension, image, caption, provenance)

    def _provenance(self, sample: _Members) -> Provenance:
        what = f"{self.entry.name}: {sample.record.name}"
        provenance = read_shape(Provenance, self._read(sample.record), what=what, limit=MAX_RECORD)
        if provenance.image_sha256 != sample.image.sha256:
            raise IntegrityError(f"{what}: got image {sample.image.sha256}, expected {provenance.image_sha256}")
        return provenance

    def _read(self, entry: Entry) -> bytes:
        with _disk(self.entry.name):
            return read_member(self._file, entry, label=self.entry.name).data


@dataclass(frozen=True, slots=True)
class Release:
    """A release whose manifest's signature was verified; its other files are verified as they are read."""

    folder: Folder
    signed: SignedManifest

    def layout_problems(self) -> list[str]:
        """
        What `train/` and `val/` hold too much or too little, measured by the manifest.

        Readers that know no manifest take whatever is there. Raises IntegrityError for what is no plain file.
        """
        named = {file.name for shard in self.signed.manifest.shards for file in (shard, shard.parquet)}
        found = set().union(*(self.folder.names(split) for split in Split))
        return [
            f"{name}: {'is missing' if name in named else 'is not in the manifest'}" for name in sorted(named ^ found)
        ]

    def check_layout(self) -> None:
        """Raises IntegrityError unless `train/` and `val/` hold exactly the files that the manifest names."""
        for problem in self.layout_problems():
            raise IntegrityError(problem)

    @contextmanager
    def shard(self, entry: ShardEntry) -> Iterator[OpenShard]:
        """A shard, scanned whole. Raises IntegrityError where it is not what the manifest names."""
        with self.folder.open(entry.name) as file:
            yield OpenShard(file, entry)

    def read(self, entry: FileEntry | ParquetEntry) -> bytes:
        """A file's bytes, verified. Raises IntegrityError where they are not those the manifest names."""
        data = self.folder.read(entry.name, entry.bytes)
        if (found := digest_of(data)) != entry.sha256:
            raise IntegrityError(f"{entry.name}: got sha256 {found}, expected {entry.sha256}")
        return data

    def check_digest(self, entry: FileEntry | ParquetEntry) -> None:
        """Verify a file without keeping its bytes. Raises as `read` does."""
        digest = sha256()
        with self.folder.open(entry.name) as file, _disk(entry.name):
            while data := file.read(_CHUNK):
                digest.update(data)
        if digest.hexdigest() != entry.sha256:
            raise IntegrityError(f"{entry.name}: got sha256 {digest.hexdigest()}, expected {entry.sha256}")

    def checkpoint(self, keys: dict[str, PublicKey]) -> tuple[Checkpoint, str]:
        """
        The checkpoint, signed by a pinned log key, and the note's text.

        Raises SignatureError where it is by nobody we know, IntegrityError where it is malformed or not the one the
        manifest states.
        """
        try:
            note = self.folder.read(CHECKPOINT, MAX_NOTE).decode()
        except UnicodeDecodeError as error:
            raise IntegrityError(f"{CHECKPOINT}: not UTF-8") from error
        checkpoint = open_checkpoint(note, keys)
        stated = self.signed.manifest.checkpoint
        if (found := CheckpointRef.of(checkpoint)) != stated:
            raise IntegrityError(
                f"{CHECKPOINT}: got {found.origin}, size {found.size}, root {found.root}, "
                f"expected {stated.origin}, size {stated.size}, root {stated.root}"
            )
        return checkpoint, note

    def growth(self) -> list[Growth]:
        """The consistency proofs, verified as a file, not yet as proofs. Raises IntegrityError."""
        entry = self.signed.manifest.consistency
        if entry.bytes > MAX_CONSISTENCY:
            raise IntegrityError(f"{CONSISTENCY}: got {entry.bytes} bytes, expected at most {MAX_CONSISTENCY}")
        return read_growth(self.read(entry), what=CONSISTENCY)


def open_release(path: Path, keys: dict[str, PublicKey]) -> Release:
    """
    A release, after a pinned builder key was found to have signed its manifest.

    Raises UsageError where `path` is no folder, IntegrityError and SignatureError as `open_manifest` does.
    """
    if not path.is_dir():
        raise UsageError(f"{path}: no such release folder", advice="name a folder that holds manifest.json")
    folder = Folder(path)
    return Release(folder, open_manifest(folder, keys))


@contextmanager
def _disk(name: str) -> Iterator[None]:
    """A disk that cannot be read is a file that cannot be verified."""
    try:
        yield
    except OSError as error:
        raise IntegrityError(f"{name}: {error.strerror or error}") from error


def _samples(summary: TarSummary, entry: ShardEntry) -> list[_Members]:
    """The members by sample. Raises IntegrityError unless each has one image, one record and one caption."""
    samples = []
    for key, group in groupby(summary.entries, key=lambda member: member.key):
        members = {member.extension: member for member in group}
        images = [member for extension, member in members.items() if extension in IMAGE_EXTENSIONS]
        if len(images) != 1 or members.keys() != {images[0].extension, "json", "txt"}:
            raise IntegrityError(f"{entry.name}: sample {key} has {sorted(members)}, expected an image, json and txt")
        samples.append(_Members(key, images[0], members["json"], members["txt"]))
    if len(samples) != entry.samples:
        raise IntegrityError(f"{entry.name}: got {len(samples)} samples, expected {entry.samples}")
    return samples
