"""COCO keypoints: a results list `[{"image_id", "keypoints": [x, y, score, ...]}]`, several persons an image,
or a ground-truth file `{"images", "annotations"}` in which a visibility flag stands where the score would be.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dancelift.formats.keypoints.joints import names_of
from dancelift.formats.keypoints.timeline import frame_numbers, frame_times
from dancelift.formats.keypoints.tracks import Detection, tracker_id, tracks_of
from dancelift.formats.source import Format, Source, abbreviate
from dancelift.keypoints import Track

_SCORE_OF_FLAG = np.array([0.0, 0.5, 1.0])  # not labelled; labelled but hidden; labelled and seen


def read_persons(
    source: Source,
    persons: Any,
    *,
    id_key: str,
    images: Mapping[Any, Any] | None = None,
    names: Sequence[str] | None = None,
    flags: bool = False,
    image_size: tuple[int, int] | None = None,
) -> list[Track]:
    """Read tracks from a list of `{"image_id", "keypoints": [x, y, score, ...]}`.

    Args:
        source: of the list, for messages.
        persons: the list.
        id_key: under which a tracker's id stands.
        images: records of all images by their ids, where the file lists them.
        names: of the joints, where the file has them.
        flags: whether a visibility flag stands where a score would be.
        image_size: (width, height), px, where the file says.

    Raises:
        InputError: the list is none of persons, or its images are not those of one video.
    """
    if not isinstance(persons, list):
        raise source.error(f"found {abbreviate(persons)}; expected a list of the persons in each image")
    for i, person in enumerate(persons):
        if not isinstance(person, dict) or "keypoints" not in person or "image_id" not in person:
            raise source.error(f"entry {i} is {abbreviate(person)}; expected 'image_id' and 'keypoints'")
        if not isinstance(person["image_id"], (int, float, str)):
            raise source.error(f"entry {i} has image_id {abbreviate(person['image_id'])}; expected a number or a name")
    images = images or {}
    frame_of = frame_numbers(source, [*images, *(person["image_id"] for person in persons)])
    detections = []
    for person in persons:
        keypoints = source.triples(person["keypoints"], f"image {person['image_id']!r}: keypoints")
        if flags:
            keypoints[:, 2] = _scores(source, person["image_id"], keypoints[:, 2])
        detections.append(Detection(frame_of[person["image_id"]], keypoints, tracker_id(person.get(id_key))))
    records = {frame_of[person["image_id"]]: person for person in persons}
    return tracks_of(
        source,
        detections,
        frame_of.values(),
        every_frame_listed=bool(images),
        names=names,
        image_size=image_size,
        times=frame_times({frame_of[image]: record for image, record in images.items()} or records),
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
        return read_persons(source, source.json, id_key="track_id")
    images = source.json.get("images", [])
    if not isinstance(images, list) or not all(isinstance(image, dict) and "id" in image for image in images):
        raise source.error(f"'images' is {abbreviate(images)}; expected a list of dicts with 'id'")
    if not all(isinstance(image["id"], (int, float, str)) for image in images):
        raise source.error("an image has an 'id' that is no number or name; expected one")
    first = images[0] if images else {}
    size = [first.get("width"), first.get("height")]
    one_size = None not in size and all([image.get("width"), image.get("height")] == size for image in images)
    return read_persons(
        source,
        source.json.get("annotations"),
        id_key="track_id",
        images={image["id"]: image for image in images},
        names=_joint_names(source.json.get("categories")),
        flags=True,
        image_size=source.recorded({"image_size": size}).get("image_size") if one_size else None,
    )


def _joint_names(categories: Any) -> tuple[str, ...] | None:
    """The joints of the first category that has any."""
    named = [names_of(kind.get("keypoints")) for kind in categories or () if isinstance(kind, dict)]
    return next((names for names in named if names), None)


FORMAT = Format("coco", _recognises, _read)
