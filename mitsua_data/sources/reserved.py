"""Words for people that claim a right, or a condition: they contradict a dedication, and a person must look."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from html import unescape
from typing import Final
from unicodedata import normalize

from mitsua_data.model import Json

_CLAIMS: Final = re.compile(
    r"©|\(c\)|copyright|rights (?:are )?reserved|rightsstatements\.org/(?:vocab|page)/(?:inc|noc-(?:nc|cr|oklr))\b"
)
_CONDITIONS: Final = re.compile(
    r"(?:rights|droits|rechte|derechos)(?: are)? (?:reserved|reserves|réservés|vorbehalten|reservados)"
    r"|\bby-(?:nc|nd)\b|\bcc[- ]by\b|\bnon-?commercial\b"
)
_FREE: Final = re.compile(
    r"\b(?:no|not in|out of|free of|free from)(?: known)? copyright(?: restrictions)?|copyright[- ]free"
    r"|waived all copyright and related or neighboring rights"
)
"""Where the word stands for its absence."""
_SIGNS: Final = re.compile(r"©|\(c\)|copyright (?:by |(?=[12][0-9]{3}))")
_NEAR: Final = 60
"""Characters within which a name stands beside its sign."""


def reserves(text: str) -> bool:
    """Whether words claim a right: a sign, the word itself unless it is denied, "all rights reserved", a condition."""
    plain = _plain(text)
    return restricts(text) or bool(_CLAIMS.search(_FREE.sub(" ", plain)))


def restricts(text: str) -> bool:
    """The same of "all rights reserved" and of conditions only: a name beside a sign says who gives something away."""
    return bool(_CONDITIONS.search(_plain(text)))


def reserves_for_others(text: str, names: Collection[str], notices: Collection[str] = ()) -> bool:
    """
    Whether a page's words, but for `notices`, restrict, or bear the sign of somebody else than `names`.

    A sign beside one of the names only says who gives something away.
    """
    plain = _plain(text)
    for notice in notices:
        plain = plain.replace(_plain(notice), " ")
    own = [_plain(name) for name in names if name]
    beside = (plain[match.start() : match.end() + _NEAR] for match in _SIGNS.finditer(plain))
    return restricts(plain) or any(not any(name in near for name in own) for near in beside)


def strings(value: Json) -> Iterator[str]:
    """Every text in a value, each by itself, at any depth; names of keys are none."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if isinstance(value, str):
        yield value
    for each in inner:
        yield from strings(each)


def fields_named(value: Json, names: re.Pattern[str], place: str = "") -> Iterator[str]:
    """Pointers to the fields of a value, at any depth, in whose names the pattern is found."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        step = str(key)
        here = f"{place}/{step.replace('~', '~0').replace('/', '~1')}"
        if names.search(step):
            yield here
        else:
            yield from fields_named(each, names, here)


def _plain(text: str) -> str:
    """As a reader takes it: entities, unlike spaces and letters in circles or full width as what they stand for."""
    signs = re.sub("[ⓒⒸ\U0001f12b]", "©", unescape(unescape(text)))
    return " ".join(re.sub("[\u200b-\u200f\u2060\ufeff\u00ad]", "", normalize("NFKC", signs)).casefold().split())
