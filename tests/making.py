"""Makes what people have on disk: folders, and Debian packages written byte by byte, so that they can be wrong."""

from __future__ import annotations

import io
import lzma
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

CONTROL = "Package: openclipart-svg\nVersion: 1:0.18+dfsg-19\nDescription: drawings\n about: nothing\n"


@dataclass(frozen=True)
class Link:
    """A link inside a package."""

    target: str
    hard: bool = False


def folder(root: Path, files: Mapping[str, bytes]) -> Path:
    """Write files under `root`, which is handed back."""
    root.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def tar(files: Mapping[str, bytes | Link]) -> bytes:
    """A tar as dpkg-deb writes it: names begin with `./`, folders stand before what they hold."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as made:
        for name, data in files.items():
            info = tarfile.TarInfo(name if name.startswith(("/", "..")) else f"./{name}")
            if isinstance(data, Link):
                info.type = tarfile.LNKTYPE if data.hard else tarfile.SYMTYPE
                info.linkname = data.target
                made.addfile(info)
            else:
                info.size = len(data)
                made.addfile(info, io.BytesIO(data))
    return out.getvalue()


def ar(members: Mapping[str, bytes]) -> bytes:
    """An `ar` archive (deb(5))."""
    out = b"!<arch>\n"
    for name, data in members.items():
        out += f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(data):<10}`\n".encode() + data + b"\n" * (len(data) % 2)
    return out


def deb(
    path: Path,
    files: Mapping[str, bytes | Link],
    *,
    suffix: str = ".xz",
    pack: Callable[[bytes], bytes] = lzma.compress,
    control: str | None = CONTROL,
) -> Path:
    """Write a package; its path is handed back."""
    members = {"debian-binary": b"2.0\n"}
    if control is not None:
        members[f"control.tar{suffix}"] = pack(tar({"control": control.encode()}))
    members[f"data.tar{suffix}"] = pack(tar(files))
    path.write_bytes(ar(members))
    return path
