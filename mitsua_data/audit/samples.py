"""
One sample after another: from the picture in the shard back to the words of whoever published it.

Two moments count. *Then*, when the release was made (the log's size in its checkpoint): what the sample says of itself
must be what the ledger said then. *Now*: nothing that came later may speak against it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from mitsua_data.audit.bodies import Bodies, Unread
from mitsua_data.audit.findings import Findings, Kind
from mitsua_data.audit.permissions import Permissions
from mitsua_data.audit.policies import Accepts
from mitsua_data.audit.recipes import Recipe
from mitsua_data.audit.rules import Differs, NotReplayed, Recorded, Rules
from mitsua_data.audit.signals import Signals, subject_of
from mitsua_data.canonical import canonical
from mitsua_data.ledger.behind import Behind, Row, quoted_by
from mitsua_data.model import ImageId
from mitsua_data.pointers import Absent, UnreadableBody
from mitsua_data.shards.reader import ShardSample
from mitsua_data.sources.base import file_pointer

AGAINST: Final = frozenset({("ai_generated", "yes"), ("opt_out", "block")})
"""Results of checks that speak against training on an original."""
RUN_AGAIN: Final = "the source's rule run again: name its declaration, or crawl and build again with this version"
"""What an audit asks for where a rule could not be run: what was not checked does not pass."""


@dataclass(frozen=True)
class Terms:
    """What holds for every sample of the release."""

    policy: str
    size: int
    """Leaves of the log when it was made."""
    accepts: Accepts | None
    """None where the policy's text is not understood; that is a finding of its own."""
    recipe: Recipe | None
    """None where the manifest's selection is not understood; a finding of its own, too."""
    revoked: frozenset[tuple[str, str]]
    """(kind, target) of every withdrawal the ledger knows now."""
    remembered: Mapping[str, Row] | None
    """The ledger's rows of samples by key; None where the ledger does not know the release."""
    permissions: Permissions
    signals: Signals


@dataclass
class Counts:
    """What was looked at."""

    samples: int = 0
    decisions: int = 0
    quotations: int = 0
    rules_run: int = 0
    rules_not_run: dict[tuple[str, str], int] = field(default_factory=dict)
    """(source, why) → samples whose source's rule could not be run again."""


class Chain:
    """The checks of one sample. Each adds findings; none stops the others."""

    def __init__(self, terms: Terms, rows: Behind, sample: ShardSample, where: str, findings: Findings) -> None:
        self.terms, self.rows, self.sample, self.where = terms, rows, sample, where
        self._findings = findings
        told = sample.provenance
        self.told = told
        self.image = ImageId(told.source, told.record, told.part)
        self.decision = self._then(rows.decisions.get(self.image, ()))
        self.verdict = self._then(rows.verdicts.get(self.image, ()))

    def note(self, kind: Kind, got: object, expected: object, where: str = "") -> None:
        """A finding about this sample."""
        self._findings.add(kind, where or self.where, key=self.sample.key, got=got, expected=expected)

    def check_rows(self) -> None:
        """Everything that the ledger's rows alone can tell."""
        self._remembered()
        self._decision()
        self._verdict()
        self._original()
        self._described()
        self._split()
        self._withdrawn(self.image)
        self._copies()

    def recorded(self) -> Recorded | None:
        """The claim that the sample rests on; None where there is none."""
        if self.verdict is None or self.verdict["outcome"] != "claim":
            return None
        quoted = tuple(
            (row["capture"], row["pointer"], canonical(row["value"]))
            for seq in quoted_by(self.verdict)
            if (row := self.rows.evidence.get(seq)) is not None
        )
        return Recorded(self.image, self.verdict, self._description(), quoted)

    def check_evidence(self, bodies: Bodies, counts: Counts) -> None:
        """Each quotation, derived again from captured bytes, against the ledger's and the sample's."""
        if self.verdict is None:
            return
        told = [(each.capture, each.pointer, each.value) for each in self.told.evidence]
        held: list[tuple[str, str, str]] = []
        for seq in quoted_by(self.verdict):
            row = self.rows.evidence.get(seq)
            if row is None:
                self.note(Kind.EVIDENCE, "no such row", f"a quotation, row {seq}", "ledger: evidence")
                continue
            counts.quotations += 1
            value = canonical(row["value"]).decode()
            held.append((row["capture"], row["pointer"], value))
            self._quotation(bodies, row, value)
        if told != held:
            one, other = next(
                ((one, other) for one, other in zip(told, held, strict=False) if one != other),
                (f"{len(told)} quotations", f"{len(held)} quotations"),
            )
            self.note(Kind.QUOTATION, one, other)

    def check_permission(self, bodies: Bodies) -> None:
        """What the claim was made under, where that is a permission."""
        if self.verdict is not None:
            original, size = self.told.original_sha256, self.terms.size
            claim = (self.verdict, self.rows.evidence, self.decision)
            for got, expected in self.terms.permissions.problems(*claim, original, size, bodies):
                self.note(Kind.PERMISSION, got, expected)

    def check_signals(self, bodies: Bodies) -> None:
        """Wishes against training: what the ledger says of them, and what the documents say."""
        capture = self.verdict["capture"] if self.verdict else ""
        subject = subject_of(self.image.source, self._description(), capture, self.told.original_sha256)
        for where, got, expected in self.terms.signals.problems(subject, bodies):
            self.note(Kind.OBJECTION, got, expected, where)

    def check_rule(self, rules: Rules, counts: Counts) -> None:
        """The source's rule, run again."""
        recorded = self.recorded()
        if recorded is None:
            return
        answer = rules.replay(recorded)
        if isinstance(answer, NotReplayed):
            key = (self.image.source, answer.why)
            counts.rules_not_run[key] = counts.rules_not_run.get(key, 0) + 1
            kind = Kind.CAPTURE if answer.unread else Kind.RULE
            self.note(kind, f"{self.image.source} could not be judged again: {answer.why}", RUN_AGAIN)
            return
        counts.rules_run += 1
        if isinstance(answer, Differs):
            self.note(Kind.RULE, answer.got, answer.expected)

    def _then(self, rows: Sequence[Row]) -> Row | None:
        """The newest row when the release was made."""
        return max((row for row in rows if row["seq"] < self.terms.size), key=_seq, default=None)

    def _remembered(self) -> None:
        if self.terms.remembered is None:
            return
        row = self.terms.remembered.get(self.sample.key)
        got = {
            "image": str(self.image),
            "original": self.told.original_sha256,
            "sample": sha256(self.sample.image).hexdigest(),
            "transform": self.told.transform,
            "split": str(self.sample.split),
            "shard": self.where,
            "decision": self.decision["seq"] if self.decision else None,
        }
        if row is None:
            self.note(Kind.SAMPLE, got["image"], "a sample that the ledger remembers")
            return
        known = {
            "image": str(ImageId(row["source"], row["record"], row["part"])),
            "original": row["original"],
            "sample": row["image"],
            "transform": row["transform"],
            "split": row["split"],
            "shard": row["shard"],
            "decision": row["decision"],
        }
        for name, value in known.items():
            if got[name] != value:
                self.note(Kind.SAMPLE, f"{name} {got[name]}", f"{name} {value}")

    def _decision(self) -> None:
        newest = max(self.rows.decisions.get(self.image, ()), key=_seq, default=None)
        for moment, row in (("when the release was made", self.decision), ("now", newest)):
            outcome = row["outcome"] if row else "no decision"
            if outcome != "accept":
                reasons = f" because of {row['reasons']}" if row and row["reasons"] else ""
                self.note(Kind.DECISION, f"{outcome}{reasons} {moment}", "accept")
        if self.decision and self.verdict and self.decision["verdict"] != self.verdict["seq"]:
            self.note(Kind.DECISION, f"decided on verdict {self.decision['verdict']}", f"on {self.verdict['seq']}")

    def _verdict(self) -> None:
        newest = max(self.rows.verdicts.get(self.image, ()), key=_seq, default=None)
        if self.verdict is None or newest is None:
            self.note(Kind.VERDICT, "no verdict when the release was made", "a claim")
            return
        got = (self.told.licence.value, self.told.grade.value)
        held = (self.verdict["licence"], self.verdict["grade"])
        if got != held or self.told.licence_uri != self.told.licence.uri:
            self.note(Kind.VERDICT, f"{got[0]} ({self.told.licence_uri}) on {got[1]}", f"{held[0]} on {held[1]}")
        for moment, row in {"when the release was made": self.verdict, "now": newest}.items():
            if row["outcome"] != "claim":
                self.note(Kind.VERDICT, f"{row['outcome']} ({row['reason']}) {moment}", "a claim")
            elif self.terms.accepts and (objection := self.terms.accepts.objection(row)):
                self.note(Kind.NOT_ACCEPTED, f"{objection} {moment}", self.terms.accepts)

    def _original(self) -> None:
        """The bytes were received as this image; and nothing in them, or found out about them, forbids their use."""
        held = self._then(self.rows.occurrences.get(self.image, ()))
        if held is None or held["sha256"] != self.told.original_sha256:
            self.note(Kind.ORIGINAL, self.told.original_sha256, held["sha256"] if held else "bytes that were received")
        self._bytes_judged(held)
        newest: dict[str, Row] = {}
        for row in self.rows.checks.get(self.told.original_sha256, ()):
            if row["checker_version"] >= newest.get(row["kind"], row)["checker_version"]:
                newest[row["kind"]] = row
        for kind, row in sorted(newest.items()):
            if (kind, row["verdict"]) in AGAINST:
                self.note(Kind.OBJECTION, f"check {kind}: {row['verdict']}", "no objection")

    def _bytes_judged(self, held: Row | None) -> None:
        """The verdict is about these bytes: it names their address, and their digest where it quotes one."""
        description = self._description()
        if held is None or description is None or self.verdict is None:
            return
        if held["url"] != description["url"]:
            self.note(Kind.ORIGINAL, f"bytes from {held['url']}", f"bytes from {description['url']}, which was judged")
        pointer = file_pointer(description["url"].partition(":")[2])
        for row in map(self.rows.evidence.get, quoted_by(self.verdict)):
            if row is not None and row["pointer"] == pointer and row["value"] != f"sha256:{held['sha256']}":
                self.note(Kind.ORIGINAL, f"sha256:{held['sha256']}", f"{row['value']}, which was judged")

    def _description(self) -> Row | None:
        if self.verdict is None:
            return None
        return self.rows.descriptions.get((self.image, self.verdict["capture"], self.verdict["rule_version"]))

    def _described(self) -> None:
        row = self._description()
        if row is None:
            self.note(Kind.DESCRIPTION, "nothing in the ledger", "the image as its record describes it")
            return
        told = {
            "title": self.told.title,
            "creator": self.told.creator,
            "url": self.told.original_url,
            "landing_url": self.told.landing_url,
        }
        for name, value in told.items():
            if value != row[name]:
                self.note(Kind.DESCRIPTION, f"{name} {value!r}", f"{name} {row[name]!r}")
        recipe = self.terms.recipe
        if recipe is None or not recipe.covers(self.image.source):
            return
        text, licence = recipe.caption(self.image.source, row)
        if self.sample.caption != text:
            self.note(Kind.CAPTION, self.sample.caption, text)
        if self.told.caption_licence != licence:
            self.note(Kind.CAPTION, f"words under {self.told.caption_licence}", f"words under {licence}")

    def _split(self) -> None:
        recipe = self.terms.recipe
        if recipe and str(self.sample.split) != (expected := recipe.split(self.told.original_sha256, self.image)):
            self.note(Kind.SPLIT, self.sample.split, expected)

    def _withdrawn(self, image: ImageId) -> None:
        targets = (("original", self.told.original_sha256), ("image", str(image)), ("source", image.source))
        named = {each.capture for each in self.told.evidence}
        named.add(self.terms.permissions.withdrawn.get(self.told.original_sha256, ""))
        for kind, target in (*targets, *(("permission", each) for each in sorted(named))):
            if (kind, target) in self.terms.revoked:
                self.note(Kind.REVOKED, f"{kind} {target} was withdrawn", "nothing that was withdrawn")

    def _copies(self) -> None:
        """Other images with the same bytes: each must be one that would be accepted, too."""
        original = self.told.original_sha256
        for image in sorted(self.rows.holders.get(original, set()) - {self.image}):
            newest_bytes = max(self.rows.occurrences.get(image, ()), key=_seq)
            if newest_bytes["sha256"] != original:
                continue
            verdict = max(self.rows.verdicts.get(image, ()), key=_seq, default=None)
            withdrawn = {("image", str(image)), ("source", image.source)} & self.terms.revoked
            objection = "withdrawn" if withdrawn else "never judged" if verdict is None else None
            if objection is None and verdict is not None and self.terms.accepts is not None:
                objection = self.terms.accepts.objection(verdict)
            if objection is not None:
                self.note(Kind.COPY, f"{image} has the same bytes: {objection}", "no such copy")

    def _quotation(self, bodies: Bodies, row: Row, value: str) -> None:
        body = bodies.get(row["capture"])
        if isinstance(body, Unread):
            self.note(Kind.CAPTURE, body.problem, f"sha256 {row['capture']}", body.where)
            return
        try:
            derived = canonical(body.document.at(row["pointer"])).decode()
        except Absent:
            derived = "null"
        except UnreadableBody as error:
            derived = f"unreadable: {error}"
        if derived != value:
            self.note(Kind.EVIDENCE, value, f"{derived} at {row['pointer']!r}", f"ledger: evidence row {row['seq']}")


def _seq(row: Row) -> int:
    return int(row["seq"])
