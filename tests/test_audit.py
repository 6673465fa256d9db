"""An audit passes what is whole, and names each link of the chain that does not hold."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from PIL import Image

from mitsua_data.audit import AuditResult, Kind, audit_release
from mitsua_data.audit.findings import MAX_TEXT, Findings
from mitsua_data.audit.log import check_log
from mitsua_data.audit.policies import Accepts, read_policy
from mitsua_data.audit.recipes import Recipe
from mitsua_data.audit.run import look_again
from mitsua_data.audit.sign import sign_and_record
from mitsua_data.audit.walk import Job
from mitsua_data.errors import SignatureError, UsageError
from mitsua_data.images.worker import ImageWorker
from mitsua_data.ledger import events, tables
from mitsua_data.ledger.store import stamp
from mitsua_data.model import ImageRef, Reason, Refusal, Verdict
from mitsua_data.shards import attestation
from mitsua_data.shards.attestation import AuditVerdict
from mitsua_data.shards.keys import Role
from mitsua_data.shards.reader import open_release
from mitsua_data.shards.samples import SampleRow
from mitsua_data.shards.verify import verify_release
from mitsua_data.sources.base import AnySource, Record
from mitsua_data.sources.openclipart import OpenClipart
from tests.forgery import ask, flip, pictured, sign_again, sql, take_apart, told, write_again
from tests.tiny import ACCEPTED, DATASET, NOON, Tiny, drawing

PD = "LicenseRef-PD-dedication-legacy"
DISC_1 = "record = 'shapes/disc_01.svg'"
DISC_2 = "record = 'shapes/disc_02.svg'"
UNDECIDED = "shapes/disc_13.svg"
"""The drawing without a statement: under review, so in no release."""


def audit(tiny: Tiny, sources: list[AnySource] | None = None) -> AuditResult:
    with tiny.open() as (ledger, store):
        return audit_release(ledger, store, tiny.release, tiny.keys, workers=1, sources=sources)


def kinds(result: AuditResult) -> set[Kind]:
    return {finding.kind for finding in result.findings}


def place_of(tiny: Tiny, sha256: str) -> tuple[Path, int]:
    """The WARC file of a capture, and a place in it where its content lies."""
    ((warc, offset, length),) = ask(tiny, f"SELECT warc, \"offset\", length FROM capture WHERE sha256 = '{sha256}'")
    return tiny.workspace.captures / warc, offset + (length // 2 if warc.endswith(".gz") else length - 10)


def original_of(tiny: Tiny, where: str = DISC_1) -> str:
    ((digest,),) = ask(tiny, f"SELECT sha256 FROM occurrence WHERE {where}")
    return str(digest)


def record_of(tiny: Tiny) -> str:
    ((digest,),) = ask(tiny, f"SELECT capture FROM verdict WHERE {DISC_1}")
    return str(digest)


# ── what is whole ───────────────────────────────────────────────────────────────────────────────────────────────────


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


# ── each link, broken ───────────────────────────────────────────────────────────────────────────────────────────────


def ledger_quotation_changed(tiny: Tiny) -> None:
    quoted = f"(SELECT json_extract(evidence, '$[0]') FROM verdict WHERE {DISC_1})"
    sql(tiny, f"UPDATE evidence SET value = '\"http://example.org/free\"' WHERE seq = {quoted}")


def ledger_quotation_changed_with_its_leaf(tiny: Tiny) -> None:
    ledger_quotation_changed(tiny)
    with tiny.open() as (ledger, _), ledger.read() as connection:
        for row in connection.execute(tables.evidence.select()):
            leaf = events.leaf(tables.evidence, dict(row._mapping))
            connection.execute(tables.log_leaf.update().where(tables.log_leaf.c.seq == row.seq).values(leaf_hash=leaf))
        connection.commit()


def evidence_capture_flipped(tiny: Tiny) -> None:
    flip(*place_of(tiny, record_of(tiny)))


def original_flipped(tiny: Tiny) -> None:
    flip(*place_of(tiny, original_of(tiny)))


def capture_file_gone(tiny: Tiny) -> None:
    place_of(tiny, original_of(tiny))[0].unlink()


def capture_row_points_elsewhere(tiny: Tiny) -> None:
    sql(tiny, f"UPDATE capture SET \"offset\" = -7, length = {1 << 60} WHERE sha256 = '{original_of(tiny)}'")


def decision_overwritten(tiny: Tiny) -> None:
    sql(tiny, f"UPDATE decision SET outcome = 'refuse' WHERE {DISC_1}")


def decision_gone(tiny: Tiny) -> None:
    sql(tiny, f"DELETE FROM decision WHERE {DISC_1}")


def verdict_overwritten(tiny: Tiny) -> None:
    sql(tiny, f"UPDATE verdict SET licence = 'CC0-1.0' WHERE {DISC_1}")


def refusal_made_a_claim(tiny: Tiny) -> None:
    claim = f"outcome = 'claim', licence = '{PD}', kind = 'dedication', grade = 'E3', subject = 'reproduction'"
    sql(tiny, f"UPDATE verdict SET {claim} WHERE record = '{UNDECIDED}'")


def refusal_hidden(tiny: Tiny) -> None:
    sql(tiny, f"UPDATE decision SET outcome = 'accept' WHERE record = '{UNDECIDED}'")


def source_changed_its_mind(tiny: Tiny) -> None:
    with tiny.open() as (ledger, _), ledger.batch() as batch:
        row = batch.connection.execute(tables.verdict.select().where(tables.verdict.c.record == "shapes/disc_01.svg"))
        values = dict(row.one()._mapping) | {"outcome": "refusal", "reason": "not_open", "at": batch.now}
        batch.log(tables.verdict, **{name: value for name, value in values.items() if name != "seq"})


def source_now_says_gpl(tiny: Tiny) -> None:
    with tiny.open() as (ledger, _), ledger.batch() as batch:
        row = batch.connection.execute(tables.verdict.select().where(tables.verdict.c.record == "shapes/disc_01.svg"))
        values = dict(row.one()._mapping) | {"licence": "LicenseRef-GPL", "at": batch.now}
        batch.log(tables.verdict, **{name: value for name, value in values.items() if name != "seq"})


def policy_overwritten(tiny: Tiny) -> None:
    sql(tiny, "UPDATE policy_version SET text = text || ' '")


def policy_gone(tiny: Tiny) -> None:
    sql(tiny, "DELETE FROM policy_version")


def description_overwritten(tiny: Tiny) -> None:
    sql(tiny, f"UPDATE image SET title = 'A Monet' WHERE {DISC_1}")


def tags_made_nonsense(tiny: Tiny) -> None:
    sql(tiny, f"UPDATE image SET tags = '7' WHERE {DISC_1}")


def occurrence_overwritten(tiny: Tiny) -> None:
    sql(tiny, f"UPDATE occurrence SET sha256 = '{original_of(tiny, DISC_2)}' WHERE {DISC_1}")


def remembered_sample_overwritten(tiny: Tiny) -> None:
    sql(tiny, f"UPDATE sample SET image = '{'0' * 64}' WHERE {DISC_1}")


def remembered_sample_added(tiny: Tiny) -> None:
    columns = "release, source, record, part, original, image, transform, split, shard, decision"
    sql(tiny, f"INSERT INTO sample (key, {columns}) SELECT '{'f' * 64}', {columns} FROM sample WHERE {DISC_1}")


def checkpoint_row_overwritten(tiny: Tiny) -> None:
    sql(tiny, f"UPDATE checkpoint SET root = '{'0' * 64}'")


def leaf_gone(tiny: Tiny) -> None:
    sql(tiny, "DELETE FROM log_leaf WHERE seq = 0")


def row_without_leaf(tiny: Tiny) -> None:
    columns = "target_kind, target, basis, note, received_at, effective_at"
    sql(tiny, f"INSERT INTO revocation (seq, {columns}) VALUES (100000, 'image', 'x', 'x', 'x', 'x', 'x')")


def withdrawn(kind: str, target: Callable[[Tiny], str]) -> Callable[[Tiny], None]:
    def withdraw(tiny: Tiny) -> None:
        with tiny.open() as (ledger, _), ledger.batch() as batch:
            batch.log(
                tables.revocation,
                target_kind=kind,
                target=target(tiny),
                basis="takedown",
                note="",
                received_at=batch.now,
                effective_at=batch.now,
            )

    return withdraw


def same_bytes_under_review(tiny: Tiny) -> None:
    with tiny.open() as (ledger, _), ledger.batch() as batch:
        batch.log(
            tables.occurrence,
            source="openclipart",
            record=UNDECIDED,
            part="png",
            sha256=original_of(tiny),
            url="openclipart:png/shapes/disc_13.png",
            at=batch.now,
        )


def found_to_be_generated(tiny: Tiny) -> None:
    with tiny.open() as (ledger, _), ledger.batch() as batch:
        row = {"kind": "ai_generated", "checker_version": 99, "verdict": "yes", "at": batch.now}
        batch.add(tables.check_result, sha256=original_of(tiny), **row)


def quotation_in_a_sample(tiny: Tiny) -> None:
    def change(row: SampleRow) -> SampleRow:
        first, *others = (each.dump() for each in row.provenance.evidence)
        return told(row, evidence=[first | {"value": '"http://example.org/free"'}, *others])

    write_again(tiny, change)


def foreign_original(tiny: Tiny) -> None:
    """A picture that was never crawled, under the name of one that was."""
    recipe = Recipe.of(take_apart(tiny).release.signed.manifest.selection)

    def change(row: SampleRow) -> SampleRow:
        for number in range(100, 200):
            digest = sha256(drawing(number)).hexdigest()
            if recipe.split(digest) == row.split and digest > row.key:
                return replace(told(row, original_sha256=digest), key=row.key)
        raise AssertionError("no number gives an original for that split")

    write_again(tiny, change)


def other_picture(tiny: Tiny) -> None:
    data = io.BytesIO()
    Image.new("RGB", (16, 16), (9, 9, 9)).save(data, "PNG")
    write_again(tiny, lambda row: pictured(row, data.getvalue()))


def other_side(tiny: Tiny) -> None:
    write_again(tiny, lambda row: replace(row, split=type(row.split)("val" if row.split == "train" else "train")))


def other_transform(tiny: Tiny) -> None:
    manifest = take_apart(tiny).release.signed.manifest
    sign_again(tiny, transform={**manifest.transform, "rules": {"version": 0}})


def shard_flipped(tiny: Tiny) -> None:
    flip(tiny.release / "train" / "00000.tar", 600)


def shard_gone(tiny: Tiny) -> None:
    (tiny.release / "train" / "00000.tar").unlink()


def columns_flipped(tiny: Tiny) -> None:
    flip(tiny.release / "val" / "00000.parquet", 100)


UNKNOWN = Kind.RELEASE_UNKNOWN
"""What comes with every release that was signed again: the ledger never published it."""
BROKEN: dict[str, tuple[Callable[[Tiny], None], set[Kind]]] = {
    "ledger-quotation": (ledger_quotation_changed, {Kind.EVIDENCE, Kind.QUOTATION, Kind.RULE, Kind.LOG}),
    "ledger-quotation-and-leaf": (
        ledger_quotation_changed_with_its_leaf,
        {Kind.EVIDENCE, Kind.QUOTATION, Kind.RULE, Kind.CHECKPOINT},
    ),
    "evidence-capture-flipped": (evidence_capture_flipped, {Kind.CAPTURE}),
    "original-flipped": (original_flipped, {Kind.CAPTURE}),
    "capture-file-gone": (capture_file_gone, {Kind.CAPTURE}),
    "capture-row": (capture_row_points_elsewhere, {Kind.CAPTURE}),
    "decision-overwritten": (decision_overwritten, {Kind.DECISION, Kind.LOG, Kind.ROOT}),
    "decision-gone": (decision_gone, {Kind.DECISION, Kind.LOG, Kind.SAMPLE}),
    "verdict-overwritten": (verdict_overwritten, {Kind.VERDICT, Kind.LOG, Kind.RULE}),
    "refusal-made-a-claim": (refusal_made_a_claim, {Kind.LOG}),
    "refusal-hidden": (refusal_hidden, {Kind.LOG, Kind.ROOT}),
    "source-changed-its-mind": (source_changed_its_mind, {Kind.VERDICT}),
    "source-now-says-gpl": (source_now_says_gpl, {Kind.NOT_ACCEPTED}),
    "policy-overwritten": (policy_overwritten, {Kind.POLICY}),
    "policy-gone": (policy_gone, {Kind.POLICY}),
    "description-overwritten": (description_overwritten, {Kind.DESCRIPTION, Kind.CAPTION, Kind.RULE}),
    "tags-made-nonsense": (tags_made_nonsense, {Kind.CAPTION, Kind.RULE}),
    "occurrence-overwritten": (occurrence_overwritten, {Kind.ORIGINAL, Kind.LOG}),
    "sample-row": (remembered_sample_overwritten, {Kind.SAMPLE}),
    "sample-row-added": (remembered_sample_added, {Kind.SAMPLE}),
    "checkpoint-row": (checkpoint_row_overwritten, {Kind.CHECKPOINT}),
    "leaf-gone": (leaf_gone, {Kind.LOG, Kind.CHECKPOINT}),
    "row-without-leaf": (row_without_leaf, {Kind.LOG}),
    "original-withdrawn": (withdrawn("original", original_of), {Kind.REVOKED}),
    "image-withdrawn": (withdrawn("image", lambda _: "openclipart:shapes/disc_01.svg#png"), {Kind.REVOKED}),
    "source-withdrawn": (withdrawn("source", lambda _: "openclipart"), {Kind.REVOKED}),
    "same-bytes-under-review": (same_bytes_under_review, {Kind.COPY}),
    "found-to-be-generated": (found_to_be_generated, {Kind.OBJECTION}),
    "sample-quotation": (quotation_in_a_sample, {UNKNOWN, Kind.QUOTATION}),
    "sample-licence": (
        lambda tiny: write_again(tiny, lambda row: told(row, licence="CC0-1.0")),
        {UNKNOWN, Kind.VERDICT},
    ),
    "sample-grade": (lambda tiny: write_again(tiny, lambda row: told(row, grade="E4")), {UNKNOWN, Kind.VERDICT}),
    "sample-title": (lambda tiny: write_again(tiny, lambda row: told(row, title="x")), {UNKNOWN, Kind.DESCRIPTION}),
    "sample-caption": (
        lambda tiny: write_again(tiny, lambda row: replace(row, caption="a masterpiece")),
        {UNKNOWN, Kind.CAPTION},
    ),
    "sample-picture": (other_picture, {UNKNOWN, Kind.IMAGE}),
    "sample-on-the-other-side": (other_side, {UNKNOWN, Kind.SPLIT}),
    "foreign-original": (foreign_original, {UNKNOWN, Kind.ORIGINAL, Kind.CAPTURE, Kind.RELEASE_FILE}),
    "manifest-root": (lambda tiny: sign_again(tiny, revocation_root="0" * 64), {UNKNOWN, Kind.ROOT}),
    "manifest-counts": (
        lambda tiny: sign_again(tiny, licences={"CC0-1.0": 1, PD: ACCEPTED - 1}),
        {UNKNOWN, Kind.RELEASE_FILE},
    ),
    "manifest-policy-name": (
        lambda tiny: sign_again(tiny, policy={"name": "strict", "sha256": tiny.policy.sha256}),
        {UNKNOWN, Kind.POLICY},
    ),
    "manifest-selection": (lambda tiny: sign_again(tiny, selection={}), {UNKNOWN, Kind.RELEASE_FILE}),
    "manifest-transform": (other_transform, {UNKNOWN, Kind.TRANSFORM, Kind.RELEASE_FILE}),
    "shard-flipped": (shard_flipped, {Kind.RELEASE_FILE, Kind.SAMPLE}),
    "shard-gone": (shard_gone, {Kind.RELEASE_FILE, Kind.SAMPLE}),
    "columns-flipped": (columns_flipped, {Kind.RELEASE_FILE}),
}


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


# ── the source's rule ───────────────────────────────────────────────────────────────────────────────────────────────


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
def test_a_rule_that_cannot_be_run_is_counted_and_said(tiny_made: Tiny, sources: list[AnySource], why: str) -> None:
    result = audit(tiny_made, sources=sources)
    assert result.verdict is AuditVerdict.PASS
    assert (result.counts["rules_run"], result.counts["rules_not_run"]) == (0, ACCEPTED)
    assert [(each.source, each.why, each.samples) for each in result.tables.not_run] == [("openclipart", why, ACCEPTED)]


# ── pictures ────────────────────────────────────────────────────────────────────────────────────────────────────────

XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:i="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
 i:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"/></rdf:RDF></x:xmpmeta>"""


def test_an_originals_own_metadata_is_looked_at_again() -> None:
    made = io.BytesIO()
    Image.new("RGB", (24, 24)).save(made, "JPEG", xmp=XMP.encode())
    with ImageWorker() as worker:
        ((kind, got, _),) = look_again(worker, Job("train/00000.tar", "k", b"", made.getvalue()), None)
    assert kind is Kind.OBJECTION
    assert "ai_generated" in got


def test_an_original_that_does_not_decode_is_found() -> None:
    with ImageWorker() as worker:
        ((kind, got, _),) = look_again(worker, Job("train/00000.tar", "k", b"", b"GIF89a, and no more"), None)
    assert kind is Kind.IMAGE
    assert got


# ── policies, recipes, findings ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("accept = 3", id="no-table"),
        pytest.param("[accept]\nlicences = 'CC0-1.0'", id="a-text-is-no-list"),
        pytest.param("[accept]\nminimum_grade = 'E9'", id="unknown-grade"),
        pytest.param("[accept]\nunless = ['x']", id="unknown-key"),
        pytest.param("[except]\nx = 1", id="unknown-table"),
        pytest.param("[accept", id="no-toml"),
    ],
)
def test_a_policy_that_may_mean_something_else_is_not_understood(text: str) -> None:
    findings = Findings()
    assert understood(f"name = 'p'\n{text}", findings=findings) is None
    assert [finding.kind for finding in findings.all()] == [Kind.POLICY]


def understood(text: str, *, rules_version: int = 1, findings: Findings | None = None) -> Accepts | None:
    row = {"text": text, "rules_version": rules_version}
    return read_policy(row, "p", sha256(text.encode()).hexdigest(), findings or Findings())


def test_a_policy_under_another_name_or_of_other_rules_is_not_understood() -> None:
    assert understood("name = 'p'") is not None
    assert understood("name = 'q'") is None
    assert understood("") is None
    assert understood("name = 'p'", rules_version=2) is None


def test_a_policy_that_accepts_nothing_refuses_everything() -> None:
    accepts = understood("name = 'p'")
    assert accepts is not None
    assert accepts.objection({"outcome": "claim", "licence": "CC0-1.0", "grade": "E4", "reason": None})


@pytest.mark.parametrize("grade", ["E0", "E1", "e3", "", None])
def test_a_weak_or_unknown_grade_is_not_accepted(grade: str | None) -> None:
    accepts = understood("name = 'p'\n[accept]\nlicences = ['CC0-1.0']")
    assert accepts is not None
    assert accepts.objection({"outcome": "claim", "licence": "CC0-1.0", "grade": grade, "reason": None})
    assert accepts.objection({"outcome": "claim", "licence": "CC0-1.0", "grade": "E2", "reason": None}) is None


def test_findings_are_cut_sorted_and_counted_once() -> None:
    findings = Findings()
    for where in ("b", "a", "b"):
        findings.add(Kind.LOG, where, got="x" * 9999, expected="\udc80")
    assert [finding.where for finding in findings.all()] == ["a", "b"]
    assert all(len(finding.got) == MAX_TEXT + 1 for finding in findings.all())
    assert all(finding.expected.encode() for finding in findings.all())


# ── what remains of it ──────────────────────────────────────────────────────────────────────────────────────────────


def record(tiny: Tiny) -> AuditResult:
    with tiny.open() as (ledger, store):
        result = audit_release(ledger, store, tiny.release, tiny.keys, workers=1)
        sign_and_record(result, ledger, tiny.keys, tiny.release, tiny.root / "reports")
    return result


def read_attestation(tiny: Tiny) -> attestation.SignedAttestation:
    release = open_release(tiny.release, tiny.keys.pinned(Role.BUILDER))
    return attestation.read(release.folder, release.signed, tiny.keys.pinned(Role.AUDITOR))


def test_a_pass_is_signed_reported_and_remembered(tiny: Tiny) -> None:
    record(tiny)
    signed = read_attestation(tiny)
    assert signed.attestation.verdict is AuditVerdict.PASS
    assert signed.attestation.counts["samples"] == ACCEPTED
    assert signed.attestation.expires_at - signed.attestation.audited_at == timedelta(days=90)
    assert verify_release(tiny.release, tiny.keys, now=NOON) == []
    report = (tiny.root / "reports" / "tiny-1" / "audit.json").read_bytes()
    columns = "verdict, failures, checked, auditor, report, at, expires_at"
    expires = stamp(NOON + timedelta(days=90))
    assert ask(tiny, f"SELECT {columns} FROM audit") == [
        ("pass", 0, ACCEPTED, signed.auditor.keyid, sha256(report).hexdigest(), stamp(NOON), expires)
    ]


def test_the_same_audit_twice_leaves_the_same_bytes(tiny: Tiny) -> None:
    kept = [
        tiny.release / "audit.intoto.jsonl",
        *(tiny.root / "reports" / "tiny-1" / f"audit.{e}" for e in ("json", "html")),
    ]
    record(tiny)
    first = [path.read_bytes() for path in kept]
    record(tiny)
    assert [path.read_bytes() for path in kept] == first


def test_a_failed_audit_is_signed_too_and_does_not_stick(tiny: Tiny) -> None:
    path, place = place_of(tiny, original_of(tiny))
    flip(path, place)
    assert record(tiny).verdict is AuditVerdict.FAIL
    signed = read_attestation(tiny).attestation
    assert signed.verdict is AuditVerdict.FAIL
    assert [finding["kind"] for finding in signed.findings] == ["capture"]
    flip(path, place)
    assert record(tiny).verdict is AuditVerdict.PASS
    assert read_attestation(tiny).attestation.verdict is AuditVerdict.PASS
    assert [row[0] for row in ask(tiny, "SELECT verdict FROM audit ORDER BY seq")] == ["fail", "pass"]


def test_many_findings_fit_into_an_attestation(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mitsua_data.audit.sign.MOST_FINDINGS", 3)
    withdrawn("source", lambda _: "openclipart")(tiny)
    assert len(record(tiny).findings) == ACCEPTED
    assert read_attestation(tiny).attestation.findings[-1] == {"more": ACCEPTED - 3}


def test_a_manifest_by_nobody_we_trust_is_reported_and_not_attested(tiny: Tiny) -> None:
    for pin in (tiny.workspace.trust / "builder").iterdir():
        pin.unlink()
    result = record(tiny)
    assert kinds(result) == {Kind.RELEASE_FILE}
    assert not (tiny.release / "audit.intoto.jsonl").exists()
    assert b"not signed by a builder that is trusted here" in (tiny.root / "reports/tiny-1/audit.html").read_bytes()
    assert ask(tiny, "SELECT * FROM audit") == []


def test_the_builders_key_is_not_an_auditors(tiny: Tiny) -> None:
    record(tiny)
    release = open_release(tiny.release, tiny.keys.pinned(Role.BUILDER))
    with pytest.raises(SignatureError):
        attestation.read(release.folder, release.signed, tiny.keys.pinned(Role.BUILDER))


def test_a_path_that_is_no_release_is_a_usage_error(tiny_made: Tiny, tmp_path: Path) -> None:
    with tiny_made.open() as (ledger, store), pytest.raises(UsageError):
        audit_release(ledger, store, tmp_path / "nothing", tiny_made.keys)
