"""Rights in the Getty Museum's Linked Art records: what an image's record grants, and what its object forbids."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from mitsua_data.licences import Licence, from_uri, normalise_uri
from mitsua_data.model import Evidence, Json, Reason
from mitsua_data.sources.base import Record, RuleRefusal

CLEARANCE: Final = "data.getty.edu/local/thesaurus/clearance/"
CLEARANCE_LEVEL: Final = "data.getty.edu/local/thesaurus/clearance-level"
DOWNLOAD: Final = f"{CLEARANCE}download"
COPYRIGHT_STATEMENT: Final = "vocab.getty.edu/aat/300435434"
VOCABULARIES: Final = ("vocab.getty.edu/", "data.getty.edu/")
"""Whose terms stand between the rights, and mean none."""
NO_VETO: Final = frozenset({Licence.CC0_1_0, Licence.NOC_US})
"""What an object may say of itself beside an image under CC0."""
_STATES_A_RIGHT: Final = re.compile(r"rightsstatements\.org|creativecommons\.org", re.IGNORECASE)
_IN_COPYRIGHT: Final = re.compile(r"rightsstatements\.org/(?:vocab|page)/InC", re.IGNORECASE)
_RESERVED: Final = re.compile(r"©|\(c\)|all rights reserved", re.IGNORECASE)


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
    if licences or any(map(_RESERVED.search, _texts(record.value("/subject_to", of=of)))):
        raise RuleRefusal(Reason.CONFLICT, *evidence)
    return licence, evidence


def vetoes(record: Record) -> tuple[Evidence, ...]:
    """
    Everything an object says of its rights, if nothing of it forbids its images.

    Raises RuleRefusal: `not_open` where it is in copyright, or somebody's copyright is stated; `unknown_value` for a
    statement that we do not know; `unreadable` where rights are built otherwise than expected.
    """
    own = record.quote("/subject_to", missing_ok=True)
    notes = record.quote("/referred_to_by", missing_ok=True)
    said = list(_classes(record, "")) if own.value is not None else []
    held = record.value("/referred_to_by")
    if held is not None and not isinstance(held, list):
        raise RuleRefusal(Reason.UNREADABLE, notes)
    for place, note in enumerate(held or []):
        if not isinstance(note, dict):
            raise RuleRefusal(Reason.UNREADABLE, notes)
        content = record.quote(f"/referred_to_by/{place}/content", missing_ok=True)
        if _is_copyright_statement(note):
            raise RuleRefusal(Reason.NOT_OPEN, content)
        if note.get("_label") == "RightsStatements.org Rights Assertion" or _states_a_right(note.get("id")):
            if isinstance(content.value, str) and "in copyright" in content.value.lower():
                raise RuleRefusal(Reason.NOT_OPEN, content)
            said.append(record.quote(f"/referred_to_by/{place}/id"))
    for each in said:
        if _IN_COPYRIGHT.search(str(each.value)):
            raise RuleRefusal(Reason.NOT_OPEN, each)
        if _states_a_right(each.value) and from_uri(str(each.value)) not in NO_VETO:
            raise RuleRefusal(Reason.UNKNOWN_VALUE, each)
    return (own, notes, *(each for each in said if _states_a_right(each.value)))


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
    held = [kind.get("id") for kind in kinds if isinstance(kind, dict)] if isinstance(kinds, list) else []
    levels = {normalise_uri(each) for each in held if isinstance(each, str)}
    return normalise_uri(str(evidence.value)).startswith(CLEARANCE) or CLEARANCE_LEVEL in levels


def _is_copyright_statement(note: dict[str, Json]) -> bool:
    kinds = note.get("classified_as")
    held = [kind.get("id") for kind in kinds if isinstance(kind, dict)] if isinstance(kinds, list) else []
    named = note.get("_label") == "Copyright Statement"
    return named or any(isinstance(each, str) and normalise_uri(each) == COPYRIGHT_STATEMENT for each in held)


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
