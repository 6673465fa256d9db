"""Web pages that stand beside records: which one a saved page is, and which licences it links to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from mitsua_data.licences import Licence, from_uri
from mitsua_data.model import Evidence, MediaType
from mitsua_data.sources.record import Body, Page, Record

CANONICAL: Final = "//link[@rel='canonical']/@href"
"""Where a page says what its own address is."""
_UPPER, _LOWER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"
_SMALL: Final = f"translate(., '{_UPPER}', '{_LOWER}')"
_STYLE: Final = "translate(@style, 'ABDEHILNOPSTVY ', 'abdehilnopstvy')"
_OF_LICENCE: Final = (
    f"[contains({_SMALL}, 'creativecommons.org/licenses/') or contains({_SMALL}, 'creativecommons.org/publicdomain/')"
    f" or contains({_SMALL}, 'rightsstatements.org/')]"
)
DEEDS: Final = f"//*[self::a or self::area or self::link]/@href{_OF_LICENCE}"
"""Every link to a licence, mark or statement that has an address, whoever sees it."""
VISIBLE: Final = (
    "[not(ancestor-or-self::*[@hidden or @aria-hidden='true' or self::template or self::script"
    f" or contains({_STYLE}, 'display:none') or contains({_STYLE}, 'visibility:hidden')])]"
)
"""Of elements, those that a reader sees."""
SEEN_DEEDS: Final = f"//a{VISIBLE}/@href{_OF_LICENCE}"
"""The links among these that a reader can follow."""
WORDS: Final = "//text()[not(ancestor::script or ancestor::style)]"
"""All that a page says, head and hidden parts with it."""


def address_of(body: Body) -> str:
    """The address of a page: its own, or for a saved one what it says of itself. Empty where that is not one."""
    if body.locator.startswith("https://"):
        return body.locator
    return Record(body.locator, body).text(CANONICAL) if body.media_type is MediaType.HTML else ""


def beside(bodies: Sequence[Body], pages: Collection[str]) -> tuple[Page, ...]:
    """
    Saved bodies, one page each, beside the first of them for each address in `pages`.

    Law: every body is in a page, or beside one.
    """
    context: dict[str, Body] = {}
    others = [body for body in bodies if not _taken(body, pages, context)]
    return tuple(Page((body,), context=context) for body in others or bodies)


def _taken(body: Body, pages: Collection[str], context: dict[str, Body]) -> bool:
    address = address_of(body)
    return address in pages and context.setdefault(address, body) is body


def said(record: Record, of: str = "") -> tuple[str, str]:
    """All words of a page, the pieces as they are, and with spaces between them: no mark-up comes between words."""
    found = record.value(WORDS, of=of)
    pieces = [each for each in (found if isinstance(found, list) else [found]) if isinstance(each, str)]
    return "".join(pieces), " ".join(pieces)


def linked(evidence: Evidence) -> set[Licence | None]:
    """What the links of a quotation of `DEEDS` mean; None stands for one that is not known."""
    values = evidence.value if isinstance(evidence.value, list) else [evidence.value]
    return {from_uri(each) if isinstance(each, str) else None for each in _said(values)}


def _said(values: Iterable[object]) -> Iterable[object]:
    return (each for each in values if each is not None)
