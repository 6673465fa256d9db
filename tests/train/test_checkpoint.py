"""Checkpoints: whole or not there, whatever happens to the process or the disk."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from mitsua_data.errors import IntegrityError, StorageError, UsageError
from mitsua_train.checkpoint import Checkpoints

MINE = {"recipe": "a" * 64, "release": "b" * 64}
HERE = {"torch": "2", "threads": "1"}


def checkpoints(folder: Path, *, keep: int = 2, machine: dict[str, str] = HERE, **other: str) -> Checkpoints:
    return Checkpoints(folder, keep=keep, belongs_to=MINE | other, machine=machine)


def groups(value: float) -> dict[str, dict[str, Tensor]]:
    return {
        "network": {"w": torch.full((2, 3), value), "b": torch.tensor(value)},
        "history": {"loss": torch.full((4,), value, dtype=torch.float64)},
    }


def value_of(store: Checkpoints) -> float | None:
    found = store.latest("unet")
    if found is None:
        return None
    value = float(found.groups["network"]["b"])
    assert {name: {k: v.tolist() for k, v in each.items()} for name, each in found.groups.items()} == {
        name: {k: v.tolist() for k, v in each.items()} for name, each in groups(value).items()
    }
    return value


def test_what_is_saved_is_loaded_and_the_newest_counts(tmp_path: Path) -> None:
    store = checkpoints(tmp_path)
    assert store.latest("unet") is None
    for step in (9, 10, 1_000_000):
        store.save("unet", step, groups(float(step)))
    store.save("vae", 3, groups(-1.0))
    found = checkpoints(tmp_path).latest("unet")
    assert found is not None
    assert found.step == 1_000_000
    assert value_of(checkpoints(tmp_path)) == 1_000_000.0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["unet-000010", "unet-1000000", "vae-000003"]


def test_nothing_in_a_checkpoint_is_a_program(tmp_path: Path) -> None:
    checkpoints(tmp_path).save("unet", 1, groups(1.0))
    assert {path.suffix for path in (tmp_path / "unet-000001").iterdir()} == {".safetensors", ".json"}


def test_a_file_cut_anywhere_is_refused(tmp_path: Path) -> None:
    checkpoints(tmp_path / "whole").save("unet", 1, groups(1.0))
    for path in sorted((tmp_path / "whole" / "unet-000001").iterdir()):
        size = path.stat().st_size
        for cut in {0, 1, 7, 8, 9, size // 2, size - 1}:
            shutil.rmtree(tmp_path / "cut", ignore_errors=True)
            shutil.copytree(tmp_path / "whole", tmp_path / "cut")
            os.truncate(tmp_path / "cut" / "unet-000001" / path.name, cut)
            with pytest.raises(IntegrityError, match=r"remove .*unet-000001") as caught:
                raise_with_advice(lambda: checkpoints(tmp_path / "cut").latest("unet"))
            assert caught.value.exit_code == 5


def raise_with_advice(call: Callable[[], object]) -> None:
    """So that a match sees the advice, too."""
    try:
        call()
    except IntegrityError as error:
        raise IntegrityError(error.line()) from error


def test_a_changed_bit_a_missing_and_a_stretched_file_are_refused(tmp_path: Path) -> None:
    store = checkpoints(tmp_path)
    store.save("unet", 1, groups(1.0))
    file = tmp_path / "unet-000001" / "network.safetensors"
    whole = file.read_bytes()
    for place in range(0, len(whole), 13):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        with pytest.raises(IntegrityError):
            store.latest("unet")
    file.write_bytes(whole + b"\0")
    with pytest.raises(IntegrityError):
        store.latest("unet")
    file.unlink()
    with pytest.raises(IntegrityError, match="missing"):
        store.latest("unet")


class Killed(BaseException):
    """The process ends here, as by SIGKILL: nothing catches it."""


CALLS = ("open", "write", "fsync", "fchmod", "mkdir", "rename")


def spoil(monkeypatch: pytest.MonkeyPatch, name: str, at: int, error: BaseException) -> None:
    """The `at`-th call of `os.<name>` from now on raises."""
    whole: Any = getattr(os, name)
    left = [at]

    def failing(*args: Any, **kwargs: Any) -> Any:
        left[0] -= 1
        if left[0] == 0:
            raise error
        return whole(*args, **kwargs)

    monkeypatch.setattr(os, name, failing)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("killed", [True, False], ids=["killed", "disk-full"])
def test_a_save_that_ends_anywhere_leaves_the_old_checkpoint_or_the_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, killed: bool
) -> None:
    error: BaseException = Killed() if killed else OSError(errno.ENOSPC, "No space left on device")
    reached = 0
    for at in range(1, 40):
        folder = tmp_path / str(at)
        checkpoints(folder).save("unet", 1, groups(1.0))
        with monkeypatch.context() as patched:
            spoil(patched, name, at, error)
            try:
                checkpoints(folder).save("unet", 2, groups(2.0))
            except (Killed, StorageError):
                reached += 1
            else:
                break
        assert value_of(checkpoints(folder)) in (1.0, 2.0)
        checkpoints(folder).save("unet", 3, groups(3.0))
        assert value_of(checkpoints(folder)) == 3.0
        assert not list(folder.glob(".writing*"))
    assert reached or name in ("mkdir", "rename"), f"os.{name} is never called: the test tests nothing"


def test_a_checkpoint_of_another_run_is_refused_by_name(tmp_path: Path) -> None:
    checkpoints(tmp_path).save("unet", 1, groups(1.0))
    with pytest.raises(UsageError, match="another recipe"):
        checkpoints(tmp_path, recipe="c" * 64).latest("unet")
    with pytest.raises(UsageError, match="another release"):
        checkpoints(tmp_path, release="c" * 64).latest("unet")


def test_machines_are_remembered_in_order(tmp_path: Path) -> None:
    there = {"torch": "3", "threads": "8"}
    first = checkpoints(tmp_path)
    first.save("unet", 1, groups(1.0))
    same = checkpoints(tmp_path)
    found = same.latest("unet")
    assert found is not None
    assert not found.other_machine
    assert same.machines == [HERE]
    moved = checkpoints(tmp_path, machine=there)
    found = moved.latest("unet")
    assert found is not None
    assert found.other_machine
    assert moved.machines == [HERE, there]
    moved.save("unet", 2, groups(2.0))
    back = checkpoints(tmp_path)
    back.latest("unet")
    assert back.machines == [HERE, there, HERE]
