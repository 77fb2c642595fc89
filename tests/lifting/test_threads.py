"""Python threads that lift at once, with Python's global lock and without it."""

import subprocess
import sys
import sysconfig
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from fixtures.lifts import dance, lift, same_bits

N_THREADS = 4


@pytest.mark.parametrize("n_threads", [1, 2], ids=lambda n: f"OpenMP {n}")
def test_threads_that_lift_at_once_get_what_one_alone_gets(n_threads):
    clips = [dance(20 + i, random_seed=i) for i in range(N_THREADS)]
    alone = [lift(clip, n_threads=1) for clip in clips]
    together = threading.Barrier(N_THREADS)

    def run(first):
        together.wait()
        order = [(first + i) % N_THREADS for i in range(N_THREADS)]  # in turn all of them, each thread another first
        return {i: lift(clips[i], n_threads=n_threads) for i in order}

    with ThreadPoolExecutor(N_THREADS) as pool:
        found = list(pool.map(run, range(N_THREADS)))
    assert all(same_bits(results[i], alone[i]) for results in found for i in range(N_THREADS))


@pytest.mark.skipif(not sysconfig.get_config_var("Py_GIL_DISABLED"), reason="this Python has a global lock")
def test_free_threads_stay_free():
    """Python takes its global lock back, with a warning, where a module does not say that it needs none."""
    code = "import sys, dancelift; sys.exit(sys._is_gil_enabled())"
    assert subprocess.run([sys.executable, "-W", "error", "-c", code], check=False).returncode == 0


@pytest.mark.skipif(not sysconfig.get_config_var("Py_GIL_DISABLED"), reason="this Python has a global lock")
def test_lifts_are_cancelled_from_several_threads():
    clip = dance(40)

    def run(_):
        def stop(done, total):
            raise LookupError

        with pytest.raises(LookupError):
            lift(clip, progress=stop)

    with ThreadPoolExecutor(N_THREADS) as pool:
        list(pool.map(run, range(3 * N_THREADS)))
