"""OpenPose's layout: a folder with one JSON a frame, `{"people": [{"pose_keypoints_2d": [x, y, score, ...]}]}`.

OpenPose names its files NAME_000000000012_keypoints.json and has 25 joints (BODY_25) or 18; other tools write the same
with other numbers of joints, or names such as NAME_000012.json
(github.com/CMU-Perceptual-Computing-Lab/openpose, doc/02_output.md; Pose2Sim and Sports2D, pose folders).
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dancelift.errors import InputError
from dancelift.formats.keypoints.fractions import are_fractions, to_pixels, with_image_size
from dancelift.formats.keypoints.timeline import frame_numbers, frame_times
from dancelift.formats.keypoints.tracks import Detection, tracker_id, tracks_of
from dancelift.formats.source import Format, Recorded, Source, abbreviate, read_json
from dancelift.keypoints import Track, is_seen

_ENDING = "_keypoints.json"
_KEYPOINTS = ("pose_keypoints_2d", "pose_keypoints")  # the second until 2018


def files_of(path: Path) -> list[Path]:
    """Return the files of a folder's frames, or the file given."""
    if not path.is_dir():
        return [path]
    return sorted(path.glob(f"*{_ENDING}")) or sorted(path.glob("*.json"))


def people_of(source: Source, content: Any, where: str) -> Iterator[tuple[list[Any], int | None]]:
    """Return the flat list of numbers of each person in a frame, and a tracker's id.

    Raises:
        InputError: the content is no frame; `where` says which it is.
    """
    people = content.get("people") if isinstance(content, dict) else None
    if not isinstance(people, list) or not all(isinstance(person, dict) for person in people):
        raise source.error(f"{where} holds {abbreviate(content)}; expected a list of 'people'")
    for person in people:
        key = next((key for key in _KEYPOINTS if person.get(key) is not None), None)
        if key is None:
            raise source.error(f"{where} holds {abbreviate(person)}; expected '{_KEYPOINTS[0]}' of a person")
        if person[key]:  # empty where only a hand or a face was found
            yield person[key], tracker_id(person.get("person_id"))


def tracks_of_frames(source: Source, frames: Mapping[int, tuple[str, Any]]) -> list[Track]:
    """Read tracks from the content of each frame, by number, and where it comes from, for messages.

    A frame may say the size of its picture as canvas_width and canvas_height; its coordinates may be fractions then.

    Raises:
        InputError: a frame is none, or nobody is in any.
    """
    found = [
        (number, source.triples(numbers, f"{where}: {_KEYPOINTS[0]}"), person)
        for number, (where, content) in frames.items()
        for numbers, person in people_of(source, content, where)
    ]
    recorded = _canvas(source, [content for _, content in frames.values()])
    if found and all(are_fractions(keypoints) for _, keypoints, _ in found if is_seen(keypoints).any()):
        recorded = with_image_size(source, recorded)
        found = [(number, to_pixels(keypoints, recorded["image_size"]), person) for number, keypoints, person in found]
    detections = [Detection(*one) for one in found]
    times = frame_times({number: content for number, (_, content) in frames.items()})
    return tracks_of(source, detections, frames, every_frame_listed=True, times=times, **recorded)


def _canvas(source: Source, contents: list[Any]) -> Recorded:
    """The size of the picture, where all frames say the same."""
    sizes = {(content.get("canvas_width"), content.get("canvas_height")) for content in contents}
    (size,) = sizes if len(sizes) == 1 else [(None, None)]
    return source.recorded({} if None in size else {"image_size": size})


def _recognises(source: Source) -> bool:
    if not source.path.is_dir():
        return isinstance(source.json, dict) and "people" in source.json
    files = files_of(source.path)
    if not files or files[0].name.endswith(_ENDING):
        return bool(files)
    try:
        first = read_json(files[0])
    except InputError:
        return False
    return isinstance(first, dict) and "people" in first


def _read(source: Source) -> list[Track]:
    files = files_of(source.path)
    if not files:
        raise source.error(f"no file named *{_ENDING} or *.json; expected one a frame")
    if len(files) == 1:
        frame_of = {files[0].name: 0}
    else:
        frame_of = frame_numbers(source, (file.name.removesuffix(_ENDING) for file in files))
    return tracks_of_frames(
        source, {frame: (file.name, read_json(file)) for file, frame in zip(files, frame_of.values(), strict=True)}
    )


FORMAT = Format("openpose", _recognises, _read)
