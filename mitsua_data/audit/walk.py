"""The walk through a release: shard by shard, sample by sample, each against the rows and captures it rests on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from mitsua_data.audit.bodies import Bodies, Unread
from mitsua_data.audit.examples import Examples
from mitsua_data.audit.findings import Findings, Kind
from mitsua_data.audit.permissions import Permissions
from mitsua_data.audit.policies import read_policy
from mitsua_data.audit.recipes import Recipe
from mitsua_data.audit.result import ClaimCount, NotRun
from mitsua_data.audit.rules import Rules
from mitsua_data.audit.samples import Chain, Counts, Terms
from mitsua_data.audit.signals import Signals
from mitsua_data.captures import CaptureStore
from mitsua_data.errors import IntegrityError
from mitsua_data.ledger import behind, queries
from mitsua_data.ledger.store import Ledger
from mitsua_data.model import ImageId
from mitsua_data.shards.manifest import MANIFEST, ShardEntry
from mitsua_data.shards.reader import Release, ShardSample
from mitsua_data.sources.base import AnySource

CHUNK: Final = 100
"""Samples whose rows and captures are looked up together."""


@dataclass(frozen=True, slots=True)
class Job:
    """A picture that waits to be rendered again."""

    where: str
    key: str
    picture: bytes
    """As it stands in the shard."""
    original: bytes | None
    """None where it cannot be read; that is a finding already."""


class Walk:
    """One release under audit. `jobs` is walked once; the numbers are right when it has ended."""

    def __init__(
        self,
        ledger: Ledger,
        store: CaptureStore,
        release: Release,
        sources: Sequence[AnySource],
        permissions: Permissions,
        findings: Findings,
    ) -> None:
        self._ledger, self._release, self._findings = ledger, release, findings
        self._manifest = release.signed.manifest
        self._bodies = Bodies(store)
        self._sources = sources
        self._rules = Rules(sources, self._bodies)
        self._stated = {each.spec.id: (each.spec.description_licence, each.spec.caption_licence) for each in sources}
        self._counts = Counts()
        self._originals: set[str] = set()
        self._claims: Counter[tuple[str, str, str]] = Counter()
        self.policy_text: str | None = None
        self._terms = self._read_terms(permissions)
        self.examples = Examples(ledger, self._bodies)

    def jobs(self) -> Iterator[Job]:
        """Check each sample's rows, evidence and rule, and hand on its picture."""
        seen: set[str] = set()
        for entry in self._manifest.shards:
            yield from self._shard(entry, seen)
        for key in sorted((self._terms.remembered or {}).keys() - seen):
            self._findings.add(Kind.SAMPLE, MANIFEST, key=key, got="not in the shards", expected="a sample")

    def counts(self) -> dict[str, int]:
        """What was looked at."""
        return {
            "samples": self._counts.samples,
            "originals": len(self._originals),
            "captures_read": len(self._bodies.read),
            "decisions_replayed": self._counts.samples if self._terms.accepts else 0,
            "quotations_derived": self._counts.quotations,
            "rules_run": self._counts.rules_run,
            "rules_not_run": sum(self._counts.rules_not_run.values()),
            "log_leaves": self._manifest.checkpoint.size,
        }

    def claims(self) -> tuple[ClaimCount, ...]:
        """Samples by source, licence and grade."""
        return tuple(ClaimCount(*claim, samples) for claim, samples in sorted(self._claims.items()))

    def not_run(self) -> tuple[NotRun, ...]:
        """Where the source's rule could not be run again."""
        return tuple(NotRun(*case, samples) for case, samples in sorted(self._counts.rules_not_run.items()))

    def _read_terms(self, permissions: Permissions) -> Terms:
        """What holds for every sample; what is wrong with it is found here, once."""
        manifest, findings = self._manifest, self._findings
        with self._ledger.read() as connection:
            policy = behind.policy_version(connection, manifest.policy.sha256)
            published = queries.release(connection, self._release.signed.digest)
            remembered = behind.samples(connection, published.seq) if published else None
            withdrawn = frozenset((row["target_kind"], row["target"]) for row in behind.revocations(connection))
        if published is None:
            expected = "a release that the ledger published"
            findings.add(Kind.RELEASE_UNKNOWN, MANIFEST, got=f"sha256 {self._release.signed.digest}", expected=expected)
        accepts = read_policy(policy, manifest.policy.name, manifest.policy.sha256, findings)
        self.policy_text = policy["text"] if policy and accepts else None
        recipe: Recipe | None = None
        try:
            recipe = Recipe.of(manifest.selection, self._stated)
        except ValueError as error:
            findings.add(Kind.RELEASE_FILE, MANIFEST, got=error, expected="a selection that this version understands")
        size = manifest.checkpoint.size
        signals = Signals.of(self._ledger, size, self._sources)
        return Terms(manifest.policy.sha256, size, accepts, recipe, withdrawn, remembered, permissions, signals)

    def _shard(self, entry: ShardEntry, seen: set[str]) -> Iterator[Job]:
        read = 0
        try:
            with self._release.shard(entry) as shard:
                for chunk in _chunks(shard.samples()):
                    read += len(chunk)
                    seen.update(sample.key for sample in chunk)
                    yield from self._chunk(entry.name, chunk)
        except IntegrityError as error:
            expected = f"{entry.samples} samples; {read} could be looked at"
            self._findings.add(Kind.RELEASE_FILE, entry.name, got=error, expected=expected)

    def _chunk(self, where: str, samples: Sequence[ShardSample]) -> Iterator[Job]:
        provenances = [sample.provenance for sample in samples]
        images = [ImageId(each.source, each.record, each.part) for each in provenances]
        originals = [each.original_sha256 for each in provenances]
        with self._ledger.read() as connection:
            rows = behind.behind(connection, images, originals, self._terms.policy)
        quoted = {row["capture"] for row in rows.evidence.values()}
        judged = {row["capture"] for verdicts in rows.verdicts.values() for row in verdicts}
        self._bodies.learn(self._ledger, quoted | judged | set(originals) | self._terms.signals.captures)
        for sample in samples:
            chain = Chain(self._terms, rows, sample, where, self._findings)
            chain.check_rows()
            chain.check_evidence(self._bodies, self._counts)
            chain.check_rule(self._rules, self._counts)
            chain.check_permission(self._bodies)
            chain.check_signals(self._bodies)
            self._counts.samples += 1
            told = sample.provenance
            self._claims[told.source, told.licence.value, told.grade.value] += 1
            self.examples.offer(sample)
            yield self._job(where, sample)

    def _job(self, where: str, sample: ShardSample) -> Job:
        digest = sample.provenance.original_sha256
        original = self._bodies.original(digest)
        if isinstance(original, Unread):
            expected = f"the original, sha256 {digest}"
            self._findings.add(Kind.CAPTURE, original.where, key=sample.key, got=original.problem, expected=expected)
            return Job(where, sample.key, sample.image, None)
        self._originals.add(digest)
        return Job(where, sample.key, sample.image, original)


def _chunks(samples: Iterable[ShardSample]) -> Iterator[list[ShardSample]]:
    remaining = iter(samples)
    while chunk := list(islice(remaining, CHUNK)):
        yield chunk
