"""Pictures of a lift: the 2D keypoints that went in, and the 3D motion that came out from two sides.

Needs matplotlib and Pillow, the extra `view`.
"""

# ruff: noqa: E402

from __future__ import annotations

import json
import os
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
from dancelift.body.sketch import LEFT, MIDDLE, RIGHT
from dancelift.lifting.result import LiftResult
from dancelift.provenance import made_of
from dancelift.show.scene import (
    COLOURS,
    CORE,
    CORE_SHARE,
    FLOOR,
    FLOOR_REACH,
    FRAME,
    FRONT,
    GRID_LINE,
    HALO,
    IMAGE,
    INK,
    JOINT,
            PATH,
        SHADOW,
    SIDE,
    TRUNK,
    WINDOW,
    Scene,
    grid,
    side_view,
)  # fmt: skip

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
    scene = Scene.of(result, keypoints2d)
    frames = np.linspace(0, scene.n_frames - 1, min(_PICTURE_FRAMES, scene.n_frames) + 2).round().astype(int)[1:-1]
    frames = np.unique(frames)
    across, up = (high - low for low, high in WINDOW)
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
                panel = _WorldPanel(axes, scene, (FRONT, SIDE)[row - 1])
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
    figure.savefig(path, format="png", metadata={"Comment": json.dumps(made_of(result.provenance))})


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
    scene = Scene.of(result, keypoints2d)
    first = round(start * result.fps)
    if not 0 <= first < scene.n_frames:
        raise InputError(f"start is {start:g} s, expected 0 to {(scene.n_frames - 1) / result.fps:g} s")
    rate = min(_GIF_RATE, result.fps)
    frames = np.arange(first, scene.n_frames, result.fps / rate).round().astype(int)
    frames = frames[frames < scene.n_frames][:_GIF_LONGEST]

    window = scene.all_frames()
    height, top = 3.2, 0.5
    across, up = (high - low for low, high in WINDOW)
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
            _WorldPanel(axes, scene, (FRONT, SIDE)[column - 1]) if column else _ImagePanel(axes, scene, window)
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
    first_image.save(
        path, format="GIF", save_all=True, append_images=others, duration=round(1000 / rate), loop=0,
        comment=json.dumps(made_of(result.provenance)).encode(),
    )  # fmt: skip


def _palette(image: Image.Image) -> Image.Image:
    """Return an image with the palette for ones like `image`, in which thin lines keep their colour too."""
    swatches = np.array([[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in COLOURS], np.uint8)
    rows = np.repeat(np.resize(np.repeat(swatches, 4, axis=0), (1, image.width, 3)), 16, axis=0)
    sample = Image.fromarray(np.concatenate([np.asarray(image), rows]))
    return sample.quantize(_GIF_COLOURS)


class _Panel(Protocol):
    """A drawing in which frame after frame can be shown."""

    def show(self, t: int) -> None: ...


class _ImagePanel(_Panel):
    """What was seen: the input keypoints, and the reprojection of the 3D motion."""

    def __init__(self, axes: Axes, scene: Scene, window: tuple[float, float, float, float]) -> None:
        self.scene = scene
        _bare(axes, window[:2], window[2:], IMAGE)
        self.skeleton = LineCollection(
            [], colors=[edge.colour for edge in scene.edges], linewidths=2.6, capstyle="round", zorder=2
        )
        self.cores = LineCollection(
            [], colors=[CORE if edge.colour == RIGHT else "none" for edge in scene.edges], linewidths=0.9, zorder=2.5
        )
        self.reprojection = LineCollection([], colors=INK, linewidths=0.9, alpha=0.8, zorder=3)
        (self.dots,) = axes.plot([], [], "o", color="white", markeredgecolor=JOINT, markersize=3, zorder=4)
        axes.add_collection(self.skeleton)
        axes.add_collection(self.cores)
        axes.add_collection(self.reprojection)

    def show(self, t: int) -> None:
        scene = self.scene
        observed = scene.observed[t] if scene.has_input else scene.reprojected[t]
        lines = list(scene.lines(observed))
        self.skeleton.set_segments(lines)
        self.cores.set_segments(lines)
        self.dots.set_data(*scene.observed[t].T)
        if scene.has_input:
            self.reprojection.set_segments(list(scene.lines(scene.reprojected[t])))


class _WorldPanel(_Panel):
    """The 3D motion above the floor, seen from an azimuth without perspective: lengths can be compared."""

    def __init__(self, axes: Axes, scene: Scene, azimuth: float) -> None:
        self.scene = scene
        self.turn = side_view(azimuth)
        _bare(axes, *WINDOW, "white")
        width = 72 * axes.bbox.width / axes.figure.dpi  # in points
        self.points_per_metre = width / (WINDOW[0][1] - WINDOW[0][0])
        self.floor = PolyCollection([], facecolors=FLOOR, zorder=1)
        self.grid = LineCollection([], colors=GRID_LINE, linewidths=1.0, zorder=2)
        self.path = LineCollection([], colors=PATH, linewidths=1.3, zorder=3)
        self.shadow = LineCollection([], colors=SHADOW, linewidths=0.06 * self.points_per_metre, zorder=4)
        self.trunk = PolyCollection([], facecolors=TRUNK, zorder=5)
        self.body = LineCollection([], zorder=6)
        self.doubt = LineCollection([], colors=JOINT, linewidths=1.1, zorder=7)
        self.shadow.set_capstyle("round")
        self.body.set_capstyle("round")
        for collection in (self.floor, self.grid, self.path, self.shadow, self.trunk, self.body, self.doubt):
            axes.add_collection(collection)

    def show(self, t: int) -> None:
        scene = self.scene
        pose, centre = scene.upright[t], scene.centre(t)
        self._show_body(pose - centre)
        self.doubt.set_segments(list(self._seen(scene.doubt[t] - centre)))
        self.trunk.set_verts([self._seen(pose[scene.trunk] - centre)])
        self.shadow.set_segments(list(self._seen(scene.lines(pose * [1, 0, 1]) - centre)))
        corners = FLOOR_REACH * np.array([[-1, 0, -1], [1, 0, -1], [1, 0, 1], [-1, 0, 1]])
        self.floor.set_verts([self._seen(corners)])
        self.grid.set_segments(list(self._seen(grid(centre))))
        self.path.set_segments([self._seen(scene.trail(t))])

    def _show_body(self, pose: Array) -> None:
        """Draw what is far first, everything with a halo that sets it off from what is behind it."""
        segments, colours, thickness = [], [], []
        for stroke in self.scene.body(pose, self.turn):
            core = CORE_SHARE * stroke.thickness if stroke.has_core else 0.0
            segments += 3 * [stroke.ends]
            colours += ["white", stroke.colour, CORE]
            thickness += [stroke.thickness + HALO, stroke.thickness, core]
        self.body.set_segments(segments)
        self.body.set_color(colours)
        self.body.set_linewidth([self.points_per_metre * width for width in thickness])

    def _seen(self, points: Array) -> Array:
        """Return where points (..., 3), m, are in the panel: (..., 2), across and up."""
        return np.asarray((points @ self.turn.T)[..., :2])


def _bare(axes: Axes, across: tuple[float, float], up: tuple[float, float], background: str) -> None:
    """Set the limits of a drawing, and leave out ticks."""
    axes.set_xlim(*across)
    axes.set_ylim(*up)
    axes.set_aspect("equal", adjustable="box")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_facecolor(background)
    for spine in axes.spines.values():
        spine.set_color(FRAME)


def _legend(figure: Any, scene: Scene, anchor: tuple[float, float], location: str) -> None:
    handles: list[Any] = [
        Line2D([], [], color=LEFT, lw=3),
        (Line2D([], [], color=RIGHT, lw=3), Line2D([], [], color=CORE, lw=1.1)),
    ]
    if scene.has_input:
        handles += [Line2D([], [], color=INK, lw=1, label="3D, reprojected")]
    handles += [Line2D([], [], color=PATH, lw=1.2, label="path on the floor (squares: 0.5 m)")]
    if scene.doubt.size:
        handles += [Line2D([], [], color=JOINT, lw=1.1, label="within one standard deviation")]
    labels = ["left", "right", *(handle.get_label() for handle in handles[2:])]
    figure.legend(
        handles=handles,
        labels=labels,
        loc=location,
        bbox_to_anchor=anchor,
        ncols=len(handles),
        fontsize=8.5,
        frameon=False,
        handlelength=1.6,
        borderpad=0,
    )


def _caption(figure: Any, scene: Scene, size: tuple[float, float]) -> None:
    figure.text(0.45 / size[0], 1 - 0.3 / size[1], "dancelift", fontsize=15, weight="bold", va="center", color=INK)
    figure.text(1.6 / size[0], 1 - 0.3 / size[1], scene.title, fontsize=10.5, va="center", color=MIDDLE)
    _legend(figure, scene, (0.45 / size[0], 0.12 / size[1]), "lower left")
