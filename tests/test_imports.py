"""The import rule: arrows between the layers point down, and each outside library has one user."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

LAYERS = {
    "cli": 6, "demo": 5,
    "audit": 5, "reports": 5, "explain": 5, "withdraw": 5, "runs": 5, "permits": 5, "deliveries": 5, "drift": 5,
    "originals_again": 5,
    "shards": 4, "images": 4, "policy": 4, "decide": 4, "crawl": 4, "inspection": 4, "build": 4, "dataset": 4,
    "recording": 4, "published": 4, "checkpoint": 4, "candidates": 4, "notice": 4, "noticing": 4,
    "holdings": 4, "brought": 4, "missing": 4, "sessions": 4, "captions": 4, "downloads": 4, "grants": 4,
    "packages": 3, "debs": 3, "git": 3, "dumps": 3, "bulk": 3, "slices": 3,
    "ledger": 3, "captures": 3, "warc": 3, "web": 3, "archives": 3, "signals": 3, "sources": 3,
    "pointers": 2, "finders": 2, "xml_trees": 2, "webpages": 2, "signed": 2,
    "model": 1, "errors": 1, "licences": 1, "canonical": 1, "shipped": 1, "workspace": 1, "disk": 1,
    "content_address": 1,
    "": 0, "__version__": 0, "__main__": 7,
}  # fmt: skip
"""Every module of mitsua_data has its height here; a module may import its own height and lower ones."""

ONE_USER = {
    "httpx": "mitsua_data.web",
    "httpcore": "mitsua_data.web",
    "sqlalchemy": "mitsua_data.ledger",
    "warcio": "mitsua_data.warc",
}
FORBIDDEN_CALLS = ("pickle", "marshal", "shelve", "dill", "joblib", "cloudpickle")


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def unit(module: str) -> str:
    return [*module.split("."), ""][1]


@pytest.mark.parametrize("path", modules("mitsua_data"), ids=name_of)
def test_arrows_point_down(path: Path) -> None:
    here = unit(name_of(path))
    assert here in LAYERS, f"{here}: give it a height in LAYERS"
    for module in imports(path):
        if module.startswith("mitsua_data."):
            assert LAYERS[unit(module)] <= LAYERS[here], f"{name_of(path)} imports {module}, which stands higher"
        assert module.split(".")[0] not in {"torch", "mitsua_train", "diffusers"}, f"{name_of(path)} imports {module}"


@pytest.mark.parametrize("path", modules("mitsua_data") + modules("mitsua_train"), ids=name_of)
def test_each_outside_library_has_one_user(path: Path) -> None:
    for module in imports(path):
        assert module.split(".")[0] not in FORBIDDEN_CALLS, f"{name_of(path)} imports {module}: a file is not a program"
        owner = ONE_USER.get(module.split(".")[0])
        if owner is not None:
            assert name_of(path).startswith(owner), f"{name_of(path)} imports {module}; only {owner} may"


def test_folders_are_synced_in_one_place() -> None:
    found = [
        name_of(path)
        for path in modules("mitsua_data") + modules("mitsua_train")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name.strip("_") == "sync_folder"
    ]
    assert found == ["mitsua_data.disk"]


@pytest.mark.parametrize("path", modules("mitsua_train"), ids=name_of)
def test_the_trainer_sees_only_verified_shards(path: Path) -> None:
    allowed = {"shards", "model", "errors"}
    for module in imports(path):
        if module.startswith("mitsua_data."):
            assert unit(module) in allowed, f"{name_of(path)} imports {module}; the trainer may see only {allowed}"


@pytest.mark.parametrize("path", modules("mitsua_data/sources"), ids=name_of)
def test_a_source_file_holds_no_input_or_output(path: Path) -> None:
    if path.stem in {"__init__", "base", "readers", "record", "spec"}:
        return
    for module in imports(path):
        if module.startswith("mitsua_data."):
            allowed = {"model", "licences", "sources", "content_address"}
            assert unit(module) in allowed, f"{name_of(path)} imports {module}"
        assert module.split(".")[0] not in {"httpx", "socket", "logging", "requests", "urllib.request", "subprocess"}
    tree = ast.parse(path.read_text())
    assert not any(isinstance(node, ast.Try) for node in ast.walk(tree)), f"{path}: judge() handles what goes wrong"


FORBIDDEN = {
    "torch.load": "a pickle can run code; use safetensors",
    "torch.save": "a pickle; use safetensors",
    "torch.export.load": "runs code",
    "yaml.load": "runs code",
    "os.system": "a shell",
    "eval": "runs code",
    "exec": "runs code",
}


@pytest.mark.parametrize("path", modules("mitsua_data") + modules("mitsua_train"), ids=name_of)
def test_nothing_that_runs_a_file_is_called(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        assert called not in FORBIDDEN, f"{name_of(path)}:{node.lineno} calls {called}: {FORBIDDEN[called]}"
        assert not called.endswith((".extractall", ".extract")), f"{name_of(path)}:{node.lineno}: nothing is extracted"
        for keyword in node.keywords:
            loose = keyword.arg in {"shell", "allow_pickle"} and ast.unparse(keyword.value) == "True"
            assert not loose, f"{name_of(path)}:{node.lineno}: {keyword.arg}=True"
