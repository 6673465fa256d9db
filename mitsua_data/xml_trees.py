"""
XML as trees: what libxml2 makes of a document, within its limits, and nothing outside of it.

Two faults are overlooked because they change nothing, and one because what is meant is plain: a piece that was cut out
of a document (the RDF of an SVG) has the prefixes that everybody uses, without their declarations.
"""

from __future__ import annotations

import re
from typing import Final

from lxml import etree

PREFIXES: Final[dict[str, str]] = {
    "svg": "http://www.w3.org/2000/svg",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "cc": "http://web.resource.org/cc/",
    "cc4": "http://creativecommons.org/ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "edm": "http://www.europeana.eu/schemas/edm/",
    "xlink": "http://www.w3.org/1999/xlink",
}
"""Namespaces that XPath pointers may name; `cc` and `cc4` are Creative Commons' vocabularies of 2002 and of 2008."""
_HARMLESS: Final = frozenset({etree.ErrorTypes.WAR_NS_URI, etree.ErrorTypes.ERR_VERSION_MISSING})
"""Two errors that change no element and no attribute: a namespace name that is no URI, and `<?xml version="1"?>`. Three
SVG files of Open Clipart 0.18 have them, and every other reader reads these files."""
_UNDECLARED: Final = etree.ErrorTypes.NS_ERR_UNDEFINED_NAMESPACE


def _parser(*, recover: bool) -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities="internal",  # type: ignore[arg-type]  # a word that the stubs do not know yet
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        recover=recover,
    )


def parse(body: bytes) -> etree._Element:
    """The root of a document. Raises ValueError."""
    try:
        return etree.fromstring(body, _parser(recover=False))
    except etree.XMLSyntaxError as error:
        root = _despite_harmless(body)
        if root is None:
            raise ValueError(str(error)) from error
        return root


def _despite_harmless(body: bytes) -> etree._Element | None:
    """The root, where harmless errors are all that is wrong; else None."""
    parser = _parser(recover=True)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError:
        return None
    errors = {each.type for each in parser.error_log}
    if not errors or errors - _HARMLESS - {_UNDECLARED}:
        return None
    return _bound(root) if _UNDECLARED in errors else root


def _bound(root: etree._Element) -> etree._Element | None:
    """The tree of a piece cut out of a document: prefixes it declares nowhere mean what they mean here, or nothing."""
    for element in root.iter(etree.Element):
        named = {str(name): str(value) for name, value in element.attrib.items()}
        if any(_PREFIXED.match(name) for name in (str(element.tag), *named) if not _known(name)):
            return None
        element.tag = _full(str(element.tag))
        element.attrib.clear()
        element.attrib.update({_full(name): value for name, value in named.items()})
    return root


_PREFIXED: Final = re.compile(r"[^{}]*:")


def _known(name: str) -> bool:
    prefix, _, local = name.partition(":")
    return prefix in PREFIXES and bool(local) and ":" not in local


def _full(name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"{{{PREFIXES[prefix]}}}{local}" if _known(name) else name
