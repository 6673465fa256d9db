"""
RSL 1.0 (Really Simple Licensing): an XML file that says what is permitted, what is prohibited, and at what price.

    <rsl xmlns="https://rslstandard.org/rsl"><content url="/"><license>
      <permits type="usage">search</permits><prohibits type="usage">ai-train</prohibits><payment type="free"/>
    </license></content></rsl>

Training is `ai-train` or `train-ai` (drafts and the wild disagree), `ai-all`, `all`, and their like. It is blocked
where it is prohibited, and where usages are permitted and it is not among them. A price, a limit on users or countries,
an encrypted content, or nothing at all about usage is not understood. Of several licences of one content, the strictest
counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from lxml import etree

from mitsua_data.signals.preferences import usage_tokens
from mitsua_data.signals.vocabulary import Protocol, Said, Word, raw

MEDIA_TYPE: Final = "application/rsl+xml"
_FREE: Final = frozenset({"free", "attribution"})
_LIMITS: Final = frozenset({"user", "geo"})


def read_rsl(body: bytes) -> Iterator[Said]:
    """What an RSL file says, of each content that it names."""
    root = _parse(body)
    contents = [] if root is None else [each for each in root.iter() if _name(each) == "content"]
    if not contents:
        yield Said(Protocol.RSL, Word.UNKNOWN, "no RSL" if root is None else "no content")
        return
    for content in contents:
        licences = [each for each in content if _name(each) == "license"]
        words = [licence_word(each) for each in licences] or [Word.UNKNOWN]
        if content.get("encrypted", "").strip().lower() == "true":
            words.append(Word.UNKNOWN)
        word = max(words, key=lambda each: each.severity)
        yield Said(
            Protocol.RSL, word, raw(" ".join(map(_text, licences))) or "no licence", _reach(content.get("url", "/"))
        )


def licence_word(licence: etree._Element) -> Word:
    """What one `<license>` says of training."""
    permits, prohibits = _tokens(licence, "permits"), _tokens(licence, "prohibits")
    if usage_tokens(prohibits):
        return Word.BLOCK
    if permits and not usage_tokens(permits):
        return Word.BLOCK
    payments = [each.get("type", "").strip().lower() for each in licence.iter() if _name(each) == "payment"]
    limited = any(
        _name(each) in {"permits", "prohibits"} and each.get("type", "").strip().lower() in _LIMITS
        for each in licence.iter()
    )
    if not permits or limited or not _FREE.issuperset(payments):
        return Word.UNKNOWN
    return Word.ALLOW


def is_licence_link(relation: str, media_type: str, target: str) -> bool:
    """Whether a link (header or element) leads to an RSL licence; plain licence links, as to CC, do not."""
    if "license" not in relation.lower().split() and "licence" not in relation.lower().split():
        return False
    return media_type.strip().lower() == MEDIA_TYPE or re.search(r"rsl|license\.xml", target, re.IGNORECASE) is not None


def _tokens(licence: etree._Element, name: str) -> list[str]:
    found = [
        each
        for each in licence.iter()
        if _name(each) == name and each.get("type", "usage").strip().lower() in {"usage", ""}
    ]
    return [token for each in found for token in re.split(r"[\s,;|]+", _text(each).lower().replace("_", "-")) if token]


def _reach(url: str) -> str:
    """The path pattern of a content's address; empty: everything. Of an address elsewhere: everything, too."""
    try:
        return urlsplit(url.strip()).path
    except ValueError:
        return ""


def _parse(body: bytes) -> etree._Element | None:
    """The root of an RSL document, or of RSL inside of a feed; None where the bytes are no XML, or hold no RSL."""
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    return next((each for each in root.iter() if _name(each) == "rsl"), None)


def _name(element: etree._Element) -> str:
    """Local name, in lower case; empty for comments and their like."""
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def _text(element: etree._Element) -> str:
    return " ".join(" ".join(str(each) for each in element.itertext()).split())
