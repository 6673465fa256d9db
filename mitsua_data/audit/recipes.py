"""The auditor's own reading of a manifest's `selection`: how captions are made, and which originals are held out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from mitsua_data.ledger.behind import Row
from mitsua_data.model import Json


@dataclass(frozen=True, slots=True)
class Recipe:
    """What `selection` says."""

    parts: tuple[str, ...]
    max_words: int
    seed: str
    held_out: float

    @classmethod
    def of(cls, selection: Mapping[str, Json]) -> Recipe:
        """Raises ValueError where the manifest's `selection` says it otherwise than this version understands."""
        match selection:
            case {
                "captions": {"parts": [*parts], "max_words": int(words)},
                "split": {"seed": str(seed), "val": int(share) | float(share)},
            } if set(parts) <= {"title", "tags", "category", "source"}:
                return cls(tuple(map(str, parts)), words, seed, share)
        raise ValueError("captions or split are not told in a way that is understood")

    def caption(self, source: str, row: Row) -> str:
        """
        The caption of an image from its row: the parts named, each phrase once whatever its case, joined by commas, cut
        behind `max_words` words.
        """
        tags = row["tags"] if isinstance(row["tags"], list) else []
        texts = {
            "title": [row["title"]],
            "tags": [tag for tag in tags if isinstance(tag, str)],
            "category": row["category"].replace("_", " ").split("/"),
            "source": [source],
        }
        phrases: list[str] = []
        for part in self.parts:
            for text in texts[part]:
                phrase = " ".join(text.split())
                if phrase and phrase.casefold() not in {each.casefold() for each in phrases}:
                    phrases.append(phrase)
        return " ".join(", ".join(phrases).split()[: self.max_words]).rstrip(",")

    def split(self, original: str) -> str:
        """`val` where the first 64 bits of SHA-256(seed:original) lie below the held-out part of 2^64, else `train`."""
        drawn = int(sha256(f"{self.seed}:{original}".encode()).hexdigest()[:16], 16)
        return "val" if drawn < self.held_out * 2**64 else "train"
