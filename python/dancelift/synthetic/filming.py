"""What a camera that is placed at random, and a detector, make of a dancer's motion.

T frames, P points of the body, J joints. World frame: y up, m; camera frame: x right, y down, z
forward, m.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from dancelift.arraytypes import Array
from dancelift.body.skeleton import Skeleton
from dancelift.camera import Camera
from dancelift.geometry import rotation
from dancelift.synthetic.detector import Detector, hidden_joints

_DISTANCE = (3.5, 6.0)  # m
_NEAREST = 1.0  # m, that anybody comes to the camera
_CAMERA_HEIGHT = (0.8, 2.5)  # m
_FOCAL = (0.75, 1.1)  # of the image's longer side
_MARGIN = 0.04  # of the image's shorter side, in which no joint lies


def film(
    world: Array,
    image_size: tuple[int, int],
    camera: Camera | None,
    pitch: float | None,
    rng: np.random.Generator,
) -> tuple[Camera, Array]:
    """Place a camera so that it always has the dancer in the image.

    Args:
        world: (T, P, 3) points of the body, the floor at y = 0.
        image_size: (width, height), px.
        camera: its intrinsics are used; None: one that is 3.5 to 6 m away, or of a wider lens.
        pitch: by which it looks down, rad; None: that of a camera 0.8 to 2.5 m above the floor.
        rng: of the place and the lens.

    Returns:
        The camera with `up`, and the points in its frame (T, P, 3).
    """
    low, high = world.min(axis=(0, 1)), world.max(axis=(0, 1))
    target = (low + high) / 2
    azimuth, distance = rng.uniform(-np.pi, np.pi), rng.uniform(*_DISTANCE)
    focal, stands_at = rng.uniform(*_FOCAL) * max(image_size), rng.uniform(*_CAMERA_HEIGHT)
    if pitch is None:
        pitch = math.atan2(stands_at - target[1], distance)
    turn = rotation(0, np.asarray(pitch)) @ np.diag([1.0, -1.0, -1.0]) @ rotation(1, np.asarray(azimuth))
    relative, up = (world - target) @ turn.T, turn[:, 1]
    distance = max(distance, _NEAREST - float(relative[..., 2].min()))
    size = np.array(image_size)
    limit = size / 2 - _MARGIN * size.min()
    if camera is None:
        # a wider lens where the dancer would leave the image
        points = relative + [0, 0, distance]
        focal = min(focal, float((limit / np.abs(points[..., :2] / points[..., 2:]).max(axis=(0, 1))).min()))
        matrix = np.array([[focal, 0, size[0] / 2], [0, focal, size[1] / 2], [0, 0, 1]])
        return Camera(matrix, up=up), points
    # the given lens, further away
    intrinsics = Camera(camera.matrix, up=up)
    aim = intrinsics.rays(size / 2)
    while True:
        points = relative + distance * np.array([*aim, 1.0])
        if (points[..., 2] > 0).all() and (np.abs(intrinsics.project(points) - size / 2) < limit).all():
            return intrinsics, points
        distance *= 1.05


def detect(
    poses3d: Array,
    landmarks: Mapping[str, Array],
    camera: Camera,
    skeleton: Skeleton,
    height: float,
    fps: float,
    noise: float,
    rng: np.random.Generator,
) -> Array:
    """What a detector finds in the images: keypoints and scores (T, J, 3); a joint that it misses is 0, 0, 0.

    Args:
        poses3d: (T, J, 3), m, camera frame.
        landmarks: (T, 3) each, by name, m, camera frame: those between which the body's parts lie.
        camera: that films.
        skeleton: of the joints.
        height: of the dancer, m.
        fps: frames per second.
        noise: the detector's errors, relative to a usual one.
        rng: of its errors.
    """
    size = camera.focal * height / landmarks["mid_hip"][:, 2]
    hidden = hidden_joints(landmarks, poses3d, height)
    return Detector(skeleton, fps).detect(camera.project(poses3d), hidden, size, noise, rng)
