"""
`audit.html`: an audit's report as one page that needs nothing else: no script, no request, no font, no frame.

Words from outside are hostile until shown otherwise. Three layers keep them still: every expression of the template is
escaped; control and formatting characters (bidirectional overrides among them) are spelt out; and the page's own policy
lets a browser load nothing but the pictures inside it and the one style sheet whose digest it names.
"""

from __future__ import annotations

import unicodedata
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from mitsua_data import __version__
from mitsua_data.ledger.store import stamp
from mitsua_data.reports.words import GRADES, OUTCOMES, REASONS

if TYPE_CHECKING:  # an audit writes reports, so reports must not need it to be imported
    from mitsua_data.audit.result import AuditResult, Example, Picture, RefusalCount

MOST_FINDINGS: Final = 200
"""Findings shown one by one; `audit.json` has them all."""
LONGEST: Final = 400
"""Longest quoted value shown, in characters."""
_HERE: Final = Path(__file__).resolve().parent
_SPELT_OUT: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories of characters that have no picture of their own, or that move others about."""
_HARMLESS: Final = frozenset("\n\t\u200c\u200d")
"""Line ends, tabs, and the two joiners that scripts and emoji are written with."""


def inert(value: object) -> object:
    """Text in which nothing acts: each character that would is spelt out as its code point. Markup of ours stays."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return "".join(
        f"⟨U+{ord(mark):04X}⟩" if unicodedata.category(mark) in _SPELT_OUT and mark not in _HARMLESS else mark
        for mark in value
    )


def page(result: AuditResult, auditor: str) -> bytes:
    """The bytes of `audit.html`; `auditor` is the key id of whoever signs for it."""
    style = (_HERE / "audit.css").read_text(encoding="utf-8")
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=inert,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"data_uri": _data_uri, "cut": _cut, "number": _number}
    template = environment.get_template("audit.html.j2")
    text = template.render(
        result=result,
        manifest=result.signed.manifest if result.signed else None,
        auditor=auditor,
        version=__version__,
        audited_at=stamp(result.audited_at),
        expires_at=stamp(result.expires_at),
        style=Markup(style),  # noqa: S704  # a file of this package
        style_digest=b64encode(sha256(style.encode()).digest()).decode(),
        findings=result.findings[:MOST_FINDINGS],
        by_kind=sorted(Counter(each.kind for each in result.findings).items()),
        refusals=[(source, list(rows)) for source, rows in groupby(result.tables.refusals, lambda each: each.source)],
        refused_totals=_totals(result.tables.refusals),
        accepted=_by_source(result.tables.accepted),
        refused=_by_source(result.tables.refused),
        words=_WORDS,
    )
    return text.encode()


def _by_source(examples: Iterable[Example]) -> Iterator[tuple[str, list[Example]]]:
    for source, group in groupby(examples, lambda each: each.source):
        yield source, list(group)


def _totals(refusals: Iterable[RefusalCount]) -> Mapping[str, int]:
    totals: Counter[str] = Counter()
    for each in refusals:
        totals[each.source] += each.images
    return totals


def _data_uri(picture: Picture) -> str:
    return f"data:{picture.media_type};base64,{b64encode(picture.data).decode()}"


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text):,} characters)"


def _number(count: int) -> str:
    return f"{count:,}"


_WORDS: Final[dict[str, Mapping[Any, str]]] = {
    "reason": {str(reason): words for reason, words in REASONS.items()},
    "grade": {str(grade): words for grade, words in GRADES.items()},
    "outcome": {str(outcome): words for outcome, words in OUTCOMES.items()},
}
