"""Ways to break a chain, each with the kinds of finding that must name it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from PIL import Image

from mitsua_data.audit import AuditResult, Kind, audit_release
from mitsua_data.audit.recipes import Recipe
from mitsua_data.ledger import events, tables
from mitsua_data.model import ImageId
from mitsua_data.shards.samples import SampleRow
from mitsua_data.sources.base import AnySource
from tests.forgery import ask, flip, pictured, sign_again, sql, take_apart, told, write_again
from tests.tiny import ACCEPTED, Tiny, drawing

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


def claimed_under_no_permission(tiny: Tiny) -> None:
    sql(tiny, f"UPDATE verdict SET licence = 'LicenseRef-permission', kind = 'permission' WHERE {DISC_1}")


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


def bytes_from_elsewhere(tiny: Tiny) -> None:
    sql(tiny, f"UPDATE occurrence SET url = 'openclipart:png/shapes/disc_02.png' WHERE {DISC_1}")


def bytes_not_judged(tiny: Tiny) -> None:
    pointer = "/files/png~1shapes~1disc_01.png"
    sql(tiny, f"UPDATE evidence SET value = '\"sha256:{original_of(tiny, DISC_2)}\"' WHERE pointer = '{pointer}'")


def record_seen_elsewhere(tiny: Tiny) -> None:
    """The bytes of one drawing are said to have lain where another did, whose picture they then claim."""
    place = f"sha256 = '{record_of(tiny)}'"
    sql(tiny, f"UPDATE capture_seen SET locator = 'openclipart:svg/shapes/disc_99.svg' WHERE {place}")


def record_in_anothers_place(tiny: Tiny) -> None:
    """One drawing's statement, said to have lain where another's did, claims the other's picture."""
    ((capture, statement),) = ask(tiny, f"SELECT capture, evidence FROM verdict WHERE {DISC_2}")
    ((picture,),) = ask(tiny, f"SELECT evidence FROM verdict WHERE {DISC_1}")
    evidence = json.dumps([*json.loads(statement)[:-1], json.loads(picture)[-1]])
    place = "'openclipart:svg/shapes/disc_01.svg'"
    seen = f"SELECT sha256, session, {place}, fetched_at FROM capture_seen WHERE sha256 = '{capture}'"
    sql(
        tiny,
        f"INSERT INTO capture_seen (sha256, session, locator, fetched_at) {seen}",
        f"UPDATE verdict SET capture = '{capture}', evidence = '{evidence}' WHERE {DISC_1}",
        f"UPDATE image SET capture = '{capture}', title = 'Disc 2' WHERE {DISC_1}",
        f"UPDATE image SET tags = (SELECT tags FROM image WHERE {DISC_2}) WHERE {DISC_1}",
    )


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
    recipe = Recipe.of(take_apart(tiny).release.signed.manifest.selection, {})

    def change(row: SampleRow) -> SampleRow:
        for number in range(100, 200):
            digest = sha256(drawing(number)).hexdigest()
            if recipe.split(digest, ImageId.parse(row.provenance.id)) == row.split and digest > row.key:
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
    "claimed-under-no-permission": (
        claimed_under_no_permission,
        {Kind.PERMISSION, Kind.VERDICT, Kind.NOT_ACCEPTED, Kind.LOG, Kind.RULE},
    ),
    "refusal-made-a-claim": (refusal_made_a_claim, {Kind.LOG}),
    "refusal-hidden": (refusal_hidden, {Kind.LOG, Kind.ROOT}),
    "source-changed-its-mind": (source_changed_its_mind, {Kind.VERDICT}),
    "source-now-says-gpl": (source_now_says_gpl, {Kind.NOT_ACCEPTED}),
    "policy-overwritten": (policy_overwritten, {Kind.POLICY}),
    "policy-gone": (policy_gone, {Kind.POLICY}),
    "description-overwritten": (description_overwritten, {Kind.DESCRIPTION, Kind.CAPTION, Kind.RULE}),
    "tags-made-nonsense": (tags_made_nonsense, {Kind.CAPTION, Kind.RULE}),
    "occurrence-overwritten": (occurrence_overwritten, {Kind.ORIGINAL, Kind.LOG}),
    "bytes-from-elsewhere": (bytes_from_elsewhere, {Kind.ORIGINAL, Kind.LOG}),
    "bytes-not-judged": (
        bytes_not_judged,
        {Kind.ORIGINAL, Kind.EVIDENCE, Kind.QUOTATION, Kind.RULE, Kind.LOG},
    ),
    "record-elsewhere": (record_seen_elsewhere, {Kind.RULE}),
    "record-in-anothers-place": (
        record_in_anothers_place,
        {Kind.RULE, Kind.LOG, Kind.QUOTATION, Kind.DESCRIPTION, Kind.CAPTION},
    ),
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
    "sample-caption-licence": (
        lambda tiny: write_again(tiny, lambda row: told(row, caption_licence="CC0-1.0")),
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
