"""
/ai.txt: several proposals under one name.

* Spawning's: the grammar of robots.txt over kinds of files, `User-Agent: *`, `Disallow: *.jpg`, `Disallow: /`;
* `Content-Usage` and `Content-Signal` lines, as in robots.txt;
* fields of their own: `Training: no`, `Permission: deny-training`.

A group for another's crawler is not ours, as in robots.txt. Any other line with a field is not understood, unless its
field is one that only describes the site; a sentence that says no is a no.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from mitsua_data.signals.groups import ALLOW, DISALLOW, USER_AGENT, Line, lines, text_of
from mitsua_data.signals.preferences import NO, YES, preference, split_path
from mitsua_data.signals.tdmrep import is_page
from mitsua_data.signals.vocabulary import Protocol, Said, Word, raw
from mitsua_data.signals.words import refusal

_TRAINING: Final = re.compile(
    r"(?:dis)?(?:allow)?-?(?:ai-?)?(?:train(?:ing)?|train-?ai|tdm|data-?mining|machine-?learning)"
)
_DENIES: Final = re.compile(
    r"(?:deny|no|disallow|prohibit|forbid)[- ]?(?:ai[- ]?)?(?:train\w*|dataset\w*|all|ai|mining)?"
)
_DESCRIBES: Final = frozenset(
    {
        "sitemap", "canonical", "contact", "site", "name", "title", "description", "version", "language", "llms",
        "feed", "last-updated", "updated", "host", "url", "owner", "crawl-delay", "search", "index", "citation",
        "attribution",
    }
)  # fmt: skip
"""Fields that say nothing about training."""


def read_ai_txt(body: bytes) -> Iterator[Said]:
    """What an ai.txt says. A page in its place says nothing."""
    if is_page(body):
        return
    text = text_of(body)
    told = set()
    for line in lines(text):
        told.add(line.text)
        yield from _line(line)
    prose = [line for line in text.splitlines() if " ".join(line.split()) not in told]
    said = refusal("\n".join(line.lstrip("# ") for line in prose))
    if said is not None:
        yield Said(Protocol.AI_TXT, Word.BLOCK, raw(said))
    elif any(line.strip() and not line.lstrip().startswith("#") for line in prose):
        yield Said(Protocol.AI_TXT, Word.UNKNOWN, raw(" ".join(prose)))


def _line(line: Line) -> Iterator[Said]:
    name = line.field.replace("_", "-").replace(" ", "-")
    word, reach = _meaning(name, line)
    if word is not Word.NONE:
        yield Said(Protocol.AI_TXT, word, raw(line.text), reach, f"line:{line.text}")


def _meaning(name: str, line: Line) -> tuple[Word, str]:
    """What a line says, and of which paths."""
    value = line.value.strip("\"'").lower()
    if name in USER_AGENT or name.replace("-", " ") in USER_AGENT or name in _DESCRIBES:
        return Word.NONE, ""
    if name in {"content-usage", "content-signal", "content-signals"}:
        path, rest = split_path(line.value)
        return preference(rest), path
    if name in ALLOW | DISALLOW:
        if not (line.group.is_ours or line.group.is_purpose) or not value:
            return Word.NONE, ""
        return (Word.BLOCK if name in DISALLOW else Word.ALLOW), line.value
    if _TRAINING.fullmatch(name):
        forbids = name.startswith("disallow") and (value in YES or value.startswith(("/", "*")))
        return (Word.BLOCK if forbids or value in NO else Word.ALLOW if value in YES else Word.UNKNOWN), ""
    if name in {"permission", "permissions", "policy"} and any(
        _DENIES.fullmatch(part.strip()) for part in value.split(",")
    ):
        return Word.BLOCK, ""
    return (Word.BLOCK if refusal(line.value) else Word.UNKNOWN), ""
