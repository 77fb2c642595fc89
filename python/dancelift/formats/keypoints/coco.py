"""COCO keypoints: a results list `[{"image_id", "keypoints": [x, y, score, ...]}]`, several persons an image,
or a ground-truth file `{"images", "annotations"}` in which a visibility flag stands where the score would be.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dancelift.formats.keypoints.tracking import Detection, tracker_id, tracks_of
from dancelift.formats.source import Format, Source, abbreviate
from dancelift.keypoints import Track

_COUNTS = (17, 26, 133, 136)
_SCORE_OF_FLAG = np.array([0.0, 0.5, 1.0])  # not labelled; labelled but hidden; labelled and seen


def read_persons(
    source: Source,
    persons: Any,
    counts: Sequence[int],
    *,
    id_key: str,
    images: Sequence[Any] = (),
    flags: bool = False,
    image_size: tuple[int, int] | None = None,
) -> list[Track]:
    """Tracks from a list of `{"image_id", "keypoints": [x, y, score, ...]}`.

    `images`: ids of all images, where the file lists them. `flags`: a visibility flag stands for each score.
    """
    if not isinstance(persons, list):
        raise source.error(f"found {abbreviate(persons)}; expected a list of the persons in each image")
    for i, person in enumerate(persons):
        if not isinstance(person, dict) or "keypoints" not in person or "image_id" not in person:
            raise source.error(f"entry {i} is {abbreviate(person)}; expected 'image_id' and 'keypoints'")
    frame_of = source.frame_numbers([*images, *(person["image_id"] for person in persons)])
    detections = []
    for person in persons:
        keypoints = source.triples(person["keypoints"], f"image {person['image_id']!r}: keypoints")
        if flags:
            keypoints[:, 2] = _scores(source, person["image_id"], keypoints[:, 2])
        detections.append(Detection(frame_of[person["image_id"]], keypoints, tracker_id(person.get(id_key))))
    return tracks_of(
        source, detections, frame_of.values(), counts, every_frame_listed=bool(images), image_size=image_size
    )


def _scores(source: Source, image: Any, flags: NDArray[np.float64]) -> NDArray[np.float64]:
    if not np.isin(flags, (0, 1, 2)).all():
        raise source.error(f"image {image!r}: visibility flags {flags.tolist()}; expected 0, 1 or 2")
    return _SCORE_OF_FLAG.take(flags.astype(int))


def _recognises(source: Source) -> bool:
    if isinstance(source.json, dict):
        return "annotations" in source.json
    first = source.json[0] if isinstance(source.json, list) else None
    return isinstance(first, dict) and "image_id" in first and "keypoints" in first


def _read(source: Source) -> list[Track]:
    if not isinstance(source.json, dict):
        return read_persons(source, source.json, _COUNTS, id_key="track_id")
    images = source.json.get("images", [])
    if not isinstance(images, list) or not all(isinstance(image, dict) and "id" in image for image in images):
        raise source.error(f"'images' is {abbreviate(images)}; expected a list of dicts with 'id'")
    first = images[0] if images else {}
    size = [first.get("width"), first.get("height")]
    one_size = None not in size and all([image.get("width"), image.get("height")] == size for image in images)
    return read_persons(
        source,
        source.json.get("annotations"),
        _COUNTS,
        id_key="track_id",
        images=[image["id"] for image in images],
        flags=True,
        image_size=source.recorded({"image_size": size}).get("image_size") if one_size else None,
    )


FORMAT = Format("coco", _recognises, _read)
