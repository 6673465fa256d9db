"""Two crawls are the same crawl only where they read the same things by the same rule."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from mitsua_data.crawl import crawl
from mitsua_data.holdings import open_reader
from mitsua_data.sessions import Holdings
from mitsua_data.sources import declared
from mitsua_data.sources.repository import AnyRepository
from tests.forgery import ask
from tests.making import folder
from tests.tiny import Tiny, drawing

COMMIT = "ce" * 20
FILES = {".git/HEAD": COMMIT.encode(), "LICENSE": b"CC0", "a.png": b"one", "b.png": b"two"}
DECLARATION = """
id = "icons"
institution = "somebody"
homepage = "https://example.org"
needs = "a checkout"
licence = "CC0-1.0"
include = ["**"]
exclude = ["{exclude}"]
[licence_files]
LICENSE = ["0e259d42c996742e9e3cba14c677129b2c1b6311"]
"""


def holdings_of(path: Path) -> Holdings:
    with open_reader(AnyRepository(), [str(path)]) as opened:
        return opened.holdings


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda root: (root / "a.png").write_bytes(b"other"), id="another-size"),
        pytest.param(lambda root: (root / "c.png").write_bytes(b"new"), id="another-file"),
        pytest.param(lambda root: (root / "a.png").rename(root / "c.png"), id="another-name"),
        pytest.param(lambda root: (root / ".git/HEAD").write_text("ab" * 20), id="another-commit"),
    ],
)
def test_a_checkout_that_was_changed_is_another(tmp_path: Path, change: Callable[[Path], object]) -> None:
    root = folder(tmp_path / "repository", FILES)
    before = holdings_of(root).identity
    assert holdings_of(root).identity == before
    change(root)
    assert holdings_of(root).identity != before


def test_a_checkout_that_was_moved_is_the_same(tmp_path: Path) -> None:
    root = folder(tmp_path / "repository", FILES)
    before = holdings_of(root).identity
    shutil.move(root, tmp_path / "elsewhere")
    assert holdings_of(tmp_path / "elsewhere").identity == before


def test_a_declaration_that_was_edited_begins_another_crawl(tmp_path: Path) -> None:
    root = folder(tmp_path / "repository", FILES | {"a.png": drawing(1)})
    tiny = Tiny(tmp_path / "workspace", root)
    tiny.root.mkdir()
    path = tmp_path / "icons.toml"
    told = []
    for exclude in ("logo.png", "a.png"):
        path.write_text(DECLARATION.format(exclude=exclude))
        source = declared(path)
        with tiny.open() as (ledger, store), open_reader(source, [str(root)]) as opened:
            told.append(opened.holdings.as_json())
            crawl(source, opened.reader, ledger, store, holdings=opened.holdings)
    # As an interrupted crawl is compared with the next one, and as it stands in the ledger.
    assert told[0] != told[1]
    rows = ask(tiny, "SELECT json_extract(holdings, '$.declaration_sha256') FROM crawl_session ORDER BY id")
    assert [each for (each,) in rows] == [each["declaration_sha256"] for each in told]
