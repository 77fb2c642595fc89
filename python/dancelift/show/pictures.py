"""Pictures of a lift: the 2D keypoints that went in, and the 3D motion that came out from two sides.

Needs matplotlib and Pillow, the extra `view`.
"""

# ruff: noqa: E402

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Protocol

from dancelift.errors import InputError, require

require("view", "drawing pictures")

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from PIL import Image

from dancelift.arraytypes import Array
from dancelift.body import anatomy
from dancelift.body.skeleton import Skeleton
from dancelift.filters import gaussian_smooth
from dancelift.geometry import rotation
from dancelift.lifting.result import LiftResult

LEFT, RIGHT, MIDDLE = "#1f77d0", "#e4572e", "#4a4f57"
"""Colours of the dancer's left limbs, right limbs, and of what lies between."""

_INK, _JOINT, _FRAME, _IMAGE = "#20242a", "#8a939e", "#d9dde2", "#f4f5f7"
_FLOOR, _GRID_LINE, _SHADOW, _PATH, _TRUNK, _HEAD = (
    "#eef0f3",
    "#ffffff",
    "#c3c8cf",
    "#7a6fb0",
    "#cfd4da",
    "#e3c9b4",
)
_COLOURS = (
    LEFT,
    RIGHT,
    MIDDLE,
    _INK,
    _JOINT,
    _FRAME,
    _IMAGE,
    _FLOOR,
    _GRID_LINE,
    _SHADOW,
    _PATH,
    _TRUNK,
    _HEAD,
)
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
_THIN, _FACE_THICKNESS, _HALO = 0.04, 0.014, 0.022  # m
_HEAD_WIDTH, _HEAD_HEIGHT = 0.17, 0.23  # m
_HEAD_FORWARD = 0.04  # m by which the head is drawn too near, so that it hides the end of the neck

_FRONT, _SIDE = (
    0.0,
    90.0,
)  # azimuth from which the dancer is seen, degrees: as the camera does, and from its right
_ELEVATION = 16.0  # degrees above the floor
_GRID = 0.5  # m
_FLOOR_REACH = 1.25  # m around the dancer
_WINDOW = ((-1.15, 1.15), (-0.42, 2.15))  # m, of a 3D panel: across, and up from the floor
_FOLLOW = 0.3  # s, standard deviation with which a panel's movement after the dancer is smoothed
_TRAIL = 4.0  # s of the path that are drawn

_PICTURE_FRAMES = 6
_GIF_RATE = 12.5  # frames per second; a GIF counts in hundredths of a second
_GIF_LONGEST = 200  # frames
_GIF_COLOURS = 64


def draw_picture(result: LiftResult, keypoints2d: Array | None, path: str | os.PathLike[str]) -> None:
    """Draw some frames of a clip as one PNG: 2D, 3D as the camera sees it, 3D from the camera's right.

    Args:
        result: of lifting.
        keypoints2d: (T, J, 2 | 3), px, what was lifted; None: what the result keeps of it, or the reprojection alone.
        path: of the PNG.

    Raises:
        InputError: the keypoints are not those of the result.
    """
    scene = _Scene.of(result, keypoints2d)
    frames = np.linspace(0, scene.n_frames - 1, min(_PICTURE_FRAMES, scene.n_frames) + 2).round().astype(int)[1:-1]
    frames = np.unique(frames)
    across, up = (high - low for low, high in _WINDOW)
    width, side = 2.3, 2.3 * up / across
    left, gap, top, bottom = 0.45, 0.06, 0.8, 0.4
    size = (left + len(frames) * (width + gap), top + 3 * (side + gap) + bottom)
    figure = Figure(size, dpi=110, facecolor="white")
    FigureCanvasAgg(figure)

    window = scene.image_window(side / width)
    for row in range(3):
        lower = size[1] - top - (row + 1) * (side + gap) + gap
        for column, t in enumerate(frames):
            box = (
                (left + column * (width + gap)) / size[0],
                lower / size[1],
                width / size[0],
                side / size[1],
            )
            axes = figure.add_axes(box)
            if row == 0:
                panel: _Panel = _ImagePanel(axes, scene, scene.around(int(t), window))
                axes.set_title(f"{t / result.fps:.1f} s", fontsize=10, color=MIDDLE, pad=4)
            else:
                panel = _WorldPanel(axes, scene, (_FRONT, _SIDE)[row - 1])
            panel.show(int(t))
        figure.text(
            0.22 / size[0],
            (lower + side / 2) / size[1],
            ("2D keypoints", "3D, as the camera sees it", "3D, from the camera's right")[row],
            rotation=90,
            ha="center",
            va="center",
            fontsize=10,
            color=MIDDLE,
        )
    _caption(figure, scene, size)
    figure.savefig(path, format="png")


def draw_animation(
    result: LiftResult, keypoints2d: Array | None, path: str | os.PathLike[str], start: float = 0.0
) -> None:
    """Draw a clip as an animated GIF at about 12 frames a second: 2D, and 3D from two sides.

    Args:
        result: of lifting.
        keypoints2d: (T, J, 2 | 3), px, what was lifted; None: what the result keeps of it, or the reprojection alone.
        path: of the GIF.
        start: s; the GIF has the 16 seconds from there.

    Raises:
        InputError: the keypoints are not those of the result, or the clip ends before `start`.
    """
    scene = _Scene.of(result, keypoints2d)
    first = round(start * result.fps)
    if not 0 <= first < scene.n_frames:
        raise InputError(f"start is {start:g} s, expected 0 to {(scene.n_frames - 1) / result.fps:g} s")
    rate = min(_GIF_RATE, result.fps)
    frames = np.arange(first, scene.n_frames, result.fps / rate).round().astype(int)
    frames = frames[frames < scene.n_frames][:_GIF_LONGEST]

    window = scene.all_frames()
    height, top = 3.2, 0.5
    across, up = (high - low for low, high in _WINDOW)
    aspect = (window[1] - window[0]) / (window[2] - window[3])
    widths = (height * min(max(aspect, 0.5), 1.6), height * across / up, height * across / up)
    size = (sum(widths) + 0.4, height + top + 0.3)
    figure = Figure(size, dpi=80, facecolor="white")
    canvas: Any = FigureCanvasAgg(figure)
    panels: list[_Panel] = []
    at = 0.1
    for column, width in enumerate(widths):
        axes = figure.add_axes((at / size[0], 0.3 / size[1], width / size[0], height / size[1]))
        at += width + 0.1
        axes.set_title(
            ("2D keypoints", "3D, as the camera sees it", "3D, from the camera's right")[column], fontsize=10
        )
        panels.append(
            _WorldPanel(axes, scene, (_FRONT, _SIDE)[column - 1]) if column else _ImagePanel(axes, scene, window)
        )
    clock = figure.text(0.1 / size[0], 0.09 / size[1], "", fontsize=9, color=MIDDLE)
    _legend(figure, scene, (1 - 0.1 / size[0], 0.01), "lower right")

    images = []
    for t in frames:
        clock.set_text(f"{t / result.fps:.1f} s")
        for panel in panels:
            panel.show(int(t))
        canvas.draw()
        images.append(Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB"))
    # one palette for all frames, without dithering: they differ little and pack well
    palette = _palette(images[len(images) // 2])
    first_image, *others = (image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images)
    first_image.save(path, format="GIF", save_all=True, append_images=others, duration=round(1000 / rate), loop=0)


def _palette(image: Image.Image) -> Image.Image:
    """Return an image with the palette for ones like `image`, in which thin lines keep their colour too."""
    swatches = np.array([[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in _COLOURS], np.uint8)
    rows = np.repeat(np.resize(np.repeat(swatches, 4, axis=0), (1, image.width, 3)), 16, axis=0)
    sample = Image.fromarray(np.concatenate([np.asarray(image), rows]))
    return sample.quantize(_GIF_COLOURS)


@dataclass(frozen=True)
class _Edge:
    """A line of the drawing."""

    start: Array  # (J,) weights of the joints
    end: Array
    colour: str
    thickness: float  # m


def _edges(skeleton: Skeleton) -> list[_Edge]:
    """Return what to draw of a skeleton: its bones, the face, and a line from the trunk to the head."""
    names = {skeleton.index(landmark): landmark for landmark in anatomy.LANDMARKS}
    identity = np.eye(len(skeleton))

    colours = {"left": LEFT, "right": RIGHT, "": MIDDLE}
    edges = [
        _Edge(identity[a], identity[b], colours[side], _THICKNESS.get(names[b].split("_")[-1], _THIN))
        for a, b, side in skeleton.drawn_bones
    ]
    for landmarks in _FACE:
        a, b = (skeleton.index(landmark) for landmark in landmarks)
        if a is not None and b is not None:
            sides = {side for side in ("left", "right") for name in landmarks if side in name}
            colour = colours[sides.pop() if len(sides) == 1 else ""]
            edges.append(_Edge(identity[a], identity[b], colour, _FACE_THICKNESS))
    head = _head(skeleton)
    if head is not None:
        edges.append(_Edge(identity[list(skeleton.neck)].mean(axis=0), head, MIDDLE, _THIN))
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
class _Scene:
    """A result made ready for drawing."""

    edges: list[_Edge]
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
    def of(result: LiftResult, keypoints2d: Array | None) -> _Scene:
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
        turn = _turn_upright(result.camera.up)
        upright = result.poses3d @ turn
        upright[..., 1] -= result.floor_under(upright)
        trunk = _corners(result.skeleton)
        seeds = f"best of {len(result.seed_labels)} seeds" if len(result.seed_labels) > 1 else "1 seed"
        root = upright[:, trunk[2:]].mean(axis=1)[:, [0, 2]]
        return _Scene(
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


def _turn_upright(up: Array | None) -> Array:
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


class _Panel(Protocol):
    """A drawing in which frame after frame can be shown."""

    def show(self, t: int) -> None: ...


class _ImagePanel(_Panel):
    """What was seen: the input keypoints, and the reprojection of the 3D motion."""

    def __init__(self, axes: Axes, scene: _Scene, window: tuple[float, float, float, float]) -> None:
        self.scene = scene
        _bare(axes, window[:2], window[2:], _IMAGE)
        self.skeleton = LineCollection(
            [], colors=[edge.colour for edge in scene.edges], linewidths=2.6, capstyle="round", zorder=2
        )
        self.reprojection = LineCollection([], colors=_INK, linewidths=0.9, alpha=0.8, zorder=3)
        (self.dots,) = axes.plot([], [], "o", color="white", markeredgecolor=_JOINT, markersize=3, zorder=4)
        axes.add_collection(self.skeleton)
        axes.add_collection(self.reprojection)

    def show(self, t: int) -> None:
        scene = self.scene
        observed = scene.observed[t] if scene.has_input else scene.reprojected[t]
        self.skeleton.set_segments(list(scene.lines(observed)))
        self.dots.set_data(*scene.observed[t].T)
        if scene.has_input:
            self.reprojection.set_segments(list(scene.lines(scene.reprojected[t])))


class _WorldPanel(_Panel):
    """The 3D motion above the floor, seen from an azimuth without perspective: lengths can be compared."""

    def __init__(self, axes: Axes, scene: _Scene, azimuth: float) -> None:
        self.scene = scene
        self.turn = rotation(0, np.radians(-_ELEVATION)) @ rotation(1, np.radians(azimuth))
        _bare(axes, *_WINDOW, "white")
        width = 72 * axes.bbox.width / axes.figure.dpi  # in points
        self.points_per_metre = width / (_WINDOW[0][1] - _WINDOW[0][0])
        self.floor = PolyCollection([], facecolors=_FLOOR, zorder=1)
        self.grid = LineCollection([], colors=_GRID_LINE, linewidths=1.0, zorder=2)
        self.path = LineCollection([], colors=_PATH, linewidths=1.3, zorder=3)
        self.shadow = LineCollection([], colors=_SHADOW, linewidths=0.06 * self.points_per_metre, zorder=4)
        self.trunk = PolyCollection([], facecolors=_TRUNK, zorder=5)
        self.body = LineCollection([], zorder=6)
        self.doubt = LineCollection([], colors=_JOINT, linewidths=1.1, zorder=7)
        self.shadow.set_capstyle("round")
        self.body.set_capstyle("round")
        for collection in (self.floor, self.grid, self.path, self.shadow, self.trunk, self.body, self.doubt):
            axes.add_collection(collection)

    def show(self, t: int) -> None:
        scene = self.scene
        pose, centre = scene.upright[t], np.array([scene.follow[t, 0], 0.0, scene.follow[t, 1]])
        self._show_body(pose - centre)
        self.doubt.set_segments(list(self._seen(scene.doubt[t] - centre)))
        self.trunk.set_verts([self._seen(pose[scene.trunk] - centre)])
        self.shadow.set_segments(list(self._seen(scene.lines(pose * [1, 0, 1]) - centre)))
        corners = _FLOOR_REACH * np.array([[-1, 0, -1], [1, 0, -1], [1, 0, 1], [-1, 0, 1]])
        self.floor.set_verts([self._seen(corners)])
        self.grid.set_segments(list(self._seen(_grid(centre))))
        trail = scene.root[max(0, t - round(_TRAIL * scene.fps)) : t + 1] - centre[[0, 2]]
        trail = trail[np.abs(trail).max(axis=1) < _FLOOR_REACH]
        self.path.set_segments([self._seen(np.insert(trail, 1, 0, axis=1))])

    def _show_body(self, pose: Array) -> None:
        """Draw what is far first, everything with a halo that sets it off from what is behind it."""
        lines, edges = self.scene.lines(pose), self.scene.edges
        colours, thickness = [edge.colour for edge in edges], [edge.thickness for edge in edges]
        if self.scene.head is not None:  # an oval: a short line with round ends
            top = np.array([0, 0.5 * (_HEAD_HEIGHT - _HEAD_WIDTH), 0])
            lines = np.concatenate([lines, [self.scene.head @ pose + [top, -top]]])
            colours, thickness = [*colours, _HEAD], [*thickness, _HEAD_WIDTH]
        depth = (lines @ self.turn.T)[..., 2].mean(axis=1)
        if self.scene.head is not None:
            depth[-1] -= _HEAD_FORWARD
        order = np.argsort(-depth)
        self.body.set_segments(list(self._seen(lines[np.repeat(order, 2)])))
        self.body.set_color([colour for i in order for colour in ("white", colours[i])])
        self.body.set_linewidth([self.points_per_metre * (thickness[i] + halo) for i in order for halo in (_HALO, 0)])

    def _seen(self, points: Array) -> Array:
        """Return where points (..., 3), m, are in the panel: (..., 2), across and up."""
        return np.asarray((points @ self.turn.T)[..., :2])


def _grid(centre: Array) -> Array:
    """Return lines on the floor (N, 2, 3), relative to `centre`; they lie still while the panel moves over them."""
    lines = []
    for axis in (0, 2):
        for at in np.arange(np.ceil((centre[axis] - _FLOOR_REACH) / _GRID) * _GRID, centre[axis] + _FLOOR_REACH, _GRID):
            ends = np.zeros((2, 3))
            ends[:, axis] = at - centre[axis]
            ends[:, 2 - axis] = -_FLOOR_REACH, _FLOOR_REACH
            lines.append(ends)
    return np.array(lines)


def _bare(axes: Axes, across: tuple[float, float], up: tuple[float, float], background: str) -> None:
    """Set the limits of a drawing, and leave out ticks."""
    axes.set_xlim(*across)
    axes.set_ylim(*up)
    axes.set_aspect("equal", adjustable="box")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_facecolor(background)
    for spine in axes.spines.values():
        spine.set_color(_FRAME)


def _legend(figure: Any, scene: _Scene, anchor: tuple[float, float], location: str) -> None:
    handles = [
        Line2D([], [], color=LEFT, lw=3, label="left"),
        Line2D([], [], color=RIGHT, lw=3, label="right"),
    ]
    if scene.has_input:
        handles += [Line2D([], [], color=_INK, lw=1, label="3D, reprojected")]
    handles += [Line2D([], [], color=_PATH, lw=1.2, label="path on the floor (squares: 0.5 m)")]
    if scene.doubt.size:
        handles += [Line2D([], [], color=_JOINT, lw=1.1, label="within one standard deviation")]
    figure.legend(
        handles=handles,
        loc=location,
        bbox_to_anchor=anchor,
        ncols=len(handles),
        fontsize=8.5,
        frameon=False,
        handlelength=1.6,
        borderpad=0,
    )


def _caption(figure: Any, scene: _Scene, size: tuple[float, float]) -> None:
    figure.text(0.45 / size[0], 1 - 0.3 / size[1], "dancelift", fontsize=15, weight="bold", va="center", color=_INK)
    figure.text(1.6 / size[0], 1 - 0.3 / size[1], scene.title, fontsize=10.5, va="center", color=MIDDLE)
    _legend(figure, scene, (0.45 / size[0], 0.12 / size[1]), "lower left")
