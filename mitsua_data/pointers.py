r"""
Pointers: how a quotation finds its place in captured bytes, so that a stranger with the bytes finds it again.

| bytes      | pointer                   | value                                                                    |
|------------|---------------------------|--------------------------------------------------------------------------|
| any        | `""`                      | `sha256:<hex>` of the whole body                                         |
| any        | `git-blob`                | the body's git blob id (SHA-1 of `blob <size>\0` and the body)            |
| JSON       | RFC 6901: `/a/0/b`        | the JSON value that stands there                                         |
| JSON       | `dsse:<key>/a/0/b`        | what stands there in a DSSE payload that this key (Ed25519, hex) signed  |
| TOML       | RFC 6901, as in JSON      | the value that stands there; dates and times as text                     |
| CSV        | `<row>/<column>`          | the cell; rows of data count from 1, columns are named by the first line |
| XML, SVG   | XPath 1.0 selecting nodes | one node: its text; several: the list of their texts, in document order  |
| HTML       | XPath 1.0, from `/`       | as in XML, in the tree that libxml2 makes of the page                    |
| HTML       | `text:<words>`            | the words, where one block of the page says exactly this (`webpages`)    |
| text, HTML | `tag:<Name>`              | what follows `<Name>:` on its line; several such lines: a list           |
| text, HTML | `line:<words>`            | the words, where one line says exactly this (runs of spaces are one)     |

XPath knows the prefixes of `xml_trees.PREFIXES`, and no others. A value whose canonical JSON is longer than `MAX_QUOTE`
is quoted as `sha256:<hex>` of that text. Entities are expanded inside the amplification limit of libxml2; nothing
outside the body is ever read. Laws: `derive` is a function of its arguments alone, and it reads every body or raises
`UnreadableBody`.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from mitsua_data.canonical import canonical
from mitsua_data.finders import FINDERS, MAX_BODY, WHOLE, Absent, Finder, UnreadableBody, escape_key
from mitsua_data.model import MAX_QUOTE, Json, MediaType
from mitsua_data.xml_trees import PREFIXES

__all__ = [
    "GIT_BLOB", "MAX_BODY", "MAX_POINTER", "PREFIXES", "WHOLE", "Absent", "Document", "UnreadableBody", "derive",
    "escape_key", "git_blob",
]  # fmt: skip

MAX_POINTER: Final = 1024
"""Longest pointer, in characters."""
GIT_BLOB: Final = "git-blob"
"""The pointer to a body's git blob id."""


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
    def _find(self) -> Finder:
        if len(self.body) > MAX_BODY:
            raise UnreadableBody(f"the body has {len(self.body)} bytes, at most {MAX_BODY} are parsed")
        return FINDERS[self.media_type](self.body)
