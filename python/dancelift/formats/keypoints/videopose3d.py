"""VideoPose3D's `data_2d_*.npz`: one track for each subject, action and camera.

COCO and Human3.6M both have 17 joints: which they are, metadata's layout_name says, or else the file's name.
"""

from typing import Any

from dancelift.formats import human36m
from dancelift.formats.keypoints.tracks import track_of
from dancelift.formats.source import Format, Source
from dancelift.keypoints import Track

_SKELETONS = {"coco": "coco17", "h36m": human36m.SKELETON}


def _recognises(source: Source) -> bool:
    return human36m.KEYPOINTS in source.members


def _read(source: Source) -> list[Track]:
    metadata = human36m.read_metadata(source.path)
    skeleton = _skeleton(source, metadata.get("layout_name"))
    videos = metadata.get("video_metadata")  # of one's own videos, by subject
    archive = human36m.read_archive(source.path, human36m.KEYPOINTS)
    tracks = []
    for subject, action in archive:
        video = videos.get(subject) if isinstance(videos, dict) else None
        size = [video.get("w"), video.get("h")] if isinstance(video, dict) else [None]
        recorded = source.recorded({} if None in size else {"image_size": size})
        tracks += [
            track_of(source, keypoints, name=f"{subject} {action} camera {camera}", skeleton=skeleton, **recorded)
            for camera, keypoints in enumerate(archive.views(subject, action))
        ]
    if not tracks:
        raise source.error(f"{human36m.KEYPOINTS} is empty; expected {human36m.KEYPOINTS}[subject][action][camera]")
    return tracks


def _skeleton(source: Source, layout: Any) -> str:
    if layout is None:
        is_human36m = "h36m" in source.path.stem or source.path.stem.endswith("_gt")
        return human36m.SKELETON if is_human36m else "coco17"
    if layout not in _SKELETONS:
        raise source.error(f"layout_name = {layout!r}; expected {' or '.join(_SKELETONS)}")
    return _SKELETONS[layout]


FORMAT = Format("videopose3d", _recognises, _read)
