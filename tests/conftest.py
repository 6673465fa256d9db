"""Fixtures every test may use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.tiny import Tiny

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The read-only reference material beside the checkout; tests that need it skip where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("reference material (../shared) is not beside this checkout; own fixtures cover the rule")
    return SHARED


@pytest.fixture(scope="session")
def tiny_made(tmp_path_factory: pytest.TempPathFactory) -> Tiny:
    """A tiny workspace that went the whole way, made once; read it, and change nothing (see tests/tiny.py)."""
    from tests.tiny import make  # most tests need none of what it imports

    return make(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def tiny(tiny_made: Tiny, tmp_path: Path) -> Tiny:
    """A copy of the tiny workspace, for this test alone."""
    return tiny_made.copy(tmp_path)
