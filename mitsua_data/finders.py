"""
Finders: how each form of bytes is parsed once, and then pointed into; `pointers` has the table of what points where.

Law: a finder reads every body or raises `UnreadableBody`, and depends on nothing but the bytes.
"""

from __future__ import annotations

import csv
import io
import re
import tomllib
from collections.abc import Callable
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any, Final, TypeAlias

from lxml import etree

from mitsua_data import xml_trees
from mitsua_data.canonical import parse_json
from mitsua_data.errors import SourceError
from mitsua_data.model import Json, MediaType
from mitsua_data.signed import said
from mitsua_data.webpages import blocks, parse
from mitsua_data.xml_trees import PREFIXES

MAX_BODY: Final = 32 * 1024 * 1024
"""Largest body that is parsed, in bytes. A larger one can be quoted as a whole only."""
WHOLE: Final = ""
"""The pointer to a whole body."""


class UnreadableBody(SourceError):
    """The bytes are not what their media type says, or are too large, or the pointer does not fit them."""

    default_advice = "look at the captured bytes: the source may have changed its format"


class Absent(LookupError):
    """Nothing stands where the pointer points."""


Finder: TypeAlias = "Callable[[str], Json]"


# --- JSON ----------------------------------------------------------------------------------------------------------


def escape_key(key: str) -> str:
    """A key as one step of a JSON pointer (RFC 6901, section 4)."""
    return key.replace("~", "~0").replace("/", "~1")


def _json(body: bytes) -> Finder:
    try:
        root = parse_json(body, limit=MAX_BODY)
    except ValueError as error:
        raise UnreadableBody(f"not JSON: {error}") from error

    @lru_cache(maxsize=4)
    def signed(key: str) -> Json:
        try:
            return said(root, key)
        except ValueError as error:
            raise UnreadableBody(f"nothing that key {key[:16]}… signed: {error}") from error

    def find(pointer: str) -> Json:
        match = _SIGNED.match(pointer)
        return _walk(root, pointer) if match is None else _walk(signed(match["key"]), pointer[match.end() :])

    return find


_SIGNED: Final = re.compile(r"dsse:(?P<key>[0-9a-f]{64})(?=/)")


def _walk(value: Json, pointer: str) -> Json:
    if pointer == WHOLE:
        return value
    if not pointer.startswith("/") or re.search(r"~(?![01])", pointer):
        raise UnreadableBody(f"{pointer!r} is not a JSON pointer")
    for step in pointer[1:].split("/"):
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and re.fullmatch(r"0|[1-9][0-9]{0,9}", key) and int(key) < len(value):
            value = value[int(key)]
        else:
            raise Absent(pointer)
    return value


# --- TOML ----------------------------------------------------------------------------------------------------------


def _toml(body: bytes) -> Finder:
    try:
        root = _plain(tomllib.loads(body.decode("utf-8")))
    except (ValueError, RecursionError) as error:
        raise UnreadableBody(f"not TOML in UTF-8: {error}") from error
    return lambda pointer: _walk(root, pointer)


def _plain(value: Any) -> Json:
    """TOML as JSON: dates and times become their own text."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, date | datetime | time) else value


# --- CSV -----------------------------------------------------------------------------------------------------------


def _csv(body: bytes) -> Finder:
    try:
        table = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnreadableBody(f"not CSV in UTF-8: {error}") from error
    header, rows = (table[0], table[1:]) if table else ([], [])
    columns = {name: place for place, name in enumerate(header)}
    if len(columns) != len(header):
        raise UnreadableBody("two columns of the CSV bear one name")

    def find(pointer: str) -> Json:
        if pointer == WHOLE:
            return [list[Json](row) for row in rows]
        row_text, slash, column = pointer.partition("/")
        if not slash or not re.fullmatch(r"[1-9][0-9]{0,9}", row_text):
            raise UnreadableBody(f"{pointer!r} is not <row>/<column>")
        row, place = int(row_text), columns.get(column)
        if row > len(rows) or place is None:
            raise Absent(pointer)
        cells = rows[row - 1]
        if len(cells) != len(header):  # a shifted row would put one column's words under another's name
            raise UnreadableBody(f"row {row} of the CSV has {len(cells)} cells, the first line has {len(header)}")
        return cells[place]

    return find


# --- XML -----------------------------------------------------------------------------------------------------------

_STRING: Final = etree.XPath("string()", smart_strings=False)


@lru_cache(maxsize=256)
def _compiled(pointer: str) -> etree.XPath:
    try:
        return etree.XPath(pointer, namespaces=PREFIXES, regexp=False, smart_strings=False)
    except (etree.XPathError, ValueError) as error:  # ValueError: characters that XML does not have
        raise UnreadableBody(f"{pointer!r} is not an XPath: {error}") from error


def _xml(body: bytes) -> Finder:
    try:
        return _selector(xml_trees.parse(body))
    except ValueError as error:
        raise UnreadableBody(f"not XML: {error}") from error


def _selector(root: etree._Element) -> Finder:
    def find(pointer: str) -> Json:
        try:
            found = _compiled(pointer)(root)
        except etree.XPathError as error:
            raise UnreadableBody(f"{pointer!r} cannot be read here: {error}") from error
        if not isinstance(found, list):
            raise UnreadableBody(f"{pointer!r} selects no nodes")
        texts: list[Json] = [_text(node) for node in found]
        if not texts:
            raise Absent(pointer)
        return texts[0] if len(texts) == 1 else texts

    return find


def _text(node: object) -> str:
    """An attribute as it stands; an element's text with runs of white space made one space."""
    if isinstance(node, etree._Element):
        return " ".join(str(_STRING(node)).split())
    return str(node)


def _html(body: bytes) -> Finder:
    by_line, tree = _lines(body), lru_cache(maxsize=1)(lambda: parse(body))
    spoken = lru_cache(maxsize=1)(lambda: blocks(tree()))

    def find(pointer: str) -> Json:
        if not pointer.startswith(("/", "text:")):
            return by_line(pointer)
        try:
            words = " ".join(pointer.removeprefix("text:").split())
            if pointer.startswith("/"):
                return _selector(tree())(pointer)
            if words in spoken():
                return words
        except ValueError as error:
            raise UnreadableBody(f"not HTML: {error}") from error
        raise Absent(pointer)

    return find


# --- text ----------------------------------------------------------------------------------------------------------


def _lines(body: bytes) -> Finder:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = body.decode("latin-1")  # never fails, so old licence texts stay quotable
    lines = [" ".join(line.split()) for line in text.splitlines()]

    def find(pointer: str) -> Json:
        kind, colon, wanted = pointer.partition(":")
        if colon and kind == "tag" and re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", wanted):
            shape = re.compile(rf"(?:[^\w]*\s)?{re.escape(wanted)}:\s*(.*?)\s*(?:\*/|-->)?")
            values: list[Json] = [match[1] for line in lines if (match := shape.fullmatch(line))]
            if not values:
                raise Absent(pointer)
            return values[0] if len(values) == 1 else values
        if colon and kind == "line" and wanted:
            if " ".join(wanted.split()) not in lines:
                raise Absent(pointer)
            return " ".join(wanted.split())
        raise UnreadableBody(f"{pointer!r} is not a pointer into text")

    return find


def _opaque(body: bytes) -> Finder:
    def find(pointer: str) -> Json:
        raise UnreadableBody(f"{len(body)} bytes of no known form can be quoted as a whole only, not at {pointer!r}")

    return find


FINDERS: Final[dict[MediaType, Callable[[bytes], Finder]]] = {
    MediaType.JSON: _json,
    MediaType.CSV: _csv,
    MediaType.TOML: _toml,
    MediaType.XML: _xml,
    MediaType.SVG: _xml,
    MediaType.HTML: _html,
    MediaType.TEXT: _lines,
    MediaType.BINARY: _opaque,
}
