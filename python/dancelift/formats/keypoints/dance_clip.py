"""Dance clips: one track a camera, of the keypoints as a detector gives them.

Format "dance_clip_clean" (asked for, or the only one there) reads exact projections.
"""

from functools import partial

from dancelift.formats import dance_clip
from dancelift.formats.keypoints.tracks import track_of
from dancelift.formats.source import Format, Source
from dancelift.keypoints import Track


def _read(source: Source, member: str) -> list[Track]:
    recorded = source.recorded_members()
    return [
        track_of(source, view, name=dance_clip.view_name(i), **recorded)
        for i, view in enumerate(dance_clip.read_views(source, member))
    ]


def _format(name: str, member: str) -> Format:
    return Format(name, lambda source: member in source.members, partial(_read, member=member))


DETECTED = _format("dance_clip", dance_clip.DETECTED)
CLEAN = _format("dance_clip_clean", dance_clip.CLEAN)
