"""Movements while the dancer dances: what takes place in every frame that is lifted live.

The features of a frame look ahead further than a live lift may wait (`kinematics.look_ahead`); they see what is known
of the frames ahead, some of it provisionally, and take the dancer to hold still after that.
"""

# ruff: noqa: E402

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dancelift.errors import require

require("recognize", "recognising movements live", "torch", "safetensors")

import numpy as np
from numpy.typing import ArrayLike

from dancelift.arraytypes import Array, Floats
from dancelift.body.skeleton import as_coco17
from dancelift.errors import InputError
from dancelift.geometry import turn_up
from dancelift.lifting.stream import LiftedFrame, LiftStream
from dancelift.movements.features import Scale3D, features_3d
from dancelift.movements.kinematics import look_ahead
from dancelift.movements.model import MovementModel, MovementStream

_MEASURED = 5.0  # s of the dance before a frame, from which the dancer's size and the floor are measured
_LEAST_MEASURED = 0.5  # s, before which nothing is said


@dataclass(frozen=True, eq=False)
class RecognizedFrame:
    """One frame of a dance as it is recognised live.

    Attributes:
        lifted: the frame in 3D.
        movements: (M,) probabilities, in the taxonomy's order; None while nobody is seen, and in the first moments.
    """

    lifted: LiftedFrame
    movements: Floats | None


class RecognitionStream:
    """Lifts a dance frame by frame and predicts its movements.

    Args:
        lift: that lifts it; nothing has been pushed to it.
        model: of movements from 3D, that keeps up with the frames.

    Raises:
        InputError: the model reads 2D keypoints.
    """

    def __init__(self, lift: LiftStream, model: MovementModel) -> None:
        if model.input != "3d":
            raise InputError(f"movement model of {model.input} input, expected one of 3d")
        self._lift, self._model = lift, model
        self._reach = look_ahead(lift.fps)
        self._longest = max(self._reach, round(_MEASURED * lift.fps))
        self._past = np.empty((0, len(lift.skeleton), 3))  # of the frames that were given, camera frame
        self._stream: MovementStream | None = None
        self._waiting: list[LiftedFrame] = []  # whose movements the model has not given yet

    def push(self, keypoints2d: ArrayLike | None, time: float | None = None) -> list[RecognizedFrame]:
        """Add the next frame, see `LiftStream.push`; returns the frames that can be given now."""
        return self._recognize(self._lift.push(keypoints2d, time))

    def finish(self) -> list[RecognizedFrame]:
        """End the dance: the frames that have not been given yet."""
        given = self._recognize(self._lift.finish())
        return [*given, *self._end()]

    def _recognize(self, frames: Sequence[LiftedFrame]) -> list[RecognizedFrame]:
        given: list[RecognizedFrame] = []
        start = 0
        while start < len(frames):  # those that were solved together, the last of which looks ahead the least
            end = start + 1
            while end < len(frames) and len(frames[end].ahead) == len(frames[end - 1].ahead) - 1:
                end += 1
            given += self._recognize_step(frames[start:end])
            start = end
        return given

    def _recognize_step(self, frames: Sequence[LiftedFrame]) -> list[RecognizedFrame]:
        poses = np.stack([frame.poses3d for frame in frames])
        if not np.isfinite(poses).all():
            given = [*self._end(), *(RecognizedFrame(frame, None) for frame in frames)]
            self._past = self._past[:0]
            return given
        n_past = len(self._past)
        whole = np.concatenate([self._past, poses, frames[-1].ahead])
        self._past = whole[: n_past + len(frames)][-self._longest :]
        if len(self._past) < _LEAST_MEASURED * self._lift.fps:
            return [RecognizedFrame(frame, None) for frame in frames]
        upright = as_coco17(whole @ turn_up(frames[-1].up).T, self._lift.skeleton)
        if self._stream is None:
            self._stream = MovementStream(self._model, self._lift.fps)
        given = []
        for frame, features in zip(frames, self._features(upright, n_past, len(frames)), strict=True):
            self._waiting.append(frame)
            found = self._stream.push(features)
            if found is not None:
                given.append(RecognizedFrame(self._waiting.pop(0), found))
        return given

    def _features(self, upright: Array, n_past: int, n_frames: int) -> Floats:
        """(n_frames, P, F) of the frames after the past ones."""
        begin = max(0, n_past - 2 * self._reach)
        scale = Scale3D.measure(upright[: n_past + n_frames])
        found = features_3d(upright[begin:], self._lift.fps, self._model.taxonomy, scale)
        return found[n_past - begin : n_past - begin + n_frames]

    def _end(self) -> list[RecognizedFrame]:
        """The frames that the model has not given the movements of, at the end of a dance."""
        if self._stream is None:
            return []
        given = [RecognizedFrame(frame, found) for frame, found in zip(self._waiting, self._stream.finish())]  # noqa: B905
        self._stream, self._waiting = None, []
        return given
