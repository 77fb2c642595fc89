"""dancelift's own dataset layout: an .npz of one dancer seen by several cameras, one track a camera.

What is read are the keypoints as a detector gives them; format "dance_clip_clean" (asked for, or the only one
there) reads exact projections.
"""

from functools import partial

from dancelift.formats.keypoints.arrays import recorded
from dancelift.formats.source import Format, Source
from dancelift.keypoints import Track

_DETECTED, _CLEAN = "keypoints2d_detected", "keypoints2d_clean"  # (cameras, T, 17, 3)


def _read(source: Source, key: str) -> list[Track]:
    views = source.array(key)
    if views.ndim != 4:
        raise source.error(f"'{key}' has shape {views.shape}; expected (cameras, frames, 17, 3)")
    said = recorded(source)
    return [source.track(view, (17,), name=f"view {i}", **said) for i, view in enumerate(views)]


DETECTED = Format("dance_clip", lambda source: _DETECTED in source.members, partial(_read, key=_DETECTED))
CLEAN = Format("dance_clip_clean", lambda source: _CLEAN in source.members, partial(_read, key=_CLEAN))
