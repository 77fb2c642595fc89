"""A lift in Rerun's viewer, on a timeline: 2D over the video, 3D with camera and floor, movements, dance and doubt.

Needs rerun-sdk, the extra `viewer`; with a video also PyAV and Pillow, of the extra `video`. The world of the viewer
is right-handed: x to the camera's right, y up from the floor, z towards the camera, m.
"""

# ruff: noqa: E402

from __future__ import annotations

import io
import os
import sys
from functools import partial
from pathlib import Path
from typing import Any

from dancelift.errors import InputError, require

require("viewer", "the viewer", "rerun")

import numpy as np
import rerun as rr
import rerun.blueprint as rrb

from dancelift.arraytypes import Array
from dancelift.body.sketch import LEFT, MIDDLE, RIGHT
from dancelift.files import write
from dancelift.lifting.result import LiftResult
from dancelift.recognition.result import Recognition
from dancelift.show.scene import FLOOR_REACH, JOINT, PATH, Scene, grid, turn_upright
from dancelift.video.decoding import Video

_TIMELINE = "time"
_IMAGE, _BODY = "world/camera/image", "world/dancer"
_SIDES = {"left": LEFT, "right": RIGHT, "middle": MIDDLE}
_LARGEST_IMAGE = 640  # px, of the longer side: the pictures are kept one by one, and play everywhere
_QUALITY = 80  # of JPEG
_THICKNESS, _THIN = 0.012, 0.004  # m, radii of lines
_GHOST = 70  # of 255, opacity of a seed
_TOWARDS = np.array([1.0, 1.0, -1.0])  # from a scene's z away from the camera to the viewer's towards it


def show(
    result: LiftResult,
    path: Path | None = None,
    *,
    video: Path | None = None,
    keypoints2d: Array | None = None,
    recognition: Recognition | None = None,
    seeds: bool = False,
) -> None:
    """Open the viewer, or write a recording for it.

    Args:
        result: of lifting.
        path: of the recording (.rrd) to write instead of opening the viewer.
        video: that was lifted; None: 2D is shown on a blank picture.
        keypoints2d: (T, J, 2 | 3), px, what was lifted; None: only the reprojection is shown.
        recognition: whose movements and dance are shown; None: neither.
        seeds: whether all seeds are shown, as ghosts, which the result must have been kept with.

    Raises:
        InputError: the keypoints are not those of the result, the seeds were not kept, there is no screen, or the
            video cannot be read.
    """
    if seeds and result.seed_poses3d is None:
        raise InputError("the result has no other seeds, expected one that was lifted with keep_seeds (--keep-seeds)")
    recording = rr.RecordingStream("dancelift")
    blueprint = _blueprint(recognition)
    if path is None:
        if sys.platform.startswith("linux") and not {"DISPLAY", "WAYLAND_DISPLAY"} & {*os.environ}:
            raise InputError("there is no screen to open the viewer on; expected a file to write to, -o OUT.rrd")
        recording.spawn(default_blueprint=blueprint)
        _Log(recording, result, keypoints2d).everything(video, recognition, seeds)
        return

    stream = rr.binary_stream(recording)
    recording.send_blueprint(blueprint)
    _Log(recording, result, keypoints2d).everything(video, recognition, seeds)
    packed = stream.read()
    if packed is None:
        raise OSError(f"{path}: the recording could not be packed")
    write(path, lambda to: to.write_bytes(packed))  # Rerun itself goes on silently where a disk is full


class _Log:
    """Logs one result to a recording."""

    def __init__(self, recording: rr.RecordingStream, result: LiftResult, keypoints2d: Array | None) -> None:
        self._to, self._result = recording, result
        self._scene = Scene.of(result, keypoints2d)
        self._times = rr.TimeColumn(_TIMELINE, duration=result.times)
        seen = np.ptp(result.keypoints2d.reshape(-1, 2), axis=0)
        self._size = result.image_size or tuple(int(2 * n) for n in seen)
        self._shrunk = min(1.0, _LARGEST_IMAGE / max(self._size))

    def everything(self, video: Path | None, recognition: Recognition | None, seeds: bool) -> None:
        self._camera()
        if video is not None:
            self._pictures(Video.open(video))
        self._body_2d()
        self._world()
        self._body_3d()
        if seeds:
            self._seeds()
        if recognition is not None:
            self._recognition(recognition)

    def _camera(self) -> None:
        result = self._result
        turn = turn_upright(result.camera.up)
        floor = result.floor_under(result.poses3d @ turn)
        self._to.log("world", rr.ViewCoordinates.RIGHT_HAND_Y_UP, static=True)
        self._to.log(
            "world/camera",
            rr.Transform3D(translation=[0.0, -floor, 0.0], mat3x3=np.diag(_TOWARDS) @ turn.T),
            static=True,
        )
        matrix = result.camera.matrix.copy()
        matrix[:2] *= self._shrunk
        width, height = (self._shrunk * n for n in self._size)
        pinhole = rr.Pinhole(
            image_from_camera=matrix, width=width, height=height, camera_xyz=rr.ViewCoordinates.RDF,
            image_plane_distance=0.5,
        )  # fmt: skip
        self._to.log(_IMAGE, pinhole, static=True)

    def _pictures(self, video: Video) -> None:
        """The frames of the video that were lifted, each by itself."""
        from PIL import Image

        numbers = self._result.frame_numbers
        rows = {int(number): t for t, number in reversed(list(enumerate(numbers)))}
        width, height = (max(1, round(self._shrunk * n)) for n in video.image_size)
        for frame in video.frames(start=max(0.0, float(self._result.times[0]) - 1.0)):
            t = rows.get(frame.number)
            if t is not None:
                packed = io.BytesIO()
                Image.fromarray(frame.image).resize((width, height)).save(packed, "JPEG", quality=_QUALITY)
                self._to.set_time(_TIMELINE, duration=float(self._result.times[t]))
                self._to.log(f"{_IMAGE}/video", rr.EncodedImage(contents=packed.getvalue(), media_type="image/jpeg"))
            if frame.number >= numbers[-1]:
                return

    def _body_2d(self) -> None:
        scene = self._scene
        points = [("reprojected", scene.reprojected)] + [("keypoints", scene.observed)] * scene.has_input
        for name, places in points:
            lines = np.stack([scene.lines(frame) for frame in places * self._shrunk])
            self._sides(f"{_IMAGE}/{name}", lines, rr.LineStrips2D, 1.0 if name == "reprojected" else 2.0)

    def _world(self) -> None:
        scene = self._scene
        floor = rr.LineStrips3D(self._grid().astype(np.float32), colors=_rgb(JOINT), radii=_THIN / 2)
        self._to.log("world/floor", floor, static=True)
        path = (np.insert(scene.root, 1, 0.0, axis=1) * _TOWARDS).astype(np.float32)
        self._to.log("world/path", rr.LineStrips3D([path], colors=_rgb(PATH), radii=_THIN), static=True)

    def _grid(self) -> Array:
        """The squares of the floor wherever the dancer gets."""
        root = self._scene.root
        corners = np.array([[x, z] for x in np.arange(*_reach(root[:, 0])) for z in np.arange(*_reach(root[:, 1]))])
        lines = [grid(np.array([x, 0.0, z])) + [x, 0.0, z] for x, z in corners]
        return np.asarray(np.concatenate(lines) * _TOWARDS)

    def _body_3d(self) -> None:
        scene = self._scene
        lines = np.stack([scene.lines(pose) for pose in scene.upright])
        self._sides(_BODY, lines * _TOWARDS, rr.LineStrips3D, _THICKNESS)
        if scene.doubt.size:
            self._lines(f"{_BODY}/deviation", scene.doubt * _TOWARDS, rr.LineStrips3D, JOINT, _THIN)

    def _seeds(self) -> None:
        result, scene = self._result, self._scene
        assert result.seed_poses3d is not None
        turn = turn_upright(result.camera.up)
        floor = result.floor_under(result.poses3d @ turn)
        for k, poses in enumerate(result.seed_poses3d):
            lines = np.stack([scene.lines(pose) for pose in poses @ turn - [0.0, floor, 0.0]])
            colour = [int(JOINT[i : i + 2], 16) for i in (1, 3, 5)] + [_GHOST]
            self._lines(f"world/seeds/{k + 1}", lines * _TOWARDS, rr.LineStrips3D, colour, _THIN)
            self._to.log(f"world/seeds/{k + 1}/label", rr.TextDocument(result.seed_labels[k]), static=True)

    def _recognition(self, recognition: Recognition) -> None:
        taxonomy, active = recognition.taxonomy, recognition.active
        for part in taxonomy.parts:
            for m in taxonomy.of_part(part.name):
                if active[:, m].any():
                    place = "/".join(name.replace(" ", "_") for name in (part.name, taxonomy.names[m]))
                    values = rr.Scalars.columns(scalars=recognition.movements[:, m].astype(float))
                    self._to.send_columns(f"movements/{place}", indexes=[self._times], columns=values)
        middles = rr.TimeColumn(_TIMELINE, duration=recognition.window_times.mean(axis=1) + self._result.times[0])
        for genre, shares in zip(recognition.genre_probabilities, recognition.window_probabilities.T, strict=True):
            values = rr.Scalars.columns(scalars=shares.astype(float))
            self._to.send_columns(f"dance/{genre}", indexes=[middles], columns=values)
        ranked = sorted(recognition.genre_probabilities.items(), key=lambda item: -item[1])
        shown = "\n".join(f"- {genre} {share:.0%}" for genre, share in ranked)
        reasons = "\n".join(f"- **{reason.movement}**: {reason.text}" for reason in recognition.reasons)
        text = f"# {recognition.genre or recognition.no_genre}\n\n{shown}\n\n{reasons}"
        self._to.log("summary", rr.TextDocument(text, media_type=rr.MediaType.MARKDOWN), static=True)
        names = np.array(taxonomy.names)
        texts = ["\n".join(f"- {name}" for name in names[now]) or "-" for now in active]
        columns = rr.TextDocument.columns(text=texts, media_type=["text/markdown"] * len(texts))
        self._to.send_columns("now", indexes=[self._times], columns=columns)

    def _sides(self, place: str, lines: Array, archetype: Any, radius: float) -> None:
        """Lines (T, E, 2, 2 | 3) of each side by themselves; the right ones are thinner and have dots at their ends."""
        edges = self._scene.edges
        for side, colour in _SIDES.items():
            own = lines[:, [i for i, edge in enumerate(edges) if edge.colour == colour]]
            is_right = side == "right"
            self._lines(f"{place}/{side}", own, archetype, colour, radius * (0.6 if is_right else 1.0))
            if is_right:
                dots = rr.Points2D if lines.shape[-1] == 2 else rr.Points3D
                counts = own.shape[1] * 2
                flat = np.nan_to_num(own.reshape(-1, own.shape[-1]))
                columns = dots.columns(positions=flat, radii=[radius * 1.6] * len(flat)).partition([counts] * len(own))
                colours = dots.columns(colors=[_rgb(colour)] * len(own))
                self._to.send_columns(f"{place}/{side}/joints", indexes=[self._times], columns=[*columns, *colours])

    def _lines(self, place: str, lines: Array, archetype: Any, colour: Any, radius: float) -> None:
        """Log lines (T, E, 2, 2 | 3), without those of which an end is not known."""
        known = np.isfinite(lines).all(axis=(2, 3))
        lengths = known.sum(axis=1)
        columns = archetype.columns(strips=list(lines[known])).partition(lengths)
        looks = archetype.columns(colors=[_rgb(colour)] * len(lines), radii=[radius] * len(lines))
        self._to.send_columns(place, indexes=[self._times], columns=[*columns, *looks])


def _rgb(colour: Any) -> Any:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)] if isinstance(colour, str) else colour


def _reach(places: Array) -> tuple[float, float, float]:
    step = 2 * FLOOR_REACH
    return float(places.min()), float(places.max()) + step, step


def _blueprint(recognition: Recognition | None) -> rrb.Blueprint:
    views: list[Any] = [
        rrb.Horizontal(rrb.Spatial2DView(origin=_IMAGE, name="2D"), rrb.Spatial3DView(origin="world", name="3D"))
    ]
    if recognition is not None:
        series = rrb.Vertical(
            rrb.TimeSeriesView(origin="dance", name="dance"),
            rrb.TimeSeriesView(origin="movements", name="movements"),
        )
        texts = rrb.Tabs(
            rrb.TextDocumentView(origin="now", name="movements now"), rrb.TextDocumentView(origin="summary", name="why")
        )
        views.append(rrb.Horizontal(series, texts, column_shares=[3, 1]))
    vertical = partial(rrb.Vertical, row_shares=[2, 1][: len(views)])
    return rrb.Blueprint(vertical(*views), collapse_panels=True)
