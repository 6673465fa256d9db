"""Several image workers at once; results come in the order of the jobs, whatever the number of workers."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from queue import SimpleQueue
from typing import Final, TypeVar

from mitsua_data.images.worker import ImageWorker

JobT = TypeVar("JobT")
ResultT = TypeVar("ResultT")
WINDOW: Final = 8
"""Jobs in flight for each worker: bounds the bytes held in memory."""


def cores() -> int:
    """Processor cores this process may use."""
    return len(os.sched_getaffinity(0))


def map_images(
    work: Callable[[ImageWorker, JobT], ResultT], jobs: Iterable[JobT], *, workers: int | None = None
) -> Iterator[tuple[JobT, ResultT]]:
    """
    `(job, work(worker, job))` for each job, in order. `jobs` is read on the caller's thread, a window ahead.

    Law: the results do not depend on `workers`.
    """
    count = workers or cores()
    idle: SimpleQueue[ImageWorker] = SimpleQueue()

    def run(job: JobT) -> ResultT:
        worker = idle.get()
        try:
            return work(worker, job)
        finally:
            idle.put(worker)

    with ExitStack() as stack:
        for _ in range(count):
            idle.put(stack.enter_context(ImageWorker()))
        threads = stack.enter_context(ThreadPoolExecutor(count))
        waiting: deque[tuple[JobT, Future[ResultT]]] = deque()
        for job in jobs:
            waiting.append((job, threads.submit(run, job)))
            if len(waiting) >= count * WINDOW:
                first, result = waiting.popleft()
                yield first, result.result()
        while waiting:
            first, result = waiting.popleft()
            yield first, result.result()
