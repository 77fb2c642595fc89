"""What is fast is followed: a kick is no outlier."""

import numpy as np

import dancelift
from dancelift.synthetic import generate

FPS, KICK = 60.0, slice(55, 71)  # 0.27 s
LEG = [13, 15]  # the left knee and ankle


def kicked() -> tuple[np.ndarray, np.ndarray]:
    """Keypoints (T, 17, 3) of a dancer whose left leg swings up and back, and the leg's length in the image (T,)."""
    clip = generate(120, fps=FPS, random_seed=4, noise=0.0)
    keypoints = clip.keypoints2d.copy()
    hip = keypoints[:, 11, :2]
    angle = np.zeros(len(keypoints))
    angle[KICK] = 1.5 * np.sin(np.pi * np.linspace(0, 1, 16)) ** 2
    cosine, sine = np.cos(angle)[:, None], np.sin(angle)[:, None]
    for joint in LEG:
        x, y = (keypoints[:, joint, :2] - hip).T[..., None]
        keypoints[:, joint, :2] = hip + np.hstack([cosine * x + sine * y, cosine * y - sine * x])
    return keypoints, np.linalg.norm(keypoints[:, 11, :2] - keypoints[:, 15, :2], axis=1)


def test_a_kick_is_followed():
    keypoints, leg = kicked()
    result = dancelift.lift(keypoints, fps=FPS, image_size=(1920, 1080), n_seeds=1, n_threads=1)
    off = np.linalg.norm(result.keypoints2d - keypoints[..., :2], axis=2)[KICK][:, LEG]
    assert (off.max(axis=1) / leg[KICK]).max() < 0.7
    assert np.median(off / leg[KICK, None]) < 0.15
