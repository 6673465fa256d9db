"""Captured bytes as a rule reads them: bodies, the pages they form, and the records in a page, from which is quoted."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from mitsua_data.model import Evidence, HttpExchange, Json, MediaType, Reason, Refusal
from mitsua_data.pointers import GIT_BLOB, WHOLE, Absent, Document, UnreadableBody

DUMP: Final = "?dump"
"""The role of a dump's index, and its name: which files the dump is made of, by their digests."""
REGISTRARS: Final = "?registrars"
"""The role, and the name, of the keys that are pinned for registrars where a source is read: `{"registrars": {<key id>:
<key, in hex>}}`. No file of a delivery bears this name, whatever it is called: its folder stands before it."""


@dataclass(frozen=True)
class Body:
    """Bytes that somebody else published, as received."""

    data: bytes
    media_type: MediaType
    locator: str
    """URL, or `<collection>:<path>`."""
    exchange: HttpExchange | None = None
    """How it was asked for and answered; None for files."""

    @property
    def sha256(self) -> str:
        """Digest of the bytes, in hex: the capture's name."""
        return self.document.sha256

    @property
    def name(self) -> str:
        """The path, of a body with the locator `<collection>:<path>`; a slice's name ends in `?` and what it holds."""
        return self.locator.partition(":")[2]

    @cached_property
    def document(self) -> Document:
        """The bytes, ready to be pointed into."""
        return Document(self.data, self.media_type)

    def rows(self, column: str) -> Mapping[str, tuple[str, ...]]:
        """The rows of a CSV body, as pointers name them, by what stands in `column`; broken rows are left out."""
        if column not in self._columns:
            found: dict[str, list[str]] = {}
            for row in map(str, range(1, (Record("", self).length() or 0) + 1)):
                value = Record("", self, f"{row}/").seen(column)
                if isinstance(value, str):
                    found.setdefault(value, []).append(row)
            self._columns[column] = {value: tuple(rows) for value, rows in found.items()}
        return self._columns[column]

    @cached_property
    def _columns(self) -> dict[str, dict[str, tuple[str, ...]]]:
        return {}


@dataclass(frozen=True)
class Page:
    """The part of a crawl that is captured, judged and committed together."""

    bodies: tuple[Body, ...]
    """What its records are computed from."""
    cursor: str = ""
    """`pages(reader, after=cursor)` goes on behind this page."""
    context: Mapping[str, Body] = field(default_factory=dict)
    """Bodies shared by many pages, by role; each is captured once."""
    total: int | None = None
    """About how many records there are on all pages together, where the source tells."""
    listed: int | None = None
    """How many records the source lists on this page, counted apart from `records`; None: it has no list of its own."""

    def captures(self) -> Iterator[Body]:
        """Every body that must be stored before a verdict of this page is."""
        yield from self.context.values()
        yield from self.bodies


@dataclass(frozen=True)
class Record:
    """One item's metadata inside a page, and the context its verdict may quote."""

    id: str
    """The source's own identifier."""
    body: Body
    base: str = ""
    """What is put before each pointer: where the record stands in its body (`/items/3` in JSON, `17` in CSV)."""
    context: Mapping[str, Body] = field(default_factory=dict)

    def quote(
        self, pointer: str, *, of: str = "", among: Collection[Json] | None = None, missing_ok: bool = False
    ) -> Evidence:
        """
        What stands at `pointer`: in the record, or in the context body with the role `of`.

        Raises RuleRefusal: `unreadable` where the body cannot be parsed, or nothing stands there and `missing_ok` is
        false (else None is quoted); `unknown_value` where `among` is given and the value is not exactly one of it.
        """
        body, place = self._find(pointer, of)
        try:
            evidence = Evidence(body.sha256, place, body.document.at(place))
        except Absent:
            evidence = Evidence(body.sha256, place, None)
            if not missing_ok:
                raise RuleRefusal(Reason.UNREADABLE, evidence) from None
            return evidence
        except UnreadableBody as error:
            raise RuleRefusal(Reason.UNREADABLE, Evidence(body.sha256, WHOLE, body.document.at(WHOLE))) from error
        if among is not None and not any(_same(evidence.value, known) for known in among):
            raise RuleRefusal(Reason.UNKNOWN_VALUE, evidence)
        return evidence

    def whole(self, of: str = "") -> Evidence:
        """The body itself, quoted by its digest."""
        body = self.context[of] if of else self.body
        return Evidence(body.sha256, WHOLE, body.document.at(WHOLE))

    def blob(self, of: str) -> Evidence:
        """The git blob id of the context body with the role `of`: which exact text it is."""
        return self.quote(GIT_BLOB, of=of)

    def text(self, pointer: str, *, of: str = "") -> str:
        """A text for titles and captions, however long; empty where there is none. For rights, use `quote`."""
        value = self.seen(pointer, of=of)
        return value if isinstance(value, str) else ""

    def texts(self, pointer: str, *, of: str = "") -> tuple[str, ...]:
        """The texts of a list (or of one value), for tags; what is no text is left out. For rights, use `value`."""
        value = self.seen(pointer, of=of)
        return tuple(each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str))

    def value(self, pointer: str, *, of: str = "") -> Json:
        """
        What stands there, however long, for what a rule decides on; None where nothing does.

        Raises RuleRefusal(unreadable) where something does that cannot be quoted: what it says may be a restriction.
        Only `images` and `licence` may ask so; elsewhere it would cost the whole page.
        """
        body, place = self._find(pointer, of)
        try:
            return body.document.full(place)
        except Absent:
            return None
        except UnreadableBody as error:
            raise RuleRefusal(Reason.UNREADABLE, Evidence(body.sha256, WHOLE, body.document.at(WHOLE))) from error

    def seen(self, pointer: str, *, of: str = "") -> Json:
        """The same for captions, ids and lists; None, too, where it cannot be read. Never for rights."""
        body, place = self._find(pointer, of)
        try:
            return body.document.full(place)
        except (Absent, UnreadableBody):
            return None

    def has(self, pointer: str, *, of: str = "") -> bool:
        """Whether anything stands there: null, too, and what cannot be quoted. False where the body is not parsed."""
        body, place = self._find(pointer, of)
        try:
            body.document.length(place)
        except (Absent, UnreadableBody):
            return False
        return True

    def length(self, pointer: str = WHOLE) -> int | None:
        """How many elements the JSON list at `pointer` has, or rows the CSV body; None where there is no such thing."""
        try:
            return self.body.document.length(self.base + pointer)
        except (Absent, UnreadableBody):
            return None

    def rows(self, column: str, value: str, *, of: str) -> tuple[str, ...]:
        """For joins: the rows with `value` in `column` of the table with the role `of`, as pointers name them."""
        return self.context[of].rows(column).get(value, ()) if of in self.context else ()

    def _find(self, pointer: str, of: str) -> tuple[Body, str]:
        if not of:
            return self.body, self.base + pointer
        if of not in self.context:
            raise RuleRefusal(Reason.UNREADABLE, self.whole())
        return self.context[of], pointer


def _same(value: Json, known: Json) -> bool:
    """Equal, and of one type: 1 is not True, and "true" is neither."""
    return type(value) is type(known) and value == known


class RuleRefusal(Exception):  # a verdict on its way to `judge`, not an error
    """A rule met something that ends in a refusal. Only `judge` catches it."""

    def __init__(self, reason: Reason, *evidence: Evidence) -> None:
        super().__init__(str(reason))
        self.refusal = Refusal(reason, evidence)
