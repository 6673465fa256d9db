"""`mitsua permit`: a signed grant goes on record, and its works go the whole way; anything less goes nowhere."""

from __future__ import annotations

import base64
import json
import os
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from mitsua_data.audit import AuditResult, Kind, audit_release
from mitsua_data.build import build
from mitsua_data.captures import CaptureStore
from mitsua_data.dataset import Dataset
from mitsua_data.decide import decide
from mitsua_data.errors import UsageError
from mitsua_data.ledger import permissions, queries, tables
from mitsua_data.ledger.store import Ledger
from mitsua_data.policy import Policy
from mitsua_data.shards.keys import KeyRing, Role
from mitsua_data.shards.permission import STATEMENT, read, reference
from mitsua_data.workspace import Workspace
from tests.cli.conftest import Mitsua, Ran
from tests.permitted import DOCUMENT, WORKS, deliver, hexed
from tests.tiny import drawing

TODAY = datetime.now(UTC).date()
GRANTOR = "Jane Doe"
PERMITTING = Policy.load("with-permission")
DATASET = """
name = "granted"
version = "1"
policy = "with-permission"

[transform]
size = [16, 16]
"""


@pytest.fixture
def studio(tmp_path: Path) -> Path:
    """A delivered folder, with the document and the list of works beside it."""
    (tmp_path / "agreement.pdf").write_bytes(DOCUMENT)
    (tmp_path / "list.txt").write_text("".join(f"{hexed(data)}  {name}\n" for name, data in WORKS.items()))
    return deliver(tmp_path / "studio", {**WORKS, "readme.txt": b"Thank you."})


@pytest.fixture
def granted(mitsua: Mitsua, studio: Path, tmp_path: Path) -> Callable[..., Ran]:
    """`granted("--scope", "training")`: the command with what it always needs; other words replace those."""

    def ran(*more: object, **changes: object) -> Ran:
        given: dict[str, object] = {
            "document": tmp_path / "agreement.pdf",
            "grantor": GRANTOR,
            "scope": "training",
            "from": TODAY - timedelta(days=30),
            "until": TODAY + timedelta(days=30),
            "workspace": tmp_path / "w",
            **changes,
        }
        options = [word for name, value in given.items() if value is not None for word in (f"--{name}", value)]
        return mitsua("permit", studio, *options, *more)

    return ran


@pytest.fixture
def crawled(granted: Callable[..., Ran], mitsua: Mitsua, studio: Path, tmp_path: Path) -> Path:
    """A workspace in which the works were permitted, crawled, accepted and fetched."""
    assert granted().code == 0
    here = ("-w", tmp_path / "w")
    assert mitsua("crawl", "contract", "--from", studio, *here).code == 0
    assert mitsua("decide", "--policy", "with-permission", *here).code == 0
    assert mitsua("fetch", "--policy", "with-permission", *here).code == 0
    return tmp_path / "w"


def identity(studio: Path) -> str:
    return sha256((studio / STATEMENT).read_bytes()).hexdigest()


# ── on record ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_grant_goes_on_record_signed_and_as_a_leaf_of_the_log(
    granted: Callable[..., Ran], studio: Path, tmp_path: Path
) -> None:
    (told,) = granted("--scope", "publish-weights", "--warrants", "no-ai-generated-material", format="json").rows
    place = Workspace(tmp_path / "w")
    keys = KeyRing(place.keys, place.trust).pinned(Role.REGISTRAR)
    signed = read((studio / STATEMENT).read_bytes(), keys, what="permission")
    said = signed.permission
    assert signed.id == told["id"] == identity(studio)
    assert said.document == hexed(DOCUMENT)
    assert said.works == {hexed(data): name for name, data in WORKS.items()}, "a text beside them is no work"
    assert (said.allowed_acts, said.warranties) == (["publish-weights", "training"], ["no-ai-generated-material"])
    assert said.licensee.startswith("the holder of registrar key ")
    with Ledger.open(place.ledger) as ledger, ledger.read() as connection:
        (row,) = permissions.rows(connection)
        assert len(list(queries.leaf_hashes(connection))) == 1
        assert permissions.works(connection, [told["id"]]) == sorted(said.works)
        held = queries.captures(connection, [row.document, row.statement])
    assert (row.statement, row.document, row.seq) == (told["id"], hexed(DOCUMENT), told["seq"])
    assert row.originals_root == said.works_root.hex()
    with CaptureStore(place.captures) as store:
        assert store.read(held[row.document]) == DOCUMENT
        assert store.read(held[row.statement]) == (studio / STATEMENT).read_bytes()


def test_the_grantor_stands_nowhere_by_name_and_the_salt_can_be_erased(
    granted: Callable[..., Ran], studio: Path, tmp_path: Path
) -> None:
    ran = granted()
    (salt,) = (tmp_path / "w/permissions").glob("*.salt")
    assert stat.S_IMODE(salt.stat().st_mode) == 0o600
    assert f"{salt}: the salt of the grantor's name" in " ".join(ran.err.split())
    said = json.loads(_payload(studio))["predicate"]["licensor"]["sha256"]
    assert said == reference(GRANTOR, bytes.fromhex(salt.read_text()))
    assert said == reference("  Jane \n Doe ", bytes.fromhex(salt.read_text())), "white space is no other person"
    for path in (tmp_path / "w").rglob("*"):
        if path.is_file() and "captures" not in path.parts:  # the document itself names her
            assert GRANTOR.encode() not in path.read_bytes(), path
    assert GRANTOR.encode() not in _payload(studio)


def _payload(studio: Path) -> bytes:
    return base64.b64decode(json.loads((studio / STATEMENT).read_bytes())["payload"])


def test_the_statement_can_lie_apart_from_the_works(
    granted: Callable[..., Ran], mitsua: Mitsua, studio: Path, tmp_path: Path
) -> None:
    ran = granted(out=tmp_path / "signed")
    beside = tmp_path / "signed/studio"
    assert not (studio / STATEMENT).exists()
    assert f"mitsua crawl contract --from {studio} --from {beside}" in " ".join(ran.err.split())
    where = ("--from", studio, "--from", beside, "-w", tmp_path / "w", "--format", "json")
    (crawl,) = mitsua("crawl", "contract", *where).rows
    assert crawl["claims"] == len(WORKS)


def test_a_scan_beside_the_works_is_no_work(granted: Callable[..., Ran], studio: Path) -> None:
    (studio / "scan.png").write_bytes(drawing(8))
    assert granted(document=studio / "scan.png", format="json").rows[0]["works"] == len(WORKS)


def test_a_list_of_works_binds_and_may_hold_more_than_was_delivered(
    granted: Callable[..., Ran], studio: Path, tmp_path: Path
) -> None:
    (studio / "a/work_3.png").unlink()
    ran = granted(works=tmp_path / "list.txt", format="json")
    assert (ran.code, ran.rows[0]["works"]) == (0, len(WORKS))
    assert "1 work of the list was not delivered" in ran.err


# ── refused ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"until": TODAY - timedelta(days=1)}, "the term is over since", id="over"),
        pytest.param({"until": TODAY - timedelta(days=31)}, "no permission can say this", id="ends-before-it-begins"),
        pytest.param({"until": "never"}, "no permission can say this", id="an-end-that-is-no-day"),
        pytest.param({"until": None}, "no permission can say this", id="no-end"),
        pytest.param({"from": None}, "no permission can say this", id="no-beginning"),
        pytest.param({"from": "2024-02-30"}, "no permission can say this", id="a-day-that-never-was"),
        pytest.param({"scope": None}, "training is not among what was granted", id="no-scope"),
        pytest.param({"scope": "publish-weights"}, "training is not among what was granted", id="not-for-training"),
        pytest.param({"scope": "everything"}, "Invalid value for '--scope'", id="an-unknown-act"),
        pytest.param({"grantor": " "}, "nobody granted it", id="by-nobody"),
        pytest.param({"document": "nowhere.pdf"}, "nowhere.pdf: ", id="no-document"),
        pytest.param({"works": "nowhere.txt"}, "nowhere.txt cannot be read", id="no-list"),
    ],
)
def test_what_is_no_grant_for_training_goes_nowhere(
    granted: Callable[..., Ran], studio: Path, tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    ran = granted(**changes)
    assert (ran.code, said in ran.complaint) == (2, True), ran.err
    _nothing_on_record(studio, tmp_path)


def _nothing_on_record(studio: Path, tmp_path: Path) -> None:
    assert not (studio / STATEMENT).exists()
    assert not list(tmp_path.rglob("*.salt"))
    assert [path for path in studio.iterdir() if path.name.startswith(".")] == []
    ledger = tmp_path / "w/ledger.sqlite"
    if ledger.exists():
        with closing(sqlite3.connect(ledger)) as connection:
            assert connection.execute("SELECT count(*) FROM permission").fetchone() == (0,)


@pytest.mark.parametrize("listed", ["one work less", "another work", "a prefix", "nothing", "no digest"])
def test_a_file_that_is_not_on_the_list_is_refused(
    granted: Callable[..., Ran], studio: Path, tmp_path: Path, listed: str
) -> None:
    digests = [hexed(data) for data in WORKS.values()]
    lines = {
        "one work less": digests[1:],
        "another work": [*digests[1:], hexed(drawing(9))],
        "a prefix": [*digests[1:], digests[0][:63]],
        "nothing": ["# nothing"],
        "no digest": ["all of them"],
    }[listed]
    (tmp_path / "list.txt").write_text("\n".join(lines))
    ran = granted(works=tmp_path / "list.txt")
    assert ran.code == 2
    assert "not on the list" in ran.complaint or "no SHA-256" in ran.complaint
    _nothing_on_record(studio, tmp_path)


@pytest.mark.parametrize("files", [{}, {"readme.txt": b"nothing"}], ids=["empty", "no-pictures"])
def test_an_empty_delivery_is_refused(mitsua: Mitsua, tmp_path: Path, files: dict[str, bytes]) -> None:
    (tmp_path / "agreement.pdf").write_bytes(DOCUMENT)
    (tmp_path / "empty").mkdir()
    folder = deliver(tmp_path / "empty", files)
    given = ("--document", tmp_path / "agreement.pdf", "--grantor", GRANTOR, "--scope", "training")
    ran = mitsua("permit", folder, *given, "--from", "2024-01-01", "--until", "unlimited", "-w", tmp_path / "w")
    assert (ran.code, "holds no image files" in ran.complaint) == (2, True)
    assert not (tmp_path / "w").exists()


def test_a_permission_is_never_overwritten(granted: Callable[..., Ran], studio: Path, tmp_path: Path) -> None:
    granted()
    before = (studio / STATEMENT).read_bytes()
    ran = granted(until="unlimited")
    assert (ran.code, "a permission is never overwritten" in ran.complaint) == (2, True)
    assert (studio / STATEMENT).read_bytes() == before
    assert len(list(tmp_path.rglob("*.salt"))) == 1
    (studio / STATEMENT).rename(studio / "old.json")
    (studio / STATEMENT).symlink_to(studio / "nowhere.json")
    assert granted(until="unlimited").code == 2, "a link that leads nowhere is there, too"


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_cannot_be_written_leaves_nothing(
    granted: Callable[..., Ran], studio: Path, tmp_path: Path
) -> None:
    studio.chmod(0o500)
    try:
        assert granted().code == 4
        _nothing_on_record(studio, tmp_path)
    finally:
        studio.chmod(0o700)


def test_a_ledger_that_fails_leaves_nothing(
    granted: Callable[..., Ran], studio: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "ledger.sqlite")

    monkeypatch.setattr("mitsua_data.permits._rows", full)
    assert granted().code == 4
    _nothing_on_record(studio, tmp_path)


# ── signed elsewhere ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_permission_that_another_registrar_signed_is_put_on_record_once_that_key_is_trusted(
    granted: Callable[..., Ran], mitsua: Mitsua, studio: Path, tmp_path: Path
) -> None:
    granted()
    there = ("--document", tmp_path / "agreement.pdf", "--signed", "-w", tmp_path / "here")
    assert mitsua("permit", studio, *there).code == 5
    (row,) = (row for row in mitsua("keys", "list", "-w", tmp_path / "w", "--format", "json").rows
              if row["role"] == "registrar")  # fmt: skip
    assert mitsua("keys", "trust", "registrar", row["file"], "-w", tmp_path / "here").code == 0
    first, again = (mitsua("permit", studio, *there, "--format", "json") for _ in range(2))
    assert (first.code, again.code) == (0, 0)
    assert first.rows[0]["id"] == identity(studio)
    assert again.rows[0]["seq"] == first.rows[0]["seq"], "put on record once"
    (tmp_path / "agreement.pdf").write_bytes(DOCUMENT + b" not")
    other = mitsua("permit", studio, *there)
    assert (other.code, "got a document with sha256" in other.complaint) == (5, True)
    (tmp_path / "agreement.pdf").write_bytes(DOCUMENT)
    (studio / "a/more.png").write_bytes(drawing(8))
    more = mitsua("permit", studio, *there)
    assert (more.code, "not on the signed list: a/more.png" in more.complaint) == (2, True)
    both = mitsua("permit", studio, *there, "--grantor", GRANTOR)
    assert (both.code, "says all that itself" in both.complaint) == (2, True)


# ── the whole way, and time ──────────────────────────────────────────────────────────────────────────────────────────


def audited(workspace: Path, release: Path, now: datetime | None = None) -> AuditResult:
    place = Workspace(workspace)
    with Ledger.open(place.ledger) as ledger, CaptureStore(place.captures) as store:
        return audit_release(ledger, store, release, KeyRing(place.keys, place.trust), now=now, workers=1)


def built(mitsua: Mitsua, workspace: Path, tmp_path: Path) -> Path:
    (tmp_path / "granted.toml").write_text(DATASET)
    (row,) = mitsua("build", tmp_path / "granted.toml", "-w", workspace, "--format", "json").rows
    return Path(row["release"])


def test_permitted_works_become_a_release_that_passes_its_audit(mitsua: Mitsua, crawled: Path, tmp_path: Path) -> None:
    release = built(mitsua, crawled, tmp_path)
    result = audited(crawled, release)
    assert (result.findings, result.counts["samples"], result.counts["rules_run"]) == ((), len(WORKS), len(WORKS))
    end = datetime(*(TODAY + timedelta(days=31)).timetuple()[:3], tzinfo=UTC)
    assert result.expires_at == end, "an audit is good for no longer than what the release rests on"
    assert "must not be published with this dataset" in (release / "NOTICE.md").read_text()
    (default,) = mitsua("decide", "-w", crawled, "--format", "json").rows
    assert (default["accept"], default["by_reason"]) == (0, {"licence_not_in_policy": len(WORKS)})


def test_a_claim_without_a_permission_on_record_is_refused(
    granted: Callable[..., Ran], mitsua: Mitsua, studio: Path, tmp_path: Path
) -> None:
    granted()
    (row,) = (row for row in mitsua("keys", "list", "-w", tmp_path / "w", "--format", "json").rows
              if row["role"] == "registrar")  # fmt: skip
    here = ("-w", tmp_path / "here")
    mitsua("keys", "trust", "registrar", row["file"], *here)
    (crawl,) = mitsua("crawl", "contract", "--from", studio, *here, "--format", "json").rows
    assert crawl["claims"] == len(WORKS)
    (decided,) = mitsua("decide", "--policy", "with-permission", *here, "--format", "json").rows
    assert (decided["accept"], decided["by_reason"]) == (0, {"no_permission": len(WORKS)})
    mitsua("permit", studio, "--document", tmp_path / "agreement.pdf", "--signed", *here)
    (decided,) = mitsua("decide", "--policy", "with-permission", *here, "--format", "json").rows
    assert decided["accept"] == len(WORKS)


def test_when_the_term_is_over_the_next_decision_refuses_and_states_its_moment(
    mitsua: Mitsua, crawled: Path, tmp_path: Path
) -> None:
    release = built(mitsua, crawled, tmp_path)
    place, ring = Workspace(crawled), KeyRing(crawled / "keys", crawled / "trust")
    later = datetime.now(UTC) + timedelta(days=32)
    dataset = Dataset.load(tmp_path / "granted.toml")
    with Ledger.open(place.ledger, clock=lambda: later) as ledger, CaptureStore(place.captures) as store:
        with pytest.raises(UsageError, match="out of date"):
            build(ledger, store, ring, dataset, PERMITTING, place.releases, workers=1)
        tally = decide(ledger, PERMITTING)
        assert (tally.by_outcome["refuse"], tally.by_reason["expired"]) == (len(WORKS), len(WORKS))
        with pytest.raises(UsageError, match="no accepted image is selected"):
            build(ledger, store, ring, dataset, PERMITTING, place.releases, workers=1)
        with ledger.read() as connection:
            decisions = queries.decisions(connection, PERMITTING.sha256)
            rows = [queries.logged_row(connection, tables.decision, each.seq) for each in decisions.values()]
            (permission,) = permissions.on_record(connection).values()
        assert {row["at"] for row in rows} == {later.strftime("%Y-%m-%dT%H:%M:%SZ")}
        assert {json.dumps(row["inputs"]) for row in rows} == {json.dumps({"permission": permission})}
        assert decide(ledger, PERMITTING).added == 0
    found = {finding.kind for finding in audited(crawled, release, later).findings}
    assert {Kind.PERMISSION, Kind.DECISION} <= found


def test_a_decision_states_the_moment_that_it_asked_about_whenever_it_is_written(crawled: Path) -> None:
    last = datetime(*(TODAY + timedelta(days=30)).timetuple()[:3], 23, 59, tzinfo=UTC)
    moments = iter([last, *(last + timedelta(days=days) for days in range(1, 20))])
    with Ledger.open(Workspace(crawled).ledger, clock=lambda: next(moments)) as ledger:
        policy = Policy.parse(PERMITTING.text + "# another text")
        assert decide(ledger, policy).by_outcome["accept"] == len(WORKS)
        with ledger.read() as connection:
            found = queries.decisions(connection, policy.sha256).values()
            rows = [queries.logged_row(connection, tables.decision, each.seq) for each in found]
    assert {row["at"] for row in rows} == {last.strftime("%Y-%m-%dT%H:%M:%SZ")}


def break_the_row(workspace: Path, statement: str) -> None:
    with closing(sqlite3.connect(workspace / "ledger.sqlite")) as connection, connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("UPDATE permission SET expires_at = NULL", id="end-taken-away"),
        pytest.param("UPDATE permission SET document = statement", id="another-document"),
        pytest.param("UPDATE permission SET grantor_ref = document", id="another-grantor"),
        pytest.param("DELETE FROM permission_work", id="works-forgotten"),
        pytest.param("UPDATE permission SET statement = document", id="never-on-record"),
    ],
)
def test_the_audit_finds_a_permission_that_is_not_what_was_signed(
    mitsua: Mitsua, crawled: Path, tmp_path: Path, statement: str
) -> None:
    release = built(mitsua, crawled, tmp_path)
    break_the_row(crawled, statement)
    assert Kind.PERMISSION in {finding.kind for finding in audited(crawled, release).findings}


def test_an_auditor_who_does_not_trust_the_registrar_does_not_pass_the_release(
    mitsua: Mitsua, crawled: Path, tmp_path: Path
) -> None:
    release = built(mitsua, crawled, tmp_path)
    (pinned,) = (crawled / "trust/registrar").glob("*.pub")
    pinned.unlink()
    found = [finding for finding in audited(crawled, release).findings if finding.kind is Kind.PERMISSION]
    assert len(found) == len(WORKS)
    assert "a permission that a registrar pinned here has signed" in found[0].expected
