"""Which commit a checkout stands at, read from its `.git` without running git (gitrepository-layout(5))."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

_COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_MAX_TEXT: Final = 16 * 1024 * 1024
"""Largest file read under `.git`, in bytes; only `packed-refs` ever grows."""


def commit_of(folder: Path) -> str | None:
    """
    The commit that `HEAD` names, in hex; None where the folder is no checkout or `.git` is not as expected.

    It says what was checked out, not that no file was changed since: digests of the files say what is there.
    """
    git = folder / ".git"
    if git.is_file():  # a worktree or submodule: a line "gitdir: <path>"
        git = folder / _read(git).removeprefix("gitdir:").strip()
    head = _read(git / "HEAD").strip()
    if not head.startswith("ref:"):
        return _commit(head)
    reference = head.removeprefix("ref:").strip()
    if not re.fullmatch(r"refs/[^\x00-\x20\\]+", reference) or ".." in reference:
        return None
    common = _read(git / "commondir").strip()
    for place in (git, git / common):
        if (commit := _commit(_read(place / reference).strip())) is not None:
            return commit
        for line in _read(place / "packed-refs").splitlines():
            commit, _, name = line.partition(" ")
            if name == reference:
                return _commit(commit)
    return None


def _commit(text: str) -> str | None:
    return text if _COMMIT.fullmatch(text) else None


def _read(path: Path) -> str:
    """A small text file; empty where there is none."""
    try:
        return path.read_bytes().decode("utf-8", "replace") if path.stat().st_size <= _MAX_TEXT else ""
    except OSError:
        return ""
