"""An audit passes what is whole, and names each link of the chain that does not hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mitsua_data.audit import Kind, audit_release
from mitsua_data.audit.findings import Findings
from mitsua_data.audit.log import check_log
from mitsua_data.errors import UsageError
from mitsua_data.ledger import tables
from mitsua_data.model import ImageRef, Reason, Refusal, Verdict
from mitsua_data.shards.attestation import AuditVerdict
from mitsua_data.sources.base import AnySource, Record
from mitsua_data.sources.openclipart import OpenClipart
from tests.audit.breaking import BROKEN, PD, audit, kinds, original_of, verdict_overwritten
from tests.forgery import sql, take_apart
from tests.tiny import ACCEPTED, DATASET, Tiny


def test_a_release_that_is_whole_passes_and_passes_again_with_the_same_content(tiny: Tiny) -> None:
    first, second = audit(tiny), audit(tiny)
    assert first.verdict is AuditVerdict.PASS
    assert first.findings == ()
    assert first == second


def test_everything_is_derived_again(tiny_made: Tiny) -> None:
    quoted = sum(len(row.provenance.evidence) for row in take_apart(tiny_made).rows)
    counts = audit(tiny_made).counts
    for what in ("samples", "originals", "rules_run", "decisions_replayed", "pictures_rendered"):
        assert counts[what] == ACCEPTED, what
    assert counts["rules_not_run"] == 0
    assert counts["quotations_derived"] == quoted
    # Twelve drawings, twelve pictures, and the archive's index that they share.
    assert counts["captures_read"] == 2 * ACCEPTED + 1


def test_a_ledger_that_only_grew_still_passes(tiny: Tiny) -> None:
    """Another crawl, another decision, another release: what the first rested on is still there."""
    later = tiny.later(days=1)
    later.crawl()
    later.decide()
    later.build(DATASET.model_copy(update={"version": "2"}))
    assert audit(later).findings == ()


@pytest.mark.parametrize(("breaks", "expected"), BROKEN.values(), ids=BROKEN)
def test_each_broken_link_is_named(tiny: Tiny, breaks: Callable[[Tiny], None], expected: set[Kind]) -> None:
    breaks(tiny)
    result = audit(tiny)
    assert kinds(result) == expected, "\n".join(finding.text for finding in result.findings)
    assert result.verdict is AuditVerdict.FAIL


LOGGED = [
    (table.name, column.name)
    for table in (tables.evidence, tables.verdict, tables.decision, tables.occurrence)
    for column in table.columns
    if column.name != "seq"
]


@pytest.mark.parametrize(("table", "column"), LOGGED)
def test_no_column_of_a_logged_row_can_be_changed_unseen(tiny: Tiny, table: str, column: str) -> None:
    other = "x'00112233445566778899aabbccddeeff'" if column == "salt" else "'[7]'"
    sql(tiny, f'UPDATE {table} SET "{column}" = {other} WHERE seq = (SELECT max(seq) FROM {table})')
    findings, manifest = Findings(), take_apart(tiny).release.signed.manifest
    with tiny.open() as (ledger, _):
        check_log(ledger, manifest, findings)
    assert [finding.kind for finding in findings.all()] == [Kind.LOG]


def test_every_kind_of_finding_has_been_provoked() -> None:
    assert set().union(*(expected for _, expected in BROKEN.values())) == set(Kind)


def test_a_finding_about_a_sample_names_it_and_both_sides(tiny: Tiny) -> None:
    verdict_overwritten(tiny)
    (finding,) = (each for each in audit(tiny).findings if each.kind is Kind.VERDICT)
    assert finding.key == original_of(tiny)
    assert PD in finding.got
    assert "CC0-1.0" in finding.expected


class _Stricter(OpenClipart):
    """A rule that has come to refuse everything."""

    def licence(self, record: Record, image: ImageRef) -> Verdict:
        return Refusal(Reason.NOT_OPEN, (record.whole(),))


class _Newer(OpenClipart):
    spec = replace(OpenClipart.spec, rule_version=2)


def test_a_rule_that_judges_otherwise_on_the_same_bytes_is_found(tiny_made: Tiny) -> None:
    result = audit(tiny_made, sources=[_Stricter()])
    assert kinds(result) == {Kind.RULE}
    assert len(result.findings) == ACCEPTED


@pytest.mark.parametrize(
    ("sources", "why"),
    [
        pytest.param([], "this version does not have the source", id="unknown-source"),
        pytest.param([_Newer()], "the rule was version 1, here it is 2", id="another-version-of-the-rule"),
    ],
)
def test_an_audit_that_cannot_run_a_rule_does_not_pass(tiny_made: Tiny, sources: list[AnySource], why: str) -> None:
    result = audit(tiny_made, sources=sources)
    assert result.verdict is AuditVerdict.FAIL
    assert kinds(result) == {Kind.RULE}
    assert len({finding.key for finding in result.findings}) == ACCEPTED
    assert all(why in each.got and "crawl and build again" in each.expected for each in result.findings)
    assert (result.counts["rules_run"], result.counts["rules_not_run"]) == (0, ACCEPTED)
    assert [(each.source, each.why, each.samples) for each in result.tables.not_run] == [("openclipart", why, ACCEPTED)]


def test_a_path_that_is_no_release_is_a_usage_error(tiny_made: Tiny, tmp_path: Path) -> None:
    with tiny_made.open() as (ledger, store), pytest.raises(UsageError):
        audit_release(ledger, store, tmp_path / "nothing", tiny_made.keys)
