"""VideoPose3D's `data_2d_*.npz`: a pickled dict positions_2d[subject][action][camera] of (T, 17, 2 | 3)
pixels, one track each, and maybe a pickled dict `metadata`.

COCO and Human3.6M both have 17 joints: which they are, metadata's layout_name says, or else the file's name.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dancelift.formats.pickles import load_object_member
from dancelift.formats.source import Format, Source, abbreviate
from dancelift.keypoints import Track

_SKELETONS = {"coco": "coco17", "h36m": "h36m17"}


def _recognises(source: Source) -> bool:
    return "positions_2d" in source.members


def _read(source: Source) -> list[Track]:
    metadata = load_object_member(source.path, "metadata") if "metadata" in source.members else {}
    if not isinstance(metadata, dict):
        raise source.error(f"metadata is {abbreviate(metadata)}; expected a dict")
    skeleton = source.skeleton or _skeleton(source, metadata.get("layout_name"))
    videos = metadata.get("video_metadata")  # of one's own videos, by subject
    tracks = []
    for subject, action, camera, keypoints in _clips(source, load_object_member(source.path, "positions_2d")):
        video = videos.get(subject) if isinstance(videos, dict) else None
        size = [video.get("w"), video.get("h")] if isinstance(video, dict) else [None]
        tracks.append(
            source.track(
                keypoints,
                (17,),
                name=f"{subject} {action} camera {camera}",
                skeleton=skeleton,
                **source.recorded({} if None in size else {"image_size": size}),
            )
        )
    if not tracks:
        raise source.error("positions_2d is empty; expected positions_2d[subject][action][camera]")
    return tracks


def _skeleton(source: Source, layout: Any) -> str:
    if layout is None:
        return "h36m17" if "h36m" in source.path.stem or source.path.stem.endswith("_gt") else "coco17"
    if layout not in _SKELETONS:
        raise source.error(f"layout_name = {layout!r}; expected {' or '.join(_SKELETONS)}")
    return _SKELETONS[layout]


def _clips(source: Source, positions: Any) -> Iterator[tuple[str, str, int, NDArray[Any]]]:
    """Subject, action, camera number and (T, 17, 2 | 3) keypoints of each clip."""
    for subject, actions in _items(source, positions, "positions_2d"):
        for action, cameras in _items(source, actions, f"positions_2d[{subject!r}]"):
            if not isinstance(cameras, (list, tuple, np.ndarray)):
                where = f"positions_2d[{subject!r}][{action!r}]"
                raise source.error(f"{where} is {abbreviate(cameras)}; expected a list of arrays, one a camera")
            for camera, keypoints in enumerate(cameras):
                if not isinstance(keypoints, np.ndarray):
                    where = f"positions_2d[{subject!r}][{action!r}][{camera}]"
                    raise source.error(f"{where} is {abbreviate(keypoints)}; expected an array")
                yield subject, action, camera, keypoints


def _items(source: Source, found: Any, what: str) -> Any:
    if not isinstance(found, dict):
        raise source.error(f"{what} is {abbreviate(found)}; expected a dict")
    return found.items()


FORMAT = Format("videopose3d", _recognises, _read)
