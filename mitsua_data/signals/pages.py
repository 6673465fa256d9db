"""
A page of terms: its meta elements, its links, its structured data, and its sentences.

What stands there speaks for the whole source, not for the page alone: it is the page that says how the collection may
be used. A meta element that belongs to a site's template counts in the same way.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from html import unescape
from typing import Any, Final

from lxml import etree

from mitsua_data.signals.answers import directives
from mitsua_data.signals.preferences import preference
from mitsua_data.signals.rsl import MEDIA_TYPE, is_licence_link, read_rsl
from mitsua_data.signals.tdmrep import POLICY, RESERVATION, reservation
from mitsua_data.signals.vocabulary import Protocol, Said, Word, raw
from mitsua_data.signals.words import refusal

_PROSE_METAS: Final = frozenset({"description", "keywords", "author", "title", "subject", "generator", "viewport"})
_MUTE: Final = frozenset({"script", "style"})
_BLOCKS: Final = frozenset(
    {
        "address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "fieldset", "figcaption", "footer",
        "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section",
        "table", "td", "th", "tr", "ul", "title", "body",
    }
)  # fmt: skip
_TAG: Final = re.compile(r"<(?P<close>/?)(?P<name>[A-Za-z][A-Za-z0-9:-]*)[^<>]*>")
_ENDS: Final = re.compile(r"</(?:html|body)\b[^<>]*>", re.IGNORECASE)
"""libxml2 drops what follows them."""
_CHARSET: Final = re.compile(rb"<meta[^<>]{0,200}charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{1,40})", re.IGNORECASE)
_JSON_LD: Final = "application/ld+json"
_PROHIBITED: Final = re.compile(
    r"DMI-PROHIBITED|tdm-?reservation\"?\s*[:=]\s*\"?1|\bodrl:?prohibition\b", re.IGNORECASE
)
"""PLUS's vocabulary of data mining, TDMRep, ODRL."""
_PERMITTED: Final = re.compile(r"DMI-ALLOWED", re.IGNORECASE)
_DEPTH: Final = 40


def read_page(body: bytes) -> Iterator[Said]:
    """What a page says; a text that is no HTML is read as one long paragraph."""
    text = text_of(body)
    root = _parse(text)
    if root is not None:
        yield from _metas(root)
        yield from _licences(root)
        for script in _scripts(root, _JSON_LD):
            yield from _structured(script)
    sentence = refusal(prose(text))
    if sentence is not None:
        yield Said(Protocol.WORDS, Word.BLOCK, raw(sentence))


def text_of(body: bytes) -> str:
    """The page's text: UTF-8 or UTF-16 where the bytes are, else what the page itself says, else Windows-1252."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body.decode("utf-16", "replace")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        declared = _CHARSET.search(body[:4096])
    name = declared[1].decode("ascii") if declared else "cp1252"
    try:
        return body.decode(name, "replace")
    except (LookupError, UnicodeError):  # no such encoding, or none that gives text
        return body.decode("latin-1")


def prose(text: str) -> str:
    """
    What a page says to people, with an empty line where a block begins or ends.

    It is not the tree's text: parsers drop what stands behind `</html>` or too deep, and browsers show it. So tags are
    taken out of the text as it is, and everything but scripts and style sheets counts, hidden or not.
    """
    parts: list[str] = []
    mute: str | None = None
    held: list[str] = []
    shown = _without_comments(text)
    end = 0
    for tag in _TAG.finditer(shown):
        between, end = shown[end : tag.start()], tag.end()
        (parts if mute is None else held).append(between)
        name, closes = tag["name"].lower(), tag["close"] == "/"
        if mute is None and name in _MUTE and not closes:
            mute, held = name, []
        elif name == mute and closes:
            mute, held = None, []
        if name in _BLOCKS:
            parts.append("\n\n")
    found = unescape("".join([*parts, *held, shown[end:]]))  # a script that does not end hides nothing
    return "".join(each for each in unicodedata.normalize("NFKC", found) if unicodedata.category(each) != "Cf")


def _without_comments(text: str) -> str:
    """The text without comments; one that does not end is none."""
    parts, end = [], 0
    while (start := text.find("<!--", end)) >= 0 and (stop := text.find("-->", start + 4)) >= 0:
        parts += [text[end:start], " "]
        end = stop + 3
    return "".join([*parts, text[end:]])


def _parse(text: str) -> etree._Element | None:
    """The tree, for elements that are no text; None where there is none."""
    parser = etree.HTMLParser(encoding="utf-8", recover=True, no_network=True, huge_tree=True)
    try:
        return etree.fromstring(_ENDS.sub(" ", text).replace("\0", " ").encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _metas(root: etree._Element) -> Iterator[Said]:
    reserved: list[str] = []
    policies: list[str] = []
    for meta in root.iter("meta"):
        name = (meta.get("name") or meta.get("http-equiv") or meta.get("property") or "").strip().lower()
        content = meta.get("content") or ""
        if name == RESERVATION:
            reserved.append(content)
        elif name == POLICY:
            policies.append(content)
        elif name in {"content-usage", "content-signal", "content-signals"}:
            yield Said(Protocol.PREFERENCE_META, preference(content), raw(content))
        elif name and name not in _PROSE_METAS and ":" not in name:
            word = directives([content] if _is_robots(name) else re.findall(r"(?i)\bno-?(?:image)?-?ai\b", content))
            if word is not Word.NONE:
                yield Said(Protocol.NOAI_META, word, raw(f"{name}: {content}"))
    if reserved or policies:
        yield Said(Protocol.TDMREP_META, reservation(reserved, policies), raw(", ".join(reserved or policies)))


def _is_robots(name: str) -> bool:
    return "robots" in name or name.endswith("bot") or name == "x-robots-tag"


def _licences(root: etree._Element) -> Iterator[Said]:
    for link in root.iter("link", "a"):
        target = link.get("href") or ""
        if link.tag == "link" and is_licence_link(link.get("rel") or "", link.get("type") or "", target):
            yield Said(Protocol.RSL_PAGE, Word.UNKNOWN, raw(target))
    for script in _scripts(root, MEDIA_TYPE):
        for said in read_rsl(script.strip().encode()):
            yield Said(Protocol.RSL_PAGE, said.word, said.value)


def _scripts(root: etree._Element, media_type: str) -> list[str]:
    return [
        "".join(str(each) for each in script.itertext())
        for script in root.iter("script")
        if (script.get("type") or "").partition(";")[0].strip().lower() == media_type
    ]


def _structured(text: str) -> Iterator[Said]:
    """`usageInfo` and `license` of schema.org. A licence's address says nothing of mining; a usageInfo's might."""
    if prohibited := _PROHIBITED.search(text):
        yield Said(Protocol.SCHEMA_ORG, Word.BLOCK, raw(prohibited[0]))
        return
    try:
        found = list(_properties(json.loads(text), 0))
    except (ValueError, RecursionError):
        if re.search(r"usageInfo", text, re.IGNORECASE):
            yield Said(Protocol.SCHEMA_ORG, Word.UNKNOWN, "not JSON, and speaks of usageInfo")
        return
    for name, value in found:
        shown = raw(f"{name}: {value}")
        if refusal(shown.replace("-", " ")) or directives([value]) is Word.BLOCK:
            yield Said(Protocol.SCHEMA_ORG, Word.BLOCK, shown)
        elif name == "usageinfo":
            yield Said(Protocol.SCHEMA_ORG, Word.ALLOW if _PERMITTED.search(value) else Word.UNKNOWN, shown)


def _properties(value: Any, depth: int) -> Iterator[tuple[str, str]]:
    """Every `usageInfo` and `license`, wherever it stands, as text."""
    if depth > _DEPTH:
        raise ValueError("nested too deeply")
    if isinstance(value, list):
        for each in value:
            yield from _properties(each, depth + 1)
    elif isinstance(value, dict):
        for key, inner in value.items():
            name = str(key).rpartition(":")[2].rpartition("/")[2].lower()
            if name in {"usageinfo", "license", "conditionsofaccess"}:
                yield name, inner if isinstance(inner, str) else json.dumps(inner, ensure_ascii=True)
            yield from _properties(inner, depth + 1)
