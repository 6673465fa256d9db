"""What a run computes on: device, threads, precision. They decide about the last bits of every number."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from dataclasses import dataclass

import torch

from mitsua_data.errors import UsageError
from mitsua_train.recipe import Train


@dataclass(frozen=True)
class Machine:
    """Chosen once, when a run starts."""

    device: str
    threads: int
    bf16: bool

    @classmethod
    def choose(cls, train: Train) -> Machine:
        """
        What the recipe asks for, as far as this machine has it, and set up.

        Raises UsageError where it asks for a GPU and there is none.
        """
        if train.device == "cuda" and not torch.cuda.is_available():
            raise UsageError("train.device: got cuda, but torch sees no GPU", advice='set device = "cpu"')
        threads = min(train.threads, len(os.sched_getaffinity(0)))
        torch.set_num_threads(threads)
        bf16 = train.precision == "bf16" or (train.precision == "auto" and _has_bf16(train.device))
        return cls(train.device, threads, bf16)

    def autocast(self) -> AbstractContextManager[None]:
        """Matrix products in bfloat16 where that was chosen; sums and norms stay in float32."""
        return torch.autocast(self.device, torch.bfloat16, enabled=self.bf16)

    def describe(self) -> dict[str, str]:
        """For checkpoints and the training record. Where it is equal, so are the bits."""
        return {
            "torch": torch.__version__,
            "device": torch.cuda.get_device_name() if self.device == "cuda" else self.device,
            "cpu": torch.backends.cpu.get_cpu_capability(),
            "threads": str(self.threads),
            "precision": "bf16" if self.bf16 else "fp32",
        }


def _has_bf16(device: str) -> bool:
    """Whether bfloat16 is faster than float32 here: on a processor, only with AVX-512 BF16 instructions."""
    if device == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    supported = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return bool(supported and supported())
