"""How many threads a worker uses, so that all workers together use no more than there are processors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

_VARIABLES = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)  # fmt: skip


def environment(n_threads: int) -> dict[str, str]:
    """Return the variables under which libraries start no more threads than that; set before they are loaded."""
    return {**dict.fromkeys(_VARIABLES, str(n_threads)), "OMP_WAIT_POLICY": "passive"}


@contextmanager
def limited_threads(n_threads: int, with_torch: bool = False) -> Iterator[None]:
    """Let OpenMP and BLAS, as far as they are loaded, use no more threads than that in this process; torch too."""
    from threadpoolctl import threadpool_limits  # here, because it is of the extra "batch"

    with threadpool_limits(n_threads):
        if not with_torch:
            yield
            return
        import torch

        before = torch.get_num_threads()
        torch.set_num_threads(n_threads)
        try:
            yield
        finally:
            torch.set_num_threads(before)
