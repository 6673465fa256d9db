"""Rights in the Getty Museum's Linked Art records: what an image's record grants, and what its object forbids."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from html import unescape
from typing import Final

from mitsua_data.licences import Licence, from_uri, normalise_uri
from mitsua_data.model import Evidence, Json, Reason
from mitsua_data.sources.base import Record, RuleRefusal

DOWNLOAD: Final = "data.getty.edu/local/thesaurus/clearance/download"
ASSERTED: Final = "No Copyright - United States"
"""All that an object's assertion may say, in words, beside an image that is claimed."""
VOCABULARIES: Final = ("vocab.getty.edu/", "data.getty.edu/")
"""Whose terms stand between the rights, and mean none."""
NO_VETO: Final = frozenset({Licence.CC0_1_0, Licence.NOC_US})
"""What an object may say of itself beside an image under CC0."""
_STATES_A_RIGHT: Final = re.compile(r"rightsstatements\.org|creativecommons\.org", re.IGNORECASE)
_IN_COPYRIGHT: Final = re.compile(r"rightsstatements\.org/(?:vocab|page)/InC", re.IGNORECASE)
_RESERVED: Final = re.compile(r"[©Ⓒⓒ]|\(c\)|all rights (?:are )?reserved|\bin copyright\b", re.IGNORECASE)
_SIGN: Final = re.compile(r"[©Ⓒⓒ]|all rights (?:are )?reserved", re.IGNORECASE)
_COPYRIGHT_STATEMENT: Final = re.compile(r"(?<!\d)300435434(?!\d)")
"""The Art & Architecture Thesaurus's class of copyright statements, in whatever spelling of its address."""
_ON_RIGHTS: Final = re.compile(r"right|credit|licen[cs]|courtesy|restrict|acknowledg", re.IGNORECASE)
"""Labels of notes that speak of rights: there `(c)` is no item of a list."""


def image_right(record: Record, of: str) -> tuple[Licence, tuple[Evidence, ...]]:
    """
    The one licence that an image's record names (in the context body `of`, or in the record's own), and its quotations.

    Raises RuleRefusal: `unreadable` where no right is stated, `not_open` where it is in copyright or not cleared for
    download, `conflict` for two rights, or where one is reserved in words, `unknown_licence` and `unknown_value`.
    """
    classes = list(_classes(record, of))
    rights = [each for each in classes if _STATES_A_RIGHT.search(str(each.value))]
    cleared = [each for each in classes if _is_clearance(record, each, of)]
    evidence = (*rights, *cleared)
    if not rights:
        raise RuleRefusal(Reason.UNREADABLE, record.quote("/subject_to", of=of, missing_ok=True))
    if any(_IN_COPYRIGHT.search(str(each.value)) for each in rights):
        raise RuleRefusal(Reason.NOT_OPEN, *evidence)
    if any(normalise_uri(str(each.value)) != DOWNLOAD for each in cleared):
        raise RuleRefusal(Reason.NOT_OPEN, *evidence)
    licences = {from_uri(str(each.value)) for each in rights}
    licence = licences.pop()
    if licence is None or None in licences:
        raise RuleRefusal(Reason.UNKNOWN_LICENCE, *evidence)
    words = [_folded(each) for each in _texts(record.value("/subject_to", of=of))]
    if licences or any(_RESERVED.search(each) or _COPYRIGHT_STATEMENT.search(each) for each in words):
        raise RuleRefusal(Reason.CONFLICT, *evidence)
    for place, note in enumerate(_top(record, of)):
        _not_reserved(record, f"/referred_to_by/{place}", note, of)
    return licence, evidence


def vetoes(record: Record) -> tuple[Evidence, ...]:
    """
    Everything an object says of its rights, if nothing of it forbids its images.

    Raises RuleRefusal: `not_open` where it is in copyright, or somebody's copyright is stated; `conflict` and
    `unknown_value` for a statement that we do not know; `unreadable` where rights are built otherwise than expected.
    """
    own = record.quote("/subject_to", missing_ok=True)
    notes = record.quote("/referred_to_by", missing_ok=True)
    said = list(_classes(record, "")) if own.value is not None else []
    for place, note in enumerate(_top(record, "")):
        _not_reserved(record, f"/referred_to_by/{place}", note)
        if _asserts(note):
            _only_asserts(record, f"/referred_to_by/{place}", note)
            said.append(record.quote(f"/referred_to_by/{place}/id"))
    for each in said:
        if _IN_COPYRIGHT.search(str(each.value)):
            raise RuleRefusal(Reason.NOT_OPEN, each)
        if _states_a_right(each.value) and from_uri(str(each.value)) not in NO_VETO:
            raise RuleRefusal(Reason.UNKNOWN_VALUE, each)
    return (own, notes, *(each for each in said if _states_a_right(each.value)))


def _top(record: Record, of: str) -> list[Json]:
    """The notes of a record. Raises RuleRefusal(unreadable) where they are no list of objects."""
    notes = record.value("/referred_to_by", of=of)
    if notes is None:
        return []
    if not isinstance(notes, list) or not all(isinstance(each, dict) for each in notes):
        raise RuleRefusal(Reason.UNREADABLE, record.quote("/referred_to_by", of=of, missing_ok=True))
    return notes


def _not_reserved(record: Record, place: str, note: Json, of: str = "") -> None:
    """Raise RuleRefusal(not_open) where a note, or a note inside it, states somebody's copyright."""
    for each in _notes(note):
        label = _folded(each.get("_label"))
        classed = any(map(_COPYRIGHT_STATEMENT.search, _texts(each.get("classified_as"))))
        words = [_folded(text) for text in _texts(each.get("content"))]
        signs = _RESERVED if not label or _ON_RIGHTS.search(label) else _SIGN
        if classed or "copyright" in label or any(map(signs.search, words)):
            inside = place if each is not note or "content" not in each else f"{place}/content"
            raise RuleRefusal(Reason.NOT_OPEN, record.quote(inside, of=of))


def _asserts(note: Json) -> bool:
    """Whether a note, or a note inside it, is an assertion by RightsStatements.org."""
    return any(
        "rightsstatements.org" in _folded(each.get("_label"))
        or _states_a_right(each.get("id"))
        or any("thesaurus/rights-statement" in text.casefold() for text in _texts(each.get("classified_as")))
        for each in _notes(note)
    )


def _only_asserts(record: Record, place: str, note: Json) -> None:
    """Raise RuleRefusal where an assertion says in words anything but `ASSERTED`; `unreadable` where it says none."""
    content = record.quote(f"{place}/content", missing_ok=True)
    text = note.get("content") if isinstance(note, dict) else None
    if not isinstance(text, str):
        raise RuleRefusal(Reason.UNREADABLE, content)
    if "in copyright" in _folded(text):
        raise RuleRefusal(Reason.NOT_OPEN, content)
    if _spaced(text) != ASSERTED:
        raise RuleRefusal(Reason.CONFLICT, content)


def _notes(value: Json) -> Iterator[dict[str, Json]]:
    """A note and every note inside it; what it is classified as, and its own right, are none."""
    if isinstance(value, dict):
        yield value
    if isinstance(value, dict | list):
        held = value.items() if isinstance(value, dict) else (("", each) for each in value)
        for name, each in held:
            if name not in ("classified_as", "subject_to"):
                yield from _notes(each)


def _classes(record: Record, of: str) -> Iterator[Evidence]:
    """
    The id of each class of each right in `subject_to`. Raises RuleRefusal: `unreadable` for anything built otherwise,
    `unknown_value` for a class of somebody else's vocabulary.
    """
    rights = record.value("/subject_to", of=of)
    whole = record.quote("/subject_to", of=of, missing_ok=True)
    if not isinstance(rights, list):
        raise RuleRefusal(Reason.UNREADABLE, whole)
    for place, right in enumerate(rights):
        classes = right.get("classified_as") if isinstance(right, dict) else None
        if not isinstance(classes, list):
            raise RuleRefusal(Reason.UNREADABLE, whole)
        for number, _ in enumerate(classes):
            each = record.quote(f"/subject_to/{place}/classified_as/{number}/id", of=of)
            if not isinstance(each.value, str):
                raise RuleRefusal(Reason.UNREADABLE, each)
            if not _states_a_right(each.value) and not normalise_uri(each.value).startswith(VOCABULARIES):
                raise RuleRefusal(Reason.UNKNOWN_VALUE, each)
            yield each


def _is_clearance(record: Record, evidence: Evidence, of: str) -> bool:
    """Whether a class tells what the image is cleared for: by its own id, or by what it is classified as."""
    kinds = record.value(evidence.pointer.removesuffix("/id") + "/classified_as", of=of)
    return any("clearance" in each.casefold() for each in (str(evidence.value), *_texts(kinds)))


def _states_a_right(value: Json) -> bool:
    """Whether an id names a right, in whatever spelling: it must be understood then."""
    return isinstance(value, str) and _STATES_A_RIGHT.search(value) is not None


def _texts(value: Json) -> Iterator[str]:
    """Every text inside a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)


def _spaced(text: str) -> str:
    """A text without what only looks different: compatible characters, and spaces of all kinds."""
    return " ".join(unicodedata.normalize("NFKC", unescape(text)).split())


def _folded(value: Json) -> str:
    """A text ready to be searched; empty for anything else."""
    return unescape(unescape(_spaced(value))).casefold() if isinstance(value, str) else ""
