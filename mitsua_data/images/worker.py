"""
The program's side of the decoder: one kept child process, a clock for each picture, and a new child when one dies.

A bad picture is a value, never an exception: whatever a file does to the decoder, the run goes on with the next one.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from mitsua_data.errors import UsageError
from mitsua_data.images import wire
from mitsua_data.images.formats import MAX_BYTES, ImageProblem, Problem
from mitsua_data.images.results import Look, Rendered
from mitsua_data.images.transform import Transform

WALL_SECONDS: Final = 10.0
"""Time for one picture. The slowest honest one measured, 81 megapixels of progressive JPEG, takes about two seconds."""

MEMORY: Final = 1024 * 1024 * 1024
"""Bytes the decoder may use above what it needs to run. 89 megapixels of RGB take a third of it."""

START_SECONDS: Final = 60.0
"""Time for the decoder to start, on however busy a machine."""

_KEPT_ENVIRONMENT: Final = ("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "TZ", "SYSTEMROOT")
"""All of the environment that the decoder sees: it needs no key and no proxy."""


_PACKAGES: Final = str(Path(__file__).resolve().parents[2])

_COMMAND: Final = (
    sys.executable,
    "-P",
    "-c",
    f"import sys; sys.path.append({_PACKAGES!r}); from mitsua_data.images.decode import main; main()",
)
"""Starts a decoder of this very copy of the project; -P keeps the working folder, which may hold anything, out."""

_DYING_SECONDS: Final = 5.0


class _Died(Exception):
    """The decoder has ended, and `problem` says how. Nobody outside this module sees it."""

    def __init__(self, problem: ImageProblem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


class ImageWorker:
    """
    One decoder at work. A context manager; safe to share between threads, which then take turns.

    `wall_seconds` is the time for one picture, `memory` the bytes it may take, `max_bytes` the largest file that is
    tried. `command` starts the decoder: a test may put a broken one there.
    """

    def __init__(
        self,
        *,
        wall_seconds: float = WALL_SECONDS,
        memory: int = MEMORY,
        max_bytes: int = MAX_BYTES,
        command: tuple[str, ...] | None = None,
    ) -> None:
        self._wall = wall_seconds
        self._max_bytes = max_bytes
        limits = (str(memory), str(int(wall_seconds) + 1))
        self._command = (*(command or _COMMAND), *limits)
        self._child: subprocess.Popen[bytes] | None = None
        self._turn = threading.Lock()
        self.restarts = 0
        """How often a decoder had to be replaced."""
        self.libraries: dict[str, str] = {}
        """Versions of the decoder's libraries, known once it has started."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def look(self, body: bytes) -> Look | ImageProblem:
        """Decode a file's first picture completely, and say what it is."""
        reply, _ = self._ask(wire.Request(call="look"), body)
        return reply if isinstance(reply, ImageProblem) else reply.look or _nonsense()

    def render(self, body: bytes, transform: Transform) -> Rendered | ImageProblem:
        """Decode a file's first picture completely, and make a sample of it."""
        reply, sample = self._ask(wire.Request(call="render", transform=transform), body)
        if isinstance(reply, ImageProblem):
            return reply
        if reply.look is None or reply.sample is None:
            return _nonsense()
        made = reply.sample
        return Rendered(sample, made.width, made.height, made.crop, made.placed, reply.look)

    def close(self) -> None:
        """End the decoder. The next call would start a new one."""
        with self._turn:
            self._end()

    @property
    def pid(self) -> int | None:
        """The decoder's process id, while it runs."""
        return self._child.pid if self._child else None

    def _ask(self, request: wire.Request, body: bytes) -> tuple[wire.Reply | ImageProblem, bytes]:
        """One picture: tried again, alone in a new decoder, where the first decoder died of something but the clock."""
        if len(body) > self._max_bytes:
            detail = f"{len(body)} bytes; at most {self._max_bytes} are tried"
            return ImageProblem(Problem.TOO_LARGE, detail), b""
        frame = wire.frame(request, body)
        with self._turn:
            for attempt in (1, 2):
                try:
                    reply, sample = self._exchange(frame)
                except _Died as death:
                    self._end()
                    self.restarts += 1
                    if attempt == 2 or death.problem.family is Problem.BOMB_TIME:
                        return death.problem, b""
                else:
                    return reply.problem or reply, sample
        raise AssertionError("the second attempt returns")

    def _exchange(self, frame: bytes) -> tuple[wire.Reply, bytes]:
        """Send one frame and receive one. Raises _Died; the decoder is of no more use then."""
        child = self._child or self._start()
        deadline = time.monotonic() + self._wall
        try:
            _send(child, frame, deadline)
            return _receive(child, deadline)
        except TimeoutError:
            raise _Died(ImageProblem(Problem.BOMB_TIME, f"not decoded within {self._wall:g} seconds")) from None
        except EOFError:
            raise _Died(_cause(child)) from None
        except ValueError:
            raise _Died(_nonsense()) from None

    def _start(self) -> subprocess.Popen[bytes]:
        """A new decoder that has said it is ready. Raises UsageError where none can be started."""
        child = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ},
            process_group=0,  # a person's Ctrl-C is for the program, which then ends the decoder
        )
        self._child = child
        for pipe in _pipes(child):
            os.set_blocking(pipe, False)
        try:
            hello, _ = _receive(child, time.monotonic() + START_SECONDS)
        except (TimeoutError, EOFError, ValueError):
            self._end()
            raise UsageError(
                "the image decoder does not start", advice="see the lines above; then reinstall with: make install"
            ) from None
        self.libraries = hello.libraries or {}
        return child

    def _end(self) -> None:
        if self._child is None:
            return
        self._child.kill()
        self._child.wait()
        for stream in (self._child.stdin, self._child.stdout):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
        self._child = None


def _pipes(child: subprocess.Popen[bytes]) -> tuple[int, int]:
    """File descriptors to write requests to and to read replies from."""
    if child.stdin is None or child.stdout is None:
        raise ValueError("the decoder was started without pipes")
    return child.stdin.fileno(), child.stdout.fileno()


def _wait(pipe: int, event: int, deadline: float) -> None:
    """Wait until the pipe can be used. Raises TimeoutError."""
    poller = select.poll()
    poller.register(pipe, event)
    while not poller.poll(max(0.0, deadline - time.monotonic()) * 1000):
        if time.monotonic() >= deadline:
            raise TimeoutError


def _send(child: subprocess.Popen[bytes], data: bytes, deadline: float) -> None:
    """Raises TimeoutError, and EOFError where the decoder has gone."""
    pipe, _ = _pipes(child)
    left = memoryview(data)
    while left:
        _wait(pipe, select.POLLOUT, deadline)
        try:
            left = left[os.write(pipe, left) :]
        except BrokenPipeError:
            raise EOFError from None


def _receive(child: subprocess.Popen[bytes], deadline: float) -> tuple[wire.Reply, bytes]:
    """One frame. Raises TimeoutError, EOFError where the decoder has gone, ValueError where it speaks nonsense."""
    _, pipe = _pipes(child)
    header_size, body_size = wire.LENGTHS.unpack(_read(pipe, wire.LENGTHS.size, deadline))
    if header_size > wire.MAX_HEADER or body_size > wire.MAX_SAMPLE:
        raise ValueError("a frame too long")
    reply = wire.Reply.model_validate_json(_read(pipe, header_size, deadline))
    return reply, _read(pipe, body_size, deadline)


def _read(pipe: int, size: int, deadline: float) -> bytes:
    data = bytearray()
    while len(data) < size:
        _wait(pipe, select.POLLIN, deadline)
        part = os.read(pipe, size - len(data))
        if not part:
            raise EOFError
        data += part
    return bytes(data)


def _cause(child: subprocess.Popen[bytes]) -> ImageProblem:
    """What a decoder that closed its pipe died of."""
    try:
        code = child.wait(timeout=_DYING_SECONDS)
    except subprocess.TimeoutExpired:
        return _nonsense()
    if code == -signal.SIGXCPU:
        return ImageProblem(Problem.BOMB_TIME, "the limit on processor time was reached")
    how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
    return ImageProblem(Problem.DECODER_CRASH, f"the decoder ended by {how}")


def _nonsense() -> ImageProblem:
    return ImageProblem(Problem.DECODER_CRASH, "the decoder's answer made no sense")
