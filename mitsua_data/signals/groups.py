"""Groups of robots.txt (RFC 9309), as far as Protego does not tell: it knows nothing but Allow and Disallow."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

from protego import Protego

from mitsua_data.signals.vocabulary import AGENT

USER_AGENT: Final = frozenset({"user-agent", "useragent", "user agent"})
ALLOW: Final = frozenset({"allow"})
DISALLOW: Final = frozenset({"disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw"})
"""Protego's spellings: what it obeys must be seen here, too."""
_SITE_WIDE: Final = frozenset({"sitemap", "sitemaps", "site-map", "host"})
"""Lines that end no group."""
_PACE: Final = frozenset({"crawl-delay", "crawl delay", "request-rate", "request rate", "visit-time", "visit time"})
_KNOWN: Final = USER_AGENT | ALLOW | DISALLOW | _SITE_WIDE | _PACE
_URL: Final = "https://host.invalid/x"
_PURPOSE: Final = re.compile(
    r"\*|(?:no-?)?(?:(?:gen-?)?ai|ml|llm|machine-?learning)-?train(?:ing|er|ers)?|train(?:ing)?-?(?:gen-?ai|ai|ml|llm)"
)


@dataclass(frozen=True, eq=False)
class Group:
    """Whom some lines are addressed to. Lines of one group share it, so what it means is found out once."""

    agents: tuple[str, ...] = ()
    """In lower case; empty before the first group."""

    @cached_property
    def is_purpose(self) -> bool:
        """Whether one of its agents is none, but a purpose."""
        return any(map(is_purpose, self.agents))

    @cached_property
    def is_ours(self) -> bool:
        """Whether it addresses us, or everybody; so do lines before the first group."""
        return not self.agents or any(map(is_ours, self.agents))


@dataclass(frozen=True, slots=True)
class Line:
    """One line that says something."""

    field: str
    """In lower case."""
    value: str
    group: Group
    text: str
    """As it stands in the file, runs of white space made one space: what the pointer `line:` finds."""


def text_of(body: bytes) -> str:
    """The file's text: UTF-8, or whatever the bytes are."""
    return body.decode("utf-8-sig", "replace")


def lines(text: str) -> Iterator[Line]:
    """Every line with a field, and whom it is addressed to; a User-agent line names itself. Comments are none."""
    agents: list[str] = []
    group: Group | None = Group()
    open_group = False
    for line in text.splitlines():
        field, value = _split(line.partition("#")[0].strip())
        if not field:
            continue
        if field in USER_AGENT:
            if not open_group:
                agents = []
            open_group, group = True, None
            if value:
                agents.append(value.lower())
            yield Line(field, value, Group((value.lower(),)), " ".join(line.split()))
            continue
        open_group &= field in _SITE_WIDE
        group = group or Group(tuple(agents))
        yield Line(field, value, group, " ".join(line.split()))


def _split(line: str) -> tuple[str, str]:
    """Field, in lower case, and value; generous with a missing colon, as Protego is. An empty field: no statement."""
    field, colon, value = line.partition(":")
    if colon and (field.strip().lower() in _KNOWN or not value or value[0].isspace()):
        return field.strip().lower(), value.strip()
    words = line.split()
    for count in (1, 2):
        if (name := " ".join(words[:count]).lower()) in _KNOWN:
            return name, " ".join(words[count:])
    return (field.strip().lower(), value.strip()) if colon else ("", "")


def is_ours(agent: str) -> bool:
    """Whether a group for this agent is for us, by name or because it is for everybody: as Protego has it."""
    return not Protego.parse(f"User-agent: {agent}\nDisallow: /\n").can_fetch(_URL, AGENT)


def is_purpose(agent: str) -> bool:
    """Whether it names what is done (`ai-training`) instead of who does it."""
    return agent != "*" and _PURPOSE.fullmatch(agent.replace("_", "-").replace(" ", "-")) is not None


def permits(rules: str, url: str, agent: str = AGENT) -> bool:
    """Whether rules in the form of robots.txt let us fetch a URL: longest match, Protego's word."""
    return bool(_parsed(rules).can_fetch(url, agent))


def matches(pattern: str, url: str) -> bool:
    """Whether a path pattern (RFC 9309: a prefix, with `*` and `$`) covers a URL."""
    quoted = "".join("%23" if each == "#" else "%20" if each.isspace() else each for each in pattern)
    if not quoted.startswith(("/", "*")):
        quoted = f"/{quoted}"
    return not permits(f"User-agent: *\nDisallow: {quoted}\n", url)


@lru_cache(maxsize=512)
def _parsed(rules: str) -> Protego:
    return Protego.parse(rules)
