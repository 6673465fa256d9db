"""The strict shard reader and its writer: what is read, what is refused and why, and who else can read it."""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
import tarfile
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mitsua_data.errors import IntegrityError
from mitsua_data.shards.tar import TarFamily, TarProblem, TarWriter, members, read_member, read_tar, scan
from mitsua_data.shards.ustar import BLOCK, ZERO_BLOCK, checksum, compose_header, padding

TOLD_BY_A_MANIFEST_ONLY = "generated/flip_in_data.tar"
"""One bit of a picture's data differs: nothing inside the file can tell."""

KEYS = st.text("abcdefghijklmnopqrstuvwxyz0123456789_-", min_size=1, max_size=40).filter(lambda key: key[0] not in "_-")
SAMPLES = st.dictionaries(KEYS, st.lists(st.binary(max_size=1300), min_size=3, max_size=3), min_size=1, max_size=5)


def sample(key: str, image: bytes = b"picture") -> list[tuple[str, bytes]]:
    return [(f"{key}.jpg", image), (f"{key}.json", b"{}"), (f"{key}.txt", b"words")]


def shard(*parts: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    writer = TarWriter(out)
    for name, data in parts:
        writer.add(name, data)
    writer.close()
    return out.getvalue()


def raw(name: bytes, data: bytes = b"x", **fields: bytes) -> bytes:
    """A member with a right checksum around any header at all: the writer would refuse to write these."""
    spans = {"mode": 100, "uid": 108, "size": 124, "type": 156, "link": 157, "magic": 257, "prefix": 345, "tail": 500}
    block = bytearray(compose_header("a.txt", len(data)))
    block[0:100] = name.ljust(100, b"\0")
    for field, value in fields.items():
        block[spans[field] : spans[field] + len(value)] = value
    block[148:156] = b"%06o\0 " % checksum(bytes(block))
    return bytes(block) + data + bytes(padding(len(data)))


END = ZERO_BLOCK * 2
GOOD = shard(*sample("a"), *sample("b"))


@settings(deadline=None)
@given(samples=SAMPLES)
def test_what_is_written_is_read(samples: dict[str, list[bytes]]) -> None:
    parts = [
        (f"{key}.{ext}", data)
        for key in sorted(samples)
        for ext, data in zip(("png", "webp", "txt"), samples[key], strict=True)
    ]
    body = shard(*parts)
    assert [(member.entry.name, member.data) for member in read_tar(io.BytesIO(body))] == parts


@settings(deadline=None)
@given(samples=SAMPLES)
def test_the_writer_says_what_a_scan_says(samples: dict[str, list[bytes]]) -> None:
    out = io.BytesIO()
    writer = TarWriter(out)
    for key, data in samples.items():
        writer.add(f"{key}.jpg", data[0])
    assert writer.close() == scan(io.BytesIO(out.getvalue()))


def test_the_bytes_are_fixed_for_ever() -> None:
    # A shard's digest is signed: a change here breaks every published release that is rebuilt.
    digest = "0429a0e23bac9f6f550cc299e33094af174ebf150d0a6d48d7be691c2a14c3e7"
    assert hashlib.sha256(GOOD).hexdigest() == digest


def test_a_header_holds_no_owner_and_no_clock() -> None:
    with tarfile.open(fileobj=io.BytesIO(GOOD)) as archive:
        assert {(m.mode, m.uid, m.gid, m.mtime, m.uname, m.gname) for m in archive} == {(0o644, 0, 0, 0, "", "")}


def test_a_summary_tells_where_the_data_lies() -> None:
    summary = scan(io.BytesIO(GOOD))
    assert summary.sha256 == hashlib.sha256(GOOD).hexdigest()
    assert summary.size == len(GOOD)
    assert summary.keys == ("a", "b")
    for entry in summary.entries:
        data = GOOD[entry.offset : entry.offset + entry.size]
        assert hashlib.sha256(data).hexdigest() == entry.sha256


BAD_SHARDS = [
    pytest.param(b"", TarFamily.TRUNCATED, None, id="no-bytes"),
    pytest.param(GOOD[:300], TarFamily.TRUNCATED, None, id="cut-in-first-header"),
    pytest.param(GOOD[: BLOCK + 3], TarFamily.TRUNCATED, 0, id="cut-in-data"),
    pytest.param(GOOD[: BLOCK + 30], TarFamily.TRUNCATED, 0, id="cut-in-padding"),
    pytest.param(GOOD[: 4 * BLOCK], TarFamily.TRUNCATED, None, id="cut-at-a-block-edge"),
    pytest.param(GOOD[:-BLOCK], TarFamily.TRUNCATED, None, id="one-end-block"),
    pytest.param(GOOD + b"x", TarFamily.TRAILING_DATA, None, id="a-byte-after-the-end"),
    pytest.param(GOOD + bytes(9000) + GOOD, TarFamily.TRAILING_DATA, None, id="a-second-archive"),
    pytest.param(END, TarFamily.EMPTY_SHARD, None, id="no-members"),
    pytest.param(b"\x1f\x8b\x08" + bytes(600), TarFamily.STRUCTURE, None, id="gzip"),
    pytest.param(b"PK\x03\x04" + bytes(60), TarFamily.STRUCTURE, None, id="short-zip"),
    pytest.param(b"A" + GOOD[1:], TarFamily.STRUCTURE, 0, id="wrong-checksum"),
    pytest.param(
        GOOD[: 2 * BLOCK] + ZERO_BLOCK + GOOD[2 * BLOCK :], TarFamily.STRUCTURE, None, id="a-zero-block-between"
    ),
    pytest.param(raw(b"a.jpg", size=b"0000000000z\0") + END, TarFamily.STRUCTURE, 0, id="size-not-octal"),
    pytest.param(raw(b"a.jpg", size=b"\x80" + bytes(10) + b"\x01") + END, TarFamily.STRUCTURE, 0, id="base-256-size"),
    pytest.param(raw(b"a.jpg", size=bytes(12)) + END, TarFamily.STRUCTURE, 0, id="no-size"),
    pytest.param(raw(b"a.jpg", uid=b"nobody\0\0") + END, TarFamily.STRUCTURE, 0, id="uid-not-octal"),
    pytest.param(raw(b"a.jpg", link=b"b.jpg") + END, TarFamily.STRUCTURE, 0, id="link-name-on-a-file"),
    pytest.param(raw(b"a.jpg", magic=b"oddtar\0\0") + END, TarFamily.STRUCTURE, 0, id="unknown-dialect"),
    pytest.param(raw(b"a.jpg", tail=b"star") + END, TarFamily.STRUCTURE, 0, id="bytes-after-the-last-field"),
    pytest.param(raw(b"a.jpg")[:-1] + b"!" + END, TarFamily.STRUCTURE, 0, id="bytes-in-the-padding"),
    pytest.param(raw(b"a.jpg", size=b"37777777777\0") + END, TarFamily.BOMB_BYTES, 0, id="claims-four-gigabytes"),
    pytest.param(raw(b"a.json", b"{" + b" " * 2**20 + b"}") + END, TarFamily.BOMB_BYTES, 0, id="record-of-a-megabyte"),
    pytest.param(raw(b"a.jpg", prefix=b"folder") + END, TarFamily.BAD_NAME, 0, id="prefix"),
    pytest.param(raw(b"a.jpg\0b.txt") + END, TarFamily.BAD_NAME, 0, id="a-second-name-behind-a-nul"),
    pytest.param(raw(b"") + END, TarFamily.BAD_NAME, 0, id="empty-name"),
    pytest.param(raw(b"../a.jpg") + END, TarFamily.BAD_NAME, 0, id="climbs-out"),
    pytest.param(raw(b"/a.jpg") + END, TarFamily.BAD_NAME, 0, id="absolute"),
    pytest.param(raw(b"c:a.jpg") + END, TarFamily.BAD_NAME, 0, id="drive"),
    pytest.param(raw(b".jpg") + END, TarFamily.BAD_NAME, 0, id="no-key"),
    pytest.param(raw(b"a") + END, TarFamily.BAD_NAME, 0, id="no-extension"),
    pytest.param(raw(b"a.jpg\n") + END, TarFamily.BAD_NAME, 0, id="line-feed"),
    pytest.param(raw(b"__key__.txt") + END, TarFamily.BAD_NAME, 0, id="a-reader's-own-field"),
    pytest.param(raw("ä.jpg".encode()) + END, TarFamily.BAD_NAME, 0, id="not-ascii"),
    pytest.param(raw(b"a.pyd") + END, TarFamily.BAD_EXTENSION, 0, id="pickle"),
    pytest.param(raw(b"a.pth") + END, TarFamily.BAD_EXTENSION, 0, id="torch-pickle"),
    pytest.param(raw(b"a.seg.png") + END, TarFamily.BAD_EXTENSION, 0, id="two-dots"),
    pytest.param(raw(b"a.JPG") + END, TarFamily.BAD_EXTENSION, 0, id="upper-case-extension"),
    pytest.param(raw(b"a.jpg") * 2 + END, TarFamily.DUPLICATE_KEY, 1, id="member-twice"),
    pytest.param(raw(b"a.jpg") + raw(b"b.jpg") + raw(b"a.jpg") + END, TarFamily.DUPLICATE_KEY, 2, id="sample-twice"),
    pytest.param(raw(b"a.jpg") + raw(b"a.JPG") + END, TarFamily.DUPLICATE_KEY, 1, id="twice-but-for-case"),
    pytest.param(raw(b"a.jpg") + raw(b"A.txt") + END, TarFamily.DUPLICATE_KEY, 1, id="key-twice-but-for-case"),
    pytest.param(raw(b"a.jpg") + raw(b"b.jpg") + raw(b"a.txt") + END, TarFamily.BAD_KEY_ORDER, 2, id="interleaved"),
    pytest.param(shard(*sample("a"), ("b.jpg", b"x")), TarFamily.MANIFEST_MISMATCH, 3, id="a-sample-without-record"),
    pytest.param(
        shard(("a.json", b'{"__key__": "b"}')), TarFamily.MANIFEST_MISMATCH, 0, id="record-sets-reader-fields"
    ),
    *(
        pytest.param(raw(b"a.jpg", type=kind.encode()) + END, TarFamily.BAD_MEMBER_TYPE, 0, id=f"type-{kind}")
        for kind in "1234567KLSVXgxZ"
    ),
]


@pytest.mark.parametrize(("body", "family", "member"), BAD_SHARDS)
def test_a_bad_shard_is_refused_for_its_own_reason(body: bytes, family: TarFamily, member: int | None) -> None:
    with pytest.raises(TarProblem) as caught:
        scan(io.BytesIO(body), label="00000.tar")
    assert (caught.value.family, caught.value.member) == (family, member)
    assert str(caught.value).startswith("00000.tar: ")


def test_every_family_has_a_case() -> None:
    told_with_a_manifest = {TarFamily.DIGEST_MISMATCH}
    assert {case.values[1] for case in BAD_SHARDS} | told_with_a_manifest == set(TarFamily)


@pytest.mark.parametrize(("body", "family", "member"), BAD_SHARDS)
def test_nothing_of_a_bad_shard_is_handed_on(body: bytes, family: TarFamily, member: int | None) -> None:
    with pytest.raises(TarProblem):
        next(read_tar(io.BytesIO(body)))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(raw(b"a.jpg") + END, id="picture-only"),
        pytest.param(raw(b"a.jpg", b"") + END, id="empty-member"),
        pytest.param(raw(b"a.jpg", type=b"\0") + END, id="old-plain-file"),
        pytest.param(raw(b"a.jpg", magic=b"ustar  \0") + END, id="gnu-magic"),
        pytest.param(raw(b"a.jpg", magic=bytes(8)) + END, id="v7"),
        pytest.param(raw(b"a.jpg", mode=b"000644 \0") + END, id="space-after-a-number"),
        pytest.param(raw(b"a.jpg") + END + bytes(8 * BLOCK), id="padded-at-the-end"),
        pytest.param(raw(b"a.json", b"not JSON") + END, id="a-record-that-is-not-json"),
        pytest.param(raw(b"a.json", b"[" * 100_000) + END, id="a-deep-record"),
        pytest.param(raw(b"a.json", b"9" * 5000) + END, id="a-long-number"),
    ],
)
def test_plain_files_of_any_dialect_are_read(body: bytes) -> None:
    assert len(scan(io.BytesIO(body)).entries) == 1


def test_a_manifest_names_members_and_digests() -> None:
    digests = {entry.name: entry.sha256 for entry in scan(io.BytesIO(GOOD)).entries}
    scan(io.BytesIO(GOOD), expected=digests, expected_sha256=hashlib.sha256(GOOD).hexdigest())
    for changed, family in (
        ({**digests, "c.jpg": "0" * 64}, TarFamily.MANIFEST_MISMATCH),
        ({name: digest for name, digest in digests.items() if name != "b.txt"}, TarFamily.MANIFEST_MISMATCH),
        ({**digests, "b.txt": "0" * 64}, TarFamily.DIGEST_MISMATCH),
    ):
        with pytest.raises(TarProblem) as caught:
            scan(io.BytesIO(GOOD), expected=changed)
        assert caught.value.family is family


def test_every_flipped_bit_of_a_shard_is_found_by_its_digest() -> None:
    body = shard(*sample("a", bytes(200)))
    digest = hashlib.sha256(body).hexdigest()
    for place in range(0, 8 * len(body), 7):  # 7 is prime to 8: all bit positions are met
        flipped = bytearray(body)
        flipped[place // 8] ^= 1 << place % 8
        with pytest.raises(TarProblem):
            scan(io.BytesIO(flipped), expected_sha256=digest)


def test_a_member_that_changes_between_scan_and_use_is_not_handed_on() -> None:
    stream = io.BytesIO(GOOD)
    summary = scan(stream)
    stream.getbuffer()[summary.entries[3].offset] ^= 1
    reading = members(stream, summary, label="00000.tar")
    assert [member.entry.name for member in itertools.islice(reading, 3)] == ["a.jpg", "a.json", "a.txt"]
    with pytest.raises(TarProblem, match=r"00000\.tar: member 3 \(b\.jpg\) has sha256 \w+, expected \w+") as caught:
        next(reading)
    assert caught.value.family is TarFamily.DIGEST_MISMATCH


def test_members_can_be_read_in_any_order() -> None:
    stream = io.BytesIO(GOOD)
    entries = scan(stream).entries
    assert [read_member(stream, entry).entry.name[0] for entry in reversed(entries)] == list("bbbaaa")


@pytest.mark.parametrize("piece", [1, 511, 513])
def test_a_pipe_may_hand_bytes_over_in_pieces(piece: int) -> None:
    class Pipe:
        def __init__(self) -> None:
            self.source = io.BytesIO(GOOD)

        def read(self, size: int, /) -> bytes:
            return self.source.read(min(size, piece))

    assert scan(Pipe()) == scan(io.BytesIO(GOOD))


def test_a_member_limit_is_the_callers() -> None:
    with pytest.raises(TarProblem) as caught:
        scan(io.BytesIO(shard(("a.jpg", bytes(11)))), max_member=10)
    assert caught.value.family is TarFamily.BOMB_BYTES


@pytest.mark.parametrize("name", ["a", "a/b.jpg", "__a.jpg", "a.pyd", "ä.jpg", "a" * 97 + ".jpg", "a.jpg"])
def test_the_writer_keeps_the_readers_laws(name: str) -> None:
    writer = TarWriter(io.BytesIO())
    writer.add("a.jpg", b"x")
    with pytest.raises(ValueError):
        writer.add(name, b"x")


def test_the_writer_leaves_no_empty_shard() -> None:
    with pytest.raises(ValueError, match="without members"):
        TarWriter(io.BytesIO()).close()


def test_an_error_says_what_to_do_and_is_one_of_integrity() -> None:
    problem = TarProblem(TarFamily.BAD_MEMBER_TYPE, "is a symlink", member=3, label="shard 00012.tar")
    assert isinstance(problem, IntegrityError)
    assert problem.line() == f"shard 00012.tar: member 3 is a symlink; {problem.advice}"
    assert problem.advice


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # webdataset leaves its file open
def test_webdataset_reads_what_is_written(tmp_path: Path) -> None:
    webdataset = pytest.importorskip("webdataset")
    (tmp_path / "00000.tar").write_bytes(GOOD)
    rows = list(webdataset.WebDataset(str(tmp_path / "00000.tar"), shardshuffle=False))
    assert [(row["__key__"], row["jpg"], row["json"], row["txt"]) for row in rows] == [
        (key, b"picture", b"{}", b"words") for key in "ab"
    ]


def listed(shared: Path) -> list[dict[str, str]]:
    with (shared / "corpora" / "tars" / "listing.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def outcome(stream: BinaryIO, expected_sha256: str | None = None) -> str:
    try:
        scan(stream, expected_sha256=expected_sha256)
    except TarProblem:
        return "refuse"
    return "reads"


def test_known_evil_tars_are_refused_and_good_ones_read(shared: Path) -> None:
    wrong = []
    for row in listed(shared):
        with (shared / "corpora" / "tars" / row["path"]).open("rb") as stream:
            found = outcome(stream)
        if row["expected"] not in ("either", found):
            wrong.append((row["path"], found))
    assert wrong == [(TOLD_BY_A_MANIFEST_ONLY, "reads")]


def test_a_flip_in_the_data_is_told_by_the_digest_a_manifest_states(shared: Path) -> None:
    # The flipped file was made from good_shard.tar, whose digest is what its manifest would state.
    rows = {row["path"]: row for row in listed(shared)}
    with (shared / "corpora" / "tars" / TOLD_BY_A_MANIFEST_ONLY).open("rb") as stream:
        assert outcome(stream, expected_sha256=rows["generated/good_shard.tar"]["sha256"]) == "refuse"
