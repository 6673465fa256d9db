"""
Keys that servers demand: found in the environment, or in a file that only its owner can read; handed on as a `Secret`.

A key is never an argument of a command: those stand in the shell's history and in every process list.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from mitsua_data.errors import UsageError
from mitsua_data.sources.base import SourceSpec
from mitsua_data.web.access import Secret

LONGEST: Final = 4096
"""Longest key, in bytes."""
_PATHS: Final = ("/", "./", "../", "~")
"""What the variable begins with where it names a file instead of holding the key."""


def secret_of(spec: SourceSpec, environment: Mapping[str, str] = os.environ) -> Secret | None:
    """
    The key that a source's server demands; None where it demands none.

    Raises UsageError, which names the variable and never the key: where it is not set, or names a file that is not
    there, that others can read, or that holds no key.
    """
    key = spec.key
    if key is None:
        return None
    told = environment.get(key.variable, "").strip()
    if not told:
        advice = f"set {key.variable} to the key, or to the path of a file with mode 0600 that holds it"
        raise UsageError(f"{spec.id}: {key.host} demands a key, and {key.variable} is not set", advice=advice)
    value = _from_file(Path(told).expanduser(), key.variable) if told.startswith(_PATHS) else told
    return Secret(host=key.host, name=key.name, value=value, in_query=key.in_query)


def _from_file(path: Path, variable: str) -> str:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (OSError, ValueError) as error:
        problem = error.strerror if isinstance(error, OSError) else "not a path"
        raise UsageError(f"{variable} names {path}, which cannot be read: {problem}", advice="mend the path") from None
    try:
        mode = os.fstat(handle).st_mode
        if not stat.S_ISREG(mode):
            raise UsageError(f"{variable} names {path}, which is no file", advice="name a file that holds the key")
        if mode & 0o077:
            raise UsageError(f"{path} can be read by others: it holds a key", advice=f"run: chmod 600 {path}")
        text = os.read(handle, LONGEST + 1)
    finally:
        os.close(handle)
    if len(text) > LONGEST:
        raise UsageError(f"{path} holds more than a key", advice="keep nothing but the key in it")
    return text.decode("latin-1").strip()
