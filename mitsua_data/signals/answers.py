"""
One answer's facts: what its headers say, or that a document could not be had.

A capture is kept by its body alone, so two answers with one body share it, whatever their headers were; the facts of an
answer are therefore a small body of their own, derived from the exchange, in canonical JSON:

    {"headers": {"x-robots-tag": ["noai"]}, "status": 200, "url": "https://images.example/1.jpg"}
    {"about": "tdmrep.json", "status": 404, "url": "https://images.example/.well-known/tdmrep.json"}
    {"about": "ai.txt", "failure": "failed_network", "url": "https://images.example/ai.txt"}

It holds no times and no other headers, so the same answer gives the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from mitsua_data.canonical import canonical, parse_json
from mitsua_data.model import Json
from mitsua_data.signals.preferences import preference
from mitsua_data.signals.rsl import is_licence_link
from mitsua_data.signals.tdmrep import POLICY, RESERVATION, reservation
from mitsua_data.signals.vocabulary import PROTOCOLS, Place, Protocol, Said, Word, raw

HEADERS: Final = frozenset(
    {"content-usage", "content-signal", "content-signals", "x-robots-tag", RESERVATION, POLICY, "link"}
)
"""Response headers that may carry a wish, in lower case."""
GONE: Final = frozenset(range(400, 500)) - {408, 425, 429}
"""Statuses that say that a document is not there (RFC 9309, 2.3.1.3), and do not speak of the moment."""
_NO: Final = frozenset({"noai", "noimageai", "noml", "notrain", "noaitraining", "notraining", "notdm", "noaitrain"})
_KNOWN: Final = frozenset(
    {
        "all", "none", "index", "noindex", "follow", "nofollow", "archive", "noarchive", "nocache", "snippet",
        "nosnippet", "noimageindex",
        "notranslate", "noodp", "noydir", "indexifembedded", "unavailable_after",
        "max-snippet", "max-image-preview", "max-video-preview", "nositelinkssearchbox",
    }
)  # fmt: skip
_SUSPICIOUS: Final = re.compile(
    r"(?:^|[-_])(?:no|dis|deny)?[-_]?\w*(?:ai|train\w*|tdm|ml|mining|dataset\w*|llm)(?:[-_]|$)"
)
_LINK: Final = re.compile(r"<([^>]*)>([^<]*)")
_PARAMETER: Final = re.compile(r";\s*([\w*-]+)\s*=\s*(?:\"([^\"]*)\"|([^;,\s]+))")


def signal_headers(headers: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """The headers that may carry a wish, by lower-case name; of links, only those to licences."""
    found: dict[str, list[str]] = {}
    for name, value in headers:
        key = name.strip().lower()
        if key in HEADERS and (key != "link" or _licence_links(value)):
            found.setdefault(key, []).append(raw(value))
    return found


def answer_facts(url: str, status: int, headers: Sequence[tuple[str, str]]) -> bytes:
    """The facts of an answer that was had."""
    return canonical({"headers": _json(signal_headers(headers)), "status": status, "url": raw_url(url)})


def missing_facts(about: Place, url: str, *, status: int | None = None, failure: str | None = None) -> bytes:
    """The facts of a document that was not had: its status, or the class of the failure."""
    facts: dict[str, Json] = {"about": str(about), "url": raw_url(url)}
    if status is not None:
        facts["status"] = status
    if failure is not None:
        facts["failure"] = failure
    return canonical(facts)


def raw_url(url: str) -> str:
    """A URL as facts carry it: without what JSON cannot carry."""
    return url.encode("utf-8", "replace").decode()


def read_answer(body: bytes) -> Iterator[Said]:
    """What an answer's facts say."""
    try:
        facts = parse_json(body)
    except ValueError:
        facts = None
    if not isinstance(facts, dict):
        yield from (Said(protocol, Word.UNKNOWN, "no facts") for protocol in PROTOCOLS[Place.ANSWER])
    elif "about" in facts:
        yield from _missing(facts)
    else:
        headers = facts.get("headers")
        given = (
            {str(name).lower(): _texts(value) for name, value in headers.items()} if isinstance(headers, dict) else {}
        )
        yield from _headers(given)


def directives(values: Sequence[str]) -> Word:
    """What X-Robots-Tag headers, or robots meta elements, say of training; for whichever robot."""
    tokens = [
        token.strip().lower() for value in values for part in re.split(r"[,;\s]+", value) for token in part.split(":")
    ]
    words = {_directive(token) for token in tokens if token}
    return max(words, key=lambda word: word.severity, default=Word.NONE)


def _directive(token: str) -> Word:
    bare = re.sub(r"[-_]", "", token)
    if bare in _NO:
        return Word.BLOCK
    named = token in _KNOWN or not token.startswith(("no", "dis", "deny"))
    return Word.NONE if named or not _SUSPICIOUS.search(token) else Word.UNKNOWN


def _missing(facts: dict[str, Json]) -> Iterator[Said]:
    status, failure = facts.get("status"), facts.get("failure")
    gone = isinstance(status, int) and status in GONE and failure is None
    pointer = "/failure" if failure is not None else "/status"
    value = raw(failure if failure is not None else status)
    about = next((place for place in Place if str(place) == facts.get("about")), None)
    for protocol in PROTOCOLS.get(about, ()) if about is not None else ():
        if gone:
            yield Said(protocol, Word.NONE, None, "", pointer)
        else:
            yield Said(protocol, Word.UNKNOWN, value, "", pointer)


def _headers(given: dict[str, list[str]]) -> Iterator[Said]:
    for name, protocol in (("content-usage", Protocol.USAGE_HEADER), ("content-signal", Protocol.SIGNAL_HEADER),
                           ("content-signals", Protocol.SIGNAL_HEADER)):  # fmt: skip
        if name in given:
            yield _said(protocol, preference(",".join(given[name])), given[name], name)
    if tags := given.get("x-robots-tag"):
        yield _said(Protocol.NOAI_HEADER, directives(tags), tags, "x-robots-tag")
    reserved, policies = given.get(RESERVATION, []), given.get(POLICY, [])
    if reserved or policies:
        shown = RESERVATION if reserved else POLICY
        yield _said(Protocol.TDMREP_HEADER, reservation(reserved, policies), reserved or policies, shown)
    if links := given.get("link"):
        yield _said(Protocol.RSL_HEADER, Word.UNKNOWN, links, "link")


def _said(protocol: Protocol, word: Word, values: list[str], header: str) -> Said:
    return Said(protocol, word, raw(", ".join(values)), "", f"/headers/{header}")


def _licence_links(value: str) -> list[str]:
    found = []
    for target, rest in _LINK.findall(value):
        given = {name.lower(): quoted or bare for name, quoted, bare in _PARAMETER.findall(rest)}
        if is_licence_link(given.get("rel", ""), given.get("type", ""), target):
            found.append(target)
    return found


def _texts(value: Json) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def _json(headers: dict[str, list[str]]) -> dict[str, Any]:
    return dict(headers)
