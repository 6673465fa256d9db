r"""
Pointers: how a quotation finds its place in captured bytes, so that a stranger with the bytes finds it again.

| bytes      | pointer                   | value                                                                    |
|------------|---------------------------|--------------------------------------------------------------------------|
| any        | `""`                      | `sha256:<hex>` of the whole body                                         |
| any        | `git-blob`                | the body's git blob id (SHA-1 of `blob <size>\0` and the body)            |
| JSON       | RFC 6901: `/a/0/b`        | the JSON value that stands there                                         |
| JSON       | `dsse:<key>/a/0/b`        | what stands there in a DSSE payload that this key (Ed25519, hex) signed  |
| CSV        | `<row>/<column>`          | the cell; rows of data count from 1, columns are named by the first line |
| XML, SVG   | XPath 1.0 selecting nodes | one node: its text; several: the list of their texts, in document order  |
| HTML       | XPath 1.0, from `/`       | as in XML, in the tree that libxml2 makes of the page                    |
| HTML       | `text:<words>`            | the words, where one block of the page says exactly this (`webpages`)    |
| text, HTML | `tag:<Name>`              | what follows `<Name>:` on its line; several such lines: a list           |
| text, HTML | `line:<words>`            | the words, where one line says exactly this (runs of spaces are one)     |

XPath knows the prefixes of `PREFIXES`, and no others. A value whose canonical JSON is longer than `MAX_QUOTE` is quoted
as `sha256:<hex>` of that text. Entities are expanded inside libxml2's amplification limit; nothing outside the body is
ever read. Laws: `derive` is a function of its arguments alone, and reads every body or raises `UnreadableBody`.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final, TypeAlias

from lxml import etree

from mitsua_data.canonical import canonical, parse_json
from mitsua_data.errors import SourceError
from mitsua_data.model import MAX_QUOTE, Json, MediaType
from mitsua_data.signed import said
from mitsua_data.webpages import blocks, parse

MAX_BODY: Final = 32 * 1024 * 1024
"""Largest body that is parsed, in bytes. A larger one can be quoted as a whole only."""
MAX_POINTER: Final = 1024
"""Longest pointer, in characters."""
WHOLE: Final = ""
"""The pointer to a whole body."""
GIT_BLOB: Final = "git-blob"
"""The pointer to a body's git blob id."""
PREFIXES: Final[dict[str, str]] = {
    "svg": "http://www.w3.org/2000/svg",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "cc": "http://web.resource.org/cc/",
    "cc4": "http://creativecommons.org/ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xlink": "http://www.w3.org/1999/xlink",
}
"""Namespaces that XPath pointers may name; `cc` and `cc4` are Creative Commons' vocabularies of 2002 and of 2008."""


class UnreadableBody(SourceError):
    """The bytes are not what their media type says, or are too large, or the pointer does not fit them."""

    default_advice = "look at the captured bytes: the source may have changed its format"


class Absent(LookupError):
    """Nothing stands where the pointer points."""


def derive(body: bytes, media_type: MediaType, pointer: str) -> Json:
    """The value a pointer finds in a body; None where it finds nothing. Raises UnreadableBody."""
    try:
        return Document(body, media_type).at(pointer)
    except Absent:
        return None


def git_blob(body: bytes) -> str:
    r"""The id git gives these bytes: SHA-1, in hex, of `blob <size>\0` and the bytes."""
    return hashlib.sha1(b"blob %d\x00" % len(body) + body, usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class Document:
    """A body, parsed once when it is first pointed into."""

    body: bytes
    media_type: MediaType

    @cached_property
    def sha256(self) -> str:
        """Digest of the body, in hex."""
        return hashlib.sha256(self.body).hexdigest()

    def at(self, pointer: str) -> Json:
        """What stands at the pointer, as it is quoted. Raises Absent and UnreadableBody."""
        if pointer == WHOLE:
            return f"sha256:{self.sha256}"
        if pointer == GIT_BLOB:
            return git_blob(self.body)
        value = self.full(pointer)
        text = canonical(value)
        return value if len(text) <= MAX_QUOTE else f"sha256:{hashlib.sha256(text).hexdigest()}"

    def full(self, pointer: str) -> Json:
        """What stands at the pointer, however long. Raises Absent and UnreadableBody."""
        if len(pointer) > MAX_POINTER:
            raise UnreadableBody(f"a pointer has {len(pointer)} characters, at most {MAX_POINTER} are read")
        value = self._find(pointer)
        try:
            text = canonical(value)
        except ValueError as error:
            raise UnreadableBody(f"a value cannot be quoted exactly: {error}") from error
        if re.search(rb"(?<!\\)(?:\\\\)*\\u0000", text):  # databases cut texts, or refuse them, at this character
            raise UnreadableBody("a value cannot be quoted exactly: it holds U+0000")
        return value

    def length(self, pointer: str = WHOLE) -> int | None:
        """
        How many elements the JSON list at the pointer has, `""` being the whole body, or how many rows a CSV body has.

        None where something else stands there. What the elements hold plays no part. Raises Absent and UnreadableBody.
        """
        value = self._find(pointer)
        return len(value) if isinstance(value, list) else None

    @cached_property
    def _find(self) -> _Finder:
        if len(self.body) > MAX_BODY:
            raise UnreadableBody(f"the body has {len(self.body)} bytes, at most {MAX_BODY} are parsed")
        return _FINDERS[self.media_type](self.body)


_Finder: TypeAlias = "Callable[[str], Json]"


# --- JSON ----------------------------------------------------------------------------------------------------------


def escape_key(key: str) -> str:
    """A key as one step of a JSON pointer (RFC 6901, section 4)."""
    return key.replace("~", "~0").replace("/", "~1")


def _json(body: bytes) -> _Finder:
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


# --- CSV -----------------------------------------------------------------------------------------------------------


def _csv(body: bytes) -> _Finder:
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

_HARMLESS: Final = frozenset({etree.ErrorTypes.WAR_NS_URI, etree.ErrorTypes.ERR_VERSION_MISSING})
"""Two errors that change no element and no attribute: a namespace name that is no URI, and `<?xml version="1"?>`. Three
SVG files of Open Clipart 0.18 have them, and every other reader reads these files."""


_STRING: Final = etree.XPath("string()", smart_strings=False)


def _parser(*, recover: bool) -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities="internal",  # type: ignore[arg-type]  # a word that the stubs do not know yet
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        recover=recover,
    )


def _parse_xml(body: bytes) -> etree._Element:
    try:
        return etree.fromstring(body, _parser(recover=False))
    except etree.XMLSyntaxError as error:
        root = _despite_harmless(body)
        if root is None:
            raise UnreadableBody(f"not XML: {error}") from error
        return root


def _despite_harmless(body: bytes) -> etree._Element | None:
    """The root, where harmless errors are all that is wrong; else None."""
    parser = _parser(recover=True)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError:
        return None
    errors = [each.type for each in parser.error_log]
    return root if errors and _HARMLESS.issuperset(errors) else None


@lru_cache(maxsize=256)
def _compiled(pointer: str) -> etree.XPath:
    try:
        return etree.XPath(pointer, namespaces=PREFIXES, regexp=False, smart_strings=False)
    except (etree.XPathError, ValueError) as error:  # ValueError: characters that XML does not have
        raise UnreadableBody(f"{pointer!r} is not an XPath: {error}") from error


def _xml(body: bytes) -> _Finder:
    return _selector(_parse_xml(body))


def _selector(root: etree._Element) -> _Finder:
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


def _html(body: bytes) -> _Finder:
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


def _lines(body: bytes) -> _Finder:
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


def _opaque(body: bytes) -> _Finder:
    def find(pointer: str) -> Json:
        raise UnreadableBody(f"{len(body)} bytes of no known form can be quoted as a whole only, not at {pointer!r}")

    return find


_FINDERS: Final[dict[MediaType, Callable[[bytes], _Finder]]] = {
    MediaType.JSON: _json,
    MediaType.CSV: _csv,
    MediaType.XML: _xml,
    MediaType.SVG: _xml,
    MediaType.HTML: _html,
    MediaType.TEXT: _lines,
    MediaType.BINARY: _opaque,
}
