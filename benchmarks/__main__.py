"""
`make bench`: each line is a ratio, ours to a plain way of doing the same, medians of interleaved rounds.

Ratios of two things measured within milliseconds of each other hold on a shared machine; seconds would not.
"""

from __future__ import annotations

import io
import json
import statistics
import tarfile
import time
from collections.abc import Callable

from PIL import Image

from mitsua_data.images.worker import ImageWorker
from mitsua_data.ledger.merkle import leaf_hash, root_of
from mitsua_data.shards.tar import TarWriter, members, scan

ROUNDS = 7


def ratio(ours: Callable[[], object], plain: Callable[[], object]) -> float:
    """Median time of `ours` by that of `plain`, rounds interleaved."""
    taken: dict[Callable[[], object], list[float]] = {ours: [], plain: []}
    for _ in range(ROUNDS):
        for work, times in taken.items():
            began = time.perf_counter()
            work()
            times.append(time.perf_counter() - began)
    return statistics.median(taken[ours]) / statistics.median(taken[plain])


def shard() -> bytes:
    """2,000 samples of 4 kB."""
    stream = io.BytesIO()
    writer = TarWriter(stream)
    for number in range(2000):
        writer.add(f"{number:06}.png", bytes(4096))
        writer.add(f"{number:06}.txt", b"a caption")
    writer.close()
    return stream.getvalue()


def read_strictly(data: bytes) -> int:
    """Our reader: two passes, every byte hashed twice."""
    stream = io.BytesIO(data)
    summary = scan(stream)
    stream.seek(0)
    return sum(len(member.data) for member in members(stream, summary))


def read_plainly(data: bytes) -> int:
    """The standard library's reader, which hashes nothing and refuses little."""
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as tar:
        files = (tar.extractfile(each) for each in tar)
        return sum(len(file.read()) for file in files if file)


def picture() -> bytes:
    """A JPEG of 1 megapixel."""
    stream = io.BytesIO()
    Image.effect_noise((1024, 1024), 60).convert("RGB").save(stream, "JPEG", quality=90)
    return stream.getvalue()


def decode(body: bytes) -> None:
    """Decode in this process, without limits."""
    with Image.open(io.BytesIO(body)) as image:
        image.load()


def main() -> None:
    """Print one JSON line a benchmark."""
    tar, body = shard(), picture()
    leaves = [leaf_hash(number.to_bytes(8, "big")) for number in range(100_000)]
    flat = b"".join(leaves)
    with ImageWorker() as worker:
        results = {
            "strict shard reader / tarfile": ratio(lambda: read_strictly(tar), lambda: read_plainly(tar)),
            "picture in a child process / in this one": ratio(lambda: worker.look(body), lambda: decode(body)),
            "Merkle root of 100,000 leaves / one hash": ratio(lambda: root_of(leaves), lambda: leaf_hash(flat)),
        }
    for name, value in results.items():
        print(json.dumps({"benchmark": name, "ratio": round(value, 3)}))


if __name__ == "__main__":
    main()
