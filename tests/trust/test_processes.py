"""Lifts beside each other and within limits: in threads, and where the system gives no more threads."""

import subprocess
import sys
import threading
import warnings

import numpy as np
import pytest

import dancelift
from fixtures.lifts import dance

pytestmark = pytest.mark.trust


def test_two_threads_that_lift_in_windows_leave_the_filters_of_warnings_as_they_were(monkeypatch):
    monkeypatch.setattr("dancelift.lifting.lift.LONGEST", 80)
    clip = dance(120)
    expected = dancelift.lift(clip.keypoints2d, n_seeds=1, n_threads=1, image_size=clip.image_size).poses3d
    found = []

    def work() -> None:
        found.append(dancelift.lift(clip.keypoints2d, n_seeds=1, n_threads=1, image_size=clip.image_size).poses3d)

    before = list(warnings.filters)
    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert warnings.filters == before
    assert len(found) == 3
    for poses in found:
        np.testing.assert_array_equal(poses, expected)


LIMITED = """
import os, resource, sys
import dancelift
from dancelift.synthetic.dance import generate
clip = generate(60)

def lift(n_threads):
    return dancelift.lift(clip.keypoints2d, n_seeds=4, n_threads=n_threads, image_size=clip.image_size).poses3d

expected = lift(1)
if os.getuid() == 0:  # to whom no limit applies
    os.setgid(65534)
    os.setuid(65534)
_, hard = resource.getrlimit(resource.RLIMIT_NPROC)
for limit in (1, 2, 4):
    resource.setrlimit(resource.RLIMIT_NPROC, (limit, hard))
    assert (lift(8) == expected).all()
print("lifted")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the limit counts threads on Linux")
def test_where_the_system_gives_no_more_threads_those_there_are_do_the_work():
    """An OpenMP library that is refused a thread ends the process."""
    run = subprocess.run([sys.executable, "-c", LIMITED], capture_output=True, text=True, check=False, timeout=300)
    assert run.stdout == "lifted\n", (run.returncode, run.stderr[-2000:])
