"""Pose priors: what a dancer's body looks like before anything is seen of it."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.lib.npyio import NpzFile

from dancelift.arraytypes import Array
from dancelift.body import anatomy
from dancelift.body.facing import face_forward
from dancelift.body.skeleton import Skeleton
from dancelift.errors import InputError
from dancelift.files import DATA, open_npz
from dancelift.priors.pose_net import PoseNet
from dancelift.provenance import VERSION, hash_of
from dancelift.rounding import SCALE, pack, unpack
from dancelift.stored import StoredArrays, as_name

_MIRRORED = [anatomy.LANDMARKS.index(anatomy.mirror(name)) for name in anatomy.LANDMARKS]
_MIRROR = np.kron(np.eye(len(anatomy.LANDMARKS))[_MIRRORED], np.diag([-1.0, 1.0, 1.0]))  # of a pose
_MARKING_NOISE = 0.02  # m, by which a landmark may be off for what is known of the others
_SAMPLES = 4000
_BODIES = 20
_SUM_TOLERANCE = 1e-3
_LARGEST_VARIANCE = 100.0  # m^2
_LONGEST_DILATION = 10000  # frames
_BUILD_SPREAD = {"arms": 0.06, "legs": 0.06, "trunk": 0.06, "shoulders": 0.08, "hips": 0.15}


@dataclass(frozen=True, eq=False)
class PoseMixture:
    """A mixture of Gaussians over the landmarks, each of which stands for its mirror image as well.

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
    and Motion with Hierarchical Priors, sec. 3) in the body frame of `dancelift.body.anatomy`. One that was learnt from
    3D motion also has networks that predict the pose from the keypoints.

    Attributes:
        mean: (L, 3), m, body frame, of a body of STANDARD_HEIGHT; L = len(anatomy.LANDMARKS).
        covariance: (3 L, 3 L), m^2, over (landmark, axis).
        name: where it comes from.
        mixture: of Gaussians that this one sums up, where enough is known to tell its components apart, or None.
        nets: experts in what to expect of a clip at every frame, the one for the most usual motion first; maybe none.
    """

    mean: Array
    covariance: Array
    name: str
    mixture: PoseMixture | None = None
    nets: tuple[PoseNet, ...] = ()

    def __post_init__(self) -> None:
        n = len(anatomy.LANDMARKS)
        _check(self.name, mean=(self.mean, (n, 3)), covariance=(self.covariance, (3 * n, 3 * n)))
        if self.mixture is not None:
            k = len(self.mixture.weights)
            _check(
                self.name,
                weights=(self.mixture.weights, (k,)),
                means=(self.mixture.means, (k, n, 3)),
                covariances=(self.mixture.covariances, (k, 3 * n, 3 * n)),
            )

    @cached_property
    def hash(self) -> str:
        """SHA-256 of its numbers, whatever its name; a file that it was saved to and loaded from has the same."""
        arrays = {"mean": self.mean, "covariance": self.covariance}
        if self.mixture is not None:
            arrays |= {f"mixture/{name}": value for name, value in vars(self.mixture).items()}
        for i, net in enumerate(self.nets):
            arrays |= {f"net{i}/{name}": weight.astype(np.float32) for name, weight in net.weights.items()}
        return hash_of([net.dilations for net in self.nets], arrays)

    def of_joints(self, skeleton: Skeleton) -> tuple[Array, Array]:
        """Mean (J, 3) in m and covariance (3 J, 3 J) in m^2 of a skeleton's joints on a body of STANDARD_HEIGHT."""
        weights = np.kron(skeleton.landmark_weights, np.eye(3))
        mean = weights @ self.mean.ravel()
        return mean.reshape(-1, 3), weights @ self.covariance @ weights.T

    def bone_lengths(self, skeleton: Skeleton) -> list[float]:
        """Root mean square length, m, of each of the skeleton's shared lengths, on a body of STANDARD_HEIGHT."""
        mean, covariance = self.of_joints(skeleton)
        blocks = covariance.reshape(len(skeleton), 3, len(skeleton), 3)
        spread = np.einsum("iaja->ij", blocks)
        square: dict[int, list[float]] = {}
        for a, b, length, _ in (*skeleton.bones, *skeleton.head):
            variance = spread[a, a] + spread[b, b] - 2 * spread[a, b]
            square.setdefault(length, []).append(((mean[a] - mean[b]) ** 2).sum() + variance)
        return [float(np.sqrt(np.mean(square[i]))) for i in range(len(square))]

    def complete(self, points: Array, names: Sequence[str]) -> tuple[Array, Array]:
        """All landmarks given some.

        Args:
            points: (N, J, 3), m, body frame, of a body of STANDARD_HEIGHT.
            names: of the J landmarks.

        Returns:
            (N, L, 3), m, body frame; and (3 L, 3 L) covariance of what is not given, m^2.
        """
        known = np.array([anatomy.LANDMARKS.index(name) for name in names])
        given = (3 * known[:, None] + np.arange(3)).ravel()
        within = self.covariance[np.ix_(given, given)] + _MARKING_NOISE**2 * np.eye(len(given))
        gain = np.linalg.solve(within, self.covariance[given]).T
        found = self.mean.ravel() + (points - self.mean[known]).reshape(len(points), -1) @ gain.T
        found[:, given] = points.reshape(len(points), -1)
        rest = self.covariance - gain @ self.covariance[given]
        rest[given] = rest[:, given] = 0
        return found.reshape(len(points), -1, 3), rest

    def mixture_of_joints(self, skeleton: Skeleton) -> tuple[Array, Array, Array] | None:
        """The components of pose and their mirror images, for a skeleton's joints on a body of STANDARD_HEIGHT.

        Returns:
            (2 K,) weights, (2 K, 3 J) means, m, and (2 K, 3 J, 3 J) covariances, m^2; None where there are none.
        """
        if self.mixture is None:
            return None
        weights = np.kron(skeleton.landmark_weights, np.eye(3))
        weights = np.stack([weights, weights @ _MIRROR])[:, None]
        means = weights @ self.mixture.means.reshape(-1, 3 * len(anatomy.LANDMARKS), 1)
        covariances = weights @ self.mixture.covariances @ np.swapaxes(weights, 2, 3)
        n = weights.shape[2]
        return np.tile(self.mixture.weights / 2, 2), means.reshape(-1, n), covariances.reshape(-1, n, n)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it as npz, without pickle; the networks' weights in 8 bits, see `dancelift.rounding`."""
        arrays = {"mean": self.mean, "covariance": self.covariance, "landmarks": np.array(anatomy.LANDMARKS)}
        for i, net in enumerate(self.nets):
            arrays |= {f"net{i}/{name}": weight for name, weight in pack(net.weights).items()}
        if self.mixture is not None:
            arrays |= {f"mixture/{key}": value for key, value in vars(self.mixture).items()}
        about = {
            "name": self.name,
            "dilations": [net.dilations for net in self.nets],
            "version": VERSION,
        }
        with open(path, "wb") as file:
            np.savez_compressed(file, about=np.array(json.dumps(about)), **arrays)  # type: ignore[arg-type]


_MIXTURE = tuple(field.name for field in fields(PoseMixture))


def _check(prior: str, **arrays: tuple[Array, tuple[int, ...]]) -> None:
    """Raise unless each array has the shape that follows it and is finite."""
    if any(array.shape != shape for array, shape in arrays.values()):
        found = " and ".join(f"{name} {array.shape}" for name, (array, _) in arrays.items())
        expected = " and ".join(str(shape) for _, shape in arrays.values())
        raise InputError(f"pose prior {prior!r}: {found}, expected {expected}")
    if not all(np.isfinite(array).all() for array, _ in arrays.values()):
        raise InputError(f"pose prior {prior!r}: has a number that is not finite")


@lru_cache(maxsize=1)
def anthropometric() -> PosePrior:
    """The prior that uses no motion data: poses within anatomy's joint angles on bodies of many builds."""
    rng = np.random.default_rng(0)
    poses = []
    for _ in range(_BODIES):
        build = {part: float(np.exp(rng.normal(0, spread))) for part, spread in _BUILD_SPREAD.items()}
        poses.append(anatomy.landmarks(anatomy.sample_angles(_SAMPLES // _BODIES, rng), anatomy.Body(**build)))
    upright = face_forward(np.concatenate(poses), anatomy.LANDMARKS)
    samples = np.concatenate([upright, upright[:, _MIRRORED] * [-1, 1, 1]])
    mean = samples.mean(axis=0)
    deviation = (samples - mean).reshape(len(samples), -1)
    covariance = np.einsum("na,nb->ab", deviation, deviation)  # not by BLAS, whose threads change the last bits
    return PosePrior(mean, covariance / len(samples), "anthropometric")


@lru_cache(maxsize=1)
def _default() -> PosePrior:
    usual, any_pose = (load_prior(DATA / f"{name}.npz") for name in ("default_prior", "any_pose_prior"))
    return replace(usual, nets=usual.nets + any_pose.nets)


@lru_cache(maxsize=1)
def usual_motion_prior() -> PosePrior:
    """The default prior with its expert in usual motion only, whose errors are known."""
    default = _default()
    return replace(default, nets=default.nets[:1])


def get_prior(prior: str | os.PathLike[str] | PosePrior) -> PosePrior:
    """The prior of that name ("anthropometric", "default"), the one in that file, or the one given.

    "default" is the best prior that ships with the package; data/default_prior.md and data/any_pose_prior.md say what
    its two networks were learnt from.

    Raises:
        InputError: there is no such name or file.
    """
    if isinstance(prior, PosePrior):
        return prior
    if prior == "anthropometric":
        return anthropometric()
    if prior == "default":
        return _default()
    if not isinstance(prior, (str, os.PathLike)) or not prior or not Path(prior).exists():
        raise InputError(f"prior {prior!r}: expected 'anthropometric', 'default' or the path of a prior file")
    return load_prior(prior)


def load_prior(path: str | os.PathLike[str]) -> PosePrior:
    """Read what `PosePrior.save` wrote.

    Raises:
        InputError: the file is missing, is no pose prior, or was made for other landmarks.
    """
    with open_npz(path, "a pose prior, expected an npz that PosePrior.save wrote") as file:
        stored = StoredArrays(file)
        if tuple(stored("landmarks", None, kind="names").tolist()) != anatomy.LANDMARKS:
            raise InputError(f"{path}: made for other landmarks than {', '.join(anatomy.LANDMARKS)}")
        about, n = stored.json(), len(anatomy.LANDMARKS)
        nets = [_net(file, i, dilations) for i, dilations in enumerate(about.items("dilations"))]
        mixture = None
        if any(f"mixture/{key}" in file for key in _MIXTURE):
            weights = stored("mixture/weights", None)
            if not (weights > 0).all() or abs(weights.sum() - 1) > _SUM_TOLERANCE:
                raise InputError(f"mixture/weights sum to {weights.sum():g}, expected numbers above 0 that sum to 1")
            means = stored("mixture/means", len(weights), n, 3)
            covariances = _covariances(stored, "mixture/covariances", len(weights), 3 * n, 3 * n)
            mixture = PoseMixture(weights, means, covariances)
        covariance = _covariances(stored, "covariance", 3 * n, 3 * n)
        return PosePrior(stored("mean", n, 3), covariance, as_name("name", about["name"]), mixture, tuple(nets))


def _covariances(stored: StoredArrays, name: str, *shape: int) -> Array:
    found = stored(name, *shape)
    largest = float(np.abs(found).max())
    if not largest < _LARGEST_VARIANCE or np.abs(found - np.swapaxes(found, -1, -2)).max() > 1e-6 * largest:
        raise InputError(f"{name} is not symmetric or has {largest:g}, expected covariances in m^2")
    least = float(np.linalg.eigvalsh(found).min())
    if least < -1e-6 * largest:
        raise InputError(f"{name} has the eigenvalue {least:g}, expected none below 0")
    return found


def _net(file: NpzFile, i: int, dilations: object) -> PoseNet:
    stored = StoredArrays(file, f"net{i}/")
    blocks = dilations if isinstance(dilations, list) else []
    if not blocks or not all(type(one) is int and 0 < one <= _LONGEST_DILATION for one in blocks):
        raise InputError(f"dilations of network {i} are {dilations!r:.60}, expected whole numbers of frames")
    n_channels = len(file[f"net{i}/in_bias"])
    shapes = PoseNet.shapes(n_channels, len(blocks))
    of_clip = {
        name for name in shapes if name.endswith((".clip", ".clip_bias")) and f"{name.split('.')[0]}.clip" not in stored
    }
    weights = {}
    for name, shape in shapes.items():
        if name not in of_clip:
            scale = stored(name + SCALE, shape[-1]) if name + SCALE in stored else None
            weights[name] = unpack(stored(name, *shape), scale)
    return PoseNet(weights, tuple(blocks))
