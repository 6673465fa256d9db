"""A share of a release's shards: several machines verify one release together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mitsua_data.errors import UsageError
from mitsua_data.shards.manifest import ShardEntry


@dataclass(frozen=True, slots=True)
class Part:
    """Every `parts`-th shard, from number `number` on; shards count from 1. All parts together are the whole."""

    number: int
    parts: int

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.parts:
            raise UsageError(f"{self.number}/{self.parts} is no part", advice="write it like 3/10: the third of ten")

    @classmethod
    def parse(cls, text: str) -> Part:
        """A part from `3/10`. Raises UsageError."""
        match = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text)
        if match is None:
            raise UsageError(f"{text!r} is no part", advice="write it like 3/10: the third of ten")
        return cls(int(match[1]), int(match[2]))

    def of(self, shards: Sequence[ShardEntry]) -> Sequence[ShardEntry]:
        """The shards of this part."""
        return shards[self.number - 1 :: self.parts]


WHOLE: Final = Part(1, 1)
