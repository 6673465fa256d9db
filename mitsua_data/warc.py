"""
WARC records as bytes: how one capture is packed, and how its body is taken out again. No files are opened here.

Form: WARC/1.1 (ISO 28500:2017), written through warcio, with sha256 digests in hexadecimal. A file of a local
collection is one `resource` record; an HTTP exchange is a `request` and a `response` record.

Law: packing is a pure function. Record ids are UUIDs of version 5 over file, place, date and digest; no clock is read.
"""

from __future__ import annotations

import gzip
import hashlib
import uuid
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Final
from urllib.parse import quote, urlsplit

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders, StatusAndHeadersParserException
from warcio.utils import Digester
from warcio.warcwriter import WARCWriter

from mitsua_data.model import HttpExchange, MediaType

WARC_VERSION: Final = "WARC/1.1"
_COMPRESS_LEVEL: Final = 6
_IDS: Final = uuid.UUID("6f3a8a52-6c57-5b0b-9e52-6d4974737561")
"""Namespace of the record ids."""
_URI_SAFE: Final = "%/:?#[]@!$&'()*+,;=~-._"
_REWRITTEN: Final = frozenset({"transfer-encoding", "content-encoding"})
"""Headers that no longer describe the stored body, which is kept with the transfer coding removed."""

BROKEN_RECORD: Final = (
    ArchiveLoadFailed,
    StatusAndHeadersParserException,
    StopIteration,
    EOFError,
    ValueError,
    AttributeError,
    zlib.error,
)
"""What `payload` raises on bytes that are no WARC record; warcio itself trips over some, hence AttributeError."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in which file a record will lie: what its id is derived from, together with its date and digest."""

    file: str
    offset: int
    """Bytes."""
    compress: bool


def pack_info(place: Place, when: datetime) -> bytes:
    """The `warcinfo` record that opens a file."""
    body = f"software: mitsua\r\nformat: {WARC_VERSION.replace('/', ' File Format ')}\r\n".encode()
    headers = _headers(place, "warcinfo", when, "", "") | {"WARC-Filename": place.file}
    return _pack(place, "warcinfo", "", body, headers, content_type="application/warc-fields")


def pack_resource(place: Place, body: bytes, digest: str, locator: str, media_type: MediaType, when: datetime) -> bytes:
    """A `resource` record. `digest`: sha256 (hex) of `body`."""
    headers = _headers(place, "resource", when, digest, locator)
    # The block of a resource record is its payload: one digest serves both.
    headers |= {"WARC-Payload-Digest": f"sha256:{digest}", "WARC-Block-Digest": f"sha256:{digest}"}
    return _pack(place, "resource", locator, body, headers, content_type=media_type.value)


def pack_exchange(
    place: Place, body: bytes, digest: str, when: datetime, exchange: HttpExchange
) -> tuple[bytes, bytes]:
    """The `request` and the `response` record of an exchange. `digest`: sha256 (hex) of `body`, the response's."""
    response = _headers(place, "response", when, digest, exchange.url)
    request = _headers(place, "request", when, digest, exchange.url)
    request["WARC-Concurrent-To"] = response["WARC-Record-ID"]
    response["WARC-Payload-Digest"] = f"sha256:{digest}"
    if exchange.peer:
        response["WARC-IP-Address"] = exchange.peer
    parts = urlsplit(exchange.url)
    target = quote(f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}", safe=_URI_SAFE)
    asked = StatusAndHeaders(f"{target} HTTP/1.1", list(exchange.request_headers), exchange.method)
    status = f"{exchange.status} {exchange.reason}".strip()
    answered = StatusAndHeaders(status, _stored_headers(exchange.response_headers), "HTTP/1.1")
    return (
        _pack(place, "request", exchange.url, b"", request, http=asked),
        _pack(place, "response", exchange.url, body, response, http=answered),
    )


def answered(block: bytes) -> list[tuple[str, str]] | None:
    """
    The headers of the answer in one packed record; None for a record that is no answer.

    Raises one of BROKEN_RECORD where `block` is no such record.
    """
    record = next(ArchiveIterator(BytesIO(block)))
    if record.rec_type != "response" or record.http_headers is None:
        return None
    return [(str(name), str(value)) for name, value in record.http_headers.headers]


def payload(block: bytes, size: int) -> bytes:
    """
    The body inside one packed record: at most one byte more than `size`, which the caller's digest then refuses.

    Raises one of BROKEN_RECORD where `block` is no such record.
    """
    record = next(ArchiveIterator(BytesIO(block)))
    parts, wanted = [], size + 1
    while wanted and (part := record.raw_stream.read(wanted)):
        parts.append(part)
        wanted -= len(part)
    return b"".join(parts)


class _HexSha256(Digester):  # type: ignore[misc]  # warcio has no types
    def __init__(self) -> None:
        super().__init__("sha256")

    def __str__(self) -> str:
        return f"sha256:{self.digester.hexdigest()}"


class _RecordWriter(WARCWriter):  # type: ignore[misc]  # warcio has no types
    """warcio's writer, with sha256 where it has sha1."""

    @staticmethod
    def _create_digester() -> _HexSha256:
        return _HexSha256()


def _pack(
    place: Place,
    kind: str,
    locator: str,
    body: bytes,
    headers: dict[str, str],
    *,
    content_type: str = "",
    http: StatusAndHeaders | None = None,
) -> bytes:
    out = BytesIO()
    writer = _RecordWriter(out, gzip=False, warc_version=WARC_VERSION)
    record = writer.create_warc_record(
        _target(locator),
        kind,
        payload=BytesIO(body),
        length=len(body),
        warc_content_type=content_type,
        warc_headers_dict=headers,
        http_headers=http,
    )
    writer.write_record(record)
    # One gzip member per record, with no time in its header.
    return gzip.compress(out.getvalue(), _COMPRESS_LEVEL, mtime=0) if place.compress else out.getvalue()


def _headers(place: Place, kind: str, when: datetime, digest: str, locator: str) -> dict[str, str]:
    date = _date(when)
    name = f"{place.file}|{place.offset}|{kind}|{date}|{digest}|{locator}"
    return {"WARC-Type": kind, "WARC-Record-ID": f"<{uuid.uuid5(_IDS, name).urn}>", "WARC-Date": date}


def _stored_headers(headers: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Response headers as received; those that no longer fit the stored body keep their words under another name."""
    return [(f"X-Archive-Orig-{name}" if name.lower() in _REWRITTEN else name, value) for name, value in headers]


def _target(locator: str) -> str:
    """A locator as WARC-Target-URI, which must be a URI: http(s) as it is, the rest behind `urn:mitsua:`."""
    if not locator:
        return ""
    if locator.startswith(("http://", "https://")):
        return quote(locator, safe=_URI_SAFE)
    return "urn:mitsua:" + quote(locator, safe="/:")


def _date(when: datetime) -> str:
    if when.tzinfo is None:
        raise ValueError("a capture's time must know its zone")
    return when.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def sha256_hex(body: bytes) -> str:
    """sha256 of `body` in lower-case hexadecimal: the name of a capture."""
    return hashlib.sha256(body).hexdigest()
