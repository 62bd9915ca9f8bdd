"""Named random streams: every draw of a run comes from a seed and the name of its purpose.

A stream depends on nothing that was drawn before it, so a resumed run needs no generator state,
measuring cannot shift training, and the same seed means the same numbers on CPU and CUDA (all
draws but dropout's masks are made on the CPU).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import torch


def stream_seed(seed: int, *keys: str | int) -> int:
    """Return the seed in [0, 2**63) of the stream that ``keys`` name under ``seed``.

    >>> stream_seed(0, "order", 1) == stream_seed(0, "order", 1) != stream_seed(0, "order", 2)
    True
    """
    text = "\x1f".join([str(seed), *map(str, keys)])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little") >> 1


def generator(seed: int, *keys: str | int) -> torch.Generator:
    """Return a CPU generator at the start of the named stream."""
    return torch.Generator().manual_seed(stream_seed(seed, *keys))


def seed_global(device: torch.device, seed: int, *keys: str | int) -> None:
    """Point the global generator of ``device``, and no other, at the start of the named stream.

    Dropout and model constructors draw from the global generator and take no other.
    ``torch.manual_seed`` would cost a stack trace a call where CUDA was never used.
    """
    start = stream_seed(seed, *keys)
    if device.type == "cuda":
        torch.cuda.init()
        torch.cuda.default_generators[device.index or 0].manual_seed(start)
    elif device.type == "mps":
        torch.mps.manual_seed(start)
    else:
        torch.default_generator.manual_seed(start)


@contextmanager
def global_stream(seed: int, *keys: str | int) -> Iterator[None]:
    """Run the block with torch's global CPU generator at the named stream, then restore it."""
    with torch.random.fork_rng(devices=[]):
        seed_global(torch.device("cpu"), seed, *keys)
        yield
