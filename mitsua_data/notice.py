"""NOTICE.md of a release: whose works are in it, under what, and the credits their makers wish."""

from __future__ import annotations

from collections import Counter
from typing import Final

from mitsua_data.dataset import Dataset
from mitsua_data.licences import Kind, Licence
from mitsua_data.shards.samples import Provenance

_MAY_ASK: Final = frozenset({Kind.LICENCE, Kind.PERMISSION})
"""Kinds of statement that can set conditions."""

PERMITTED: Final = (
    "Works under LicenseRef-permission may be used for what their rights holders signed, by the licensee, and for",
    "nothing else: they must not be published with this dataset unless the permission names redistribution.",
    "",
)
"""What stands in the notice of a release that holds such works."""


def notice(dataset: Dataset, samples: list[Provenance]) -> bytes:
    """The notice's text: counts by source and licence, then every named creator. Markdown, UTF-8."""
    counts = Counter((sample.source, sample.licence) for sample in samples)
    creators = Counter(" ".join(sample.creator.split()) for sample in samples if sample.creator.strip())
    lines = [
        f"# Notice: {dataset.name} {dataset.version}",
        "",
        "Every image in this release was accepted under the policy named in `manifest.json`, on the evidence that",
        "stands in the image's own `.json` beside it. It shows what was said, where and when; it does not prove title.",
        "",
        "| source | licence | images |",
        "|---|---|---:|",
        *(f"| {source} | {licence} | {count} |" for (source, licence), count in sorted(counts.items())),
        "",
        *(PERMITTED if any(licence.kind is Kind.PERMISSION for _, licence in counts) else ()),
        "## Creators",
        "",
        _attribution({sample.licence for sample in samples}),
        "",
        *(f"- {_inert(name)} ({count})" for name, count in sorted(creators.items())),
        "",
    ]
    return "\n".join(lines).encode()


def _attribution(licences: set[Licence]) -> str:
    """What these licences ask for, as far as their kind tells."""
    asking = sorted(licence for licence in licences if licence.kind in _MAY_ASK)
    if not asking:
        return "No licence here asks for attribution. These are the names the sources give, with thanks:"
    return f"Attribution may be a condition of {', '.join(asking)}: read it. These are the names the sources give:"


def _inert(text: str) -> str:
    """A name as plain text: no Markdown or HTML in it comes alive."""
    return "".join(f"\\{mark}" if mark in "\\`*_{}[]()<>#+-!|" else mark for mark in text if mark.isprintable())
