"""
A page of terms: its meta elements, its links, its structured data, and its sentences.

What stands there speaks for the whole source, not for the page alone: it is the page that says how the collection may
be used. A meta element that belongs to a site's template counts in the same way.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from lxml import etree

from mitsua_data.signals.answers import directives
from mitsua_data.signals.preferences import preference
from mitsua_data.signals.rsl import MEDIA_TYPE, is_licence_link, read_rsl
from mitsua_data.signals.tdmrep import POLICY, RESERVATION, reservation
from mitsua_data.signals.vocabulary import Protocol, Said, Word, raw
from mitsua_data.signals.words import refusal

_PROSE_METAS: Final = frozenset({"description", "keywords", "author", "title", "subject", "generator", "viewport"})
_HIDDEN: Final = frozenset({"script", "style", "noscript", "template", "head", "svg", "select", "textarea"})
_BLOCKS: Final = frozenset(
    {
        "address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "fieldset", "figcaption", "footer",
        "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section",
        "table", "td", "th", "tr", "ul", "title", "body",
    }
)  # fmt: skip
_JSON_LD: Final = "application/ld+json"
_PROHIBITED: Final = re.compile(
    r"DMI-PROHIBITED|tdm-?reservation\"?\s*[:=]\s*\"?1|\bodrl:?prohibition\b", re.IGNORECASE
)
"""PLUS's vocabulary of data mining, TDMRep, ODRL."""
_PERMITTED: Final = re.compile(r"DMI-ALLOWED", re.IGNORECASE)
_DEPTH: Final = 40


def read_page(body: bytes) -> Iterator[Said]:
    """What a page says; a text that is no HTML is read as one long paragraph."""
    root = _parse(body)
    if root is None:
        return
    yield from _metas(root)
    yield from _licences(root)
    for script in _scripts(root, _JSON_LD):
        yield from _structured(script)
    sentence = refusal(_prose(root))
    if sentence is not None:
        yield Said(Protocol.WORDS, Word.BLOCK, raw(sentence))


def _parse(body: bytes) -> etree._Element | None:
    encoding = None
    try:
        body.decode("utf-8-sig")
        encoding = "utf-8"
    except UnicodeDecodeError:
        pass  # the page's own declaration, else Latin-1
    parser = etree.HTMLParser(encoding=encoding, recover=True, no_network=True, huge_tree=False)
    try:
        return etree.fromstring(body, parser)
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


def _prose(root: etree._Element) -> str:
    """The page's visible text, with an empty line where a block begins or ends."""
    parts: list[str] = []
    hidden: etree._Element | None = None
    for event, element in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        name = element.tag if isinstance(element.tag, str) else ""
        if hidden is None and event == "start":
            if name in _HIDDEN:
                hidden = element
                continue
            parts.append(("\n\n" if name in _BLOCKS else "") + (element.text or ""))
        elif hidden is not None and event == "end" and element is hidden:
            hidden = None
        elif hidden is not None:
            continue
        if event in {"end", "comment", "pi"}:
            parts.append(("\n\n" if name in _BLOCKS else "") + (element.tail or ""))
    return "".join(parts)
