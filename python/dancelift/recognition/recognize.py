"""From keypoints to a recognised dance: lift, movements, genre, and why (Hu & Ahuja 2021, sec. 2)."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from dancelift.arraytypes import Array, Flags, Floats
from dancelift.body.clip import Clip
from dancelift.body.motion import Motion
from dancelift.body.skeleton import Skeleton, as_coco17
from dancelift.camera import Camera
from dancelift.errors import InputError, require
from dancelift.genres.dancing import why_no_dance
from dancelift.lifting.lift import lift_clip
from dancelift.lifting.options import LiftOptions
from dancelift.lifting.result import LiftResult
from dancelift.lifting.solve import Progress
from dancelift.movements.labeller import label_movements
from dancelift.movements.labels import MIN_FRAMES
from dancelift.recognition.result import Reason, Recognition

if TYPE_CHECKING:
    from dancelift.genres.model import GenreModel, GenrePrediction
    from dancelift.movements.model import MovementModel

_Frames = TypeVar("_Frames", Floats, Flags)

_PIECE, _AROUND = 4000, 500  # frames of a long motion that are looked at at once, and before and after, seen with them

N_SEEDS = 4
"""Default of the lift: more seeds hardly change what is recognised."""


def recognize(
    keypoints2d: ArrayLike,
    *,
    skeleton: str | Skeleton = "coco17",
    fps: float = 30.0,
    image_size: tuple[int, int] | None = None,
    camera: Camera | ArrayLike | None = None,
    movement_model: MovementModel | str | os.PathLike[str] | None = None,
    genre_model: GenreModel | str | os.PathLike[str] | None = None,
    explain: bool = True,
    name: str = "dance",
    progress: Progress | None = None,
    **lift_options: Any,
) -> Recognition:
    """Lift a dancer's 2D keypoints, predict what every body part does and which dance it is, and explain why.

    Args:
        keypoints2d: (T, J, 2) or (T, J, 3) as for `dancelift.lift`.
        skeleton: of the keypoints.
        fps: frames per second.
        image_size: (width, height), px.
        camera: a Camera, a 3x3 K in px, or None: estimated.
        movement_model: or the file of one; None: the one that ships.
        genre_model: or the file of one; None: the one that ships.
        explain: whether to give the reasons for the genre; takes a second or so.
        name: of the clip.
        progress: called with the number of seeds lifted and of all seeds.
        lift_options: those of `dancelift.lift` that are not listed here; n_seeds is 4 unless given.

    Returns:
        The lift, the movements, the genre's probabilities, over time too, and the reasons.

    Raises:
        InputError: an argument cannot be used; the message names its value and what was expected.
        MissingExtraError: torch or safetensors, or for the reasons captum, is not installed.
    """
    _require_networks(explain)
    movement_model, genre_model = _load_models(movement_model, genre_model)
    options = LiftOptions(**{"n_seeds": N_SEEDS, **lift_options})
    clip = Clip.of(keypoints2d, skeleton=skeleton, fps=fps, image_size=image_size, camera=camera)
    lift_result = lift_clip(clip, options, progress)
    return _recognize(lift_result, clip.keypoints2d, None, movement_model, genre_model, explain, name)


def recognize_lift(
    lift_result: LiftResult,
    *,
    keypoints2d: Clip | ArrayLike | None = None,
    movements: ArrayLike | None = None,
    movement_model: MovementModel | str | os.PathLike[str] | None = None,
    genre_model: GenreModel | str | os.PathLike[str] | None = None,
    explain: bool = True,
    name: str = "dance",
) -> Recognition:
    """Predict what every body part does in a lifted motion and which dance it is, and explain why.

    Args:
        lift_result: of T frames and J joints.
        keypoints2d: (T, J, 2 or 3) that were lifted, or their Clip; None: those that the lift keeps, or where it keeps
            none, the reprojection.
        movements: (T, 154) probabilities that replace the movement model's, in the taxonomy's order.
        movement_model: or the file of one; None: the one that ships.
        genre_model: or the file of one; None: the one that ships.
        explain: whether to give the reasons for the genre; takes a second or so.
        name: of the clip.

    Raises:
        InputError: an argument cannot be used; the message names its value and what was expected.
        MissingExtraError: torch or safetensors, or for the reasons captum, is not installed.
    """
    _require_networks(explain)
    keypoints = _keypoints_of(lift_result, keypoints2d)
    return _recognize(lift_result, keypoints, movements, *_load_models(movement_model, genre_model), explain, name)


def _recognize(
    lift_result: LiftResult,
    keypoints: Array,
    movements: ArrayLike | None,
    movement_model: MovementModel,
    genre_model: GenreModel,
    explain: bool,
    name: str,
) -> Recognition:
    from dancelift.genres.features import Dance

    n_frames = len(lift_result.poses3d)
    if n_frames < MIN_FRAMES:
        raise InputError(f"{n_frames} frame, expected at least {MIN_FRAMES}: movements take time")
    motion, seen = lift_result.motion(name), lift_result.motion(name, seen_only=True)
    if movements is None:
        of_definitions = genre_model.movement_vectors == "definitions"
        probabilities, vectors = _movements(movement_model, motion, seen, keypoints, of_definitions)
    else:
        probabilities = vectors = np.asarray(movements, np.float32)
        expected = (n_frames, len(movement_model.taxonomy))
        if probabilities.shape != expected:
            raise InputError(f"movements is of shape {probabilities.shape}, expected {expected}")
    no_dance, poses3d = why_no_dance(seen), motion.as_coco17()
    del motion, seen  # of a long dance they are large
    dance = Dance(lift_result.fps, vectors, poses3d, as_coco17(keypoints, lift_result.skeleton))
    prediction = genre_model.predict(dance)
    no_genre = no_dance or _why_unknown(prediction, genre_model)
    reasons: tuple[Reason, ...] = ()
    if explain and not no_genre:
        from dancelift.recognition import explanation

        reasons = explanation.explain(genre_model, dance, vectors > 0.5)
    return Recognition(
        lift=lift_result,
        keypoints2d=keypoints,
        movements=probabilities,
        thresholds=movement_model.thresholds,
        taxonomy=movement_model.taxonomy,
        genre_probabilities=dict(zip(genre_model.genres, prediction.clip.tolist(), strict=True)),
        window_times=prediction.times,
        window_probabilities=prediction.windows,
        reasons=reasons,
        name=name,
        no_genre=no_genre,
        novelty=prediction.novelty,
    )


def _movements(
    model: MovementModel, motion: Motion, seen: Motion, keypoints: Array, of_definitions: bool
) -> tuple[Floats, Floats]:
    """Probabilities (T, M) of movements, 0 where joints were not seen for long, and those that a genre model reads."""
    from dancelift.genres.features import label_probabilities

    def predicted(frames: slice) -> Floats:
        if model.input == "2d":
            joints = as_coco17(keypoints[frames], motion.skeleton)
        else:
            joints = _cut(motion, frames).as_coco17()
        return model.probabilities(model.features(joints, motion.fps), motion.fps)

    def defined(frames: slice) -> Floats:
        return label_probabilities(label_movements(_cut(motion, frames), model.taxonomy))

    n_frames = len(motion.poses3d)
    probabilities = _in_pieces(predicted, n_frames)
    vectors = _in_pieces(defined, n_frames) if of_definitions else probabilities.copy()
    known = _in_pieces(lambda frames: label_movements(_cut(seen, frames), model.taxonomy).known, n_frames)
    probabilities[~known] = 0
    return probabilities, vectors


def _in_pieces(of: Callable[[slice], _Frames], n_frames: int) -> _Frames:
    """What a function finds for each frame, (T, ...), of a long motion a piece at a time, in memory for that alone."""
    if n_frames <= _PIECE + _AROUND:
        return of(slice(0, n_frames))
    found = []
    for start in range(0, n_frames, _PIECE):
        stop = min(start + _PIECE, n_frames)
        frames = slice(max(0, start - _AROUND), min(stop + _AROUND, n_frames))
        found.append(of(frames)[start - frames.start : stop - frames.start].copy())
    return np.concatenate(found)


def _cut(motion: Motion, frames: slice) -> Motion:
    return replace(motion, poses3d=motion.poses3d[frames])


def _why_unknown(prediction: GenrePrediction, model: GenreModel) -> str:
    """Return why a dance is none that a model knows, for a person to read; empty where it may be one."""
    if not prediction.novelty > 1:
        return ""
    nearest = model.genres[int(prediction.clip.argmax())]
    return f"{prediction.novelty:.1f} times as far from them as one of them may be; {nearest} comes nearest"


def recognize_by_definitions(
    lift_result: LiftResult, *, keypoints2d: Array | None = None, name: str = "dance"
) -> Recognition:
    """Find the movements of a lifted motion by their definitions, without a network; no genre is recognised.

    Args:
        lift_result: of T frames and J joints.
        keypoints2d: (T, J, 3), px and score, that were lifted; None: those that the lift keeps, if it does.
        name: of the clip.
    """
    labels = label_movements(lift_result.motion(name, seen_only=True))
    n_frames, n_joints = lift_result.poses3d.shape[:2]
    if keypoints2d is None:
        keypoints2d = lift_result.observed2d
    return Recognition(
        lift=lift_result,
        keypoints2d=np.zeros((n_frames, n_joints, 3)) if keypoints2d is None else keypoints2d,
        movements=labels.active.astype(np.float32),
        thresholds=np.full(len(labels.taxonomy), 0.5, np.float32),
        taxonomy=labels.taxonomy,
        genre_probabilities={},
        window_times=np.empty((0, 2)),
        window_probabilities=np.empty((0, 0)),
        reasons=(),
        name=name,
    )


def _require_networks(explain: bool) -> None:
    require("recognize", "recognition", "torch", "safetensors")
    if explain:
        require("recognize", "explaining a recognition (explain=True)", "captum")


def _load_models(
    movement_model: MovementModel | str | os.PathLike[str] | None,
    genre_model: GenreModel | str | os.PathLike[str] | None,
) -> tuple[MovementModel, GenreModel]:
    from dancelift.genres.model import GenreModel, load_genre_model
    from dancelift.movements.model import MovementModel, load_movement_model

    if not isinstance(movement_model, MovementModel):
        movement_model = load_movement_model(movement_model or "3d")
    if not isinstance(genre_model, GenreModel):
        genre_model = load_genre_model(genre_model)
    return movement_model, genre_model


def _keypoints_of(lift_result: LiftResult, keypoints2d: Clip | ArrayLike | None) -> Array:
    """(T, J, 3) keypoints of a lift: those that were lifted, or where they are not known its reprojection."""
    if isinstance(keypoints2d, Clip):
        return keypoints2d.keypoints2d
    if keypoints2d is None and lift_result.observed2d is not None:
        return lift_result.observed2d
    if keypoints2d is None:
        score = np.ones((*lift_result.keypoints2d.shape[:2], 1))
        return np.concatenate([lift_result.keypoints2d, score], axis=2)
    found = Clip.of(
        keypoints2d, skeleton=lift_result.skeleton, image_size=lift_result.image_size, camera=lift_result.camera
    ).keypoints2d
    if len(found) != len(lift_result.poses3d):
        raise InputError(f"keypoints2d has {len(found)} frames, expected {len(lift_result.poses3d)} as the lift")
    return found
