"""3D motion of one performer: what pose priors and movement labels are made from."""

from __future__ import annotations

from dataclasses import dataclass

from dancelift.arraytypes import Array
from dancelift.body.skeleton import Skeleton, as_coco17


@dataclass(frozen=True, eq=False)
class Motion:
    """3D motion of one performer over a clip, of T frames and J joints.

    World frame: y up, metres; where the origin is and which way x and z point is the recording's own affair.

    Attributes:
        name: of the clip.
        source: format or data set, for model cards.
        poses3d: (T, J, 3), m, world frame; a joint that the recording never has is NaN in every frame.
        skeleton: of the joints.
        fps: frames per second.
        genre: of the dance, where it is known.
        start: time of the first frame, s from the start of the video or the recording.
    """

    name: str
    source: str
    poses3d: Array
    skeleton: Skeleton
    fps: float
    genre: str | None = None
    start: float = 0.0

    def as_coco17(self) -> Array:
        """Return the joints as COCO-17 landmarks, (T, 17, 3), m, world frame; NaN where the skeleton has none."""
        return as_coco17(self.poses3d, self.skeleton)
