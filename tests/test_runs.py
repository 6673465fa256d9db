"""What a training record tells of the weights: which checkpoints learnt from a shard, and which did not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mitsua_data.errors import IntegrityError
from mitsua_data.runs import PREDICATE_TYPE, RECORD, Run, read_run, unfinished
from mitsua_data.shards.dsse import sign_statement
from mitsua_data.shards.keys import KeyRing, Role
from mitsua_data.withdraw import Reach

EARLY, LATE, HELD_OUT, NEVER = ("1" * 64, "2" * 64, "3" * 64, "4" * 64)
EXPOSURE: list[dict[str, Any]] = [
    {"shard": EARLY, "samples": 9, "vae": [1, 10], "unet": [1, 10]},
    {"shard": LATE, "samples": 9, "vae": [7, 10], "unet": [9, 10]},
    {"shard": NEVER, "samples": 9, "vae": None, "unet": None},
    {"shard": "5" * 64, "samples": 9, "vae": None, "unet": [6, 10]},
]
CHECKPOINTS = [
    {"name": f"{stage}-{step:06}", "stage": stage, "step": step, "state_sha256": "a" * 64}
    for stage in ("unet", "vae")
    for step in (5, 10)
]


def record(folder: Path, **changes: Any) -> Run:
    """A record of these fields, signed, and read back; `...` takes a field away."""
    keys = KeyRing(folder / "keys", folder / "trust")
    said: dict[str, Any] = {
        "run": "small",
        "steps": 20,
        "started_at": "2026-01-02T12:00:00Z",
        "ended_at": "2026-01-02T13:00:00Z",
        "releases": [{"manifest": "f" * 64, "shards": [EARLY, LATE, HELD_OUT, NEVER, "5" * 64]}],
        "exposure": EXPOSURE,
        "checkpoints": CHECKPOINTS,
        **changes,
    }
    predicate = {name: value for name, value in said.items() if value is not ...}
    files = [("model/unet/w.safetensors", "b" * 64), ("samples.png", "c" * 64)]
    path = folder / "runs/small" / RECORD
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(sign_statement(files, PREDICATE_TYPE, predicate, keys.signer(Role.TRAINER)))
    return read_run(path, keys)


def touched(run: Run, *shards: str) -> list[str]:
    return [each.name for each in run.touched(shards)]


@pytest.mark.parametrize(
    ("shards", "expected"),
    [
        pytest.param([EARLY], ["unet-000005", "unet-000010", "vae-000005", "vae-000010"], id="from-the-first-step"),
        pytest.param([LATE], ["unet-000005", "unet-000010", "vae-000010"], id="after-the-first-checkpoint"),
        pytest.param(["5" * 64], ["unet-000010"], id="by-the-denoiser-alone"),
        pytest.param([HELD_OUT], [], id="held-out"),
        pytest.param([NEVER], [], id="never-drawn"),
        pytest.param(["9" * 64], [], id="of-another-release"),
        pytest.param([HELD_OUT, "5" * 64], ["unet-000010"], id="one-of-several"),
        pytest.param([], [], id="no-shard"),
    ],
)
def test_a_checkpoint_holds_what_its_steps_or_the_autoencoder_before_it_learnt_from(
    tmp_path: Path, shards: list[str], expected: list[str]
) -> None:
    run = record(tmp_path)
    assert touched(run, *shards) == expected
    assert run.trained_on(shards) == bool(expected)


def test_where_a_record_does_not_tell_every_checkpoint_counts(tmp_path: Path) -> None:
    run = record(tmp_path, exposure=...)
    assert touched(run, HELD_OUT) == [each["name"] for each in CHECKPOINTS]
    assert (run.trained_on([EARLY]), run.trained_on(["9" * 64])) == (True, False)
    older = record(tmp_path, exposure=..., checkpoints=..., releases=[{"manifest": "f" * 64}])
    assert (touched(older, EARLY), older.trained_on([EARLY])) == ([], True)


@pytest.mark.parametrize(
    "changes",
    [
        {"exposure": [{"shard": EARLY, "vae": [1], "unet": None}]},
        {"exposure": [{"shard": EARLY}]},
        {"checkpoints": [{"name": "unet-000005"}]},
        {"releases": [{}]},
    ],
)
def test_a_record_of_no_known_form_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match="not a training record of a form we know"):
        record(tmp_path, **changes)


def test_the_reach_of_a_withdrawal_names_runs_on_its_releases_only(tmp_path: Path) -> None:
    run = record(tmp_path)

    def reach(manifest: str, *shards: str) -> Reach:
        held = [{"name": "train/0", "sha256": shard, "split": "train", "keys": ["k"]} for shard in shards]
        return Reach((), ({"name": "a", "version": "1", "manifest": manifest, "samples": 1, "shards": held},))

    (told,) = reach("f" * 64, LATE).runs([run])
    assert (told["name"], told["trained_on_it"], told["model"]) == ("small", True, ["model/unet/w.safetensors"])
    assert [each["name"] for each in told["checkpoints"]] == ["unet-000005", "unet-000010", "vae-000010"]
    (told,) = reach("f" * 64, HELD_OUT).runs([run])
    assert (told["trained_on_it"], told["checkpoints"], told["model"]) == (False, [], [])
    assert reach("e" * 64, EARLY).runs([run]) == []


def test_runs_that_nobody_has_signed_for_are_told_apart(tmp_path: Path) -> None:
    record(tmp_path)
    for name, text in (("going", json.dumps({"belongs_to": {"release": "f" * 64}})), ("broken", "{")):
        (tmp_path / "runs" / name).mkdir()
        (tmp_path / "runs" / name / "run.json").write_text(text)
    (tmp_path / "runs/small/run.json").write_text(json.dumps({"belongs_to": {"release": "f" * 64}}))
    assert unfinished(tmp_path / "runs") == {"broken": "", "going": "f" * 64}
    assert unfinished(tmp_path / "nowhere") == {}
