"""
What records of tokens say: which form they have, where their picture is named, and what stands beside them.

Forms: an export (a token as its contract gave it at a block: chain_id, contract, block, token_id, token_uri and the
metadata found there), the metadata alone (the JSON behind `tokenURI`), and copies, rows of other people's lists.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from enum import Enum, auto
from itertools import islice
from typing import Final
from unicodedata import normalize

from mitsua_data.content_address import address, parse
from mitsua_data.licences import Licence, from_spdx, from_uri
from mitsua_data.model import Evidence, Json, Reason
from mitsua_data.sources.record import Record, RuleRefusal
from mitsua_data.sources.reserved import fields_named, restricts, strings

FIRST: Final = "first token"
LAST: Final = "last token"
"""Roles: two tokens of a page, beside which its other tokens are judged."""
TWIN: Final = "a token with the same picture"
"""Role: another token of the page, where one names the picture of the record."""
RIGHTS: Final = re.compile(r"licen[cs]e|rights|copyright|\bterms|terms_", re.IGNORECASE)
"""In the names of fields, and of traits, that speak of rights. The four collections have none of these."""
LISTS: Final = ("", "/nfts", "/cats")
"""Where lists of tokens stand in a body."""
NUMBER: Final = re.compile(r"[0-9]{1,78}", re.ASCII)
"""A token's number: what 256 bits hold, in decimal."""


class Form(Enum):
    """What sort of record it is."""

    EXPORT = auto()
    METADATA = auto()
    COPY = auto()

    @property
    def metadata(self) -> str:
        """Where the metadata stands in a record of this form."""
        return "/metadata" if self is Form.EXPORT else ""


def form_of(record: Record) -> Form | None:
    """What sort of record this is; None where it is none."""
    value = record.seen("")
    if not isinstance(value, dict):
        return None
    if "metadata" in value:
        return Form.EXPORT
    if record.base:
        return Form.COPY
    return Form.METADATA if "image" in value and {"name", "attributes"} & value.keys() else None


def records_in(whole: Record) -> Iterator[Record]:
    """The body itself where it is a token, else the rows of its list; without ids."""
    found = next((base for base in LISTS if whole.length(base) is not None), None)
    if found is not None:
        yield from (replace(whole, base=f"{found}/{place}") for place in range(whole.length(found) or 0))
    elif form_of(whole) is not None:
        yield whole


def picture_of(record: Record) -> str:
    """The pointer to what names the picture."""
    if form_of(record) is Form.EXPORT:
        return "/metadata/image"
    return "/art" if record.value("/image") is None and record.value("/art") is not None else "/image"


def stated_number(record: Record) -> str:
    """The token's number as the record itself states it; empty where it does not."""
    found = (record.seen(f"/{key}") for key in ("token_id", "id", "i"))
    texts = (str(each) for each in found if isinstance(each, int | str) and not isinstance(each, bool))
    return next(filter(NUMBER.fullmatch, texts), "")


def tags_of(attributes: Json, wanted: Collection[str]) -> tuple[str, ...]:
    """`red background`, `black headphones`: the value, and what it is of where it does not say so itself."""
    traits = ((kind, said) for kind, said in _traits(attributes) if kind in wanted)
    return tuple(dict.fromkeys(said if kind in said else f"{said} {kind}" for kind, said in traits))


def bears(record: Record, kinds: Collection[str]) -> tuple[Evidence | None, bool]:
    """
    Its traits, and whether one is of these kinds, however spaces and capitals stand. None, where no `kinds` are named.

    Raises RuleRefusal where they cannot be read and `kinds` are named.
    """
    if not kinds:
        return None, False
    form = form_of(record) or Form.METADATA
    attributes = record.quote(f"{form.metadata}/attributes")
    value = record.value(f"{form.metadata}/attributes")
    found = [each.get("trait_type") for each in value if isinstance(each, dict)] if isinstance(value, list) else []
    if not isinstance(value, list) or len(found) != len(value) or not all(isinstance(kind, str) for kind in found):
        raise RuleRefusal(Reason.UNREADABLE, attributes)
    return attributes, bool(set(map(_kind, kinds)).intersection(_kind(str(each)) for each in found))


def _kind(trait: str) -> str:
    return " ".join(normalize("NFKC", trait).casefold().split())


def rights_of_its_own(record: Record, licence: Licence) -> Iterator[Evidence]:
    """What a token says of rights, in its fields or among its traits, unless it names `licence`."""
    for pointer in fields_named(record.value(""), RIGHTS):
        said = record.quote(pointer)
        text = said.value if isinstance(said.value, str) else ""
        if said.value not in (None, "") and licence not in {from_uri(text), from_spdx(text)}:
            yield said
    form = form_of(record) or Form.METADATA
    traits = record.value(f"{form.metadata}/attributes")
    kinds = [each.get("trait_type") for each in traits if isinstance(each, dict)] if isinstance(traits, list) else []
    speaks = any(isinstance(kind, str) and RIGHTS.search(kind) for kind in kinds)
    if speaks or any(map(restricts, strings(traits))):
        yield record.quote(f"{form.metadata}/attributes")


def twins(records: Sequence[Record]) -> dict[int, Record]:
    """By the place of each record that names the picture of another token: the record of that other one."""
    found: dict[object, dict[str, list[int]]] = {}
    for place, record in enumerate(records):
        value = record.seen(picture_of(record))
        if isinstance(value, str) and value:
            token = stated_number(record) or f"{record.body.locator}{record.base}"
            found.setdefault(_content(value) or value, {}).setdefault(token, []).append(place)
    shared = [list(tokens.values()) for tokens in found.values() if len(tokens) > 1]
    return {
        place: records[each[number == 0][0]] for each in shared for number, same in enumerate(each) for place in same
    }


def pictures_beside(record: Record) -> Iterator[Evidence]:
    """
    The pictures of other tokens: of the same list, or of the same page, and of one with the same picture.

    Raises RuleRefusal where there are none.
    """
    others = list(_rows_beside(record)) if record.base else []
    if not others:
        bodies = [record.context[role] for role in (FIRST, LAST) if role in record.context]
        pages = (Record("", body) for body in bodies if body.sha256 != record.body.sha256)
        others = [replace(page, base="/0") if page.length() is not None else page for page in pages]
    pictures = [other.quote(picture_of(other), missing_ok=True) for other in others]
    if all(picture.value is None for picture in pictures):
        raise RuleRefusal(Reason.UNREADABLE, *pictures, record.whole())
    yield from pictures
    if TWIN in record.context:
        own, body = record.value(picture_of(record)), record.context[TWIN]
        twins_in = (
            each for each in records_in(Record("", body)) if (each.body, each.base) != (record.body, record.base)
        )
        found = (each.quote(picture_of(each), missing_ok=True) for each in twins_in)
        yield from islice((each for each in found if same_picture(each.value, own)), 1)


def same_picture(one: Json, other: Json) -> bool:
    """Whether two values of `image` name one picture, however its address is written."""
    return one == other or _content(one) == _content(other) is not None


def _content(value: Json) -> tuple[bytes, str] | None:
    found = address(value) if isinstance(value, str) else None
    cid = None if found is None else parse(found.cid)
    return None if found is None or cid is None else (cid.digest, found.path)


def _rows_beside(record: Record) -> Iterator[Record]:
    """The ends of the list that the record stands in, without itself."""
    rows, _, place = record.base.rpartition("/")
    whole = Record("", record.body)
    for end in sorted({0, (whole.length(rows) or 1) - 1} - {int(place)}):
        yield replace(whole, base=f"{rows}/{end}")


def _traits(value: Json) -> Iterator[tuple[str, str]]:
    """Trait types and values, of `attributes`; what is built otherwise is passed over."""
    for each in value if isinstance(value, list) else ():
        kind, said = (each.get("trait_type"), each.get("value")) if isinstance(each, dict) else (None, None)
        if isinstance(kind, str) and isinstance(said, str) and said.strip():
            yield kind, said.strip()
