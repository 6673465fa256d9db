"""
Captions: words of an image's own record, in an order, or put into a template; and the licences of these words.

A text that somebody wrote (title, creator, date, tags, medium, culture, description) has a licence of its own, which is
the source's statement. One whose licence is not stated, or not among those that the dataset accepts, never enters a
caption. Folder, category, name of the file and source are where a record was found: facts, and free.

In a template, what stands between two parts goes with the second one, and closing brackets and quotes with the first:
`{title} ({date}), {medium} by {creator}` gives `A hat (1890) by Ann`, `A hat by Ann`, `(1890), oil`, `Ann`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath
from string import Formatter
from typing import Any, Final, Self
from unicodedata import normalize

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from mitsua_data.licences import Kind, Licence

_WORD: Final = re.compile(r"[^\W\d_]+|\d+")
"""Letters of any script, or digits."""
_OPENING: Final = "([<\"'«“‘"
_CLOSING: Final = ")]>\"'»”’"
_DANGLING: Final = f" ,;:-–{_OPENING}"
"""What a caption that was cut does not end in."""


class Part(StrEnum):
    """A piece of a record that a caption may be made of."""

    TITLE = "title"
    CREATOR = "creator"
    DATE = "date"
    MEDIUM = "medium"
    CULTURE = "culture"
    TAGS = "tags"
    DESCRIPTION = "description"
    CATEGORY = "category"
    """Every folder of the source's classification."""
    FOLDER = "folder"
    """Its last folder alone."""
    NAME = "name"
    """The record's own name, without folders and without extension."""
    SOURCE = "source"


FACTS: Final = frozenset({Part.CATEGORY, Part.FOLDER, Part.NAME, Part.SOURCE})
"""Where a record was found. All other parts are somebody's words."""
DEDICATIONS: Final = tuple(licence for licence in Licence if licence.kind is Kind.DEDICATION)


@dataclass(frozen=True)
class Slot:
    """A part's place in a template."""

    part: Part
    before: str
    """What stands before it, and goes with it; where the template begins with it, only with it."""
    opening: str = ""
    closing: str = ""


class Captions(BaseModel):
    """How a caption is made from the words of the record."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    parts: tuple[Part, ...] = (Part.TITLE, Part.TAGS, Part.CATEGORY)
    template: str = Field(default="", max_length=1000)
    """With parts in braces; empty: the parts in their order, with commas."""
    licences: tuple[Licence, ...] = DEDICATIONS
    """Of somebody's words, those that may enter."""
    plain: bool = False
    """Lower-case words and numbers only, each once, without the maker's name at the end; else phrases."""
    max_words: int = Field(default=24, ge=1)

    @field_validator("template")
    @classmethod
    def _is_understood(cls, template: str) -> str:
        slots, _ = slots_of(template)
        if template and not slots:
            raise ValueError("names no part: put one in braces, such as {title}")
        return template

    @model_validator(mode="after")
    def _is_one_way(self) -> Self:
        if self.template and "parts" in self.model_fields_set:
            raise ValueError("name parts or a template, not both")
        return self

    @property
    def asked_for(self) -> tuple[Part, ...]:
        """The parts that a caption is made of, in their order."""
        return tuple(slot.part for slot in slots_of(self.template)[0]) if self.template else self.parts


@dataclass(frozen=True)
class Words:
    """What a record says of an image, and where it was found."""

    source: str
    record: str
    title: str = ""
    creator: str = ""
    date: str = ""
    medium: str = ""
    culture: str = ""
    tags: tuple[str, ...] = ()
    description: str = ""
    category: str = ""

    @classmethod
    def of(cls, source: str, record: str, row: Any) -> Words:
        """From a row of `image`."""
        texts = {name: getattr(row, name) for name in _TEXTS}
        return cls(source, record, tags=tuple(row.tags), **texts)

    def phrases(self, part: Part) -> list[str]:
        """A part's phrases, with single spaces; none where the record says nothing."""
        folders = self.category.replace("_", " ").split("/")
        several = {
            Part.TAGS: list(self.tags),
            Part.CATEGORY: folders,
            Part.FOLDER: folders[-1:],
            Part.NAME: [PurePosixPath(self.record).stem],
        }
        found = several[part] if part in several else [getattr(self, part.value)]
        return [" ".join(phrase.split()) for phrase in found if phrase.strip()]


_TEXTS: Final = ("title", "creator", "date", "medium", "culture", "description", "category")


@dataclass(frozen=True)
class TextLicences:
    """A source's statement on its words; None: it makes none."""

    caption: Licence | None = None
    description: Licence | None = None

    def of(self, part: Part) -> Licence | None:
        """The licence of one part that is somebody's words."""
        return self.description if part is Part.DESCRIPTION else self.caption


@dataclass(frozen=True)
class Caption:
    """A caption, and what is known of its words."""

    text: str
    licence: str | None
    """Of the words that somebody wrote: an SPDX expression; None where there are none."""
    withheld: tuple[Part, ...] = ()
    """Parts that were asked for and are there, but whose licence is not stated or not accepted."""


def caption(rule: Captions, words: Words, licences: TextLicences) -> Caption:
    """The caption of one image. Law: none of somebody's words is in it under a licence that `rule` does not accept."""
    there = {part: words.phrases(part) for part in dict.fromkeys(rule.asked_for)}
    withheld = tuple(
        part
        for part, phrases in there.items()
        if phrases and part not in FACTS and licences.of(part) not in rule.licences
    )
    said = {part: phrases for part, phrases in there.items() if phrases and part not in withheld}
    under = {str(licences.of(part)) for part in said.keys() - FACTS}
    return Caption(_text(rule, said, words.creator), " AND ".join(sorted(under)) or None, withheld)


def slots_of(template: str) -> tuple[list[Slot], str]:
    """The places of parts in a template, and what stands behind the last one. Raises ValueError."""
    if "{{" in template or "}}" in template:
        raise ValueError("braces stand around parts, and nowhere else")
    slots: list[Slot] = []
    for literal, name, layout, conversion in Formatter().parse(template):
        rest = literal
        if slots:
            rest = literal.lstrip(_CLOSING)
            last = slots.pop()
            slots.append(Slot(last.part, last.before, last.opening, literal[: len(literal) - len(rest)]))
        if name is None:
            return slots, rest
        if layout or conversion or name not in {part.value for part in Part}:
            raise ValueError(f"{{{name}}} is no part: name one of {', '.join(Part)}")
        before = rest.rstrip(_OPENING)
        slots.append(Slot(Part(name), before, rest[len(before) :]))
    return slots, ""


def _text(rule: Captions, said: Mapping[Part, list[str]], creator: str) -> str:
    if rule.template:
        text = _filled(rule.template, {part: ", ".join(_once(phrases)) for part, phrases in said.items()})
    else:
        phrases = [phrase for part in rule.parts for phrase in said.get(part, ())]
        text = " ".join(phrases) if rule.plain else ", ".join(_once(phrases))
    if rule.plain:
        words = list(dict.fromkeys(_words(text)))
        return " ".join(_without_maker(words, creator)[: rule.max_words])
    found = text.split()
    cut = " ".join(found[: rule.max_words])
    if rule.template:
        return cut.rstrip(_DANGLING) if len(found) > rule.max_words else cut
    return cut.rstrip(",")


def _filled(template: str, texts: Mapping[Part, str]) -> str:
    """The template with what is there."""
    slots, tail = slots_of(template)
    found = ""
    for slot in slots:
        if slot.part in texts:
            before = slot.before if found or slot is slots[0] else ""
            found += f"{before}{slot.opening}{texts[slot.part]}{slot.closing}"
    return found + tail if found else ""


def _once(phrases: list[str]) -> list[str]:
    """Each phrase once, whatever its case, in its first spelling."""
    seen: dict[str, str] = {}
    for phrase in phrases:
        seen.setdefault(phrase.casefold(), phrase)
    return list(seen.values())


def _words(text: str) -> list[str]:
    """Lower-case words and numbers. Composed first (NFC): an accent does not end a word."""
    return _WORD.findall(normalize("NFC", text).lower())


def _without_maker(words: list[str], creator: str) -> list[str]:
    """File names often end in their maker's name, cut short, and a number: "arrow green benji p 01"."""
    names = _words(creator)

    def is_name(word: str) -> bool:
        return any(name.startswith(word) for name in names)

    kept = list(words)
    if len(kept) > 2 and kept[-1].isdigit() and is_name(kept[-2]):
        kept.pop()
    while len(kept) > 2 and is_name(kept[-1]):
        kept.pop()
    return kept
