"""A lift made ready for drawing: what is drawn of a skeleton, upright and above the floor, in every picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dancelift.arraytypes import Array
from dancelift.body import anatomy
from dancelift.body.skeleton import Skeleton
from dancelift.body.sketch import LEFT, MIDDLE, RIGHT
from dancelift.errors import InputError
from dancelift.filters import gaussian_smooth
from dancelift.geometry import rotation
from dancelift.lifting.result import LiftResult

INK, JOINT, FRAME, IMAGE = "#20242a", "#8a939e", "#d9dde2", "#f4f5f7"
FLOOR, GRID_LINE, SHADOW, PATH, TRUNK, HEAD = (
    "#eef0f3",
    "#ffffff",
    "#c3c8cf",
    "#7a6fb0",
    "#cfd4da",
    "#e3c9b4",
)
COLOURS = (LEFT, RIGHT, MIDDLE, INK, JOINT, FRAME, IMAGE, FLOOR, GRID_LINE, SHADOW, PATH, TRUNK, HEAD)
CORE = "#ffffff"
"""Colour of the line along the middle of the dancer's right limbs, by which they are told from the left without
colours."""

CORE_SHARE = 0.3
"""Its thickness, of the limb's."""

_FACE = (
    *((f"{side}_eye", f"{side}_ear") for side in ("left", "right")),
    *(("nose", f"{side}_eye") for side in ("left", "right")),
    ("mouth_left", "mouth_right"),
)
_THICKNESS = {
    "knee": 0.085,
    "ankle": 0.065,
    "elbow": 0.06,
    "wrist": 0.05,
    "hip": 0.06,
}  # m, to the joint named
_THIN, _FACE_THICKNESS, HALO = 0.04, 0.014, 0.022  # m
HEAD_WIDTH, HEAD_HEIGHT = 0.17, 0.23  # m
HEAD_FORWARD = 0.04  # m by which the head is drawn too near, so that it hides the end of the neck

FRONT, SIDE = (
    0.0,
    90.0,
)  # azimuth from which the dancer is seen, degrees: as the camera does, and from its right
ELEVATION = 16.0  # degrees above the floor
_GRID = 0.5  # m
FLOOR_REACH = 1.25  # m around the dancer
WINDOW = ((-1.15, 1.15), (-0.42, 2.15))  # m, of a 3D panel: across, and up from the floor
_FOLLOW = 0.3  # s, standard deviation with which a panel's movement after the dancer is smoothed
TRAIL = 4.0  # s of the path that are drawn


@dataclass(frozen=True)
class Edge:
    """A line of the drawing."""

    start: Array  # (J,) weights of the joints
    end: Array
    colour: str
    thickness: float  # m


def _edges(skeleton: Skeleton) -> list[Edge]:
    """Return what to draw of a skeleton: its bones, the face, and a line from the trunk to the head."""
    names = {skeleton.index(landmark): landmark for landmark in anatomy.LANDMARKS}
    identity = np.eye(len(skeleton))

    colours = {"left": LEFT, "right": RIGHT, "": MIDDLE}
    edges = [
        Edge(identity[a], identity[b], colours[side], _THICKNESS.get(names[b].split("_")[-1], _THIN))
        for a, b, side in skeleton.drawn_bones
    ]
    for landmarks in _FACE:
        a, b = (skeleton.index(landmark) for landmark in landmarks)
        if a is not None and b is not None:
            sides = {side for side in ("left", "right") for name in landmarks if side in name}
            colour = colours[sides.pop() if len(sides) == 1 else ""]
            edges.append(Edge(identity[a], identity[b], colour, _FACE_THICKNESS))
    head = _head(skeleton)
    if head is not None:
        edges.append(Edge(identity[list(skeleton.neck)].mean(axis=0), head, MIDDLE, _THIN))
    return edges


def _corners(skeleton: Skeleton) -> list[int]:
    """Return the shoulders and the hips, around the trunk."""
    corners = ("left_shoulder", "right_shoulder", "right_hip", "left_hip")
    return [joint for joint in map(skeleton.index, corners) if joint is not None]


def _head(skeleton: Skeleton) -> Array | None:
    """Return weights (J,) of the joints around the middle of the head: the ears where there are both."""
    ears = [skeleton.index("left_ear"), skeleton.index("right_ear")]
    found = ears if None not in ears else [skeleton.index(landmark) for landmark in anatomy.HEAD_LANDMARKS]
    joints = [joint for joint in found if joint is not None]
    return np.eye(len(skeleton))[joints].mean(axis=0) if joints else None


@dataclass(frozen=True, eq=False)
class Stroke:
    """A line of a body that is seen from one side, with round ends."""

    ends: Array  # (2, 2), m: across and up
    colour: str
    thickness: float  # m
    has_core: bool  # whether it is a right limb's


@dataclass(frozen=True, eq=False)
class Scene:
    """A result made ready for drawing."""

    edges: list[Edge]
    head: Array | None  # (J,) weights of the joints around the middle of the head
    trunk: list[int]  # corners of the trunk
    upright: Array  # (T, J, 3), m: x to the camera's right, y above the floor, z away from the camera
    follow: Array  # (T, 2), m: x and z of the middle of a 3D panel
    root: Array  # (T, 2), m: x and z of the dancer
    observed: Array  # (T, J, 2), px, NaN where not seen
    reprojected: Array  # (T, J, 2), px
    doubt: Array  # (T, N, 2, 3), m: ends of the lines of one standard deviation about elbows, wrists, knees and ankles
    title: str
    fps: float
    has_input: bool

    @property
    def n_frames(self) -> int:
        return len(self.upright)

    @staticmethod
    def of(result: LiftResult, keypoints2d: Array | None) -> Scene:
        observed = np.full(result.keypoints2d.shape, np.nan)
        if keypoints2d is None:
            keypoints2d = result.observed2d
        if keypoints2d is not None:
            given = np.asarray(keypoints2d, float)
            if given.ndim != 3 or given.shape[:2] != result.keypoints2d.shape[:2] or given.shape[2] not in (2, 3):
                n_frames, n_joints = result.keypoints2d.shape[:2]
                raise InputError(
                    f"keypoints2d has shape {given.shape}, expected those that were lifted: "
                    f"({n_frames}, {n_joints}, 2 or 3)"
                )
            seen = given[..., 2] > 0 if given.shape[2] == 3 else np.ones(given.shape[:2], bool)
            observed[seen] = given[seen][:, :2]
        turn = turn_upright(result.camera.up)
        upright = result.poses3d @ turn
        upright[..., 1] -= result.floor_under(upright)
        trunk = _corners(result.skeleton)
        seeds = f"best of {len(result.seed_labels)} seeds" if len(result.seed_labels) > 1 else "1 seed"
        root = upright[:, trunk[2:]].mean(axis=1)[:, [0, 2]]
        return Scene(
            edges=_edges(result.skeleton),
            head=_head(result.skeleton),
            trunk=trunk,
            upright=upright,
            follow=gaussian_smooth(root, _FOLLOW * result.fps),
            root=root,
            observed=observed,
            reprojected=result.keypoints2d,
            doubt=_doubt(result, upright, turn),
            title=f"{len(upright)} frames, {len(upright) / result.fps:.1f} s; "
            f"{seeds}: {result.seed_labels[result.best_seed]}",
            fps=result.fps,
            has_input=keypoints2d is not None,
        )

    def lines(self, points: Array) -> Array:
        """Return the edges' ends (E, 2, D) of joints (J, D); NaN where an end is not seen."""
        ends = np.array([(edge.start, edge.end) for edge in self.edges])
        filled = np.nan_to_num(points)
        missing = ends @ np.isnan(points).any(axis=1) > 0
        return np.where(missing[..., None], np.nan, ends @ filled)

    def body(self, pose: Array, turn: Array) -> list[Stroke]:
        """Return how a pose (J, 3), m, looks after a turn (3, 3), what is far first."""
        lines = self.lines(pose)
        strokes = [(edge.colour, edge.thickness, edge.colour == RIGHT) for edge in self.edges]
        if self.head is not None:  # an oval: a short line with round ends
            top = np.array([0, 0.5 * (HEAD_HEIGHT - HEAD_WIDTH), 0])
            lines = np.concatenate([lines, [self.head @ pose + [top, -top]]])
            strokes.append((HEAD, HEAD_WIDTH, False))
        turned = lines @ turn.T
        depth = turned[..., 2].mean(axis=1)
        if self.head is not None:
            depth[-1] -= HEAD_FORWARD
        return [Stroke(turned[i, :, :2], *strokes[i]) for i in np.argsort(-depth).tolist()]

    def centre(self, t: int) -> Array:
        """Return the point on the floor, (3,), m, that is in the middle of a 3D panel."""
        return np.array([self.follow[t, 0], 0.0, self.follow[t, 1]])

    def trail(self, t: int) -> Array:
        """Return the dancer's path on the floor up to a frame, (N, 3), m, relative to the panel's middle."""
        path = self.root[max(0, t - round(TRAIL * self.fps)) : t + 1] - self.follow[t]
        return np.insert(path[np.abs(path).max(axis=1) < FLOOR_REACH], 1, 0, axis=1)

    def all_frames(self) -> tuple[float, float, float, float]:
        """Return (left, right, bottom, top) of a window that has the dancer in it all the time, px."""
        low, high = self.reprojected.min(axis=(0, 1)), self.reprojected.max(axis=(0, 1))
        margin = 0.08 * (high - low).max()
        return low[0] - margin, high[0] + margin, high[1] + margin, low[1] - margin

    def image_window(self, aspect: float) -> tuple[float, float]:
        """Return width and height of a window that the dancer always fits in, px; `aspect` is height to width."""
        width, height = 1.2 * np.ptp(self.reprojected, axis=1).max(axis=0)
        width = max(width, height / aspect)
        return float(width), float(width * aspect)

    def around(self, t: int, window: tuple[float, float]) -> tuple[float, float, float, float]:
        """Return (left, right, bottom, top) of a window around the dancer, px."""
        points = self.reprojected[t]
        x, y = (points.min(axis=0) + points.max(axis=0)) / 2
        width, height = window
        return x - width / 2, x + width / 2, y + height / 2, y - height / 2


def turn_upright(up: Array | None) -> Array:
    """Return (3, 3), which brings rows from the camera frame to one that stands on the floor: x right, y up, z away."""
    up = np.array([0.0, -1.0, 0.0]) if up is None else up / np.linalg.norm(up)
    away = np.array([0.0, 0.0, 1.0]) - up[2] * up
    if np.linalg.norm(away) < 1e-6:  # the camera looks straight down: the top of its image is away
        away = np.array([0.0, -1.0, 0.0])
    away /= np.linalg.norm(away)
    return np.stack([np.cross(away, up), up, away], axis=1)


def _doubt(result: LiftResult, upright: Array, turn: Array) -> Array:
    """Return (T, N, 2, 3), the ends of the lines of sight's parts in which limbs are within one standard deviation."""
    joints = [joint for limb in result.skeleton.limbs for joint in limb[1:]]
    if not result.deviations.size or not joints:
        return np.empty((len(upright), 0, 2, 3))
    poses = result.poses3d[:, joints]
    sight = poses / np.linalg.norm(poses, axis=2, keepdims=True) @ turn
    reach = result.deviations[:, joints, 1, None] * sight
    return np.stack([upright[:, joints] - reach, upright[:, joints] + reach], axis=2)


def side_view(azimuth: float) -> Array:
    """Return (3, 3), which turns what is upright to how it is seen from an azimuth, degrees, a little from above."""
    return rotation(0, np.radians(-ELEVATION)) @ rotation(1, np.radians(azimuth))


def grid(centre: Array) -> Array:
    """Return lines on the floor (N, 2, 3), relative to `centre`; they lie still while the panel moves over them."""
    lines = []
    for axis in (0, 2):
        for at in np.arange(np.ceil((centre[axis] - FLOOR_REACH) / _GRID) * _GRID, centre[axis] + FLOOR_REACH, _GRID):
            ends = np.zeros((2, 3))
            ends[:, axis] = at - centre[axis]
            ends[:, 2 - axis] = -FLOOR_REACH, FLOOR_REACH
            lines.append(ends)
    return np.array(lines)
