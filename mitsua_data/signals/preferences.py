"""
Usage preferences in key=value form.

* `Content-Usage` (IETF AIPREF: draft-ietf-aipref-attach, -vocab), a header and a line of robots.txt, there also with a
  path before it: `Content-Usage: /gallery/ train-ai=n`. Values are `y` and `n`.
* `Content-Signal` (Cloudflare; draft-romm-aipref-contentsignals): `search=yes, ai-train=no`. Values are `yes` and `no`.

In the wild the two are mixed: keys and values of one stand under the name of the other, so one reader serves both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from mitsua_data.signals.vocabulary import Word

TRAINING: Final = frozenset(
    {
        "train-ai", "ai-train", "ai-training", "train", "training", "train-genai", "genai", "genai-train", "ai", "all",
        "ai-all", "bots", "tdm", "data-mining", "text-and-data-mining", "foundation-model-production",
        "machine-learning",
    }
)  # fmt: skip
"""Keys that speak of training, alone or with more."""
OTHER: Final = frozenset(
    {"search", "ai-input", "ai-index", "ai-use", "ai-output", "ai-summarize", "ai-search", "cite", "use", "ai-cite"}
)
"""Keys that speak of something else that a machine may do with a text."""
YES: Final = frozenset({"y", "yes", "allow", "allowed", "true", "1", "?1", "permit"})
NO: Final = frozenset({"n", "no", "disallow", "disallowed", "deny", "false", "0", "?0", "none", "prohibit"})
_SUSPICIOUS: Final = re.compile(r"train|mining|\btdm|learn|model|dataset|\bml\b|gen-?ai")
_PAIR: Final = re.compile(r"\s*([^=\s]+)\s*(?:=\s*(.*?)\s*)?", re.DOTALL)


def preference(value: str) -> Word:
    """What `train-ai=n, search=y` says of training; `none` where it says nothing of it. What is malformed: unknown."""
    words = [_pair(part) for part in re.split(r"[,;]", value) if part.strip()]
    return max(words, key=lambda word: word.severity, default=Word.UNKNOWN)


def _pair(text: str) -> Word:
    match = _PAIR.fullmatch(text)
    if match is None:
        return Word.UNKNOWN
    key = match[1].lower().replace("_", "-")
    value = (match[2] or "").strip("\"'").lower()
    if key in TRAINING:
        return Word.BLOCK if value in NO else Word.ALLOW if value in YES else Word.UNKNOWN
    if key in OTHER:
        return Word.NONE
    if _SUSPICIOUS.search(key):
        return Word.UNKNOWN
    return Word.NONE if match[2] is not None else Word.UNKNOWN


def usage_tokens(words: Iterable[str]) -> bool:
    """Whether one of the words of an RSL licence names training."""
    return any(word in TRAINING or _SUSPICIOUS.search(word) is not None for word in words)


def split_path(value: str) -> tuple[str, str]:
    """A line's path pattern, empty where it has none, and the rest."""
    text = value.strip()
    if not text.startswith(("/", "*")):
        return "", text
    path, _, rest = text.partition(" ")
    return path, rest
