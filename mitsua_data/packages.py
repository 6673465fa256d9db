"""
Debian packages through `apt-get download`: no root, nothing installed, nothing unpacked.

Where the machine's own package lists are missing, lists are fetched into a folder of ours; its configuration and keys
are the machine's, so what apt trusts is what is trusted here.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from mitsua_data.errors import SourceError

TIMEOUT_S: Final = 1800
"""Longest time for one run of apt-get."""
LOOK_S: Final = 0.5
"""How often the growing files are looked at."""
_URI: Final = re.compile(r"^'[^']*' \S+ (?P<bytes>\d+)(?: |$)", re.MULTILINE)
"""A line of `apt-get --print-uris download`: address, file name, size, digest."""

Watch = Callable[[int, int], None]
"""Called with the bytes that are here, and those that there will be."""


def available() -> bool:
    """Whether this machine has apt-get."""
    return shutil.which("apt-get") is not None


def download(packages: Sequence[str], folder: Path, *, watch: Watch = lambda _, __: None) -> list[Path]:
    """
    The packages' .deb files in `folder`; those that are there already are not fetched again.

    Raises SourceError where apt-get is missing, or cannot get them.
    """
    missing = [name for name in packages if not _files(name, folder)]
    if missing:
        if not available():
            raise SourceError(
                "apt-get is not on this machine", advice=f"bring {' and '.join(packages)} as .deb files with --from"
            )
        folder.mkdir(parents=True, exist_ok=True)
        _fetch(missing, folder, watch)
    return [_files(name, folder)[-1] for name in packages]


def _files(name: str, folder: Path) -> list[Path]:
    return sorted(folder.glob(f"{name}_*.deb"))


def _fetch(packages: Sequence[str], folder: Path, watch: Watch) -> None:
    """Whole packages into `folder`: they are downloaded beside it, and moved when apt-get has checked them."""
    partial = folder / "partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    said = _get([], packages, partial, watch)
    if said is not None:
        lists = [f"-oDir::State::Lists={folder / 'apt-lists'}", f"-oDir::Cache={folder / 'apt-cache'}"]
        for made in ("apt-lists/partial", "apt-cache/archives/partial"):
            (folder / made).mkdir(parents=True, exist_ok=True)
        code, update = _apt([*lists, "update"], partial)
        if code != 0 or _get(lists, packages, partial, watch) is not None:
            raise SourceError(
                f"apt-get download {' '.join(packages)}: {said if code == 0 else _complaint(update)}",
                advice="check the network, or bring the packages as .deb files with --from",
            )
    for file in sorted(partial.glob("*.deb")):
        file.rename(folder / file.name)
    shutil.rmtree(partial)


def _get(options: Sequence[str], packages: Sequence[str], partial: Path, watch: Watch) -> str | None:
    """Download into `partial`; None where it went well, else what apt-get complains of."""
    _, uris = _apt([*options, "--print-uris", "download", *packages], partial)
    total = sum(int(match["bytes"]) for match in _URI.finditer(uris))

    def look() -> None:
        watch(sum(path.stat().st_size for path in partial.glob("*.deb*")), total)

    code, said = _apt([*options, "download", *packages], partial, look)
    return None if code == 0 else _complaint(said)


def _apt(arguments: Sequence[str], folder: Path, look: Callable[[], None] = lambda: None) -> tuple[int, str]:
    """Run apt-get in `folder`, calling `look` meanwhile; its exit code, and all it said."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(  # noqa: S603  a fixed program with fixed options
            ["apt-get", "-q", *arguments],  # noqa: S607  found on PATH, as every command of the machine's own is
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        began = time.monotonic()
        try:
            while (code := _wait(process)) is None:
                look()
                if time.monotonic() - began > TIMEOUT_S:
                    return 1, f"E: no end within {TIMEOUT_S} s"
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        look()
        said.seek(0)
        return code, said.read().decode("utf-8", "replace")


def _wait(process: subprocess.Popen[bytes]) -> int | None:
    """The exit code, None where there is none within LOOK_S."""
    try:
        return process.wait(LOOK_S)
    except subprocess.TimeoutExpired:
        return None


def _complaint(said: str) -> str:
    """The last error that apt-get names."""
    lines = [line.removeprefix("E: ") for line in said.splitlines() if line.startswith("E: ")]
    return (lines or ["failed"])[-1]
