"""Captures: what goes in comes out, or an error names the file; and a crash costs nothing that was committed."""

from __future__ import annotations

import errno
import os
from datetime import UTC, datetime, timedelta, timezone
from io import FileIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from mitsua_data.captures import OPEN_HANDLES, CaptureStore, CaptureWriter
from mitsua_data.errors import IntegrityError, StorageError, UsageError
from mitsua_data.model import Capture, HttpExchange, MediaType

NOON = datetime(2024, 5, 4, 12, 0, 0, 123456, tzinfo=UTC)
EXCHANGE = HttpExchange(
    method="GET",
    url="https://museum.example/objects?page=2",
    request_headers=(("Host", "museum.example"), ("Accept-Encoding", "identity")),
    status=200,
    reason="OK",
    response_headers=(
        ("Content-Type", "application/json"),
        ("Transfer-Encoding", "chunked"),
        ("X-Title", "Château"),
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
    ),
    peer="203.0.113.5",
    started_at=NOON,
    finished_at=NOON + timedelta(seconds=1),
)


def add(writer: CaptureWriter, body: bytes, locator: str = "openclipart:svg/a b.svg", **more: HttpExchange) -> Capture:
    return writer.add(body, locator=locator, media_type=MediaType.SVG, fetched_at=NOON, **more)


def flip(file: FileIO, at: int) -> None:
    """Change one byte in place; a second call restores it."""
    file.seek(at)
    changed = bytes([file.read(1)[0] ^ 0x41])
    file.seek(at)
    file.write(changed)


def warcio_finds(path: Path) -> int:
    """What `warcio check` says of a file: 0 is well."""
    return int(Checker(SimpleNamespace(inputs=[str(path)], verbose=False)).process_all())


@pytest.mark.parametrize("compress", [True, False], ids=["evidence", "originals"])
class TestBothForms:
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
    @given(bodies=st.lists(st.binary(max_size=400), min_size=1, max_size=6), web=st.booleans())
    def test_what_is_added_is_read_back(
        self, tmp_path_factory: pytest.TempPathFactory, compress: bool, bodies: list[bytes], web: bool
    ) -> None:
        more = {"exchange": EXCHANGE} if web else {}
        with CaptureStore(tmp_path_factory.mktemp("captures")) as store:
            with store.writer("c", compress=compress) as writer:
                captures = [add(writer, body, f"set:{n}", **more) for n, body in enumerate(bodies)]
            assert [store.read(capture) for capture in captures] == bodies
            assert warcio_finds(writer.path) == 0

    def test_a_big_body_is_read_back(self, tmp_path: Path, compress: bool) -> None:
        body = os.urandom(1 << 20) * 3
        with CaptureStore(tmp_path) as store:
            with store.writer("c", compress=compress) as writer:
                capture = add(writer, body)
            assert store.read(capture) == body

    def test_same_input_same_file(self, tmp_path: Path, compress: bool) -> None:
        for name in ("one", "two"):
            with CaptureStore(tmp_path / name).writer("c", compress=compress) as writer:
                add(writer, b"<svg/>")
                add(writer, b"{}", "https://museum.example/1", exchange=EXCHANGE)
        first, second = (next((tmp_path / name).iterdir()).read_bytes() for name in ("one", "two"))
        assert first == second

    def test_no_changed_byte_passes_as_the_capture(self, tmp_path: Path, compress: bool) -> None:
        # Every byte of the file in turn: either the body still stands as digested, or the error names the file.
        body = b'<svg xmlns="http://www.w3.org/2000/svg"/>'
        with CaptureStore(tmp_path).writer("c", compress=compress) as writer:
            captures = [add(writer, body), add(writer, body, "https://museum.example/1", exchange=EXCHANGE)]
        problems = []
        with CaptureStore(tmp_path) as store, writer.path.open("r+b", buffering=0) as file:
            for at in range(file.seek(0, os.SEEK_END)):
                flip(file, at)
                for capture in captures:
                    try:
                        assert store.read(capture) == body
                    except IntegrityError as error:
                        problems.append((capture, str(error)))
                flip(file, at)
        assert len(problems) >= len(captures) * len(body)
        assert all(f"captures/{c.warc}" in problem and c.sha256 in problem for c, problem in problems)

    def test_a_cut_file_is_damage(self, tmp_path: Path, compress: bool) -> None:
        with CaptureStore(tmp_path).writer("c", compress=compress) as writer:
            capture = add(writer, b"<svg/>" * 50)
        os.truncate(writer.path, capture.offset + capture.length // 2)
        with CaptureStore(tmp_path) as store, pytest.raises(IntegrityError, match="expected sha256"):
            store.read(capture)


def test_both_digests_are_named(tmp_path: Path) -> None:
    with CaptureStore(tmp_path).writer("c", compress=False) as writer:
        capture = add(writer, b"<svg>one</svg>")
    writer.path.write_bytes(writer.path.read_bytes().replace(b">one<", b">two<"))
    with CaptureStore(tmp_path) as store, pytest.raises(IntegrityError) as caught:
        store.read(capture)
    assert str(caught.value).count("sha256") == 2
    assert capture.sha256 in str(caught.value)


def test_a_query_is_not_shown_in_an_error(tmp_path: Path) -> None:
    with CaptureStore(tmp_path).writer("c") as writer:
        capture = add(writer, b"{}", "https://museum.example/objects?key=canary")
    writer.path.unlink()
    with CaptureStore(tmp_path) as store, pytest.raises(IntegrityError) as caught:
        store.read(capture)
    assert "canary" not in str(caught.value)


def test_a_file_name_from_a_damaged_ledger_leads_nowhere(tmp_path: Path) -> None:
    outside = Capture("0" * 64, MediaType.TEXT, "x:y", 1, NOON, "../outside.warc", 0, 10)
    with CaptureStore(tmp_path / "captures") as store, pytest.raises(IntegrityError, match="no such file name"):
        store.read(outside)


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "a b", "x" * 201])
def test_a_writer_needs_a_plain_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="no name"):
        CaptureStore(tmp_path).writer(name)


def test_a_time_without_zone_is_a_mistake(tmp_path: Path) -> None:
    with CaptureStore(tmp_path).writer("c") as writer, pytest.raises(ValueError, match="zone"):
        writer.add(b"", locator="x:y", media_type=MediaType.TEXT, fetched_at=datetime(2024, 1, 1))


def test_an_exchange_is_a_request_and_its_response(tmp_path: Path) -> None:
    tokyo = NOON.astimezone(timezone(timedelta(hours=9)))
    with CaptureStore(tmp_path).writer("c") as writer:
        capture = writer.add(
            b"{}", locator=EXCHANGE.url, media_type=MediaType.JSON, fetched_at=tokyo, exchange=EXCHANGE
        )
    with writer.path.open("rb") as stream:
        records = {}
        for record in ArchiveIterator(stream, check_digests="raise"):
            records[record.rec_type] = (record.rec_headers, record.http_headers, record.content_stream().read())
    assert list(records) == ["warcinfo", "request", "response"]
    headers, http, body = records["response"]
    assert body == b"{}"
    assert headers.get_header("WARC-Target-URI") == EXCHANGE.url
    assert headers.get_header("WARC-Date") == "2024-05-04T12:00:00.123456Z"
    assert headers.get_header("WARC-IP-Address") == "203.0.113.5"
    assert headers.get_header("WARC-Payload-Digest") == f"sha256:{capture.sha256}"
    assert http.get_header("X-Archive-Orig-Transfer-Encoding") == "chunked"
    assert [value for name, value in http.headers if name == "Set-Cookie"] == ["a=1", "b=2"]
    request, asked, _ = records["request"]
    assert request.get_header("WARC-Concurrent-To") == headers.get_header("WARC-Record-ID")
    assert (asked.protocol, asked.statusline) == ("GET", "/objects?page=2 HTTP/1.1")


def test_a_local_path_becomes_a_valid_uri(tmp_path: Path) -> None:
    with CaptureStore(tmp_path).writer("c") as writer:
        add(writer, b"<svg/>", "openclipart:animals/chat été\r\n.svg")
    with writer.path.open("rb") as stream:
        uris = [record.rec_headers.get_header("WARC-Target-URI") for record in ArchiveIterator(stream)]
    assert uris == [None, "urn:mitsua:openclipart:animals/chat%20%C3%A9t%C3%A9%0D%0A.svg"]


def test_reading_keeps_few_files_open(tmp_path: Path) -> None:
    captures = []
    with CaptureStore(tmp_path) as store:
        for n in range(OPEN_HANDLES + 3):
            with store.writer(f"c{n}") as writer:
                captures.append(add(writer, b"%d" % n))
        assert [store.read(capture) for capture in captures * 2] == [b"%d" % n for n in range(OPEN_HANDLES + 3)] * 2
        assert len(store._open) == OPEN_HANDLES


class TestTrim:
    """After a crash the files hold exactly what was committed."""

    def test_tails_are_cut_and_strays_put_aside(self, tmp_path: Path) -> None:
        with CaptureStore(tmp_path) as store:
            with store.writer("kept") as writer:
                kept = add(writer, b"<svg/>", "https://museum.example/1", exchange=EXCHANGE)
                add(writer, b"not committed")
            with store.writer("stray", compress=False) as stray:
                add(stray, b"not committed either")
            (tmp_path / "notes.txt").write_text("somebody's own")
            committed = {kept.warc: kept.offset + kept.length}
            assert store.trim(committed) == ("kept.warc.gz", "stray.warc")
            assert store.trim(committed) == ()
            left = sorted(path.name for path in tmp_path.iterdir())
            assert left == ["kept.warc.gz", "notes.txt", "stray.warc.unknown-1"]
            assert store.read(kept) == b"<svg/>"
            assert warcio_finds(writer.path) == 0

    def test_without_its_ledger_no_evidence_is_lost(self, tmp_path: Path) -> None:
        # A moved ledger, twice: the files of the same name must not replace one another either.
        with CaptureStore(tmp_path) as store:
            bodies = []
            for number in (1, 2):
                with store.writer("c") as writer:
                    add(writer, b"%d" % number)
                bodies.append(writer.path.read_bytes())
                assert store.trim({}) == ("c.warc.gz",)
                assert store.trim({}) == ()
            kept = [tmp_path / f"c.warc.gz.unknown-{number}" for number in (1, 2)]
            assert [path.read_bytes() for path in kept] == bodies

    def test_writing_goes_on_after_the_cut(self, tmp_path: Path) -> None:
        with CaptureStore(tmp_path) as store:
            with store.writer("c") as writer:
                first = add(writer, b"one")
            with writer.path.open("ab") as file:
                file.write(b"\x1f\x8b half a record")
            store.trim({first.warc: first.offset + first.length})
            with store.writer("c") as writer:
                second = add(writer, b"two")
            assert [store.read(first), store.read(second)] == [b"one", b"two"]
            assert warcio_finds(writer.path) == 0

    @pytest.mark.parametrize("there", [True, False], ids=["short", "missing"])
    def test_a_lost_tail_is_damage_and_nothing_is_cut(self, tmp_path: Path, there: bool) -> None:
        with CaptureStore(tmp_path) as store:
            with store.writer("c") as writer:
                capture = add(writer, b"one")
            with store.writer("other") as other:
                add(other, b"two")
            if there:
                os.truncate(writer.path, 10)
            else:
                writer.path.unlink()
            with pytest.raises(IntegrityError, match=r"captures/c\.warc\.gz"):
                store.trim({capture.warc: capture.offset + capture.length})
            assert other.path.exists()


class TestDisk:
    """When the disk refuses, nothing half-written is kept, and nobody writes on."""

    @pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EROFS])
    def test_a_failed_write_leaves_no_half_record(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
    ) -> None:
        real = os.write
        with CaptureStore(tmp_path) as store, store.writer("c", compress=False) as writer:
            first = add(writer, b"one")
            size = writer.path.stat().st_size

            def half_then_fail(handle: int, data: bytes) -> int:
                if len(data) < 100:
                    raise OSError(code, os.strerror(code))
                return real(handle, data[:-50])

            monkeypatch.setattr(os, "write", half_then_fail)
            with pytest.raises(StorageError, match=os.strerror(code)):
                add(writer, b"two" * 100)
            monkeypatch.undo()
            assert writer.path.stat().st_size == size
            assert store.read(first) == b"one"
            with pytest.raises(StorageError, match="takes no more"):
                add(writer, b"three")

    def test_a_failed_fsync_is_not_tried_again(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        calls = []

        def fail(handle: int) -> None:
            calls.append(handle)
            raise OSError(errno.EIO, os.strerror(errno.EIO))

        monkeypatch.setattr(os, "fsync", fail)
        with CaptureStore(tmp_path).writer("c") as writer:
            add(writer, b"one")
            with pytest.raises(StorageError, match=r"c\.warc\.gz"):
                writer.sync()
            with pytest.raises(StorageError, match="takes no more"):
                writer.sync()
        assert len(calls) == 1

    def test_the_end_of_a_writer_puts_file_and_name_on_the_disk(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        synced = []
        monkeypatch.setattr(os, "fsync", lambda handle: synced.append(Path(f"/proc/self/fd/{handle}").resolve()))
        with CaptureStore(tmp_path).writer("c") as writer:
            add(writer, b"one")
        assert synced == [writer.path, tmp_path]

    def test_an_error_in_the_block_does_not_acknowledge(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        synced: list[int] = []
        monkeypatch.setattr(os, "fsync", synced.append)
        with pytest.raises(KeyError), CaptureStore(tmp_path).writer("c") as writer:
            add(writer, b"one")
            raise KeyError
        assert synced == []

    def test_a_folder_that_cannot_be_made_is_a_storage_error(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(StorageError):
            CaptureStore(tmp_path / "file" / "captures")
