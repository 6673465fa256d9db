"""
Politeness: one request at a time to a host, never faster than its rate, slower after every error.

Waiting is the host's affair, not the URL's: a pause that one answer asked for holds every later request to that host.
Clock and sleep are handed in, so that tests take no time.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from mitsua_data.web.guard import Clock

BACKOFF_FIRST: Final = 2.0
"""Seconds of pause after a first error; doubled with each further one in a row."""
BACKOFF_MOST: Final = 300.0
"""Seconds. Longer pauses only where the host asks for them."""


@dataclass
class _Host:
    turn: threading.Lock = field(default_factory=threading.Lock)
    free_at: float = float("-inf")
    errors: int = 0


class Politeness:
    """Who may be asked when. One instance serves all clients of a run; safe between threads."""

    def __init__(self, clock: Clock = time.monotonic, sleep: Callable[[float], None] = time.sleep) -> None:
        """`clock` and `sleep` in seconds; `sleep` is only called with more than 0."""
        self.clock = clock
        self._sleep = sleep
        self._hosts: defaultdict[str, _Host] = defaultdict(_Host)
        self._lock = threading.Lock()

    @contextmanager
    def turn(self, host: str, gap: float) -> Iterator[None]:
        """Wait until `host` is free, then hold it. The next turn begins no sooner than `gap` seconds after this one."""
        state = self._state(host)
        with state.turn:
            while (wait := state.free_at - self.clock()) > 0:
                self._sleep(wait)
            state.free_at = self.clock() + gap
            yield

    def hold(self, host: str, seconds: float) -> None:
        """No request to `host` for so long. A shorter hold never shortens a longer one."""
        state = self._state(host)
        state.free_at = max(state.free_at, self.clock() + seconds)

    def lengthen(self, host: str, seconds: float) -> None:
        """The next request to `host` comes so much later than it would have."""
        state = self._state(host)
        state.free_at = max(state.free_at, self.clock()) + max(seconds, 0.0)

    def went_well(self, host: str) -> None:
        """The host answered as it should: forget its errors."""
        self._state(host).errors = 0

    def went_wrong(self, host: str, asked: float | None = None) -> None:
        """The host failed, or asked us (`asked` seconds) to wait: hold it, longer with every error in a row."""
        state = self._state(host)
        pause = min(BACKOFF_MOST, BACKOFF_FIRST * 2.0**state.errors)
        state.errors = min(state.errors + 1, 16)
        self.hold(host, max(pause, asked or 0.0))

    def _state(self, host: str) -> _Host:
        with self._lock:
            return self._hosts[host]
