"""
`manifest.json`: what a release holds, in canonical JSON (RFC 8785), and `manifest.sig`: the builder's word for it.

The manifest names every file that counts, with its digest. It holds no clock and no signature, so the same ledger,
policy and options give the same bytes. `manifest.sig` is an in-toto Statement whose only subject is `manifest.json`.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from mitsua_data.errors import IntegrityError, SignatureError
from mitsua_data.licences import Licence
from mitsua_data.shards.dsse import open_statement, sign_statement
from mitsua_data.shards.files import Folder
from mitsua_data.shards.keys import PublicKey, Signer
from mitsua_data.shards.notes import Checkpoint
from mitsua_data.shards.shapes import Border, Count, JsonObject, Sha256Hex, read_shape

FORMAT: Final = "mitsua-release/1"
PREDICATE_TYPE: Final = "urn:mitsua:release:v1"
MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "manifest.sig"
ATTESTATION: Final = "audit.intoto.jsonl"
CHECKPOINT: Final = "checkpoint.note"
PROOFS: Final = "proofs.parquet"
CONSISTENCY: Final = "consistency.json"
RESERVED: Final = frozenset({MANIFEST, SIGNATURE, ATTESTATION, CHECKPOINT, PROOFS, CONSISTENCY})
"""Names that no document of a release may take."""
MAX_MANIFEST: Final = 64 * 1024 * 1024
"""Largest manifest read, in bytes: room for 150,000 shards."""
MAX_SIGNATURE: Final = 64 * 1024

Slug = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
"""A name that is safe as part of a folder's name."""
DocumentName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
ShardName = Annotated[str, Field(pattern=r"^(train|val)/[0-9]{5,9}\.tar$")]
ParquetName = Annotated[str, Field(pattern=r"^(train|val)/[0-9]{5,9}\.parquet$")]


class Split(StrEnum):
    """Which part of a release a sample belongs to; also the name of its folder."""

    TRAIN = "train"
    VAL = "val"


SplitField = Annotated[Split, Field(strict=False)]
LicenceField = Annotated[Licence, Field(strict=False)]


class FileEntry(Border):
    """A file by digest. `name` is relative to the release."""

    name: DocumentName
    sha256: Sha256Hex
    bytes: Count


class ParquetEntry(Border):
    """The columns of one shard's samples."""

    name: ParquetName
    sha256: Sha256Hex
    bytes: Count


class ShardEntry(Border):
    """One tar of samples and the Parquet file beside it."""

    name: ShardName
    sha256: Sha256Hex
    bytes: Count
    samples: Annotated[int, Field(ge=1)]
    split: SplitField
    parquet: ParquetEntry

    @model_validator(mode="after")
    def _together(self) -> Self:
        stem = self.name.removesuffix(".tar")
        if not stem.startswith(f"{self.split}/") or self.parquet.name != f"{stem}.parquet":
            raise ValueError(f"{self.name}: shard, split and Parquet file do not belong together")
        return self


class PolicyRef(Border):
    """The policy every sample was accepted under, by the digest of its text."""

    name: str = Field(min_length=1, max_length=200)
    sha256: Sha256Hex


class SourceEntry(Border):
    """How many samples come from one source. `details`: what the source's declaration says."""

    id: str = Field(min_length=1)
    samples: Count
    details: JsonObject = Field(default_factory=dict)


class CheckpointRef(Border):
    """The tree head that the release's proofs lead to; `checkpoint.note` is the same, signed."""

    origin: str
    size: Count
    root: Sha256Hex

    @classmethod
    def of(cls, checkpoint: Checkpoint) -> CheckpointRef:
        """The reference to a checkpoint."""
        return cls(origin=checkpoint.origin, size=checkpoint.size, root=checkpoint.root.hex())

    def checkpoint(self) -> Checkpoint:
        """The checkpoint referred to. Raises ValueError for an origin that cannot be one."""
        return Checkpoint(self.origin, self.size, bytes.fromhex(self.root))


class ParentRef(Border):
    """The release that this one follows."""

    name: Slug
    version: Slug
    manifest: Sha256Hex


class Counts(Border):
    """Samples by split."""

    train: Count
    val: Count


class Manifest(Border):
    """The whole of `manifest.json`."""

    format: Literal["mitsua-release/1"] = FORMAT
    name: Slug
    version: Slug
    parent: ParentRef | None
    policy: PolicyRef
    transform: JsonObject
    """How samples were made from originals, as data."""
    selection: JsonObject
    """Which accepted images were taken, as data."""
    sources: list[SourceEntry]
    licences: dict[LicenceField, Count]
    """Samples by licence."""
    counts: Counts
    shards: list[ShardEntry] = Field(min_length=1)
    proofs: FileEntry
    consistency: FileEntry
    documents: list[FileEntry]
    """Notices and reports that came with the release."""
    checkpoint: CheckpointRef
    exclusion_root: Sha256Hex
    """Merkle root over everything refused, so that an exclusion can be shown later."""
    revocation_root: Sha256Hex
    """Merkle root over the revocations known when the release was made."""

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if (self.proofs.name, self.consistency.name) != (PROOFS, CONSISTENCY):
            raise ValueError(f"proofs are in {PROOFS} and {CONSISTENCY}")
        names = [shard.name for shard in self.shards] + [document.name for document in self.documents]
        if names != sorted(shard.name for shard in self.shards) + sorted(doc.name for doc in self.documents):
            raise ValueError("shards and documents are not in order")
        if len(set(names)) != len(names) or RESERVED & set(names):
            raise ValueError("a file is named twice, or has a reserved name")
        by_split: Counter[str] = Counter()
        for shard in self.shards:
            by_split[shard.split] += shard.samples
        if (by_split["train"], by_split["val"]) != (self.counts.train, self.counts.val):
            raise ValueError("the counts by split are not the sums over the shards")
        total = self.counts.train + self.counts.val
        if {sum(source.samples for source in self.sources), sum(self.licences.values())} != {total}:
            raise ValueError("the counts by source and by licence do not add up to the samples")
        return self

    @property
    def folder(self) -> str:
        """The release's folder name."""
        return folder_name(self.name, self.version)


@dataclass(frozen=True, slots=True)
class SignedManifest:
    """A manifest whose signature was verified."""

    manifest: Manifest
    digest: str
    """SHA-256, in hex, of `manifest.json`: what a release is called by."""
    builder: PublicKey


def folder_name(name: str, version: str) -> str:
    """`<name>-<version>`. Raises ValueError where either is not safe in a folder's name."""
    for part in (name, version):
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", part):
            raise ValueError(f"{part!r} cannot name a release: letters, digits, dot, dash and underscore only")
    return f"{name}-{version}"


def digest_of(data: bytes) -> str:
    """SHA-256, in hex."""
    return sha256(data).hexdigest()


def sign_manifest(text: bytes, manifest: Manifest, signer: Signer) -> bytes:
    """`manifest.sig` for the bytes of `manifest.json`."""
    predicate = {"format": manifest.format, "name": manifest.name, "version": manifest.version}
    return sign_statement([(MANIFEST, digest_of(text))], PREDICATE_TYPE, predicate, signer)


def open_manifest(folder: Folder, keys: dict[str, PublicKey]) -> SignedManifest:
    """
    The manifest of a release, after a pinned builder key was found to have signed exactly these bytes.

    Raises IntegrityError for files that are missing, too large or malformed, SignatureError for a signature that is
    wrong, by nobody we know, or about another manifest.
    """
    text = folder.read(MANIFEST, MAX_MANIFEST)
    envelope = folder.read(SIGNATURE, MAX_SIGNATURE)
    statement, builder = open_statement(envelope, PREDICATE_TYPE, keys, what=SIGNATURE)
    digest = digest_of(text)
    signed = [(subject.name, subject.digest.sha256) for subject in statement.subject]
    if signed != [(MANIFEST, digest)]:
        raise SignatureError(f"{MANIFEST}: got sha256 {digest}, expected {signed[0][1]} as {SIGNATURE} states")
    manifest = read_shape(Manifest, text, what=MANIFEST, limit=MAX_MANIFEST)
    if statement.predicate != {"format": manifest.format, "name": manifest.name, "version": manifest.version}:
        raise IntegrityError(f"{SIGNATURE}: speaks of another release than {MANIFEST}")
    return SignedManifest(manifest, digest, builder)
