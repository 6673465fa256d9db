"""Structured data of Wikimedia Commons (MediaInfo entities): whether it agrees that a file is under CC0."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mitsua_data.model import Evidence, Json, Reason
from mitsua_data.sources.base import Body, Record, RuleRefusal

LICENCE: Final = "P275"
STATUS: Final = "P6216"
CC0: Final = "Q6938433"
COPYRIGHTED: Final = "Q50423863"
NO_KNOWN_RESTRICTIONS: Final = "Q99263261"
ABSENT: Final = "no-such-entity"
"""The error that names the one entity that is not there."""
FREE: Final = frozenset({"Q88088423", "Q19652"})
"""States that CC0 may stand beside: dedicated to the public domain by the copyright holder; public domain. Neither
proves CC0: importers from Flickr write both for its Public Domain Mark, with no licence CC0 beside them."""


def role(name: str) -> str:
    """The role in which a body with a file's structured data stands beside it, and the entity's id."""
    return f"M{name}"


def entities(body: Body) -> Iterator[tuple[str, str]]:
    """
    Base and name (a page id) of each entity in an answer of `wbgetentities`, or in a slice of the dump.

    One that stands under another's key has two names, and is told of under both: neither can be believed.
    """
    told = Record(body.locator, body)
    held = told.seen("/entities")
    keys = {f"/entities/{key}": key for key in held if _number(key)} if isinstance(held, dict) else {}
    place = 0
    while not isinstance(held, dict) and told.seen(f"/{place}/type") == "mediainfo":
        keys[f"/{place}"] = ""
        place += 1
    for base, key in keys.items():
        record = Record(base, body, base)
        names = dict.fromkeys(filter(None, (_number(record.text("/id")), _number(key))))
        for name in names or (record.text("/title") or f"{body.locator}{base}",):
            yield base, name


def _number(name: str) -> str:
    """The page id in an entity's id, in whatever spelling; empty where there is none."""
    number = name.strip()[1:]
    return str(int(number)) if name.strip()[:1] in "Mm" and number.isdecimal() and len(number) < 19 else ""


def agrees(record: Record) -> tuple[Evidence, ...]:
    """
    What structured data says of a file, if it does not contradict CC0, in every body in which it stands beside the
    record; where it stands in none, that the record has none of its own either.

    Raises RuleRefusal: `conflict` where it names other licences, or a state that excludes CC0; `unknown_value` for a
    state that we do not know; `unreadable` where it stands there and does not tell of the file.
    """
    here = role(record.id)
    if here not in record.context:
        return (record.quote("/statements", missing_ok=True),)
    found: list[Evidence] = []
    for each in (here, *(other for other in record.context if other.startswith(f"{here} "))):
        bases = dict.fromkeys(base for base, name in entities(record.context[each]) if name == record.id)
        for base in bases or (f"/entities/{here}",):
            found += _agrees(record, each, base)
    return tuple(found)


def _agrees(record: Record, here: str, base: str) -> tuple[Evidence, ...]:
    """What one entity says, in the body with the role `here`. Raises as `agrees` does."""
    own = role(record.id)
    if record.value("/error/code", of=here) == ABSENT:  # the answer to a question for one entity
        return tuple(record.quote(f"/error/{name}", of=here, among=(known,)) for name, known in _absent(own))
    if base.startswith("/entities/") and base != f"/entities/{own}":
        raise RuleRefusal(Reason.UNREADABLE, record.quote(f"{base}/id", of=here, missing_ok=True))
    named = record.quote(f"{base}/id", of=here, among=(own,))
    missing = record.quote(f"{base}/missing", of=here, missing_ok=True)
    if missing.value is not None:
        return (named, missing)
    statements = record.value(f"{base}/statements", of=here)
    if not isinstance(statements, dict) and statements != []:
        raise RuleRefusal(Reason.UNREADABLE, record.quote(f"{base}/statements", of=here, missing_ok=True))
    licences, licence = _items(record, f"{base}/statements/{LICENCE}", here)
    states, state = _items(record, f"{base}/statements/{STATUS}", here)
    if (licences and CC0 not in licences) or states & {COPYRIGHTED, NO_KNOWN_RESTRICTIONS}:
        raise RuleRefusal(Reason.CONFLICT, licence, state)
    if states - FREE:
        raise RuleRefusal(Reason.UNKNOWN_VALUE, state)
    return named, record.quote(f"{base}/lastrevid", of=here, missing_ok=True), licence, state


def _absent(name: str) -> tuple[tuple[str, str], ...]:
    return (("code", ABSENT), ("id", name))


def _items(record: Record, pointer: str, of: str) -> tuple[frozenset[str], Evidence]:
    """The items that a property's statements name, without deprecated ones, and the quotation of all of them."""
    evidence = record.quote(pointer, of=of, missing_ok=True)
    statements = record.value(pointer, of=of)
    if statements is None and evidence.value is None:
        return frozenset(), evidence
    if not isinstance(statements, list):
        raise RuleRefusal(Reason.UNREADABLE, evidence)
    found = set()
    for statement in statements:
        if _at(statement, "rank") == "deprecated":
            continue
        item = _at(statement, "mainsnak", "datavalue", "value", "id")
        if _at(statement, "mainsnak", "snaktype") != "value" or not isinstance(item, str):
            raise RuleRefusal(Reason.UNKNOWN_VALUE, evidence)
        found.add(item)
    return frozenset(found), evidence


def _at(value: Json, *keys: str) -> Json:
    """What stands inside nested objects; None where something is no object, or has no such key."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value
