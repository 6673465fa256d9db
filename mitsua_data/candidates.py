"""
Which accepted images a build renders: those with an original, selected by the dataset, each original once.

Decisions must be up to date: they are computed again here, and compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from mitsua_data.dataset import Dataset
from mitsua_data.decide import Ruling, current
from mitsua_data.errors import UsageError
from mitsua_data.ledger import queries
from mitsua_data.ledger.queries import Decided, Standing
from mitsua_data.ledger.store import Ledger
from mitsua_data.model import Capture, ImageId, Outcome
from mitsua_data.policy import Policy
from mitsua_data.sources.base import quoted_original


@dataclass(frozen=True, slots=True)
class Candidate:
    """One accepted original, and the image it stands for."""

    standing: Standing
    decision: Decided
    description: Any
    """Row of `image`."""
    original: Any
    """Row of `original`."""
    capture: Capture

    @property
    def key(self) -> str:
        """The sample's key: the original's sha256."""
        return str(self.original.sha256)


@dataclass
class BuildTally:
    """What became of the accepted images."""

    samples: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    """
    not_fetched, bytes_refused, same_bytes (as another image, which stands for both), copy_not_accepted, not_selected,
    same_picture, withdrawn_picture, or the reason why a picture could not be rendered. Law: samples and these add up to
    the accepted images.
    """
    withheld: Counter[str] = field(default_factory=Counter)
    """Words that were asked for and entered no caption: part, source and licence, to the number of samples."""


def candidates_of(ledger: Ledger, dataset: Dataset, policy: Policy, tally: BuildTally) -> list[Candidate]:
    """Every original to render, by key. Each original is taken once, under its first image's name."""
    decided = _fresh(current(ledger, policy))
    with ledger.read() as connection:
        described, originals = queries.images(connection), queries.originals(connection)
        captures, bad = queries.captures(connection), queries.refused_attempts(connection)
    accepted = [each for each, decision in decided if decision.outcome == Outcome.ACCEPT]
    refused = {each.original for each, decision in decided if decision.outcome != Outcome.ACCEPT}
    refused |= {_quoted(each, described) for each, decision in decided if decision.outcome == Outcome.REFUSE}
    decisions = {each.image: decision for each, decision in decided}
    without = [each.image for each in accepted if each.original is None or each.stale]
    tally.left_out["bytes_refused"] = sum((image, described[image].url) in bad for image in without)
    tally.left_out["not_fetched"] = len(without) - tally.left_out["bytes_refused"]
    found = []
    with_bytes = sorted(
        (each for each in accepted if each.original and not each.stale),
        key=lambda each: (each.original or "", each.image),
    )
    for original, group in groupby(with_bytes, key=lambda each: each.original or ""):
        copies = list(group)
        tally.left_out["same_bytes"] += len(copies) - 1
        # The same bytes under a name that was not accepted: two statements about one picture, so it stays out.
        if original in refused:
            tally.left_out["copy_not_accepted"] += 1
            continue
        usable = (
            Candidate(each, decisions[each.image], described[each.image], originals[original], captures[original])
            for each in copies
        )
        chosen = next((each for each in usable if _selected(dataset, each)), None)
        if chosen is None:
            tally.left_out["not_selected"] += 1
        else:
            found.append(chosen)
    return found


def _quoted(standing: Standing, described: Mapping[ImageId, Any]) -> str | None:
    """The digest of an image's bytes as its verdict quotes it: those of a refused image are never fetched."""
    description = described.get(standing.image)
    return None if description is None else quoted_original(description.url, standing.verdict.evidence)


def _fresh(found: Iterable[tuple[Ruling, Decided | None]]) -> list[tuple[Standing, Decided]]:
    """Every image with its decision. Raises UsageError where one has none, or one that would be another today."""
    fresh, stale = [], 0
    for ruling, known in found:
        if known is None or not ruling.same_as(known):
            stale += 1
        else:
            fresh.append((ruling.standing, known))
    if stale:
        raise UsageError(
            f"{stale:,} images have no decision under this policy, or one that is out of date",
            advice="run: mitsua decide",
        )
    return fresh


def _selected(dataset: Dataset, candidate: Candidate) -> bool:
    return dataset.select.wants(
        source=candidate.standing.image.source,
        category=candidate.description.category,
        width=candidate.original.width,
        height=candidate.original.height,
        image_format=candidate.original.format,
    )
