"""
Debian packages through `apt-get download`: no root, nothing installed, nothing unpacked.

Where the machine's own package lists are missing, lists are fetched into a folder of ours; its configuration and keys
are the machine's, so what apt trusts is what is trusted here.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from mitsua_data.errors import SourceError

TIMEOUT_S: Final = 900


def available() -> bool:
    """Whether this machine has apt-get."""
    return shutil.which("apt-get") is not None


def download(packages: Sequence[str], folder: Path) -> list[Path]:
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
        _fetch(missing, folder)
    return [_files(name, folder)[-1] for name in packages]


def _files(name: str, folder: Path) -> list[Path]:
    return sorted(folder.glob(f"{name}_*.deb"))


def _fetch(packages: Sequence[str], folder: Path) -> None:
    partial = folder / "partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    if (said := _apt(["download", *packages], partial)) is not None:
        lists = [f"-oDir::State::Lists={folder / 'apt-lists'}", f"-oDir::Cache={folder / 'apt-cache'}"]
        for made in ("apt-lists/partial", "apt-cache/archives/partial"):
            (folder / made).mkdir(parents=True, exist_ok=True)
        again = _apt([*lists, "update"], partial) or _apt([*lists, "download", *packages], partial)
        if again is not None:
            raise SourceError(
                f"apt-get download {' '.join(packages)}: {said}",
                advice="check the network, or bring the packages as .deb files with --from",
            )
    for file in sorted(partial.glob("*.deb")):
        file.rename(folder / file.name)
    shutil.rmtree(partial)


def _apt(arguments: list[str], folder: Path) -> str | None:
    """Run apt-get in `folder`; None where it went well, else the last thing it said."""
    try:
        done = subprocess.run(  # noqa: S603  a fixed program with fixed options
            ["apt-get", "-q", *arguments],  # noqa: S607  found on PATH, as every command of the machine's own is
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {TIMEOUT_S} s"
    if done.returncode == 0:
        return None
    said = [line for line in (done.stderr or done.stdout).splitlines() if line.startswith("E:")]
    return (said or ["failed"])[-1].removeprefix("E: ")
