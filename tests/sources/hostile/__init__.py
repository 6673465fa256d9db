"""
Records that ought to fool a careless rule, for each source: none of them may be accepted, by any shipped policy.

Each module here has a list `CASES`. All are made by hand, after the traps that the sources are known for.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from mitsua_data.model import MediaType


@dataclass(frozen=True)
class Hostile:
    """Saved responses, read together, that hold nothing that may be accepted."""

    trap: str
    """What it tries, in a few words: the test's id."""
    bodies: tuple[bytes, ...]
    media_type: MediaType = MediaType.JSON
    names: tuple[str, ...] = ()
    """File names, where the source goes by them; `0`, `1` … by default."""
    media_types: tuple[MediaType, ...] = ()
    """Of each body, where they differ."""

    @classmethod
    def json(cls, trap: str, *values: Any) -> Hostile:
        return cls(trap, tuple(json.dumps(value, ensure_ascii=False).encode() for value in values))

    @classmethod
    def text(cls, trap: str, *texts: str, media_type: MediaType, names: tuple[str, ...] = ()) -> Hostile:
        return cls(trap, tuple(text.encode() for text in texts), media_type, names)
