"""Pose priors: what a dancer's body looks like before anything is seen of it."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path

import numpy as np

from dancelift import anatomy
from dancelift.anatomy import Array
from dancelift.errors import InputError
from dancelift.npz import open_npz
from dancelift.skeleton import Skeleton

_MIRRORED = [anatomy.LANDMARKS.index(anatomy.mirror(name)) for name in anatomy.LANDMARKS]
_MIRROR = np.kron(np.eye(len(anatomy.LANDMARKS))[_MIRRORED], np.diag([-1.0, 1.0, 1.0]))  # of a pose
_SAMPLES = 4000
_BODIES = 20
_BUILD_SPREAD = {"arms": 0.06, "legs": 0.06, "trunk": 0.06, "shoulders": 0.08, "hips": 0.15}


@dataclass(frozen=True, eq=False)
class PoseKinds:
    """Kinds of pose: a mixture of Gaussians over the landmarks, each of which stands for its mirror image as well.

    Attributes:
        weights: (K,), sum to 1.
        means: (K, L, 3), m, as PosePrior.mean.
        covariances: (K, 3 L, 3 L), m^2.
    """

    weights: Array
    means: Array
    covariances: Array


@dataclass(frozen=True, eq=False)
class PosePrior:
    """A Gaussian over the landmarks of a body that stands upright and faces forward.

    It is the shape model of Torresani, Hertzmann & Bregler (2008, Nonrigid Structure-from-Motion: Estimating Shape
    and Motion with Hierarchical Priors, sec. 3) in the body frame of `dancelift.anatomy`.

    Attributes:
        mean: (L, 3), m, body frame, of a body of STANDARD_HEIGHT; L = len(anatomy.LANDMARKS).
        covariance: (3 L, 3 L), m^2, over (landmark, axis).
        name: where it comes from.
        kinds: of pose that the Gaussian sums up, where enough is known to tell them apart.
    """

    mean: Array
    covariance: Array
    name: str
    kinds: PoseKinds | None = None

    def __post_init__(self) -> None:
        n = len(anatomy.LANDMARKS)
        _check(self.name, mean=(self.mean, (n, 3)), covariance=(self.covariance, (3 * n, 3 * n)))
        if self.kinds is not None:
            k = len(self.kinds.weights)
            _check(
                self.name,
                weights=(self.kinds.weights, (k,)),
                means=(self.kinds.means, (k, n, 3)),
                covariances=(self.kinds.covariances, (k, 3 * n, 3 * n)),
            )

    def of_joints(self, skeleton: Skeleton, height: float) -> tuple[Array, Array]:
        """Mean (J, 3) in m and covariance (3 J, 3 J) in m^2 of a skeleton's joints on a body of that height (m)."""
        size = height / anatomy.STANDARD_HEIGHT
        weights = np.kron(skeleton.landmark_weights, np.eye(3))
        mean = size * weights @ self.mean.ravel()
        return mean.reshape(-1, 3), size**2 * weights @ self.covariance @ weights.T

    def kinds_of_joints(self, skeleton: Skeleton, height: float) -> tuple[Array, Array, Array] | None:
        """The kinds of pose and their mirror images, for a skeleton's joints on a body of that height (m).

        Returns:
            (2 K,) weights, (2 K, 3 J) means, m, and (2 K, 3 J, 3 J) covariances, m^2; None where there are none.
        """
        if self.kinds is None:
            return None
        size = height / anatomy.STANDARD_HEIGHT
        weights = size * np.kron(skeleton.landmark_weights, np.eye(3))
        weights = np.stack([weights, weights @ _MIRROR])[:, None]
        means = weights @ self.kinds.means.reshape(-1, 3 * len(anatomy.LANDMARKS), 1)
        covariances = weights @ self.kinds.covariances @ np.swapaxes(weights, 2, 3)
        n = weights.shape[2]
        return np.tile(self.kinds.weights / 2, 2), means.reshape(-1, n), covariances.reshape(-1, n, n)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it as npz, without pickle."""
        kinds = {} if self.kinds is None else {f"kinds_{key}": value for key, value in vars(self.kinds).items()}
        with open(path, "wb") as file:
            np.savez_compressed(
                file,
                mean=self.mean,
                covariance=self.covariance,
                name=np.array(self.name),
                landmarks=np.array(anatomy.LANDMARKS),
                **kinds,
            )

    @staticmethod
    def load(path: str | os.PathLike[str]) -> PosePrior:
        """Read what `save` wrote.

        Raises:
            InputError: the file is missing, is no pose prior, or was made for other landmarks.
        """
        with open_npz(path, "a pose prior, expected an npz that PosePrior.save wrote") as file:
            if tuple(file["landmarks"].tolist()) != anatomy.LANDMARKS:
                raise InputError(f"{path}: made for other landmarks than {', '.join(anatomy.LANDMARKS)}")
            kinds = {key: file[f"kinds_{key}"] for key in _KINDS if f"kinds_{key}" in file}
            return PosePrior(file["mean"], file["covariance"], str(file["name"]), PoseKinds(**kinds) if kinds else None)


_KINDS = tuple(field.name for field in fields(PoseKinds))


def _check(prior: str, **arrays: tuple[Array, tuple[int, ...]]) -> None:
    """Raise unless each array has the shape that follows it and is finite."""
    if any(array.shape != shape for array, shape in arrays.values()):
        found = " and ".join(f"{name} {array.shape}" for name, (array, _) in arrays.items())
        expected = " and ".join(str(shape) for _, shape in arrays.values())
        raise InputError(f"pose prior {prior!r}: {found}, expected {expected}")
    if not all(np.isfinite(array).all() for array, _ in arrays.values()):
        raise InputError(f"pose prior {prior!r}: has a number that is not finite")


def face_forward(points: Array) -> Array:
    """Turn poses about the vertical until the mean of the hips' and the shoulders' axis points to the left.

    Args:
        points: (N, L, 3) landmarks, body frame up to a yaw.

    Returns:
        (N, L, 3), with mid-hip at the origin.
    """
    index = anatomy.LANDMARKS.index
    points = points - points[:, [index("mid_hip")]]
    axis = np.zeros((len(points), 3))
    for name in ("hip", "shoulder"):
        across = points[:, index(f"left_{name}")] - points[:, index(f"right_{name}")]
        axis += across / np.linalg.norm(across, axis=1, keepdims=True)
    yaw = np.arctan2(-axis[:, 2], axis[:, 0])
    return points @ np.swapaxes(anatomy.rotation(1, -yaw), -1, -2)


@lru_cache(maxsize=1)
def anthropometric() -> PosePrior:
    """The prior that uses no motion data: poses within anatomy's joint angles on bodies of many builds."""
    rng = np.random.default_rng(0)
    poses = []
    for _ in range(_BODIES):
        build = {part: float(np.exp(rng.normal(0, spread))) for part, spread in _BUILD_SPREAD.items()}
        poses.append(anatomy.landmarks(anatomy.sample_angles(_SAMPLES // _BODIES, rng), anatomy.Body(**build)))
    upright = face_forward(np.concatenate(poses))
    samples = np.concatenate([upright, upright[:, _MIRRORED] * [-1, 1, 1]])
    mean = samples.mean(axis=0)
    deviation = (samples - mean).reshape(len(samples), -1)
    return PosePrior(mean, deviation.T @ deviation / len(samples), "anthropometric")


def get_prior(prior: str | os.PathLike[str] | PosePrior) -> PosePrior:
    """The prior of that name ("anthropometric", "default"), the one in that file, or the one given.

    "default" is the best prior that ships with the package; at present that is the anthropometric one.

    Raises:
        InputError: there is no such name or file.
    """
    if isinstance(prior, PosePrior):
        return prior
    if prior in ("anthropometric", "default"):
        return anthropometric()
    if not isinstance(prior, (str, os.PathLike)) or not prior or not Path(prior).exists():
        raise InputError(f"prior {prior!r}: expected 'anthropometric', 'default' or the path of a prior file")
    return PosePrior.load(prior)
