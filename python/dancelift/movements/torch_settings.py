"""How torch is run: on which device, and on how many threads."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from dancelift.errors import InputError

if hasattr(os, "register_at_fork"):
    # OpenMP's other threads are not there in a process that was forked, and the first operation would wait for them
    os.register_at_fork(after_in_child=lambda: torch.set_num_threads(1))


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch use one thread of the CPU, and as many as before afterwards; also a decorator.

    The LSTMs' steps are so small that several threads mostly wait for each other. The number is that of the whole
    process: what other threads of it compute by torch meanwhile is slower too.
    """
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(n_threads)


def find_device(device: str | None) -> torch.device:
    """The device of torch of that name; None: a GPU where there is one.

    Raises:
        InputError: it is not there.
    """
    try:
        found = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        torch.zeros(1).to(found)
    except (AssertionError, RuntimeError) as error:
        raise InputError(f"device {device!r}: {error}; expected one of PyTorch's that is there, such as cpu") from error
    return found
