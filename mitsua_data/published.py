"""Telling the ledger what was published: the release, its shards, its transform, and every sample."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mitsua_data import __version__
from mitsua_data.candidates import Candidate
from mitsua_data.checkpoint import Head
from mitsua_data.dataset import Dataset
from mitsua_data.ledger import queries, tables
from mitsua_data.ledger.store import Batch, Ledger
from mitsua_data.policy import Policy
from mitsua_data.shards.manifest import ShardEntry, Split
from mitsua_data.shards.samples import SampleRow
from mitsua_data.shards.writer import Published

Kept = Sequence[tuple[Candidate, SampleRow]]
"""The samples of a release in their order, each with the image that it stands for."""


def remember(ledger: Ledger, dataset: Dataset, policy: Policy, head: Head, published: Published, kept: Kept) -> None:
    """Add the rows of a release; once, however often the same release is built. Raises StorageError."""
    signed = published.signed
    with ledger.batch() as batch:
        if queries.release(batch.connection, signed.digest) is not None:
            return
        release = batch.log(
            tables.release,
            name=dataset.name,
            version=dataset.version,
            manifest=signed.digest,
            parent=None,
            policy=policy.sha256,
            checkpoint=head.checkpoint.size,
            exclusion_root=signed.manifest.exclusion_root,
            revocation_root=signed.manifest.revocation_root,
            samples=len(kept),
            published_at=batch.now,
        )
        batch.add(
            tables.transform,
            sha256=dataset.transform.digest,
            description=dataset.transform.describe(),
            code_version=__version__,
            tool_model=None,
        )
        for shard in signed.manifest.shards:
            _shard(batch, release, shard)
        _samples(batch, release, dataset, signed.manifest.shards, kept)


def _shard(batch: Batch, release: int, shard: ShardEntry) -> None:
    batch.add(
        tables.shard,
        release=release,
        name=shard.name,
        sha256=shard.sha256,
        bytes=shard.bytes,
        samples=shard.samples,
        parquet=shard.parquet.sha256,
    )


def _samples(batch: Batch, release: int, dataset: Dataset, shards: Sequence[ShardEntry], kept: Kept) -> None:
    places = {split: _places([shard for shard in shards if shard.split is split]) for split in Split}
    for candidate, row in kept:
        image = candidate.standing.image
        batch.add(
            tables.sample,
            release=release,
            key=row.key,
            source=image.source,
            record=image.record,
            part=image.part,
            original=candidate.key,
            image=row.provenance.image_sha256,
            transform=dataset.transform.digest,
            split=str(row.split),
            shard=next(places[row.split]),
            decision=candidate.decision.seq,
        )


def _places(shards: Sequence[ShardEntry]) -> Iterator[str]:
    """The shard of each sample of a split, in order."""
    for shard in shards:
        yield from [shard.name] * shard.samples
