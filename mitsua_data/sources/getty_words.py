"""The words of the Getty Museum's Linked Art records, and where an image's pixels are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mitsua_data.licences import Licence, from_uri, normalise_uri
from mitsua_data.model import ImageRef, Json
from mitsua_data.sources.base import Record
from mitsua_data.sources.getty_rights import VOCABULARIES

SIDE: Final = 1024
"""Longest side that is asked for, in pixels."""
TITLE: Final = "data.getty.edu/local/thesaurus/object-title-primary"
PREFERRED: Final = "vocab.getty.edu/aat/300404670"
IIIF: Final = "data.getty.edu/local/thesaurus/iiif-image"
HEIGHT: Final = "vocab.getty.edu/aat/300055644"
WIDTH: Final = "vocab.getty.edu/aat/300055647"
LANDING: Final = "https://www.getty.edu/art/collection/object/"


def described(record: Record, part: str, url: str) -> ImageRef:
    """An image with the words of its object."""
    made = record.seen("/produced_by")
    notes = list(_along(record.seen("/referred_to_by"), ()))
    makers = (
        *_words(made, "carried_out_by", "_label"),
        *_words(made, "part", "carried_out_by", "_label"),
    ) or tuple(_noted(list(_along(made, ("referred_to_by",))), "Artist/Maker (Producer) Name"))
    shown = [each for each in _along(record.seen("/shows"), ()) if str(_of(each, "id")).endswith(part)]
    pages = (each for each in _words(record.seen("/subject_of"), "id") if each.startswith(LANDING))
    return ImageRef(
        part=part,
        url=url,
        title=_title(record) or record.text("/_label"),
        creator="; ".join(dict.fromkeys(makers)),
        date=next(_words(made, "timespan", "identified_by", "content"), ""),
        tags=tuple(dict.fromkeys(word for each in shown for word in _words(each, "about", "_label"))),
        category=next(_noted(notes, "Object Type"), ""),
        landing_url=next(pages, ""),
        medium=next(_noted(notes, "Materials Description"), ""),
        culture=next(_noted(notes, "Culture Statement"), ""),
        description=next((str(_of(each, "content")) for each in notes if _is_free_description(each)), ""),
    )


def service(record: Record, of: str) -> str | None:
    """Where an image's record names its service on the image server (IIIF): the pointer; None where it names none."""
    places = record.seen("/digitally_shown_by", of=of)
    for one, shown in enumerate(places if isinstance(places, list) else []):
        points = _of(shown, "access_point")
        for other, point in enumerate(points if isinstance(points, list) else []):
            if IIIF in _kinds(point) and isinstance(_of(point, "id"), str):
                return f"/digitally_shown_by/{one}/access_point/{other}/id"
    return None


def address(record: Record, of: str) -> str:
    """The picture, at most SIDE pixels long where its size is told; empty where the record names no service."""
    place = service(record, of)
    if place is None:
        return ""
    shown = record.seen(place.partition("/access_point")[0], of=of)
    width, height = _measure(shown, WIDTH), _measure(shown, HEIGHT)
    size = f"{SIDE}," if width >= height else f",{SIDE}"
    if max(width, height) <= SIDE:
        size = "max"
    return f"{record.text(place, of=of).rstrip('/')}/full/{size}/0/default.jpg"


def _measure(shown: Json, kind: str) -> float:
    """A side in pixels; 0 where it is not told. Records of 2022 say `dimensions`, those of 2026 `dimension`."""
    for field in ("dimensions", "dimension"):
        for each in _along(shown, (field,)):
            value = _of(each, "value")
            if kind in _kinds(each) and isinstance(value, int | float):
                return value
    return 0


def _title(record: Record) -> str:
    held = _along(record.seen("/identified_by"), ())
    names = [each for each in held if _of(each, "type") == "Name" and _is_dedicated(each)]
    for kind in (TITLE, PREFERRED):
        for each in names:
            content = _of(each, "content")
            if kind in _kinds(each) and isinstance(content, str):
                return content
    return ""


def _is_free_description(note: Json) -> bool:
    """Whether a note is the museum's description, under CC BY: some are other people's."""
    named = _of(note, "_label") == "Object Description" and _of(note, "format") == "text/markdown"
    licences = {from_uri(each) for each in _words(note, "subject_to", "classified_as", "id")}
    return named and licences == {Licence.CC_BY} and isinstance(_of(note, "content"), str)


def _is_dedicated(note: Json) -> bool:
    """Whether a note is under no right but CC0, as all metadata is."""
    rights = [normalise_uri(each) for each in _words(note, "subject_to", "classified_as", "id")]
    stated = {from_uri(each) for each in rights if not each.startswith(VOCABULARIES)}
    return _of(note, "subject_to") in (None, []) or stated == {Licence.CC0_1_0}


def _noted(notes: list[Json], label: str) -> Iterator[str]:
    """The contents of the notes with a label, without those under a right of their own: captions are CC0."""
    for note in notes:
        if _of(note, "_label") == label and _is_dedicated(note):
            yield from _words(note, "content")


def _kinds(value: Json) -> set[str]:
    """What a thing is classified as, normalised."""
    return {normalise_uri(each) for each in _words(value, "classified_as", "id")}


def _words(value: Json, *keys: str) -> Iterator[str]:
    """The texts at the end of a way through objects; lists on the way are gone through."""
    return (each for each in _along(value, keys) if isinstance(each, str))


def _along(value: Json, keys: tuple[str, ...]) -> Iterator[Json]:
    if isinstance(value, list):
        for each in value:
            yield from _along(each, keys)
    elif not keys:
        yield value
    elif isinstance(value, dict) and keys[0] in value:
        yield from _along(value[keys[0]], keys[1:])


def _of(value: Json, key: str) -> Json:
    return value.get(key) if isinstance(value, dict) else None
