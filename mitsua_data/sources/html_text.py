"""HTML as some sources put it into their fields: its words, where its links lead, and the classes it names."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

_VOID: Final = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
"""Elements that have no end."""
_UNSEEN: Final = frozenset({"script", "style", "template"})
_BREAKS: Final = frozenset({"br", "dd", "div", "dt", "li", "p", "td", "th", "tr"})
"""Elements between which words do not run together."""


@dataclass(frozen=True)
class Html:
    """What was found in a piece of HTML."""

    words: str = ""
    """Its text as a reader sees it, with runs of white space made one space."""
    links: tuple[str, ...] = ()
    """Where its links lead, in order, as written."""
    classes: frozenset[str] = frozenset()
    """Every class that an element names."""


def read_html(text: str) -> Html:
    """What a piece of HTML holds. Law: this reads every text, however broken; plain text comes back as its words."""
    reader = _Reader()
    reader.feed(text.replace("<![", "&lt;!["))  # the parser fails at a marked section that it does not know
    reader.close()
    return Html(" ".join("".join(reader.words).split()), tuple(reader.links), frozenset(reader.classes))


@dataclass(eq=False)
class _Reader(HTMLParser):
    words: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    classes: set[str] = field(default_factory=set)
    unseen: list[str] = field(default_factory=list)
    """Open elements, from the outermost one that is not shown."""

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = {name: value or "" for name, value in attrs}
        self.classes.update(held.get("class", "").split())
        if tag == "a" and held.get("href"):
            self.links.append(held["href"])
        if tag in _BREAKS:
            self.words.append(" ")
        hidden = tag in _UNSEEN or "display:none" in held.get("style", "").replace(" ", "").lower()
        if tag not in _VOID and (self.unseen or hidden):
            self.unseen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _BREAKS:
            self.words.append(" ")
        while tag in self.unseen:
            if self.unseen.pop() == tag:
                break

    def handle_data(self, data: str) -> None:
        if not self.unseen:
            self.words.append(data)
