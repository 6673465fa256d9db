"""Ways to spoil the manifest and the files it names, signed again where the builder is the liar."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mitsua_data.canonical import canonical
from mitsua_data.shards import attestation, manifest
from mitsua_data.shards.dsse import seal, sign_statement
from mitsua_data.shards.keys import KeyRing, Role
from mitsua_data.shards.ustar import compose_header
from tests.shards.releases import make_row
from tests.train.gate_case import Case

Spoil = Callable[[Case], object]


def steps(*spoils: Spoil) -> Spoil:
    """One after the other."""

    def spoil(case: Case) -> None:
        for each in spoils:
            each(case)

    return spoil


def stranger(case: Case) -> KeyRing:
    """Keys that nobody pinned."""
    return KeyRing(case.yard.root / "stranger", case.yard.root / "stranger-trust")


def unpin(case: Case, role: Role) -> None:
    for path in (case.yard.keys.trust / role).iterdir():
        path.unlink()


def swap_keys(case: Case, role: Role) -> None:
    """Sign as somebody else from now on, who is not pinned; the old key stays pinned."""
    (case.yard.root / "keys" / f"{role}.pem").write_bytes(b"")
    (case.yard.root / "keys" / f"{role}.pem").unlink()
    pinned = {path.name for path in (case.yard.keys.trust / role).iterdir()}
    case.yard.keys.signer(role)
    for path in (case.yard.keys.trust / role).iterdir():
        if path.name not in pinned:
            path.unlink()


def link(path: Path, target: str) -> None:
    path.unlink()
    path.symlink_to(target)


def fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def sparse(path: Path, size: int) -> None:
    with path.open("r+b") as file:
        file.truncate(size)


def other_manifest_signature(case: Case) -> None:
    other = case.yard.build("2")
    (case.path / "manifest.sig").write_bytes((other.path / "manifest.sig").read_bytes())


def many_signatures(case: Case) -> None:
    value = json.loads((case.path / "manifest.sig").read_bytes())
    value["signatures"] = [{"keyid": f"{n:064x}", "sig": "AA=="} for n in range(10_000)]
    (case.path / "manifest.sig").write_bytes(canonical(value) + b"\n")


def sign_manifest_with(case: Case, signer: Any, *, kind: str = manifest.PREDICATE_TYPE, **named: str) -> None:
    predicate: Any = {"format": "mitsua-release/1", "name": "clip", "version": "1"} | named
    subject = ("manifest.json", case.release.signed.digest)
    (case.path / "manifest.sig").write_bytes(sign_statement([subject], kind, predicate, signer))


def wrong_payload_type(case: Case) -> None:
    text = (case.path / "manifest.json").read_bytes()
    (case.path / "manifest.sig").write_bytes(seal(text, "application/json", case.yard.keys.signer(Role.BUILDER)))


def spaced(value: Any) -> bytes:
    return json.dumps(value, indent=1).encode()


MANIFEST: dict[str, Spoil] = {
    "manifest-flipped": lambda c: c.flip("manifest.json"),
    "manifest-edited": lambda c: c.replace("manifest.json", b'"per_category":3', b'"per_category":4'),
    "manifest-missing": lambda c: (c.path / "manifest.json").unlink(),
    "manifest-empty": lambda c: (c.path / "manifest.json").write_bytes(b""),
    "manifest-of-one-gigabyte": lambda c: sparse(c.path / "manifest.json", 1 << 30),
    "manifest-a-symlink": lambda c: link(c.path / "manifest.json", "/etc/passwd"),
    "manifest-a-hard-link": lambda c: os.link(c.path / "manifest.json", c.path / "twin"),
    "manifest-a-fifo": lambda c: fifo(c.path / "manifest.json"),
    "signature-missing": lambda c: (c.path / "manifest.sig").unlink(),
    "signature-flipped": lambda c: c.flip("manifest.sig"),
    "signature-not-json": lambda c: (c.path / "manifest.sig").write_bytes(b"-----BEGIN PGP SIGNATURE-----"),
    "signature-nested-without-end": lambda c: (c.path / "manifest.sig").write_bytes(b"[" * 60_000),
    "signature-a-symlink": lambda c: link(c.path / "manifest.sig", "manifest.json"),
    "signature-by-nobody-known": lambda c: sign_manifest_with(c, stranger(c).signer(Role.BUILDER)),
    "signature-by-the-auditor": lambda c: sign_manifest_with(c, c.yard.keys.signer(Role.AUDITOR)),
    "signature-by-the-log": lambda c: sign_manifest_with(c, c.yard.keys.signer(Role.LOG)),
    "signature-by-the-trainer": lambda c: sign_manifest_with(c, c.yard.keys.signer(Role.TRAINER)),
    "signature-of-another-kind": lambda c: sign_manifest_with(
        c, c.yard.keys.signer(Role.BUILDER), kind=attestation.PREDICATE_TYPE
    ),
    "signature-for-another-version": lambda c: sign_manifest_with(c, c.yard.keys.signer(Role.BUILDER), version="9"),
    "signature-of-another-release": other_manifest_signature,
    "signature-of-another-payload-type": wrong_payload_type,
    "ten-thousand-signatures": many_signatures,
    "builder-not-pinned": lambda c: unpin(c, Role.BUILDER),
    "attestation-as-signature": lambda c: (c.path / "manifest.sig").write_bytes(
        (c.path / "audit.intoto.jsonl").read_bytes()
    ),
    "signed-in-a-second-spelling": lambda c: c.sign_again(lambda m: None, spaced),
    "signed-with-a-key-twice": lambda c: c.sign_again(
        lambda m: None, lambda m: canonical(m).replace(b'{"bytes"', b'{"bytes":1,"bytes"', 1)
    ),
    "signed-with-a-field-more": lambda c: c.sign_again(lambda m: m.update(trusted=True)),
    "signed-with-an-absolute-name": lambda c: c.sign_again(lambda m: m["shards"][0].update(name="/etc/passwd")),
    "signed-with-a-climbing-name": lambda c: c.sign_again(lambda m: m["shards"][0].update(name="../train/00000.tar")),
    "signed-with-wrong-sums": lambda c: c.sign_again(lambda m: m["counts"].update(train=9)),
    "signed-without-shards": lambda c: c.sign_again(lambda m: m.update(shards=[])),
    "signed-in-an-unknown-format": lambda c: c.sign_again(lambda m: m.update(format="mitsua-release/2")),
}


def swap(one: Path, two: Path) -> None:
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)


def foreign_shard(case: Case) -> None:
    other = case.yard.build("2", [make_row(number) for number in range(20, 30)])
    (case.path / "train" / "00000.tar").write_bytes((other.path / "train" / "00000.tar").read_bytes())


def with_pickle(case: Case) -> None:
    body = pickle.dumps({"a": 1})
    block = compose_header("00000000.txt", len(body)).replace(b"00000000.txt", b"00000000.pyd")
    block = block[:148] + b"%06o\0 " % (sum(block[:148]) + sum(block[156:]) + 256) + block[156:]
    shard = (case.path / "train" / "00000.tar").read_bytes()[:-1024]
    case.put_shard(shard + block + body + bytes(-len(body) % 512) + bytes(1024))


def with_other_pixels(case: Case) -> None:
    shard = (case.path / "train" / "00000.tar").read_bytes()
    case.put_shard(shard.replace(make_row(1).image, make_row(2).image[: len(make_row(1).image)]))


def with_link(case: Case) -> None:
    block = bytearray(compose_header("00000000.txt", 0))
    block[156:157] = b"2"
    block[148:156] = b"%06o\0 " % (sum(block[:148]) + sum(block[156:]) + 256)
    case.put_shard(bytes(block) + bytes(1024))


def moved(path: Path) -> None:
    """A folder replaced by a link to itself under another name."""
    path.rename(path.with_name("moved"))
    path.symlink_to("moved")


SHARDS: dict[str, Spoil] = {
    "shard-flipped": lambda c: c.flip("train/00000.tar", 700),
    "shard-flipped-in-its-zeros": lambda c: c.flip("val/00000.tar", -1),
    "another-caption": lambda c: c.replace("train/00000.tar", b"a picture, number 1", b"a picture, number 7"),
    "shard-of-another-size-than-signed": lambda c: c.sign_again(lambda m: m["shards"][0].update(bytes=16895)),
    "shard-cut": lambda c: sparse(c.path / "train/00001.tar", 5_120),
    "shard-longer": lambda c: sparse(c.path / "train/00001.tar", 1 << 20),
    "shard-empty": lambda c: sparse(c.path / "train/00001.tar", 0),
    "shard-missing": lambda c: (c.path / "val/00000.tar").unlink(),
    "shards-swapped": lambda c: swap(c.path / "train/00000.tar", c.path / "train/00001.tar"),
    "shard-of-another-release": foreign_shard,
    "shard-a-symlink": steps(
        lambda c: (c.path / "val/00000.tar").rename(c.path / "x"),
        lambda c: (c.path / "val/00000.tar").symlink_to("../x"),
    ),
    "shard-a-hard-link": lambda c: os.link(c.path / "val/00000.tar", c.path / "twin"),
    "shard-a-fifo": lambda c: fifo(c.path / "val/00000.tar"),
    "folder-a-symlink": lambda c: moved(c.path / "train"),
    "a-shard-more": lambda c: (c.path / "train/00002.tar").write_bytes((c.path / "val/00000.tar").read_bytes()),
    "a-file-more-in-val": lambda c: (c.path / "val/readme.txt").write_bytes(b""),
    "a-link-more-in-train": lambda c: (c.path / "train/00002.tar").symlink_to("00001.tar"),
    "a-folder-more-in-train": lambda c: (c.path / "train/more").mkdir(),
    "columns-flipped": lambda c: c.flip("train/00000.parquet"),
    "columns-missing": lambda c: (c.path / "val/00000.parquet").unlink(),
    "proofs-flipped": lambda c: c.flip("proofs.parquet"),
    "proofs-missing": lambda c: (c.path / "proofs.parquet").unlink(),
    "document-flipped": lambda c: c.flip("NOTICE.md", 0),
    "document-a-symlink": lambda c: link(c.path / "NOTICE.md", "/etc/hostname"),
    "signed-shard-with-a-pickle": with_pickle,
    "signed-shard-with-other-pixels": with_other_pixels,
    "signed-shard-with-a-link": with_link,
    "signed-shard-of-nothing": lambda c: c.put_shard(bytes(1024)),
    "signed-shard-of-garbage": lambda c: c.put_shard(b"garbage" * 1000),
}
