"""
Captures: bytes that somebody else published, kept as received in WARC files, and read back by digest.

* `NAME.warc.gz`, one gzip member per record, for evidence (JSON, CSV, SVG, pages), which compresses well;
* `NAME.warc`, not compressed, for originals (PNG, JPEG), which do not.

Each file opens with a `warcinfo` record. Of an HTTP exchange the response comes last, so that `offset + length` of a
capture is always the end of what was written for it, and `CaptureStore.trim` can cut there.

Laws. `read(add(body)) == body`, or IntegrityError. The same bodies, locators and dates under the same name give the
same file. After a crash, `trim` leaves exactly what was committed.

Evidence may hold personal names: erasing a record means rewriting its file without it; digests elsewhere stay valid.
"""

from __future__ import annotations

import os
import re
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from mitsua_data import warc
from mitsua_data.disk import sync_folder
from mitsua_data.errors import IntegrityError, StorageError, UsageError
from mitsua_data.model import Capture, HttpExchange, MediaType

OPEN_HANDLES: Final = 8
"""How many WARC files a store keeps open for reading."""
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
_ASIDE: Final = re.compile(r"\.unknown-[0-9]+$")
"""The end of the name of a file that the ledger knew no capture in."""
_RESTORE: Final = "restore the workspace's captures folder from a good copy"


class CaptureWriter:
    """Appends records to one WARC file. Made by `CaptureStore.writer`; use it as a context manager."""

    def __init__(self, path: Path, *, compress: bool) -> None:
        """Open `path` for appending, making it where it is missing. Raises StorageError."""
        self.path = path
        self._compress = compress
        self._name_on_disk = False
        self._usable = True
        try:
            self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
            self._end = os.fstat(self._fd).st_size
        except OSError as error:
            raise _storage(path, error) from error
        self._closed = False

    def add(
        self,
        body: bytes,
        *,
        locator: str,
        media_type: MediaType,
        fetched_at: datetime,
        exchange: HttpExchange | None = None,
    ) -> Capture:
        """
        Append one body, and hand back where it lies. `fetched_at` must know its time zone.

        The bytes are with the operating system when this returns, and on the disk after `sync`. Raises StorageError
        when the disk refuses; then nothing of this record is kept, and the writer takes no more.
        """
        digest = warc.sha256_hex(body)
        place = warc.Place(self.path.name, self._end, self._compress)
        before = b"" if self._end else warc.pack_info(place, fetched_at)
        if exchange is None:
            record = warc.pack_resource(place, body, digest, locator, media_type, fetched_at)
        else:
            request, record = warc.pack_exchange(place, body, digest, fetched_at, exchange)
            before += request
        self._append(before + record)
        return Capture(
            sha256=digest,
            media_type=media_type,
            locator=locator,
            size=len(body),
            fetched_at=fetched_at,
            warc=self.path.name,
            offset=self._end - len(record),
            length=len(record),
        )

    def sync(self) -> None:
        """
        Put everything added so far on the disk. Raises StorageError.

        A failed fsync is never tried again on the same handle: what the disk then holds is not known.
        """
        self._check_usable()
        try:
            os.fsync(self._fd)
            if not self._name_on_disk:
                sync_folder(self.path.parent)
                self._name_on_disk = True
        except OSError as error:
            self._usable = False
            raise _storage(self.path, error) from error

    def close(self) -> None:
        """Close the file, without `sync`. Closing twice does nothing."""
        self._usable = False
        if not self._closed:
            self._closed = True
            os.close(self._fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None and self._usable:
                self.sync()
        finally:
            self.close()

    def _append(self, block: bytes) -> None:
        """Write `block` whole, or nothing of it."""
        self._check_usable()
        rest = memoryview(block)
        try:
            while rest:
                rest = rest[os.write(self._fd, rest) :]
        except OSError as error:
            self._usable = False
            self._cut_back()
            raise _storage(self.path, error) from error
        self._end += len(block)

    def _cut_back(self) -> None:
        try:
            os.ftruncate(self._fd, self._end)
        except OSError:
            return  # the first error is the one to report; `trim` cuts the tail on the next run

    def _check_usable(self) -> None:
        if not self._usable:
            raise StorageError(f"{self.path.name}: closed, or failed before; takes no more records")


class CaptureStore:
    """The folder of WARC files. Reading keeps a few of them open: use it as a context manager, or call `close`."""

    def __init__(self, root: Path) -> None:
        """`root` is made where it is missing. Raises StorageError."""
        self.root = root
        self._open: OrderedDict[str, int] = OrderedDict()
        try:
            root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _storage(root, error) from error

    def writer(self, name: str, *, compress: bool = True) -> CaptureWriter:
        """
        A writer that appends to `NAME.warc.gz`, or to `NAME.warc` without compression.

        `name` is letters, digits, dot, dash and underscore. Raises UsageError, StorageError.
        """
        if _NAME.fullmatch(name) is None:
            raise UsageError(f"{name!r} is no name for a capture file", advice="use letters, digits, '.', '-' and '_'")
        return CaptureWriter(self.root / f"{name}.warc{'.gz' if compress else ''}", compress=compress)

    def read(self, capture: Capture) -> bytes:
        """
        The captured bytes, checked against `capture.sha256`.

        Raises IntegrityError, which names the WARC file and both digests, when the bytes are others, cut or missing;
        StorageError when the disk fails.
        """
        block = self._block(capture)
        try:
            body = warc.payload(block, capture.size)
        except warc.BROKEN_RECORD as error:
            raise _damaged(capture, f"no readable record, block sha256 {warc.sha256_hex(block)}") from error
        found = warc.sha256_hex(body)
        if found != capture.sha256:
            raise _damaged(capture, f"sha256 {found}")
        return body

    def answered(self, capture: Capture) -> list[tuple[str, str]] | None:
        """
        The headers that the captured bytes came with; None where they came from no server.

        Raises IntegrityError where the record cannot be read, StorageError when the disk fails.
        """
        block = self._block(capture)
        try:
            return warc.answered(block)
        except warc.BROKEN_RECORD as error:
            raise _damaged(capture, f"no readable record, block sha256 {warc.sha256_hex(block)}") from error

    def trim(self, committed: Mapping[str, int]) -> tuple[str, ...]:
        """
        Cut every WARC file at the end of its last committed record. Call it before writing.

        A file without any is renamed, to `NAME.unknown-N`, and never deleted: a crawl that was killed leaves such a
        file, but so does a ledger that was moved away or restored from an older copy, and then it is evidence.
        `committed`: file name to the greatest `offset + length` of its captures, in bytes. Hands back the names of the
        files it changed, sorted. Raises IntegrityError, before any change, where a file is shorter than what was
        committed; StorageError.
        """
        self.close()
        changed = []
        try:
            sizes = {path.name: path.stat().st_size for path in self._files()}
            for name, end in sorted(committed.items()):
                if (size := sizes.get(name, 0)) < end:
                    raise IntegrityError(f"captures/{name}: {size} bytes, but {end} were committed", advice=_RESTORE)
            for name, size in sorted(sizes.items()):
                end = committed.get(name, 0)
                if end == 0:
                    _put_aside(self.root / name)
                elif size > end:
                    os.truncate(self.root / name, end)
                else:
                    continue
                changed.append(name)
            sync_folder(self.root)
        except OSError as error:
            raise _storage(self.root, error) from error
        return tuple(changed)

    def _files(self) -> list[Path]:
        """The WARC files, without those that were put aside."""
        return [path for path in self.root.glob("*.warc*") if path.is_file() and not _ASIDE.search(path.name)]

    def close(self) -> None:
        """Close the files kept open for reading. The store can be used again afterwards."""
        while self._open:
            os.close(self._open.popitem()[1])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _block(self, capture: Capture) -> bytes:
        """The bytes of one WARC record as they lie in the file; fewer where the file ends early."""
        if _NAME.fullmatch(capture.warc) is None:
            raise _damaged(capture, "no such file name")
        parts, at, end = [], capture.offset, capture.offset + capture.length
        try:
            handle = self._handle(capture.warc)
            while at < end and (part := os.pread(handle, end - at, at)):
                parts.append(part)
                at += len(part)
        except FileNotFoundError as error:
            raise _damaged(capture, "no such file") from error
        except OSError as error:
            raise _storage(self.root / capture.warc, error) from error
        return b"".join(parts)

    def _handle(self, name: str) -> int:
        if name in self._open:
            self._open.move_to_end(name)
            return self._open[name]
        if len(self._open) >= OPEN_HANDLES:
            os.close(self._open.popitem(last=False)[1])
        self._open[name] = os.open(self.root / name, os.O_RDONLY | os.O_CLOEXEC)
        return self._open[name]


def _put_aside(path: Path) -> None:
    """Rename a file to the first free `NAME.unknown-N`. Raises OSError."""
    number = next(n for n in count(1) if not os.path.lexists(f"{path}.unknown-{n}"))
    path.rename(f"{path}.unknown-{number}")


def _storage(path: Path, error: OSError) -> StorageError:
    return StorageError(f"{path.name}: {error.strerror or error}")


def _damaged(capture: Capture, found: str) -> IntegrityError:
    where = f"captures/{capture.warc} at {capture.offset} ({capture.locator.partition('?')[0]})"
    return IntegrityError(f"{where}: expected sha256 {capture.sha256}, found {found}", advice=_RESTORE)
