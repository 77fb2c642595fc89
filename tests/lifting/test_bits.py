"""The bits of a lift: nearly the same for other threads and kernels of the BLAS."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import dancelift
from fixtures.lifts import real_clip

LIFT = """
import sys, warnings
import numpy as np
import dancelift
warnings.simplefilter("ignore")
with np.load(sys.argv[1]) as clip:
    given = {"fps": float(clip["fps"]), "image_size": tuple(clip["image_size"].tolist()), "n_seeds": 2}
    priors = [dancelift.lift(clip["keypoints2d"], prior=prior, **given) for prior in ("default", "anthropometric")]
np.savez(sys.argv[2], **{f"{name}{i}": getattr(each, name)
    for i, each in enumerate(priors) for name in ("poses3d", "seed_errors", "deviations")})
"""


@pytest.fixture(scope="module")
def lifted(tmp_path_factory):
    """What a lift comes to in a process of its own with some variables of the environment, by name."""
    folder = tmp_path_factory.mktemp("bits")
    clip = real_clip("salsa_60_03", 100)
    np.savez(folder / "clip.npz", keypoints2d=clip.keypoints2d, fps=clip.fps, image_size=clip.image_size)

    def lift(**environment: str) -> dict[str, np.ndarray]:
        output = folder / f"{'-'.join(environment.values())}.npz"
        environment |= {"PYTHONPATH": str(Path(dancelift.__file__).parents[1])}
        words = [sys.executable, "-c", LIFT, str(folder / "clip.npz"), str(output)]
        subprocess.run(words, check=True, env={**os.environ, **environment})
        with np.load(output) as found:
            return dict(found)

    return lift


@pytest.mark.trust
@pytest.mark.slow
@pytest.mark.parametrize(
    "environment",
    [{"OPENBLAS_NUM_THREADS": "2"}, {"OPENBLAS_CORETYPE": "Haswell", "OPENBLAS_NUM_THREADS": "1"}],
    ids=["threads", "kernel"],
)
def test_other_threads_and_kernels_of_the_blas_change_the_last_bits_at_most(lifted, environment):
    one, other = lifted(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="2"), lifted(**environment)
    for i in range(2):
        assert 1000 * np.abs(other[f"poses3d{i}"] - one[f"poses3d{i}"]).max() < 1e-3
