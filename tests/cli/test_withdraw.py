"""`mitsua withdraw` of permissions and contributors: out of the next build, refused in the old one, and their reach."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mitsua_data.errors import MemberRevoked, UsageError
from mitsua_data.ledger import queries
from mitsua_data.ledger.store import Ledger
from mitsua_data.shards import revocations
from mitsua_data.shards.keys import KeyRing, Role
from mitsua_data.shards.revocations import Revocation, Target
from mitsua_data.withdraw import _granted
from mitsua_data.workspace import Workspace
from mitsua_train.gate import AuditedRelease, GateRules, open_audited
from tests.cli.conftest import FIRST, Mitsua
from tests.permitted import DOCUMENT, deliver, hexed
from tests.tiny import ACCEPTED, draw_collection, drawing

JANE, JOHN = "Jane Doe", "John Roe"
WORKS = {name: {f"{name}_{n}.png": drawing(20 + 2 * n + (name == JOHN)) for n in range(3)} for name in (JANE, JOHN)}
DATASET = """
name = "mixed"
version = "{version}"
policy = "with-permission"
samples_per_shard = 6

[transform]
size = [16, 16]
"""
RULES = GateRules(
    policies=frozenset({"with-permission"}),
    licences=frozenset({"LicenseRef-permission", "LicenseRef-PD-dedication-legacy"}),
    max_revocation_age_days=7,
)


class Studio:
    """A workspace with two contributors' works and a free collection, built into one audited release."""

    def __init__(self, mitsua: Mitsua, root: Path) -> None:
        self.mitsua, self.root = mitsua, root
        self.place = Workspace(root / "w")
        self.ring = KeyRing(self.place.keys, self.place.trust)
        self.ids: dict[str, str] = {}

    def run(self, *command: object) -> list[Any]:
        ran = self.mitsua(*command, "-w", self.place.root, "--format", "json")
        assert ran.code == 0, ran.err
        return ran.rows

    def permit(self, name: str, files: dict[str, bytes], folder: str = "") -> str:
        document = self.root / f"{name}.pdf"
        document.write_bytes(DOCUMENT + name.encode())
        at = deliver(self.root / (folder or name.split()[0]), files)
        given = ("--document", document, "--grantor", name, "--scope", "training", "--from", "2024-01-01")
        (row,) = self.run("permit", at, *given, "--until", "unlimited")
        self.run("crawl", "contract", "--from", at)
        return str(row["id"])

    def build(self, version: int) -> dict[str, Any]:
        dataset = self.root / "mixed.toml"
        dataset.write_text(DATASET.format(version=version))
        self.run("decide", "--policy", "with-permission")
        self.run("fetch", "--policy", "with-permission")
        (row,) = self.run("build", dataset)
        self.run("audit", row["release"])
        return dict(row)

    def gate(self, version: int = 1) -> AuditedRelease:
        return open_audited(
            self.place.releases / f"mixed-{version}",
            RULES,
            trust=self.ring,
            revocation_list=self.place.revocations,
            seen_file=self.root / f"seen-{version}.json",
            now=datetime.now(UTC),
        )

    def listed(self) -> set[tuple[Target, str]]:
        return set(revocations.read(self.place.revocations, self.ring.pinned(Role.LOG)).by_target)


@pytest.fixture
def studio(mitsua: Mitsua, tmp_path: Path) -> Studio:
    made = Studio(mitsua, tmp_path)
    made.ids = {name: made.permit(name, files) for name, files in WORKS.items()}
    made.run("crawl", "openclipart", "--from", draw_collection(tmp_path / "c"))
    assert made.build(1)["samples"] == ACCEPTED + 6
    return made


def images_of(name: str) -> list[str]:
    return sorted(f"contract:{name.split()[0]}/{file}#file" for file in WORKS[name])


@pytest.mark.parametrize(
    "named",
    [
        pytest.param(lambda studio: studio.ids[JANE], id="by-its-id"),
        pytest.param(lambda studio: studio.ids[JANE][:12], id="by-the-beginning-of-its-id"),
        pytest.param(lambda _: JANE, id="by-its-grantor"),
        pytest.param(lambda _: " Jane  Doe\n", id="by-its-grantor-with-other-spaces"),
    ],
)
def test_a_withdrawn_permission_is_left_out_of_the_next_build_and_refused_in_the_old_one(
    studio: Studio, named: Callable[[Studio], str]
) -> None:
    assert studio.gate().name == "mixed"
    (told,) = studio.run("withdraw", named(studio), "--basis", "opt-out")
    assert told["withdrawn"] == [{"kind": "permission", "target": studio.ids[JANE], "new": True}]
    assert told["images"] == images_of(JANE)
    with pytest.raises(MemberRevoked, match=r"withdrawn by (original|permission)"):
        studio.gate()
    second = studio.build(2)
    assert (second["samples"], second["left_out"]) == (ACCEPTED + 3, {})
    release = studio.gate(2)
    assert {str(sample.provenance["source"]) for sample in release.samples()} == {"contract", "openclipart"}
    assert not any("Jane" in str(sample.provenance["id"]) for sample in release.samples())
    assert studio.mitsua("audit", studio.place.releases / "mixed-1", "-w", studio.place.root).code == 1
    assert (
        "WITHDRAWN for ever, as permission (opt-out)"
        in studio.mitsua("explain", images_of(JANE)[0], "-w", studio.place.root).out
    )


def test_its_reach_is_told_down_to_shards_and_samples(studio: Studio) -> None:
    (told,) = studio.run("withdraw", JANE)
    (release,) = told["releases"]
    assert (release["name"], release["version"], release["samples"]) == ("mixed", "1", 3)
    keys = sorted(key for shard in release["shards"] for key in shard["keys"])
    assert keys == sorted(hexed(data) for data in WORKS[JANE].values())
    manifest = json.loads((studio.place.releases / "mixed-1/manifest.json").read_bytes())
    shards = {shard["name"]: shard["sha256"] for shard in manifest["shards"]}
    for shard in release["shards"]:
        assert shards[shard["name"]] == shard["sha256"]
    assert (told["training_runs"], told["unfinished_runs"]) == ([], [])
    table = studio.mitsua("withdraw", JANE, "-w", studio.place.root)
    assert table.code == 0
    assert all(shard["sha256"] in table.out for shard in release["shards"])
    assert "had been withdrawn before" in table.err


def test_the_list_that_trainers_hold_names_the_permission_and_every_work(studio: Studio) -> None:
    studio.run("withdraw", JANE)
    works = {(Target.ORIGINAL, hexed(data)) for data in WORKS[JANE].values()}
    assert studio.listed() == {(Target.PERMISSION, studio.ids[JANE])} | works


def test_a_trainer_needs_no_more_than_the_permission_s_name(studio: Studio) -> None:
    entry = Revocation(kind=Target.PERMISSION, target=studio.ids[JANE], basis="opt-out", effective_at=datetime.now(UTC))
    origin = revocations.read(studio.place.revocations, studio.ring.pinned(Role.LOG)).origin
    made = revocations.make(origin, [entry], datetime.now(UTC).replace(microsecond=0))
    revocations.publish(studio.place.revocations, made, studio.ring.signer(Role.LOG))
    with pytest.raises(MemberRevoked, match="withdrawn by permission"):
        studio.gate()


def test_all_that_a_contributor_granted_goes_and_nobody_else_s(studio: Studio) -> None:
    second = studio.permit(JANE, {"late.png": drawing(40)}, folder="more")
    (told,) = studio.run("withdraw", JANE)
    assert {each["target"] for each in told["withdrawn"]} == {studio.ids[JANE], second}
    assert told["images"] == sorted([*images_of(JANE), "contract:more/late.png#file"])
    (decided,) = studio.run("decide", "--policy", "with-permission")
    assert (decided["by_source"]["contract"], decided["by_reason"]["revoked"]) == (
        {"accept": 3, "review": 0, "refuse": 4}, 4
    )  # fmt: skip


def test_once_the_salt_is_erased_the_name_is_nobody_s_and_the_id_still_is(studio: Studio) -> None:
    (studio.place.permissions / f"{studio.ids[JANE]}.salt").unlink()
    lost = studio.mitsua("withdraw", JANE, "-w", studio.place.root)
    assert (lost.code, "holds no such image" in lost.complaint) == (2, True)
    assert studio.run("withdraw", studio.ids[JANE])[0]["images"] == images_of(JANE)


def test_the_same_bytes_go_under_every_name_even_where_the_delivery_was_never_crawled(
    mitsua: Mitsua, tmp_path: Path
) -> None:
    studio = Studio(mitsua, tmp_path)
    collection = draw_collection(tmp_path / "c")
    studio.run("crawl", "openclipart", "--from", collection)
    at = deliver(tmp_path / "copies", {"mine.png": (collection / "png/shapes/disc_01.png").read_bytes()})
    (tmp_path / "agreement.pdf").write_bytes(DOCUMENT)
    given = ("--document", tmp_path / "agreement.pdf", "--grantor", JANE, "--scope", "training")
    studio.run("permit", at, *given, "--from", "2024-01-01", "--until", "unlimited")
    assert studio.build(1)["samples"] == ACCEPTED
    (told,) = studio.run("withdraw", JANE)
    assert (told["images"], told["releases"][0]["samples"]) == ([FIRST], 1)
    with pytest.raises(MemberRevoked):
        studio.gate()
    assert studio.build(2)["samples"] == ACCEPTED - 1
    assert studio.gate(2).counts["train"] + studio.gate(2).counts["val"] == ACCEPTED - 1


def test_a_permission_that_was_renewed_stays_withdrawn(studio: Studio, tmp_path: Path) -> None:
    studio.run("withdraw", JANE)
    (tmp_path / "Jane" / "permission.intoto.json").rename(tmp_path / "old.json")
    studio.permit(JANE, WORKS[JANE])
    (decided,) = studio.run("decide", "--policy", "with-permission")
    assert decided["by_reason"]["revoked"] == 3, "a withdrawal of works is for ever, whoever grants them again"


def test_the_whole_source_can_be_withdrawn(studio: Studio) -> None:
    (told,) = studio.run("withdraw", "contract")
    assert told["withdrawn"] == [{"kind": "source", "target": "contract", "new": True}]
    assert told["images"] == sorted([*images_of(JANE), *images_of(JOHN)])
    assert studio.build(2)["samples"] == ACCEPTED


def test_the_beginning_of_an_id_must_be_that_of_one(tmp_path: Path) -> None:
    rows = [SimpleNamespace(statement="ab" * 6 + last * 52, grantor_ref="x") for last in "cd"]
    with pytest.raises(UsageError, match="begins the ids of 2 permissions"):
        _granted(rows, "ab" * 6, {})
    assert _granted(rows, "ab" * 6 + "c", {}) == [rows[0].statement]
    assert _granted(rows, "ab" * 5, {}) == [], "too little to go by"


def test_one_withdrawal_is_one_row_and_the_manifest_s_root_is_over_what_was_told(studio: Studio) -> None:
    studio.run("withdraw", JANE)
    with Ledger.open(studio.place.ledger) as ledger, ledger.read() as connection:
        assert [row.target_kind for row in queries.revocation_rows(connection)] == ["permission"]
    studio.build(2)
    assert studio.mitsua("verify", studio.place.releases / "mixed-2", "-w", studio.place.root).code == 0
