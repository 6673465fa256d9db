"""
What a record of the Smithsonian says beside its two words for free: texts on the object's rights, and twin media.

* Only texts that are known to agree with `CC0` agree. All others are held for a person, in whatever letters, signs and
  spellings they say what they say: a list of words that object would have to know them all.
* A text on access to the originals agrees where it is the archives' own, word for word; what follows may say anything.
* The label counts for nothing: beside `Copyright`, `CC0` is no holder.
* A credit line or caption that names a holder of copyright is for a person to look at, too.
* One medium can stand in a record twice, by its id or its address. If the two are not used alike, neither is clear.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Final
from unicodedata import normalize

from mitsua_data.model import Evidence, Reason
from mitsua_data.sources.record import Record, RuleRefusal

FREETEXT: Final = "/content/freetext"
RIGHTS: Final = f"{FREETEXT}/objectRights"

_AGREES: Final = re.compile(
    r"(?:cc0|none|no copyright(?: - united states)?"
    r"|no access restrictions(?:[.;]? many of sia's holdings are located off-site, and advance notice is recommended "
    r"to consult a collection\. please email the sia reference team at osiaref@si\.edu)?)?\.?"
)
"""A text, in lower case, that agrees with free use; an empty one says nothing."""
_HOLDERS: Final = re.compile(r"©|ⓒ|\(\s?c\s?\)|copyright|rights reserved")
"""Words in a credit line or caption, in lower case, that name a holder of rights."""
_NAMED: Final = re.compile(r"[?&]id=([^&#]+)|(ark:/[0-9]+/[A-Za-z0-9-]+)")
"""The name of an image in its address."""


def rights_agree(record: Record, place: str) -> bool:
    """
    Whether every text on the object's rights is one that agrees, and nothing unknown is said of the medium's use.

    Raises RuleRefusal where texts cannot be looked for.
    """
    usage = record.value(f"{place}/usage")
    if not isinstance(usage, dict) or any(said for name, said in usage.items() if name != "access"):
        return False
    if any(_HOLDERS.search(_plain(str(each.value))) for each in holders(record, place)):
        return False
    beside = record.value(FREETEXT)
    if beside is not None and not isinstance(beside, dict):
        raise RuleRefusal(Reason.UNREADABLE, record.quote(FREETEXT))
    if any("rights" in name.casefold() and name != "objectRights" for name in beside or ()):
        return False
    lines = record.value(RIGHTS)
    if lines is None:
        return True
    if not isinstance(lines, list):
        return False
    return all(isinstance(line, dict) and _agrees(line.get("content")) for line in lines)


def holders(record: Record, place: str) -> tuple[Evidence, ...]:
    """Where a holder can be named beside the texts on rights: the credit line, and the medium's caption; if any."""
    quoted = (record.quote(each, missing_ok=True) for each in (f"{FREETEXT}/creditLine", f"{place}/caption"))
    return tuple(each for each in quoted if each.value is not None)


def twins(record: Record, media: str, place: str) -> tuple[Evidence, ...]:
    """How the other media in the list at `media` are used that are the one at `place`, by an id or by their address."""
    own = set(_names(record, place))
    others = (f"{media}/{number}" for number in range(record.length(media) or 0))
    same = (each for each in others if each != place and own.intersection(_names(record, each)))
    return tuple(record.quote(f"{each}/usage", missing_ok=True) for each in same)


def _agrees(content: object) -> bool:
    """Whether it is a known text."""
    if not isinstance(content, str):
        return False
    return _AGREES.fullmatch(_plain(content)) is not None


def _plain(text: str) -> str:
    """A text as a reader sees it, in lower case: entities resolved, spaces and forms of letters made one."""
    return " ".join(normalize("NFKC", unescape(text)).replace("\u2019", "'").split()).casefold()


def _names(record: Record, place: str) -> Iterator[str]:
    """Whatever a medium is known by."""
    for field in ("idsId", "guid", "content"):
        text = record.text(f"{place}/{field}").strip()
        if text:
            yield text
        for match in _NAMED.finditer(unescape(text)):
            yield match[1] or match[2]
