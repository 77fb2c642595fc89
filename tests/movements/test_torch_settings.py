"""Networks run in processes that were forked from one in which networks ran."""

import subprocess
import sys

import pytest

pytest.importorskip("torch", reason="networks need the extra 'recognize'")

FORK = """
import os, sys
import torch
from dancelift.movements.model import load_movement_model

torch.set_num_threads(2)
load_movement_model("3d", device="cpu")
torch.rand(4_000_000).exp().sum()  # by both threads
child = os.fork()
if not child:
    load_movement_model("3d", device="cpu")
    torch.rand(4_000_000).exp().sum()
    os._exit(7)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="nothing is forked there")
def test_a_forked_process_does_not_wait_for_threads_that_are_not_there():
    assert subprocess.run([sys.executable, "-c", FORK], timeout=100, check=False).returncode == 7
