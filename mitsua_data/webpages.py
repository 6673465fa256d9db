"""
Web pages as text: the tree that libxml2 makes of HTML, and what its blocks say to somebody who reads them.

A block is a paragraph, an item of a list, a cell, a heading or the like that holds no other block. Its text is that of
everything inside, runs of white space being one space, and `<br>` being white space. What is not shown (`hidden`,
`display:none`, scripts, comments) is no text; and a block of which a part is struck out says nothing at all.
Law: both functions depend on the bytes alone; nothing is fetched, and no script is run.
"""

from __future__ import annotations

from typing import Final

from lxml import etree

BLOCKS: Final = frozenset({
    "address", "article", "aside", "blockquote", "body", "caption", "dd", "details", "div", "dt", "fieldset",
    "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "legend", "li", "main",
    "nav", "p", "pre", "section", "summary", "td", "th",
})  # fmt: skip
UNSEEN: Final = frozenset({"head", "noscript", "script", "select", "style", "template", "textarea", "title"})
STRUCK: Final = frozenset({"del", "s", "strike"})


def parse(body: bytes) -> etree._Element:
    """The page's tree. UTF-8 where the bytes are UTF-8, else what the page itself says. Raises ValueError."""
    encoding = None if "\ufffd" in body.decode("utf-8", "replace") else "utf-8"
    parser = etree.HTMLParser(encoding=encoding, remove_comments=True, remove_pis=True, no_network=True)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise ValueError(str(error)) from error
    if root is None:
        raise ValueError("there is no element in it")
    return root


def blocks(root: etree._Element) -> frozenset[str]:
    """What each block of a page says, word for word; a block that holds others is none."""
    found: set[str] = set()
    open_blocks: list[_Block] = []
    unseen = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        tag = element.tag if isinstance(element.tag, str) else ""
        starts, hides = event == "start", _hides(element, tag)
        if tag in BLOCKS and starts:
            if open_blocks:
                open_blocks[-1].whole = False
            open_blocks.append(_Block())
        here = open_blocks[-1] if open_blocks else _Block()
        unseen += hides if starts else -hides
        if starts:
            here.whole &= tag not in STRUCK
            here.texts += [" " if tag == "br" else "", "" if unseen else element.text or ""]
        if tag in BLOCKS and not starts:
            block = open_blocks.pop()
            if block.whole:
                found.add(" ".join("".join(block.texts).split()))
        if not starts and open_blocks and not unseen:
            open_blocks[-1].texts.append(element.tail or "")
    return frozenset(found - {""})


class _Block:
    """A block that is being read."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.whole = True


def _hides(element: etree._Element, tag: str) -> bool:
    style = "".join((element.get("style") or "").lower().split())
    hidden = element.get("hidden") is not None or element.get("aria-hidden") == "true"
    return hidden or tag in UNSEEN | STRUCK or "display:none" in style or "visibility:hidden" in style
