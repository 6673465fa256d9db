"""The commands: the gate first, whatever else is asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

import mitsua_train.cli
from mitsua_data.errors import MitsuaError, ShardDamaged, UnauditedError, UsageError
from mitsua_data.shards.keys import Role
from mitsua_train.cli import register
from tests.shards.releases import NOW, Yard
from tests.train.school import drawn, recipe, yard_of_drawings


@pytest.fixture
def yard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Yard:
    monkeypatch.setattr(mitsua_train.cli, "now", lambda: NOW)  # when the release is fresh
    yard = Yard(tmp_path / "workspace")
    (tmp_path / "tiny.toml").write_text(as_toml(recipe().dump()))
    return yard_of_drawings(yard)


def as_toml(values: dict[str, Any], path: str = "") -> str:
    plain = {name: value for name, value in values.items() if not isinstance(value, dict)}
    text = f"[{path}]\n" if path else ""
    text += "".join(f"{name} = {json.dumps(value)}\n" for name, value in plain.items())
    tables = {name: value for name, value in values.items() if isinstance(value, dict)}
    return text + "".join(as_toml(value, f"{path}.{name}".lstrip(".")) for name, value in tables.items())


def run(yard: Yard, *arguments: str) -> tuple[int, str]:
    """Exit code and stdout; errors that the program foresaw are raised."""
    app = typer.Typer(rich_markup_mode=None)
    register(app)
    result = CliRunner().invoke(app, [*arguments, "--workspace", str(yard.root)], standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return result.return_value or 0, result.stdout


def recipe_file(yard: Yard) -> str:
    return str(yard.root.parent / "tiny.toml")


def test_train_then_sample(yard: Yard) -> None:
    code, out = run(yard, "train", recipe_file(yard), "--steps-scale", "0.34", "--format", "json")
    told = json.loads(out)
    assert code == 0
    assert told["loss_predicting_the_mean"] == 2.0
    assert Path(told["pictures"]).is_file()
    record = yard.root / "runs" / "tiny" / "training.intoto.json"
    before = record.read_bytes()

    code, out = run(yard, "train", recipe_file(yard), "--steps-scale", "0.34")
    assert code == 0
    assert "predicting the mean" in out
    assert record.read_bytes() == before, "a finished run is not trained again"
    with pytest.raises(UsageError, match="another recipe"):
        run(yard, "train", recipe_file(yard))

    _, first = run(yard, "sample", "tiny", "--caption", "red disc", "--count", "1", "--steps", "1")
    _, second = run(yard, "sample", "tiny", "--count", "1", "--steps", "1")
    assert first != second
    assert Path(first.strip()).read_bytes().startswith(b"\x89PNG")
    assert Path(second.strip()).is_file()


def test_check_opens_the_gate_and_trains_nothing(yard: Yard) -> None:
    code, out = run(yard, "train", recipe_file(yard), "--check", "--format", "json")
    assert code == 0
    assert json.loads(out)["images_train"] == 8
    assert not (yard.root / "runs").exists()


@pytest.fixture(params=["plain", "--check", "--release", "--steps-scale"])
def asked(request: pytest.FixtureRequest, yard: Yard) -> list[str]:
    """Every way to ask for training."""
    ways = {
        "plain": [],
        "--check": ["--check"],
        "--release": ["--release", str(yard.releases / "clip-1")],
        "--steps-scale": ["--steps-scale", "0.1"],
    }
    return ["train", recipe_file(yard), *ways[request.param]]


def test_a_damaged_release_is_refused_before_the_first_step(yard: Yard, asked: list[str]) -> None:
    shard = yard.releases / "clip-1" / "train" / "00000.tar"
    data = bytearray(shard.read_bytes())
    data[700] ^= 1
    shard.write_bytes(data)
    with pytest.raises(ShardDamaged) as caught:
        run(yard, *asked)
    assert caught.value.exit_code == 6
    assert not (yard.root / "runs").exists()


def test_an_unaudited_release_is_refused_before_the_first_step(yard: Yard, asked: list[str]) -> None:
    (yard.releases / "clip-1" / "audit.intoto.jsonl").unlink()
    with pytest.raises(UnauditedError):
        run(yard, *asked)
    assert not (yard.root / "runs").exists()


def test_a_finished_run_does_not_open_a_release_that_was_spoilt_since(yard: Yard) -> None:
    run(yard, "train", recipe_file(yard), "--steps-scale", "0.2")
    (yard.releases / "clip-1" / "audit.intoto.jsonl").unlink()
    with pytest.raises(UnauditedError):
        run(yard, "train", recipe_file(yard), "--steps-scale", "0.2")


def test_no_option_skips_the_gate() -> None:
    app = typer.Typer()
    register(app)
    options = {
        name
        for command in typer.main.get_command(app).commands.values()  # type: ignore[attr-defined]
        for parameter in command.params
        for name in parameter.opts
    }
    assert not [name for name in options if any(word in name for word in ("force", "skip", "unsafe", "no-", "trust"))]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["train", "none.toml"], "No such file"),
        (["sample", "none"], "no finished run"),
    ],
)
def test_what_is_missing_is_said_in_one_line(yard: Yard, arguments: list[str], said: str) -> None:
    with pytest.raises(MitsuaError, match=said) as caught:
        run(yard, *arguments)
    assert caught.value.exit_code == 2
    assert "\n" not in caught.value.line()


def test_a_release_that_is_not_there_is_a_usage_error(yard: Yard) -> None:
    with pytest.raises(UsageError, match="no such release"):
        run(yard, "train", recipe_file(yard), "--release", "nowhere")


def test_images_of_many_sizes_are_refused(tmp_path: Path) -> None:
    from mitsua_train.data import load_split
    from tests.train.school import opened

    yard = yard_of_drawings(Yard(tmp_path))
    release = opened(yard)
    with pytest.raises(UsageError, match="multiples of 5"):
        load_split(release, "train", factor=5, advance=lambda _: None)
    with pytest.raises(UsageError, match="no test samples"):
        load_split(release, "test", factor=4, advance=lambda _: None)
    release.image_size = None
    with pytest.raises(UsageError, match="different sizes"):
        load_split(release, "train", factor=4, advance=lambda _: None)
    release.image_size = (32, 32)
    with pytest.raises(ShardDamaged, match="the manifest says"):
        load_split(release, "train", factor=4, advance=lambda _: None)


def test_a_sample_that_does_not_decode_is_refused_by_name(tmp_path: Path) -> None:
    from dataclasses import replace
    from hashlib import sha256

    from mitsua_train.data import load_split
    from tests.train.school import opened

    row = drawn(0)
    told = row.provenance.model_copy(update={"image_sha256": sha256(row.image[:60]).hexdigest()})
    yard = Yard(tmp_path)
    yard.audited(rows=[replace(row, image=row.image[:60], provenance=told)])
    yard.keys.signer(Role.TRAINER)
    with pytest.raises(ShardDamaged, match="does not decode"):
        load_split(opened(yard), "train", factor=4, advance=lambda _: None)
