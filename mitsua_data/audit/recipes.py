"""The auditor's own reading of a manifest's `selection`: how captions are made, and which originals are held out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Final, TypeAlias
from unicodedata import normalize

from mitsua_data.ledger.behind import Row
from mitsua_data.model import ImageId, Json

_WRITTEN: Final = frozenset({"title", "creator", "date", "medium", "culture", "tags", "description"})
"""Parts that somebody wrote, and whose licence counts."""
_PARTS: Final = _WRITTEN | {"category", "folder", "name", "source"}
_BRACES: Final = re.compile(r"\{([a-z]+)\}")
_CLOSES: Final = re.compile(r"\A[)\]>\"'»”’]+")
_OPENS: Final = re.compile(r"[(\[<\"'«“‘]+\Z")

Stated: TypeAlias = "Mapping[str, tuple[str | None, str | None]]"
"""Source → the licences that it states: of its descriptions' words, and of all its other words."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What `selection` says, and what the sources state of their words."""

    parts: tuple[str, ...]
    template: str
    licences: frozenset[str] | None
    """Of words that may enter a caption; None: the release is from before this was asked."""
    plain: bool
    max_words: int
    seed: str
    held_out: float
    by: str
    stated: Stated

    @classmethod
    def of(cls, selection: Mapping[str, Json], stated: Stated) -> Recipe:
        """Raises ValueError where the manifest's `selection` says it otherwise than this version understands."""
        later: dict[str, Json] = {"template": "", "licences": None, "by": "original"}
        match later | _table(selection, "captions") | _table(selection, "split"):
            case {
                "parts": [*parts],
                "template": str(template),
                "licences": None | [*_] as licences,
                "plain": bool(plain),
                "max_words": int(words),
                "seed": str(seed),
                "val": int(share) | float(share),
                "by": "original" | "record" as by,
            } if all(part in _PARTS for part in [*map(str, parts), *_BRACES.findall(template)]):
                accepted = None if licences is None else frozenset(map(str, licences))
                return cls(tuple(map(str, parts)), template, accepted, plain, words, seed, share, by, stated)
        raise ValueError("captions or split are not told in a way that is understood")

    def covers(self, source: str) -> bool:
        """Whether it is known what a source states of its words; where not, its rule cannot be run either."""
        return self.licences is None or source in self.stated

    def caption(self, source: str, row: Row) -> tuple[str, str | None]:
        """The caption of an image from its row, and the licence of the words in it that somebody wrote."""
        tags = row["tags"] if isinstance(row["tags"], list) else []
        folders = row["category"].replace("_", " ").split("/")
        texts = {name: [row.get(name) or ""] for name in _WRITTEN} | {
            "tags": [tag for tag in tags if isinstance(tag, str)],
            "category": folders,
            "folder": [folders[-1]],
            "name": [PurePosixPath(row["record"]).stem],
            "source": [source],
        }
        asked = _BRACES.findall(self.template) if self.template else self.parts
        said = {
            part: [" ".join(text.split()) for text in texts[part] if text.split()]
            for part in asked
            if self._may(source, part)
        }
        said = {part: phrases for part, phrases in said.items() if phrases}
        under = {str(self._licence(source, part)) for part in said if part in _WRITTEN}
        licence = " AND ".join(sorted(under)) or None if self.licences is not None else None
        return self._text(said, row["creator"]), licence

    def _licence(self, source: str, part: str) -> str | None:
        description, other = self.stated.get(source, (None, None))
        return description if part == "description" else other

    def _may(self, source: str, part: str) -> bool:
        """Whether a part's words may enter; one that no licence is known of may not."""
        return self.licences is None or part not in _WRITTEN or self._licence(source, part) in self.licences

    def _text(self, said: Mapping[str, Sequence[str]], creator: str) -> str:
        listed = [phrase for part in self.parts for phrase in said.get(part, ())]
        phrases = self._filled(said) if self.template else ", ".join(self._phrases(listed))
        if self.plain:
            return " ".join(self._words(phrases if self.template else " ".join(listed), creator)[: self.max_words])
        words = phrases.split()
        if not self.template:
            return " ".join(words[: self.max_words]).rstrip(",")
        whole = " ".join(words[: self.max_words])
        return whole if len(words) <= self.max_words else re.sub(r"[\s,;:–([<\"'«“‘-]+$", "", whole)

    def _filled(self, said: Mapping[str, Sequence[str]]) -> str:
        """Each part there is with what stands before it, back to the brackets that close behind the part before."""
        pieces = _BRACES.split(self.template)
        made = ""
        for place in range(1, len(pieces), 2):
            if pieces[place] not in said:
                continue
            before = pieces[place - 1] if place == 1 else _CLOSES.sub("", pieces[place - 1])
            if not made and place > 1:
                before = "".join(_OPENS.findall(before))
            closing = "".join(_CLOSES.findall(pieces[place + 1]))
            made += before + ", ".join(self._phrases(said[pieces[place]])) + closing
        return made + _CLOSES.sub("", pieces[-1]) if made else ""

    @staticmethod
    def _phrases(said: Sequence[str]) -> list[str]:
        """Each phrase once, whatever its case, in its first spelling."""
        kept: list[str] = []
        for phrase in said:
            if phrase.casefold() not in {each.casefold() for each in kept}:
                kept.append(phrase)
        return kept

    @staticmethod
    def _words(said: str, creator: str) -> list[str]:
        """
        Runs of letters and of digits, each once, in lower case after NFC; more than two words lose, from the end,
        beginnings of the maker's names (and one number behind such a beginning).
        """
        found, names = (re.findall(r"[^\W\d_]+|\d+", normalize("NFC", text).lower()) for text in (said, creator))
        kept: list[str] = []
        for word in found:
            if word not in kept:
                kept.append(word)
        if len(kept) > 2 and kept[-1].isdigit() and any(name.startswith(kept[-2]) for name in names):
            del kept[-1]
        while len(kept) > 2 and any(name.startswith(kept[-1]) for name in names):
            del kept[-1]
        return kept

    def split(self, original: str, image: ImageId) -> str:
        """`val` where the first 64 bits of SHA-256(seed:key) lie below the held-out part of 2^64, else `train`."""
        key = original if self.by == "original" else str(ImageId(image.source, image.record, ""))
        drawn = int(sha256(f"{self.seed}:{key}".encode()).hexdigest()[:16], 16)
        return "val" if drawn < self.held_out * 2**64 else "train"


def _table(selection: Mapping[str, Json], name: str) -> dict[str, Json]:
    found = selection.get(name)
    return found if isinstance(found, dict) else {}
