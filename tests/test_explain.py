"""The chain of an image: every link is told, and can be followed to the bytes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mitsua_data.errors import IntegrityError, SignatureError, UsageError
from mitsua_data.explain import chain, digest_of, find
from mitsua_data.ledger import queries, tables
from mitsua_data.licences import Kind
from mitsua_data.model import ImageId
from mitsua_data.pointers import Document
from mitsua_data.reports.chain import KINDS, in_words
from mitsua_data.runs import PREDICATE_TYPE, RECORD, Run, read_runs
from mitsua_data.shards.dsse import sign_statement
from mitsua_data.shards.files import Folder
from mitsua_data.shards.keys import KeyRing, Role
from mitsua_data.shards.manifest import open_manifest
from mitsua_data.shards.revocations import Target
from mitsua_data.withdraw import withdraw
from tests.tiny import NOON, PUBLIC_DOMAIN, Tiny, draw_collection, svg

ACCEPTED = ImageId("openclipart", "shapes/disc_01.svg", "png")
WAITING = ImageId("openclipart", "shapes/disc_13.svg", "png")
UNDER_GPL = ImageId("openclipart", "shapes/disc_14.svg", "png")
WITHOUT_PICTURE = ImageId("openclipart", "shapes/disc_15.svg", "")


def known(tiny: Tiny, image: ImageId, runs: list[Run] | None = None) -> dict[str, Any]:
    with tiny.open() as (ledger, _):
        return chain(ledger, image, runs or [])


def told(tiny: Tiny, image: ImageId, runs: list[Run] | None = None) -> str:
    return "\n".join(in_words(known(tiny, image, runs)))


def manifest_digest(tiny: Tiny) -> str:
    return open_manifest(Folder(tiny.release), tiny.keys.pinned(Role.BUILDER)).digest


# ── the links ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_quotation_can_be_derived_again_from_the_bytes_it_names(tiny: Tiny) -> None:
    (verdict,) = known(tiny, ACCEPTED)["verdicts"]
    assert len(verdict["evidence"]) >= 2
    with tiny.open() as (ledger, store), ledger.read() as connection:
        captures = queries.captures(connection)
        for quote in verdict["evidence"]:
            capture = captures[quote["capture"]]
            assert (capture.warc, capture.offset) == (quote["warc"], quote["offset"])
            document = Document(store.read(capture), capture.media_type)
            assert document.at(quote["pointer"]) == quote["value"]


def test_the_chain_of_an_accepted_image_has_every_link(tiny: Tiny) -> None:
    links = known(tiny, ACCEPTED)
    (verdict,), (decision,), (original,), (release,) = (
        links[name] for name in ("verdicts", "decisions", "originals", "releases")
    )
    assert links["source"]["id"] == "openclipart"
    assert (verdict["outcome"], verdict["licence"]) == ("claim", "LicenseRef-PD-dedication-legacy")
    assert verdict["crawl"]["id"] == "openclipart-00000"
    assert (decision["outcome"], decision["policy"], decision["verdict"]) == (
        "accept", tiny.policy.sha256, verdict["seq"]
    )  # fmt: skip
    assert original["sha256"] == release["original"] == release["key"]
    assert release["manifest"] == manifest_digest(tiny)
    assert release["decision"] == decision["seq"]


def test_the_words_name_every_link(tiny: Tiny) -> None:
    links, text = known(tiny, ACCEPTED), told(tiny, ACCEPTED)
    (verdict,), (original,) = links["verdicts"], links["originals"]
    for quote in verdict["evidence"]:
        assert quote["locator"] in text
        assert quote["capture"] in text
        assert quote["pointer"] in text
        assert f"captures/{quote['warc']} at byte {quote['offset']}" in text
    assert "version 1 of the rule for openclipart: CLAIM of LicenseRef-PD-dedication-legacy" in text
    assert "a dedication: the rights holder gives the rights up" in text
    assert "evidence grade E3: the institution's own dump, or the work's own statement by its author" in text
    assert f"in crawl openclipart-00000 of {tiny.place}" in text
    assert "2026-01-02 12:00:00 UTC: ACCEPT (accepted) under policy default" in text
    assert tiny.policy.sha256 in text
    assert "accepts claims of CC0-1.0, LicenseRef-PD-dedication-legacy, on grade E2 or better" in text
    assert original["sha256"] in text
    assert "png, 24 x 24 pixels" in text
    assert "release tiny 1" in text
    assert manifest_digest(tiny) in text
    assert "not audited: no trainer takes it" in text


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (WAITING, ("NO CLAIM (no_statement)", "REVIEW (a person should look at it; not used)", "never fetched")),
        (UNDER_GPL, ("NO CLAIM (licence_not_claimable)", "what was found is LicenseRef-GPL", "REFUSE (refused)")),
        (WITHOUT_PICTURE, ("NO CLAIM (no_image): the record has no image", "in no release")),
    ],
)
def test_what_was_not_accepted_is_told_with_its_reason(tiny: Tiny, image: ImageId, words: tuple[str, ...]) -> None:
    text = told(tiny, image)
    assert [word for word in words if word not in text] == []


def test_absence_is_told_as_absence(tiny: Tiny) -> None:
    assert "it says nothing" in told(tiny, WAITING)


def test_what_was_never_decided_says_so(tiny: Tiny, tmp_path: Path) -> None:
    new = Tiny(tmp_path / "new", tiny.place)
    new.root.mkdir()
    new.crawl()
    text = told(new, ACCEPTED)
    assert "nothing yet: run mitsua decide" in text
    assert "never fetched" in text


def test_a_withdrawal_is_told_with_its_basis(tiny: Tiny) -> None:
    with tiny.open() as (ledger, _):
        withdraw(ledger, Target.SOURCE, "openclipart", basis="legal-order", note="court of X", effective_at=NOON)
    assert "WITHDRAWN for ever, as source (legal-order): court of X" in told(tiny, ACCEPTED)
    assert "WITHDRAWN" in told(tiny, WAITING)


def test_the_same_bytes_under_another_name_are_told(tmp_path: Path) -> None:
    tiny = Tiny(tmp_path / "w", draw_collection(tmp_path / "c"))
    for kind in ("svg", "png"):
        disc = tiny.collection / f"{kind}/shapes/disc_01.{kind}"
        (tiny.collection / f"{kind}/shapes/twin.{kind}").write_bytes(disc.read_bytes())
    tiny.go()
    twin = ImageId("openclipart", "shapes/twin.svg", "png")
    assert f"the same bytes are also {twin}" in told(tiny, ACCEPTED)
    assert "release tiny 1" in told(tiny, twin), "its bytes are in a release, though under the other name"


def test_an_old_statement_stays_in_the_chain(tmp_path: Path) -> None:
    tiny = Tiny(tmp_path / "w", draw_collection(tmp_path / "c"))
    tiny.go()
    (tiny.collection / "svg/shapes/disc_13.svg").write_bytes(svg(13, licence=PUBLIC_DOMAIN))
    tiny.crawl()
    outcomes = [verdict["outcome"] for verdict in known(tiny, WAITING)["verdicts"]]
    assert (outcomes[0], outcomes[-1]) == ("refusal", "claim")


def test_every_kind_of_licence_has_words() -> None:
    assert set(KINDS) == set(Kind)


# ── names ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("image", [ImageId("a", "b#c", "d"), ImageId("a", "50%23#", "d"), ImageId("a", "b:c", "")])
def test_a_name_finds_the_image_it_was_made_from(tiny: Tiny, image: ImageId) -> None:
    with tiny.open() as (ledger, _):
        with ledger.batch() as batch:
            capture = next(iter(queries.captures(batch.connection)))
            batch.log(
                tables.verdict, source=image.source, record=image.record, part=image.part, capture=capture,
                rule_version=1, outcome="refusal", reason="no_image", evidence=[], at=batch.now,
            )  # fmt: skip
        assert find(ledger, str(image)) == [image]


def test_a_digest_is_a_file_s_or_its_own(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert digest_of(str(tmp_path / "a")) == digest_of(abc) == digest_of(abc.upper()) == abc
    assert digest_of(str(tmp_path)) is None
    assert digest_of("x" * 10_000) is None
    assert digest_of("a\0b") is None


def test_a_file_that_the_ledger_does_not_hold_is_named_with_its_digest(tiny: Tiny, tmp_path: Path) -> None:
    (tmp_path / "stranger.png").write_bytes(b"abc")
    with tiny.open() as (ledger, _), pytest.raises(UsageError, match=r"stranger\.png \(sha256 ba7816bf"):
        find(ledger, str(tmp_path / "stranger.png"))


# ── training records ─────────────────────────────────────────────────────────────────────────────────────────────────


def record(tiny: Tiny, name: str, *, keys: KeyRing | None = None, **changes: Any) -> Path:
    """A training record as the trainer leaves it."""
    predicate = {
        "run": name, "steps": 34, "started_at": "2026-01-03T00:00:00.5+00:00", "ended_at": "2026-01-03T01:00:00+00:00",
        "releases": [{"manifest": manifest_digest(tiny)}], "more": "of the trainer's own", **changes,
    }  # fmt: skip
    signer = (keys or tiny.keys).signer(Role.TRAINER)
    path = tiny.workspace.runs / name / RECORD
    path.parent.mkdir(parents=True)
    path.write_bytes(sign_statement([("model.safetensors", "0" * 64)], PREDICATE_TYPE, predicate, signer))
    return path


def test_the_runs_that_had_an_image_are_told(tiny: Tiny) -> None:
    path = record(tiny, "first")
    record(tiny, "elsewhere", releases=[{"manifest": "f" * 64}])
    runs = read_runs(tiny.workspace.runs, tiny.keys)
    assert [run.name for run in runs] == ["elsewhere", "first"]
    text = told(tiny, ACCEPTED, runs)
    assert "2026-01-03 00:00:00 UTC to 2026-01-03 01:00:00 UTC: run first, 34 steps" in text
    assert str(path) in text
    assert tiny.keys.signer(Role.TRAINER).keyid in text
    assert "elsewhere" not in text
    assert "none, as far as the training records" in told(tiny, WAITING, runs)


def strangers(tiny: Tiny, tmp_path: Path) -> None:
    tiny.keys.signer(Role.TRAINER)
    record(tiny, "bad", keys=KeyRing(tmp_path / "keys", tmp_path / "trust"))


def nobodys(tiny: Tiny, tmp_path: Path) -> None:
    record(tiny, "bad", keys=KeyRing(tmp_path / "keys", tmp_path / "trust"))


def flipped(tiny: Tiny, _: Path) -> None:
    path = record(tiny, "bad")
    path.write_bytes(path.read_bytes().replace(b'"sig"', b'"gis"'))


def formless(tiny: Tiny, _: Path) -> None:
    record(tiny, "bad", steps="many")


def without_manifest(tiny: Tiny, _: Path) -> None:
    record(tiny, "bad", releases=[{}])


def empty(tiny: Tiny, _: Path) -> None:
    record(tiny, "bad").write_bytes(b"")


@pytest.mark.parametrize(
    ("forge", "kind"),
    [
        (strangers, SignatureError), (nobodys, SignatureError), (flipped, IntegrityError), (formless, IntegrityError),
        (without_manifest, IntegrityError), (empty, IntegrityError),
    ],
)  # fmt: skip
def test_a_forged_or_broken_record_does_not_pass_for_silence(
    tiny: Tiny, tmp_path: Path, forge: Callable[[Tiny, Path], None], kind: type[Exception]
) -> None:
    forge(tiny, tmp_path)
    with pytest.raises(kind):
        read_runs(tiny.workspace.runs, tiny.keys)
    bad: list[IntegrityError] = []
    good = record(tiny, "good") if forge is not nobodys else None
    assert [run.name for run in read_runs(tiny.workspace.runs, tiny.keys, bad=bad.append)] == (["good"] if good else [])
    assert len(bad) == 1


def test_times_that_are_none_are_shown_as_they_are(tiny: Tiny) -> None:
    record(tiny, "first", started_at="yesterday")
    runs = read_runs(tiny.workspace.runs, tiny.keys)
    assert "yesterday to 2026-01-03 01:00:00 UTC" in told(tiny, ACCEPTED, runs)
    assert datetime(2026, 1, 3, 1, tzinfo=UTC).isoformat() == runs[0].ended_at
