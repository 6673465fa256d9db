"""Whole runs, through the real gate: finished, stopped, resumed, refused; and what they leave."""

from __future__ import annotations

import io
import json
import os
import signal
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from mitsua_data.errors import IntegrityError, LedgerLocked, SignatureError, UsageError
from mitsua_data.images.formats import Mark
from mitsua_data.images.marks import embedded_marks
from mitsua_data.ledger.merkle import Tree, leaf_hash
from mitsua_data.runs import read_run
from mitsua_data.shards.dsse import open_statement
from mitsua_data.shards.keys import Role
from mitsua_train import record
from mitsua_train.draw import draw
from mitsua_train.export import open_model
from mitsua_train.finish import Asked
from mitsua_train.folder import RECORD, RunFolder
from mitsua_train.loop import train
from mitsua_train.progress import Bar, Quiet
from mitsua_train.recipe import Recipe
from mitsua_train.stopping import Stopping
from tests.shards.releases import Yard
from tests.train.school import opened, recipe, yard_of_drawings


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Yard:
    return yard_of_drawings(Yard(tmp_path_factory.mktemp("yard")))


@pytest.fixture(scope="module")
def finished(yard: Yard) -> RunFolder:
    """A run from start to end, that no test may change."""
    run = RunFolder(yard.root / "runs" / "tiny")
    assert go(yard, run) is not None
    return run


def go(yard: Yard, run: RunFolder, spec: Recipe | None = None, report: Quiet | None = None) -> dict[str, Any] | None:
    spec = spec or recipe()
    with run.writing(), Stopping() as stopping:
        return train(
            opened(yard),
            Asked(spec, spec.digest),
            run,
            signer=yard.keys.signer(Role.TRAINER),
            report=report or Quiet(),
            stopping=stopping,
            clock=lambda: datetime.now(UTC),
        )


def model_bytes(run: RunFolder) -> dict[str, str]:
    """Name to digest of everything that must not depend on where or when a run was stopped."""
    names = [path for path in sorted(run.path.rglob("*")) if path.is_file() and "model" in path.parts]
    names += [run.path / "samples.png", run.path / "consumed.jsonl"]
    return {str(path.relative_to(run.path)): sha256(path.read_bytes()).hexdigest() for path in names}


def predicate(yard: Yard, run: RunFolder) -> tuple[dict[str, Any], dict[str, str]]:
    keys = yard.keys.pinned(Role.TRAINER)
    statement, _ = open_statement((run.path / RECORD).read_bytes(), record.PREDICATE_TYPE, keys, what="record")
    return dict(statement.predicate), {each.name: each.digest.sha256 for each in statement.subject}


def test_the_record_binds_model_release_recipe_and_samples(yard: Yard, finished: RunFolder) -> None:
    said, subjects = predicate(yard, finished)
    release = opened(yard)
    assert said["releases"][0]["manifest"] == release.digest
    assert said["releases"][0]["shards"] == list(release.shard_digests)
    assert said["releases"][0]["attestation"] == release.attestation_digest
    assert said["recipe"]["sha256"] == recipe().digest
    assert Recipe.model_validate(said["recipe"]["values"]).digest == recipe().digest
    assert said["steps"] == 12
    assert set(said["first_weights"]) == {"vae", "unet"}
    assert subjects == {name: sha256((finished.path / name).read_bytes()).hexdigest() for name in subjects}
    assert {"model/vae/config.json", "model/mitsua.json", "samples.png", "metrics.json", "consumed.jsonl"} <= set(
        subjects
    )
    assert str(yard.root) not in json.dumps(said), "a record tells nobody where it was made"


def test_what_was_consumed_is_listed_and_its_root_is_the_logs_kind_of_root(yard: Yard, finished: RunFolder) -> None:
    lines = (finished.path / "consumed.jsonl").read_bytes().splitlines()
    tree = Tree()
    for line in lines:
        tree.append(leaf_hash(line))
    said, _ = predicate(yard, finished)
    assert said["samples"] == {"root": tree.root().hex(), "train": 8, "val": 2}
    rows = [json.loads(line) for line in lines]
    samples = {sample.key: sample for sample in opened(yard).samples()}
    for row in rows:
        assert row["image_sha256"] == sha256(samples[row["key"]].image).hexdigest()
        assert row["original_sha256"] == samples[row["key"]].provenance["sha256"]
        if row["split"] == "val":
            assert row["seen"] == {"unet": 0, "vae": 0}
    assert sum(row["seen"]["vae"] for row in rows) == 6 * 2
    assert sum(row["seen"]["unet"] for row in rows) == 6 * 3


def test_the_record_tells_which_checkpoints_learnt_from_which_shard(yard: Yard, finished: RunFolder) -> None:
    said, _ = predicate(yard, finished)
    shards = opened(yard).train_shards
    assert [(each["shard"], each["samples"]) for each in said["exposure"]] == list(shards)
    for each in said["exposure"]:
        assert all(1 <= each[stage][0] <= each[stage][1] <= 6 for stage in ("vae", "unet") if each[stage])
    kept = sorted(path.name for path in finished.checkpoints.iterdir())
    assert [each["name"] for each in said["checkpoints"]] == kept == [
        "unet-000004", "unet-000006", "vae-000004", "vae-000006"
    ]  # fmt: skip
    for each in said["checkpoints"]:
        state = (finished.checkpoints / each["name"] / "state.json").read_bytes()
        assert each["state_sha256"] == sha256(state).hexdigest()
    run = read_run(finished.path / RECORD, yard.keys)
    everything = [shard for shard, _ in shards]
    assert [each.name for each in run.touched(everything)] == kept
    held_out = set(opened(yard).shard_digests) - set(everything)
    assert held_out
    assert (run.touched(held_out), run.trained_on(held_out)) == ((), False)


@pytest.mark.parametrize("count", range(9))
def test_the_merkle_root_is_that_of_rfc_9162(count: int) -> None:
    leaves = [bytes([number]) * number for number in range(count)]
    tree = Tree()
    for leaf in leaves:
        tree.append(leaf_hash(leaf))
    assert record.merkle_root(leaves) == tree.root().hex()


def test_the_ledgers_side_reads_the_record(yard: Yard, finished: RunFolder) -> None:
    told = read_run(finished.path / RECORD, yard.keys)
    assert told.name == "tiny"
    assert told.releases == (opened(yard).digest,)


def test_the_figures_say_what_they_are_compared_with(finished: RunFolder) -> None:
    metrics = json.loads((finished.path / "metrics.json").read_bytes())
    assert metrics["loss_predicting_the_mean"] == 2.0
    assert metrics["loss_best_line"] == pytest.approx(1.57, abs=0.01)
    assert metrics["images"] == {"train": 8, "val": 2}
    assert metrics["images_seen"] == {"vae": 12, "unet": 18}
    assert len(metrics["loss_by_time"]) == 8
    assert metrics["loss"] == pytest.approx(sum(metrics["loss_by_time"]) / 8)
    assert [len(metrics["loss_history"][name]) for name in ("vae", "unet")] == [6, 6]


def test_the_picture_says_that_a_model_made_it(finished: RunFolder) -> None:
    body = (finished.path / "samples.png").read_bytes()
    with Image.open(io.BytesIO(body)) as image:
        assert image.width > 2 * 128
        assert Mark.AI_GENERATED in embedded_marks(image, body)


def test_anybody_opens_the_model_with_diffusers(finished: RunFolder) -> None:
    from diffusers import AutoencoderKL, UNet2DConditionModel

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        vae = AutoencoderKL.from_pretrained(finished.path / "model" / "vae", local_files_only=True)
        unet = UNet2DConditionModel.from_pretrained(finished.path / "model" / "unet", local_files_only=True)
    assert vae.config.scaling_factor == 1.0
    assert unet.config.cross_attention_dim == 8


def test_the_same_recipe_gives_the_same_bytes(yard: Yard, finished: RunFolder, tmp_path: Path) -> None:
    again = RunFolder(tmp_path / "again")
    go(yard, again)
    assert model_bytes(again) == model_bytes(finished)


class SignalAfter(Quiet):
    """Sends a signal to this process once so many steps were counted."""

    def __init__(self, steps: int, number: signal.Signals) -> None:
        super().__init__()
        self.left, self.number = steps, number

    def bar(self, what: str, total: int, done: int = 0) -> Any:
        whole = super().bar(what, total, done)
        outer = self

        class Counting:
            def __enter__(self) -> Bar:
                whole.__enter__()
                return self

            def __exit__(self, *error: Any) -> None:
                whole.__exit__(*error)

            def __call__(self, count: int) -> None:
                if what.startswith("train"):
                    outer.left -= count
                    if outer.left == 0:
                        os.kill(os.getpid(), outer.number)

            def say(self, text: str) -> None:
                pass

        return Counting()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("steps", [3, 6, 11])
def test_a_run_stopped_by_a_signal_goes_on_to_the_same_end(
    yard: Yard, finished: RunFolder, tmp_path: Path, steps: int, number: signal.Signals
) -> None:
    run, handler = RunFolder(tmp_path / "run"), signal.getsignal(number)
    assert go(yard, run, report=SignalAfter(steps, number)) is None
    assert not run.finished
    assert signal.getsignal(number) is handler
    report = Quiet()
    assert go(yard, run, report=report) is not None
    assert any("going on from step" in line for line in report.lines)
    assert model_bytes(run) == model_bytes(finished)


class Killed(BaseException):
    """The process ends here: nothing catches it."""


class KillAfter(SignalAfter):
    """Ends the run, as by SIGKILL, once so many steps were counted."""

    def bar(self, what: str, total: int, done: int = 0) -> Any:
        bar = super().bar(what, total, done)

        def kill(_pid: int, _number: int) -> None:
            raise Killed

        os.kill = kill
        return bar


@pytest.fixture
def unkill() -> Iterator[None]:
    whole = os.kill
    yield
    os.kill = whole


@pytest.mark.usefixtures("unkill")
@pytest.mark.parametrize("steps", [1, 5, 9])
def test_a_killed_run_goes_on_to_the_same_end(yard: Yard, finished: RunFolder, tmp_path: Path, steps: int) -> None:
    run = RunFolder(tmp_path / "run")
    with pytest.raises(Killed):
        go(yard, run, report=KillAfter(steps, signal.SIGKILL))
    assert go(yard, run) is not None
    assert model_bytes(run) == model_bytes(finished)


def test_another_recipe_or_release_needs_another_run(yard: Yard, finished: RunFolder) -> None:
    before = model_bytes(finished)
    with pytest.raises(UsageError, match="another recipe"):
        go(yard, finished, recipe(seed=8))
    assert model_bytes(finished) == before


def test_two_processes_cannot_train_in_one_folder(yard: Yard, tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    with run.writing(), pytest.raises(LedgerLocked, match="another process"):
        go(yard, run)


def test_a_drawing_depends_on_seed_and_caption_alone(yard: Yard, finished: RunFolder, tmp_path: Path) -> None:
    def drawn(name: str, seed: int, *captions: str, count: int = 1) -> bytes:
        path = draw(
            finished,
            yard.keys,
            captions=captions,
            count=count,
            changes={"guidance": 1.5},
            seed=seed,
            out=tmp_path / name,
            report=Quiet(),
        )
        return path.read_bytes()

    assert drawn("a.png", 1, "red disc") == drawn("b.png", 1, "red disc")
    assert drawn("c.png", 2, "red disc") != drawn("d.png", 1, "red disc")
    with pytest.raises(UsageError, match="exists already"):
        drawn("a.png", 1, "red disc")
    with Image.open(tmp_path / "a.png") as one, Image.open(io.BytesIO(drawn("e.png", 1, "", count=3))) as three:
        assert three.width > one.width


def test_a_changed_model_is_not_drawn_with(yard: Yard, finished: RunFolder, tmp_path: Path) -> None:
    import shutil

    copy = RunFolder(tmp_path / "copy")
    shutil.copytree(finished.path, copy.path)
    file = copy.path / "model" / "unet" / "diffusion_pytorch_model.safetensors"
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    with pytest.raises(IntegrityError, match="the record says"):
        open_model(copy, yard.keys)


def test_a_model_without_a_record_or_by_a_stranger_is_not_drawn_with(
    yard: Yard, finished: RunFolder, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="no finished run"):
        open_model(RunFolder(tmp_path), yard.keys)
    stranger = Yard(tmp_path / "stranger")
    stranger.keys.signer(Role.TRAINER)
    with pytest.raises(SignatureError):
        open_model(finished, stranger.keys)


def test_the_model_that_was_opened_is_the_model_that_was_trained(yard: Yard, finished: RunFolder) -> None:
    model = open_model(finished, yard.keys)
    assert model.card.image_size == (64, 48)
    assert len(model.card.captions) == 2
    with torch.no_grad():
        assert model.vae.decode(torch.zeros(1, 4, 12, 16)).sample.shape == (1, 3, 48, 64)
