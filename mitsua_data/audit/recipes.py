"""The auditor's own reading of a manifest's `selection`: how captions are made, and which originals are held out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Final
from unicodedata import normalize

from mitsua_data.ledger.behind import Row
from mitsua_data.model import Json

_PARTS: Final = frozenset({"title", "tags", "category", "folder", "name", "source"})


@dataclass(frozen=True, slots=True)
class Recipe:
    """What `selection` says."""

    parts: tuple[str, ...]
    plain: bool
    max_words: int
    seed: str
    held_out: float

    @classmethod
    def of(cls, selection: Mapping[str, Json]) -> Recipe:
        """Raises ValueError where the manifest's `selection` says it otherwise than this version understands."""
        match selection:
            case {
                "captions": {"parts": [*parts], "plain": bool(plain), "max_words": int(words)},
                "split": {"seed": str(seed), "val": int(share) | float(share)},
            } if set(parts) <= _PARTS:
                return cls(tuple(map(str, parts)), plain, words, seed, share)
        raise ValueError("captions or split are not told in a way that is understood")

    def caption(self, source: str, row: Row) -> str:
        """The caption of an image from its row: the parts named, as phrases or, where `plain`, as words."""
        tags = row["tags"] if isinstance(row["tags"], list) else []
        folders = row["category"].replace("_", " ").split("/")
        texts = {
            "title": [row["title"]],
            "tags": [tag for tag in tags if isinstance(tag, str)],
            "category": folders,
            "folder": [folders[-1]],
            "name": [PurePosixPath(row["record"]).stem],
            "source": [source],
        }
        said = [" ".join(text.split()) for part in self.parts for text in texts[part] if text.split()]
        if self.plain:
            return " ".join(self._words(" ".join(said), row["creator"])[: self.max_words])
        return " ".join(", ".join(self._phrases(said)).split()[: self.max_words]).rstrip(",")

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

    def split(self, original: str) -> str:
        """`val` where the first 64 bits of SHA-256(seed:original) lie below the held-out part of 2^64, else `train`."""
        drawn = int(sha256(f"{self.seed}:{original}".encode()).hexdigest()[:16], 16)
        return "val" if drawn < self.held_out * 2**64 else "train"
