"""`python -m dancelift.synthetic OUT.npz` writes the invented dance that ships with the package."""

import sys

import numpy as np

from dancelift.synthetic import generate

clip = generate(random_seed=11)
np.savez_compressed(
    sys.argv[1],
    keypoints2d=clip.keypoints2d.round(2).astype(np.float32),
    fps=clip.fps,
    image_size=clip.image_size,
    skeleton=np.array(clip.skeleton),
)
