"""OpenPose: a folder with one `NAME_000000000012_keypoints.json` a frame, of 25 joints (BODY_25) or 18."""

from pathlib import Path

from dancelift.formats.keypoints.tracking import Detection, tracker_id, tracks_of
from dancelift.formats.source import Format, Source, abbreviate, read_json
from dancelift.keypoints import Track

_ENDING = "_keypoints.json"


def _files(path: Path) -> list[Path]:
    return sorted(path.glob(f"*{_ENDING}")) if path.is_dir() else [path]


def _recognises(source: Source) -> bool:
    if source.path.is_dir():
        return bool(_files(source.path))
    return isinstance(source.json, dict) and "people" in source.json


def _read(source: Source) -> list[Track]:
    files = _files(source.path)
    if not files:
        raise source.error(f"no file named *{_ENDING}; expected one a frame")
    frame_of = source.frame_numbers(file.name.removesuffix(_ENDING) for file in files)
    detections = []
    for file, frame in zip(files, frame_of.values(), strict=True):
        content = read_json(file)
        people = content.get("people") if isinstance(content, dict) else None
        if not isinstance(people, list) or not all(isinstance(person, dict) for person in people):
            raise source.error(f"{file.name} holds {abbreviate(content)}; expected a list of 'people'")
        for person in people:
            keypoints = source.triples(person.get("pose_keypoints_2d"), f"{file.name}: pose_keypoints_2d")
            if len(keypoints):  # none where only a hand or a face was found
                detections.append(Detection(frame, keypoints, tracker_id(person.get("person_id"))))
    return tracks_of(source, detections, frame_of.values(), (25, 18), every_frame_listed=True)


FORMAT = Format("openpose", _recognises, _read)
