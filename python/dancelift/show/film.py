"""A video of a lift: the video that it is of with the dancer's skeleton over it, and the 3D motion from two sides.

Needs PyAV and Pillow, of the extra `video`.
"""

# ruff: noqa: E402

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path

from dancelift.errors import require

require("video", "drawing a video", "av", "PIL")

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from dancelift.arraytypes import Array
from dancelift.body.sketch import LEFT, MIDDLE, RIGHT
from dancelift.lifting.result import LiftResult
from dancelift.provenance import made_of
from dancelift.recognition.result import Recognition
from dancelift.show.scene import (
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
    Stroke,
    grid,
    side_view,
)  # fmt: skip
from dancelift.video.decoding import Video
from dancelift.video.encoding import write_mp4

_HEIGHT = 720  # px, of the panels; the two of 3D stand one above the other
_WIDEST = 1280  # px, of the video's panel
_STRIP = 56  # px, below, for the clock, the legend, and what was recognised
_FINER = 2  # times as large everything is drawn, for smooth edges
_LINE, _THIN_LINE, _DOT = 5.0, 1.6, 2.4  # px
_MOST_MOVEMENTS = 6  # named at a time


def draw_film(
    result: LiftResult,
    path: Path,
    *,
    video: Path | None = None,
    keypoints2d: Array | None = None,
    recognition: Recognition | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> None:
    """Draw a lift, or what was recognised in it, as an MP4.

    Args:
        result: of lifting.
        path: of the MP4; what is written so far stays where drawing fails.
        video: that the keypoints were found in; None: the skeleton is drawn on a blank picture.
        keypoints2d: (T, J, 2 | 3), px, what was lifted; None: only the reprojection is drawn.
        recognition: that names movements and the dance; None: neither is named.
        progress: called with the number of frames drawn and of all frames.

    Raises:
        InputError: the keypoints are not those of the result, or the video cannot be read.
        OSError: the file cannot be written.
    """
    film = _Film(result, keypoints2d, recognition, None if video is None else Video.open(video))

    def images() -> Iterator[NDArray[np.uint8]]:
        for t, image in film.pictures():
            yield film.draw(t, image)
            if progress is not None:
                progress(t + 1, len(result.poses3d))

    write_mp4(path, images(), result.fps, film.size, json.dumps(made_of(result.provenance)))


class _Film:
    """Everything that stays the same from frame to frame."""

    def __init__(
        self, result: LiftResult, keypoints2d: Array | None, recognition: Recognition | None, video: Video | None
    ) -> None:
        self.scene = Scene.of(result, keypoints2d)
        self._result, self._video = result, video
        self._picture = self._panel()
        side = _HEIGHT // 2
        (left, right), (low, high) = WINDOW
        width = math.ceil(side * (right - left) / (high - low))
        self._sides = [
            _Side(self.scene, azimuth, (self._picture.right, row * side, width, side))
            for row, azimuth in enumerate((FRONT, SIDE))
        ]
        across = self._picture.right + width
        self.size = across + across % 2, _HEIGHT + _STRIP  # even, as videos want it
        self._captions = _captions(recognition, len(result.poses3d))
        self._font = ImageFont.load_default(14)
        self._background = self._still()

    def _panel(self) -> _Picture:
        """The part of the picture in which the dancer always is, or all of it under a video."""
        if self._video is not None:
            width, height = self._video.image_size
            return _Picture.of((0.0, float(width), float(height), 0.0))
        return _Picture.of(self.scene.all_frames())

    def pictures(self) -> Iterator[tuple[int, Image.Image | None]]:
        """Each frame with the video's picture of it, as large as its panel; None where there is none."""
        numbers = self._result.frame_numbers
        if self._video is None:
            yield from ((t, None) for t in range(len(numbers)))
            return
        t, image = 0, None
        start = max(0.0, float(self._result.times[0]) - 1.0)
        for frame in self._video.frames(start=start):
            if t < len(numbers) and frame.number < numbers[t]:
                continue
            if t == len(numbers):
                return
            image = Image.fromarray(frame.image).resize(self._picture.size, Image.Resampling.BILINEAR)
            while t < len(numbers) and numbers[t] <= frame.number:
                yield t, image
                t += 1
        yield from ((later, image) for later in range(t, len(numbers)))

    def draw(self, t: int, image: Image.Image | None) -> NDArray[np.uint8]:
        """Draw a frame, (height, width, 3)."""
        whole = self._background.copy()
        whole.paste(self._picture.draw(self.scene, t, image), (0, 0))
        pen = ImageDraw.Draw(whole)
        for side, title in zip(self._sides, ("as the camera sees it", "from the camera's right"), strict=True):
            whole.paste(side.draw(t), side.box[:2])
            pen.text((side.box[0] + 8, side.box[1] + 6), f"3D, {title}", MIDDLE, self._font)
        pen.text((10, _HEIGHT + 8), f"{self._result.times[t]:.2f} s", MIDDLE, self._font)
        if self._captions is not None:
            said = list(self._captions[t])
            while len(said) > 1 and pen.textlength(", ".join(said), self._font) > self.size[0] - 20:
                said.pop()
            pen.text((10, _HEIGHT + 32), ", ".join(said), INK, self._font)
        return np.asarray(whole)

    def _still(self) -> Image.Image:
        whole = Image.new("RGB", self.size, "white")
        pen = ImageDraw.Draw(whole)
        at = 90.0
        shown = [(LEFT, 5, "left"), (RIGHT, 5, "right"), (PATH, 2, "path on the floor, squares of 0.5 m")]
        shown += [(INK, 1, "3D, reprojected")] if self.scene.has_input else []
        shown += [(JOINT, 1, "within one standard deviation")] if self.scene.doubt.size else []
        for colour, width, text in shown:
            y = _HEIGHT + 16
            if at + 34 + pen.textlength(text, self._font) > self.size[0]:
                break
            pen.line((at, y, at + 26, y), colour, width)
            if colour == RIGHT:
                pen.line((at, y, at + 26, y), CORE, 2)
            pen.text((at + 32, _HEIGHT + 8), text, MIDDLE, self._font)
            at += 52 + pen.textlength(text, self._font)
        return whole


class _Picture:
    """The panel of the video, or of the keypoints alone."""

    def __init__(self, window: tuple[float, float, float, float], size: tuple[int, int]) -> None:
        left, right, bottom, top = window
        self.size, self.right = size, size[0]
        self._origin, self._scale = np.array([left, top]), size[1] / (bottom - top)

    @staticmethod
    def of(window: tuple[float, float, float, float]) -> _Picture:
        """A panel for a part of the image, (left, right, bottom, top), px."""
        left, right, bottom, top = window
        scale = min(_HEIGHT / (bottom - top), _WIDEST / (right - left))
        return _Picture(window, (round(scale * (right - left)), round(scale * (bottom - top))))

    def draw(self, scene: Scene, t: int, image: Image.Image | None) -> Image.Image:
        size = (self.size[0] * _FINER, self.size[1] * _FINER)
        canvas = Image.new("RGB", size, IMAGE) if image is None else image.resize(size, Image.Resampling.NEAREST)
        pen = ImageDraw.Draw(canvas)
        observed = scene.observed[t] if scene.has_input else scene.reprojected[t]
        for edge, ends in zip(scene.edges, self._at(scene.lines(observed)), strict=True):
            _line(pen, ends, "white", (_LINE + 2) * _FINER)
            _line(pen, ends, edge.colour, _LINE * _FINER)
            if edge.colour == RIGHT:
                _line(pen, ends, CORE, CORE_SHARE * _LINE * _FINER)
        if scene.has_input:
            for ends in self._at(scene.lines(scene.reprojected[t])):
                _line(pen, ends, INK, _THIN_LINE * _FINER)
            reach = _DOT * _FINER
            for x, y in self._at(scene.observed[t]):
                if np.isfinite(x):
                    pen.ellipse((x - reach, y - reach, x + reach, y + reach), "white", JOINT)
        return canvas.reduce(_FINER)

    def _at(self, points: Array) -> Array:
        return np.asarray((points - self._origin) * (self._scale * _FINER))


class _Side:
    """A panel of the 3D motion from one side, without perspective: lengths can be compared."""

    def __init__(self, scene: Scene, azimuth: float, box: tuple[int, int, int, int]) -> None:
        self.box = box
        self._scene, self._turn = scene, side_view(azimuth)
        (left, _), (low, high) = WINDOW
        self._scale = _FINER * box[3] / (high - low)  # px per m
        self._origin = np.array([left, high])

    def draw(self, t: int) -> Image.Image:
        scene = self._scene
        canvas = Image.new("RGB", (self.box[2] * _FINER, self.box[3] * _FINER), "white")
        pen = ImageDraw.Draw(canvas)
        pose, centre = scene.upright[t], scene.centre(t)
        corners = FLOOR_REACH * np.array([[-1, 0, -1], [1, 0, -1], [1, 0, 1], [-1, 0, 1]])
        pen.polygon(self._flat(corners), FLOOR)
        for ends in grid(centre):
            _line(pen, self._at(ends), GRID_LINE, 1.2 * _FINER)
        path = self._flat(scene.trail(t))
        if len(path) > 2:
            pen.line(path, PATH, 2 * _FINER)
        for ends in scene.lines(pose * [1, 0, 1]) - centre:
            _line(pen, self._at(ends), SHADOW, 0.06 * self._scale)
        if len(scene.trunk) > 2:
            pen.polygon(self._flat(pose[scene.trunk] - centre), TRUNK)
        for stroke in scene.body(pose - centre, self._turn):
            self._stroke(pen, stroke)
        for ends in scene.doubt[t] - centre:
            _line(pen, self._at(ends), JOINT, 1.3 * _FINER)
        pen.rectangle((0, 0, canvas.width - 1, canvas.height - 1), outline=FRAME, width=_FINER)
        return canvas.reduce(_FINER)

    def _stroke(self, pen: ImageDraw.ImageDraw, stroke: Stroke) -> None:
        ends = self._on_panel(stroke.ends)
        _line(pen, ends, "white", (stroke.thickness + HALO) * self._scale)
        _line(pen, ends, stroke.colour, stroke.thickness * self._scale)
        if stroke.has_core:
            _line(pen, ends, CORE, CORE_SHARE * stroke.thickness * self._scale)

    def _at(self, points: Array) -> Array:
        """Return where points (..., 3), m, are on the panel, (..., 2), px."""
        return self._on_panel((points @ self._turn.T)[..., :2])

    def _on_panel(self, points: Array) -> Array:
        return np.asarray((points - self._origin) * [self._scale, -self._scale])

    def _flat(self, points: Array) -> list[float]:
        found: list[float] = self._at(points).ravel().tolist()
        return found


def _line(pen: ImageDraw.ImageDraw, ends: Array, colour: str, width: float) -> None:
    """Draw a line with round ends, (2, 2), px; none where an end is not known."""
    if not np.isfinite(ends).all():
        return
    pen.line(ends.ravel().tolist(), colour, max(1, round(width)))
    reach = width / 2
    if width > 3:
        for x, y in ends.tolist():
            pen.ellipse((x - reach, y - reach, x + reach, y + reach), colour)


def _captions(recognition: Recognition | None, n_frames: int) -> list[list[str]] | None:
    """What is said of each frame: the dance, and the movements that are surest; None where nothing is known."""
    if recognition is None:
        return None
    genre = recognition.genre
    dance = [] if genre is None else [f"{genre} {recognition.genre_probabilities[genre]:.0%}"]
    sureness = np.where(recognition.active, recognition.movements - recognition.thresholds, -1.0)
    names = recognition.taxonomy.names
    captions = []
    for t in range(n_frames):
        surest = np.argsort(-sureness[t], kind="stable")[:_MOST_MOVEMENTS]
        captions.append(dance + [names[m] for m in surest if sureness[t, m] >= 0])
    return captions
