"""MMPose inferencer: `{"meta_info", "instance_info": [{"frame_id", "instances": [...]}]}`, or its list.

meta_info is that of the data set that the model was trained on; its keypoint_id2name or keypoint_name2id names the
joints (mmpose.readthedocs.io, Inference with existing models).
"""

from typing import Any

import numpy as np

from dancelift.body.skeleton import SKELETONS
from dancelift.formats.keypoints.joints import names_of
from dancelift.formats.keypoints.timeline import frame_times, numbers_of
from dancelift.formats.keypoints.tracks import Detection, tracker_id, tracks_of
from dancelift.formats.source import Format, Source, abbreviate
from dancelift.keypoints import Track

_NAMES = ("keypoint_id2name", "keypoint_name2id", "keypoint_names", "keypoints")
_H36M = ("h36m", "human36m", "human3.6m")  # data sets whose 17 joints are no COCO ones


def _frames(source: Source) -> Any:
    return source.json.get("instance_info") if isinstance(source.json, dict) else source.json


def _recognises(source: Source) -> bool:
    frames = _frames(source)
    return isinstance(frames, list) and bool(frames) and isinstance(frames[0], dict) and "instances" in frames[0]


def _read(source: Source) -> list[Track]:
    frames = _frames(source)
    if not isinstance(frames, list):
        raise source.error(f"found {abbreviate(source.json)}; expected a list 'instance_info' of frames")
    for i, frame in enumerate(frames):
        if not isinstance(frame, dict) or not isinstance(frame.get("instances"), list):
            raise source.error(f"frame {i} is {abbreviate(frame)}; expected a dict with 'frame_id' and 'instances'")
    numbers = numbers_of(source, frames)
    detections = [
        _detection(source, number, person)
        for number, frame in zip(numbers, frames, strict=True)
        for person in frame["instances"]
    ]
    meta = source.json.get("meta_info") if isinstance(source.json, dict) else None
    return tracks_of(
        source,
        detections,
        numbers,
        every_frame_listed=True,
        names=_joint_names(meta) if isinstance(meta, dict) else None,
        times=frame_times(dict(zip(numbers, frames, strict=True))),
        **source.recorded(meta if isinstance(meta, dict) else {}),
    )


def _detection(source: Source, number: int, person: Any) -> Detection:
    if not isinstance(person, dict) or "keypoints" not in person:
        raise source.error(f"frame {number}: {abbreviate(person)}; expected 'keypoints' and 'keypoint_scores'")
    keypoints = source.numbers(person["keypoints"], f"frame {number}: keypoints")
    if keypoints.ndim != 2 or keypoints.shape[1] not in (2, 3):
        raise source.error(f"frame {number}: keypoints of shape {keypoints.shape}; expected (joints, 2)")
    if person.get("keypoint_scores") is not None:
        scores = source.numbers(person["keypoint_scores"], f"frame {number}: keypoint_scores")
        if scores.shape != keypoints.shape[:1]:
            raise source.error(
                f"frame {number}: keypoints of shape {keypoints.shape}, keypoint_scores of {scores.shape}; "
                "expected (joints, 2) and (joints,)"
            )
        keypoints = np.column_stack([keypoints[:, :2], scores])
    ids = (tracker_id(person.get(key)) for key in ("track_id", "instance_id"))
    return Detection(number, keypoints, next((known for known in ids if known is not None), None))


def _joint_names(meta: dict[str, Any]) -> tuple[str, ...] | None:
    named = next((names for key in _NAMES if (names := names_of(meta.get(key)))), None)
    if named is None and str(meta.get("dataset_name")).lower() in _H36M:
        return SKELETONS["h36m17"].joints
    return named


FORMAT = Format("mmpose", _recognises, _read)
