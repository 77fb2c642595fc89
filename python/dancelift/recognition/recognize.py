"""From keypoints to a named dance: lift, movements, genre, and why (Hu & Ahuja 2021, sec. 2)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from dancelift.arraytypes import Array
from dancelift.body.clip import Clip
from dancelift.body.skeleton import Skeleton, as_coco17
from dancelift.errors import DanceliftError, InputError
from dancelift.lifting.lift import lift_clip
from dancelift.lifting.options import LiftOptions
from dancelift.lifting.result import LiftResult
from dancelift.movements.labeller import label_movements
from dancelift.recognition.result import Reason, Recognition

if TYPE_CHECKING:
    from dancelift.genres.model import GenreModel
    from dancelift.movements.model import MovementModel

N_SEEDS = 4
"""Of the lift, unless told otherwise: more of them hardly change what is told."""

_LEAST_FRAMES = 2  # from which movement is told


def recognize(
    keypoints2d: Any,
    skeleton: str | Skeleton = "coco17",
    fps: float = 30.0,
    image_size: tuple[int, int] | None = None,
    *,
    given_keypoints2d: Any = None,
    movements: Any = None,
    movement_model: MovementModel | str | os.PathLike[str] | None = None,
    genre_model: GenreModel | str | os.PathLike[str] | None = None,
    explain: bool = True,
    name: str = "dance",
    **lift_options: Any,
) -> Recognition:
    """Lift a dancer's 2D keypoints, tell what every body part does, name the dance and say why.

    Every stage can be replaced: give a lift instead of keypoints, `movements` that are known, or other weights.

    Args:
        keypoints2d: (T, J, 2) or (T, J, 3) as for `dancelift.lift`; or a LiftResult, which says the rest itself.
        skeleton: of the keypoints.
        fps: frames per second.
        image_size: (width, height), px.
        given_keypoints2d: (T, J, 2 or 3) from which a LiftResult was made; None: its reprojection stands for them.
        movements: (T, 154) probabilities that replace those of the network, in the taxonomy's order.
        movement_model: or the file of its weights; None: the one that ships.
        genre_model: or the file of its weights; None: the one that ships.
        explain: whether to say why; takes a second or so.
        name: of the clip.
        lift_options: of `dancelift.lift`; n_seeds is 4 unless given.

    Returns:
        The lift, the movements, the genre's probabilities, over time too, and the reasons.

    Raises:
        InputError: an argument cannot be used; the message names its value and what was expected.
        DanceliftError: torch or safetensors is missing: pip install dancelift[recognize].
    """
    try:
        from dancelift.genres.features import Dance, certain
        from dancelift.genres.model import GenreModel, load_genre_model
        from dancelift.movements.model import MovementModel, load_model
    except ImportError as error:
        raise DanceliftError(
            f"recognition needs torch and safetensors ({error}): pip install dancelift[recognize]"
        ) from error

    result, keypoints = _lifted(keypoints2d, skeleton, fps, image_size, given_keypoints2d, lift_options)
    n_frames = len(result.poses3d)
    if n_frames < _LEAST_FRAMES:
        raise InputError(f"{n_frames} frame, expected at least {_LEAST_FRAMES}: movements take time")
    telling = movement_model if isinstance(movement_model, MovementModel) else load_model("3d", movement_model)
    motion = result.motion(name)
    if movements is None:
        joints = keypoints if telling.input_kind == "2d" else motion.poses3d
        coco17 = as_coco17(joints, result.skeleton)
        probabilities = telling.probabilities(telling.features(coco17, result.fps), result.fps)
    else:
        probabilities = np.asarray(movements, np.float32)
        if probabilities.shape != (n_frames, len(telling.taxonomy)):
            expected = (n_frames, len(telling.taxonomy))
            raise InputError(f"movements is of shape {probabilities.shape}, expected {expected}")
    naming = genre_model if isinstance(genre_model, GenreModel) else load_genre_model(genre_model)
    # genres are learnt from movements by their definitions, see training.genre_clip
    vectors = certain(label_movements(motion, telling.taxonomy)) if movements is None else probabilities
    dance = Dance(result.fps, vectors, motion.as_coco17(), as_coco17(keypoints, result.skeleton))
    told = naming.probabilities(dance)
    reasons: tuple[Reason, ...] = ()
    if explain:
        from dancelift.recognition import explanation

        reasons = explanation.explain(naming, dance, vectors > 0.5)
    return Recognition(
        lift=result,
        keypoints2d=keypoints,
        movements=probabilities,
        thresholds=telling.thresholds,
        taxonomy=telling.taxonomy,
        genre_probabilities=dict(zip(naming.genres, told.clip.tolist(), strict=True)),
        window_times=told.times,
        window_probabilities=told.windows,
        reasons=reasons,
        name=name,
    )


def by_definitions(lift: LiftResult, name: str, keypoints2d: Array | None = None) -> Recognition:
    """What can be told of a lift without a network: the movements by their definitions, and no genre.

    Args:
        lift: of T frames and J joints.
        name: of the clip.
        keypoints2d: (T, J, 3), px and score, that were lifted; None: they are not known any more.
    """
    labels = label_movements(lift.motion(name))
    n_frames, n_joints = lift.poses3d.shape[:2]
    return Recognition(
        lift=lift,
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


def _lifted(
    keypoints2d: Any,
    skeleton: str | Skeleton,
    fps: float,
    image_size: tuple[int, int] | None,
    given: Any,
    options: dict[str, Any],
) -> tuple[LiftResult, Array]:
    """The lift, and (T, J, 3) the keypoints that it is of."""
    if not isinstance(keypoints2d, LiftResult):
        if given is not None:
            raise InputError("given_keypoints2d beside keypoints2d, expected it beside a LiftResult only")
        camera, progress = options.pop("camera", None), options.pop("progress", None)
        chosen = LiftOptions(**{"n_seeds": N_SEEDS, **options, "sigmas": options.get("sigmas") or {}})
        clip = Clip.of(keypoints2d, skeleton=skeleton, fps=fps, image_size=image_size, camera=camera)
        return lift_clip(clip, chosen, progress), clip.keypoints2d
    if options:
        raise InputError(f"{', '.join(options)} beside a LiftResult, expected none: it is lifted already")
    if given is None:
        score = np.ones((*keypoints2d.keypoints2d.shape[:2], 1))
        return keypoints2d, np.concatenate([keypoints2d.keypoints2d, score], axis=2)
    found = Clip.of(given, skeleton=keypoints2d.skeleton, image_size=keypoints2d.image_size).keypoints2d
    if len(found) != len(keypoints2d.poses3d):
        raise InputError(f"given_keypoints2d has {len(found)} frames, expected {len(keypoints2d.poses3d)} as the lift")
    return keypoints2d, found
