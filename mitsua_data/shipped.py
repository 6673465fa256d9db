"""Where the files lie that ship with the code but are not code: manifests and migrations."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """The folder `manifests` or `migrations`: inside an installed package, or at the top of a checkout."""
    installed = _HERE / "_shipped" / name
    return installed if installed.is_dir() else _HERE.parent / name
