"""Workers: processes of this machine by joblib's loky, or those of a Dask cluster.

A worker that dies takes with it no more than the clip that it was working on, which is tried once more.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import warnings
from collections import Counter, deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any

from tqdm import tqdm

from dancelift.batch.record import Record
from dancelift.batch.threads import environment
from dancelift.batch.work import MOST_ATTEMPTS, Job, give_up, interrupt, work
from dancelift.errors import InputError, require

_LOOK = 1.0  # s, between two looks at whether the parent is there


def n_processors() -> int:
    """Processors that this process may use, by its affinity and the limits of its container."""
    require("batch", "working on many clips", "joblib")
    from joblib import cpu_count

    return int(cpu_count())


def work_here(jobs: Sequence[Job], n_workers: int, n_threads: int) -> Generator[Record, None, None]:
    """Work on clips by processes of this machine; yields their records as they are done.

    Every worker is a pool of one process, so that it is known which clip was in the process that died. Closing the
    iterator stops the workers at once.

    Args:
        jobs: one a clip.
        n_workers: processes.
        n_threads: that each of them may use.
    """
    require("batch", "working on many clips", "joblib")
    from joblib.externals.loky.process_executor import BrokenProcessPool, ProcessPoolExecutor

    def start() -> Any:
        return ProcessPoolExecutor(
            max_workers=1, env=environment(n_threads), initializer=_begin, initargs=(os.getpid(),)
        )

    _start_trackers()
    waiting, deaths = deque(jobs), Counter[str]()
    workers = [start() for _ in range(min(n_workers, len(jobs)))]
    idle = list(range(len(workers)))
    running: dict[Future[Record], tuple[int, Job]] = {}
    try:
        while waiting or running:
            while waiting and idle:
                worker, job = idle.pop(), waiting.popleft()
                with _held_back():
                    running[workers[worker].submit(work, job)] = worker, job
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", message="A worker stopped")  # loky renews one that has grown
                done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                worker, job = running[future]
                record = None
                try:
                    record = future.result()
                except BrokenProcessPool:
                    workers[worker].shutdown(kill_workers=True)
                    workers[worker] = start()
                    deaths[job.input.name] += 1
                    if deaths[job.input.name] < MOST_ATTEMPTS:
                        waiting.appendleft(job)
                    else:
                        record = give_up(job)
                del running[future]
                idle.append(worker)
                if record is not None:
                    yield record
    finally:
        for executor in workers:
            executor.shutdown(kill_workers=bool(running))
        for _, job in running.values():
            interrupt(job)


def _start_trackers() -> None:
    """Start the processes that remove what others have shared, which a terminal's end must leave alone.

    They ignore Ctrl-C and SIGTERM by themselves; SIGHUP they take over as held back. They are started here, because
    their start lets the others through again.
    """
    from joblib.externals.loky.backend import resource_tracker as of_loky

    with _held_back("SIGHUP"):
        resource_tracker.ensure_running()
        of_loky.ensure_running()


@contextmanager
def _held_back(name: str = "SIGINT") -> Iterator[None]:
    """Have a signal come afterwards, not at all to processes that are started, which take over what is held back."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {getattr(signal, name)})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin(parent: int) -> None:
    """Prepare the process of a worker, which ends when its parent is killed, so that none is left behind.

    A terminal sends Ctrl-C to all processes: it is left to the parent, which stops its workers. Bars of tqdm take a
    lock among threads, for one among processes would be said to leak when the worker is killed.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    tqdm.set_lock(threading.RLock())
    if sys.platform != "win32":
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK)
    os._exit(1)


def work_on_dask(jobs: Sequence[Job], address: str) -> Generator[Record, None, None]:
    """Work on clips by the workers of a Dask cluster; yields their records as they are done.

    Closing the iterator cancels what has not begun. What its workers were working on is finished by them.

    Args:
        jobs: one a clip; the folder of the results is one that all workers share.
        address: of the scheduler, or the path of its scheduler file.

    Raises:
        InputError: the cluster cannot be reached.
    """
    require("dask", f"the cluster at {address}", "distributed")
    import distributed

    where = {"scheduler_file": address} if Path(address).is_file() else {"address": address}
    try:
        client = distributed.Client(**where, set_as_default=False)
    except (OSError, ValueError) as reason:
        raise InputError(f"--dask {address}: cannot be reached ({reason}), expected a scheduler's address") from None
    futures = {client.submit(work, job, key=f"dancelift-{job.run}-{job.input.name}", pure=False): job for job in jobs}
    try:
        for future in distributed.as_completed(list(futures), loop=client.loop):
            job = futures[future]
            try:
                record = future.result()
            except distributed.KilledWorker:
                record = give_up(job)
            except Exception as error:  # such as a worker without dancelift
                record = give_up(job, f"{type(error).__name__}: {error}")
            del futures[future]
            yield record
    finally:
        client.cancel(list(futures))
        client.close()
