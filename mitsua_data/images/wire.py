"""
Frames on the pipe between the program and its decoder: two lengths, a JSON header, the bytes of a file.

Nothing that a decoder sends is ever unpickled or run; a header is parsed by a schema, and lengths are capped.
"""

from __future__ import annotations

import struct
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from mitsua_data.images.formats import ImageProblem
from mitsua_data.images.results import Look
from mitsua_data.images.transform import Box, Transform

LENGTHS: Final = struct.Struct(">IQ")
"""Bytes of header, bytes of body."""

MAX_HEADER: Final = 64 * 1024
MAX_SAMPLE: Final = 512 * 1024 * 1024
"""Longest header and longest sample a reply may announce, in bytes."""


class _Header(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Request(_Header):
    """Look at the body, or make a sample of it."""

    call: Literal["look", "render"]
    transform: Transform | None = None


class Sample(_Header):
    """What stands beside a sample's bytes."""

    width: int
    height: int
    crop: Box
    placed: Box


class Reply(_Header):
    """One of: the decoder is ready, here is the picture, there is none. A sample's bytes are the frame's body."""

    libraries: dict[str, str] | None = None
    look: Look | None = None
    sample: Sample | None = None
    problem: ImageProblem | None = None


def frame(header: Request | Reply, body: bytes = b"") -> bytes:
    """A header and a body as bytes for the pipe."""
    text = header.model_dump_json(exclude_none=True).encode()
    return LENGTHS.pack(len(text), len(body)) + text + body
