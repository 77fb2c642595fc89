"""MMPose inferencer: `{"meta_info", "instance_info": [{"frame_id", "instances": [...]}]}`, or its list."""

from typing import Any

import numpy as np

from dancelift.formats.keypoints.tracking import Detection, tracker_id, tracks_of
from dancelift.formats.source import Format, Source, abbreviate
from dancelift.keypoints import Track


def _frames(source: Source) -> Any:
    return source.json.get("instance_info") if isinstance(source.json, dict) else source.json


def _recognises(source: Source) -> bool:
    frames = _frames(source)
    return isinstance(frames, list) and bool(frames) and isinstance(frames[0], dict) and "instances" in frames[0]


def _read(source: Source) -> list[Track]:
    frames = _frames(source)
    if not isinstance(frames, list):
        raise source.error(f"found {abbreviate(source.json)}; expected a list 'instance_info' of frames")
    detections = []
    numbers = []
    for i, frame in enumerate(frames):
        persons = frame.get("instances") if isinstance(frame, dict) else None
        number = frame.get("frame_id", i) if isinstance(frame, dict) else i
        if not isinstance(persons, list) or not isinstance(number, int):
            raise source.error(
                f"frame {i} is {abbreviate(frame)}; expected a dict with a whole 'frame_id' and 'instances'"
            )
        numbers.append(number)
        for person in persons:
            if not isinstance(person, dict) or not {"keypoints", "keypoint_scores"} <= person.keys():
                raise source.error(f"frame {number}: {abbreviate(person)}; expected 'keypoints' and 'keypoint_scores'")
            xy = source.numbers(person["keypoints"], f"frame {number}: keypoints")
            scores = source.numbers(person["keypoint_scores"], f"frame {number}: keypoint_scores")
            if xy.shape != (scores.size, 2) or scores.ndim != 1:
                raise source.error(
                    f"frame {number}: keypoints of shape {xy.shape}, keypoint_scores of {scores.shape}; "
                    "expected (joints, 2) and (joints,)"
                )
            detections.append(Detection(number, np.column_stack([xy, scores]), tracker_id(person.get("track_id"))))
    return tracks_of(source, detections, numbers, (17, 26, 133), every_frame_listed=True)


FORMAT = Format("mmpose", _recognises, _read)
