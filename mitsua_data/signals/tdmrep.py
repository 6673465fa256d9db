"""
TDMRep, the W3C Community Group's TDM Reservation Protocol (final report of 10 May 2024): `/.well-known/tdmrep.json`,
headers, meta elements.

`1` reserves, `0` does not; anything else is not understood. Of several rules of the file that cover a path, the
protocol lets the first one count; here the most restrictive does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from mitsua_data.canonical import parse_json
from mitsua_data.model import Json
from mitsua_data.pointers import escape_key
from mitsua_data.signals.vocabulary import Protocol, Said, Word, raw

RESERVATION: Final = "tdm-reservation"
POLICY: Final = "tdm-policy"
_WORDS: Final = {"1": Word.BLOCK, "0": Word.ALLOW}


def read_tdmrep(body: bytes) -> Iterator[Said]:
    """What a tdmrep.json says. A page in its place (`<`) says nothing: many servers answer every address with one."""
    if is_page(body):
        return
    try:
        rules = parse_json(body.removeprefix(b"\xef\xbb\xbf"))
    except ValueError:
        yield Said(Protocol.TDMREP_FILE, Word.UNKNOWN, "not JSON")
        return
    if isinstance(rules, list):
        for number, rule in enumerate(rules):
            yield from _rule(rule, f"/{number}")
    else:
        yield from _rule(rules, "")


def reservation(values: Sequence[str], policies: Sequence[str]) -> Word:
    """What the values of a header or meta element say together; a policy without a reservation is not understood."""
    words = [_WORDS.get(part.strip().strip("\"'"), Word.UNKNOWN) for value in values for part in value.split(",")]
    if not words:
        return Word.UNKNOWN if policies else Word.NONE
    return max(words, key=lambda word: word.severity)


def is_page(body: bytes) -> bool:
    """Whether some bytes are a page for people, where a file for machines was asked for."""
    return body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<"


def _rule(rule: Json, pointer: str) -> Iterator[Said]:
    if not isinstance(rule, dict):
        yield Said(Protocol.TDMREP_FILE, Word.UNKNOWN, raw(rule))
        return
    names = {name.strip().lower(): name for name in rule}
    place = rule.get(names.get("location", ""), "/")
    reach = place if isinstance(place, str) else ""
    name = names.get(RESERVATION)
    if name is None:
        yield Said(Protocol.TDMREP_FILE, Word.UNKNOWN, raw(rule), reach, pointer)
        return
    value = rule[name]
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    word = _WORDS.get(text.strip(), Word.UNKNOWN)
    yield Said(Protocol.TDMREP_FILE, word, raw(value), reach, f"{pointer}/{escape_key(name)}")
