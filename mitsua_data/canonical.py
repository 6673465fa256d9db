"""
JSON with one spelling: what is hashed and signed is RFC 8785 text, and what is read back must be unambiguous.

Two readers that disagree on a document (which of two equal keys counts, what NaN is) can be shown two truths by one
signature; so outside text is parsed strictly, and large before deep.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Final, NoReturn, cast

import rfc8785

from mitsua_data.model import Json

MAX_JSON_BYTES: Final = 32 * 1024 * 1024
"""Largest JSON text read by default, in bytes."""


def canonical(value: Json) -> bytes:
    """
    The RFC 8785 text of a JSON value: sorted keys, no spaces, UTF-8, shortest numbers.

    Raises ValueError for what JSON cannot carry exactly: NaN, infinities, integers beyond 2^53 - 1, lone surrogates.
    """
    try:
        return rfc8785.dumps(value)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def digest(value: Json) -> str:
    """SHA-256, in hex, of the canonical text."""
    return sha256(canonical(value)).hexdigest()


def parse_json(text: bytes, *, limit: int = MAX_JSON_BYTES) -> Json:
    """
    Parse untrusted JSON. Raises ValueError for anything two parsers could read differently.

    Refused: more than `limit` bytes, invalid UTF-8, a byte order mark, repeated keys, NaN and infinities, and nesting
    deeper than the interpreter allows.
    """
    if len(text) > limit:
        raise ValueError(f"got {len(text)} bytes of JSON, expected at most {limit}")
    try:
        return cast("Json", json.loads(text.decode(), object_pairs_hook=_unique, parse_constant=_no_constant))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def parse_canonical(text: bytes, *, limit: int = MAX_JSON_BYTES) -> Json:
    """Parse JSON that must be in canonical form already. Law: `canonical(parse_canonical(text)) == text`."""
    value = parse_json(text, limit=limit)
    if canonical(value) != text:
        raise ValueError("not in canonical form (RFC 8785)")
    return value


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """A dict of the pairs; a key that comes twice is refused."""
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key comes twice")
    return made


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
