"""
Drift: what a source says now, beside what it said when it was crawled last.

The source is crawled again, whole, by the same code and into the same ledger: what has changed are new rows, and
nothing is taken away. Then the newest verdicts are laid beside those that stood before:

* `withdrawn`: an image was claimed, and its record now says otherwise;
* `licence`: it is claimed, under another licence; `verdict`: any other change of a verdict;
* `url`: its bytes are said to be elsewhere; `bytes`: they are others than those that were judged or fetched;
* `gone`: the source lists it no more; a record that could not be had is not gone, but unreachable;
* `terms`: a page of the institution's terms is another one.

Images that are new are counted, and are no change. Whether the source changed or our reading of it (its rule's version)
is told with each change.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from mitsua_data.errors import UsageError
from mitsua_data.ledger import changes, crawls, queries
from mitsua_data.ledger.changes import Said
from mitsua_data.ledger.store import Ledger
from mitsua_data.model import Evidence, ImageId, Reason
from mitsua_data.sources.base import AnySource, quoted_original

TAKEN_BACK: Final = frozenset({
    Reason.NOT_OPEN, Reason.NO_STATEMENT, Reason.NO_LICENCE_FILE, Reason.LICENCE_NOT_CLAIMABLE, Reason.CONFLICT,
    Reason.EXCLUDED, Reason.OUT_OF_SCOPE, Reason.NO_PERMISSION,
})  # fmt: skip
"""
What a source may say that takes a claim back. Other reasons (unreadable, an unknown value) say that we do not
understand it, which may be its fault, or ours: a verdict that changed, and no word about rights.
"""


class Change(StrEnum):
    """What has changed."""

    WITHDRAWN = "withdrawn"
    LICENCE = "licence"
    VERDICT = "verdict"
    URL = "url"
    BYTES = "bytes"
    GONE = "gone"
    TERMS = "terms"


@dataclass(frozen=True, slots=True)
class Changed:
    """One image, or one page of terms, and what has changed about it."""

    what: str
    """`source:record#part`, or an URL."""
    changes: tuple[Change, ...]
    was: dict[str, Any]
    now: dict[str, Any]
    evidence: int | None = None
    """The first quotation (its seq) that its verdict rests on now."""

    def as_json(self) -> dict[str, Any]:
        """For `--format json`."""
        return {"what": self.what, "changes": [str(each) for each in self.changes], "was": self.was, "now": self.now}


@dataclass
class Drift:
    """Everything that has changed since the last crawl."""

    source: str
    session: str
    """The crawl that found it."""
    images: int = 0
    """That the source lists now."""
    new: int = 0
    unreachable: int = 0
    """Whose record could not be had, or whose bytes could not be looked at."""
    rules: tuple[int | None, int] = (None, 0)
    """The version of the source's rule then, and now: where they differ, a change may be ours."""
    found: list[Changed] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The summary: what `drift --format json` ends with."""
        counts = Counter(change for each in self.found for change in each.changes)
        return {
            "source": self.source,
            "session": self.session,
            "images": self.images,
            "changed": len(self.found),
            **{str(change): counts[change] for change in Change},
            "new": self.new,
            "unreachable": self.unreachable,
            "rule_version": {"was": self.rules[0], "now": self.rules[1]},
        }


def require_crawled(ledger: Ledger, source: AnySource) -> crawls.Crawl:
    """The newest crawl of a source. Raises UsageError where there is none that has ended, to compare with."""
    name = source.spec.id
    with ledger.read() as connection:
        last = crawls.newest(connection, name)
        before = [session for session, _ in changes.sessions(connection, name)]
    if last is None:
        raise UsageError(f"{name} was never crawled", advice=f"run: mitsua crawl {name}")
    if len(before) == 1 and last.state == "running":
        raise UsageError(f"the first crawl of {name} has not ended", advice=f"run: mitsua crawl {name}")
    return last


def compare(ledger: Ledger, source: AnySource, session: str) -> Drift:
    """What the crawl `session`, which looked at everything again, found other than what stood before it."""
    name = source.spec.id
    with ledger.read() as connection:
        known = changes.sessions(connection, name)
        began = next(size for each, size in known if each == session)
        was, now = changes.said(connection, name, before=began), changes.said(connection, name)
        before = _before(known, session)
        seen, listed = changes.seen(connection, [session]), changes.seen(connection, before)
        listed |= _places(connection, was, changes.missed(connection, before[0]) if before else set())
        silent = _places(connection, was, changes.missed(connection, session))
        terms_was = changes.terms(connection, source.spec.terms, [each for each, _ in known if each < session])
        terms_now = changes.terms(connection, source.spec.terms, [session])
        other = [(image, was[image], now[image]) for image in sorted(was) if was[image].seq != now[image].seq]
        quoted = changes.quotations(connection, (seq for _, *both in other for each in both for seq in each.evidence))
    drift = Drift(name, session, rules=(_rule(was), source.spec.rule_version))
    drift.images = sum(said.capture in seen for said in now.values())
    drift.new = sum(1 for image in now.keys() - was.keys() if now[image].capture in seen)
    for image, old, new in other:
        if found := _differing(image, old, new, quoted):
            drift.found.append(found)
    for image in sorted(was):
        capture = now[image].capture
        if capture in seen or capture not in listed or now[image].reason == Reason.NO_IMAGE:
            continue
        if capture in silent:
            drift.unreachable += 1
        else:
            drift.found.append(Changed(str(image), (Change.GONE,), _told(was[image]), {}))
    for url in sorted(terms_was.keys() & terms_now.keys()):
        if terms_was[url] != terms_now[url]:
            pages = {"sha256": terms_was[url]}, {"sha256": terms_now[url]}
            drift.found.append(Changed(url, (Change.TERMS,), *pages))
    return drift


def taken_back(ledger: Ledger, source: AnySource) -> list[Changed]:
    """
    Images whose licence the source has taken back, in this crawl or an earlier one, and that nobody withdrew.

    Only where one version of our rule read both: where the rule is another, it may be we who changed our mind.
    """
    with ledger.read() as connection:
        claimed = changes.said(connection, source.spec.id, claims=True)
        now = changes.said(connection, source.spec.id)
        known = queries.revocations(connection)
    return [
        Changed(str(image), (Change.WITHDRAWN,), _told(claimed[image]), _told(new), next(iter(new.evidence), None))
        for image, new in sorted(now.items())
        if image in claimed
        and new.reason in TAKEN_BACK
        and new.rule_version == claimed[image].rule_version
        and not known.of(image, None)
    ]


def _before(known: list[tuple[str, int | None]], session: str) -> list[str]:
    """
    The crawls whose images count as listed before `session`: all, from the last on that looked at everything again.

    So an image that has gone is told of once, and crawls with a limit in between make none go.
    """
    earlier = [(each, size) for each, size in known if each < session]
    whole = [place for place, (_, size) in enumerate(earlier) if size is not None]
    return [each for each, _ in (earlier[whole[-1] :] if whole else earlier)]


def _places(connection: Any, was: Mapping[ImageId, Said], urls: set[str]) -> set[str]:
    """Of the captures that records stood in, those that were seen at one of these URLs."""
    if not urls:
        return set()
    found = changes.locators(connection, {said.capture for said in was.values()})
    return {capture for capture, places in found.items() if places & urls}


def _rule(was: Mapping[ImageId, Said]) -> int | None:
    """The newest version of the rule that judged before."""
    return max((said.rule_version for said in was.values()), default=None)


def _differing(image: ImageId, old: Said, new: Said, quoted: Mapping[int, Evidence]) -> Changed | None:
    """What differs between two verdicts on an image; None where they only stand in other captures."""
    found = list(_verdict(old, new))
    was, now = _told(old), _told(new)
    if old.url is not None and new.url is not None:
        if old.url != new.url:
            found.append(Change.URL)
        digests = [quoted_original(each.url or "", [quoted[seq] for seq in each.evidence]) for each in (old, new)]
        if None not in digests and digests[0] != digests[1]:
            found.append(Change.BYTES)
            was, now = was | {"sha256": digests[0]}, now | {"sha256": digests[1]}
    return Changed(str(image), tuple(found), was, now, next(iter(new.evidence), None)) if found else None


def _verdict(old: Said, new: Said) -> Iterator[Change]:
    if old.outcome == "claim" and new.outcome != "claim":
        yield Change.WITHDRAWN if new.reason in TAKEN_BACK else Change.VERDICT
    elif old.outcome == "claim" and old.licence != new.licence:
        yield Change.LICENCE
    elif _words(old) != _words(new):
        yield Change.VERDICT


def _words(said: Said) -> tuple[object, ...]:
    return said.outcome, said.licence, said.grade, said.subject, said.reason


def _told(said: Said) -> dict[str, Any]:
    return {
        "outcome": said.outcome,
        "licence": said.licence,
        "reason": said.reason,
        "grade": said.grade,
        "url": said.url,
        "capture": said.capture,
    }
