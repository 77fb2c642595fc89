"""NumPy arrays of pixels: (T, J, 2 | 3), or (persons, T, J, 2 | 3) for several persons.

An .npz holds them as `keypoints2d`, `keypoints_2d` or `keypoints`, or as its only array of three or four
dimensions; it may hold `fps`, `image_size`, `skeleton` and the joints' `names` besides.
"""

from typing import Any

from numpy.typing import NDArray

from dancelift.formats.keypoints.joints import names_of
from dancelift.formats.keypoints.tracks import tracks_of_persons
from dancelift.formats.source import Format, Source
from dancelift.keypoints import Track

_USUAL_NAMES = ("keypoints2d", "keypoints_2d", "keypoints")
_JOINT_NAMES = ("names", "joint_names", "keypoint_names")


def keypoint_array(source: Source) -> NDArray[Any]:
    """Return the array of keypoints in an .npy or .npz file, of three or four dimensions.

    Raises:
        InputError: there is none, or there are several.
    """
    if source.path.suffix.lower() != ".npz":
        found = [source.array()]
    else:
        found = [source.array(name) for name in _USUAL_NAMES if name in source.members][:1]
        found = found or [array for array in map(source.array, source.members) if array.ndim in (3, 4)]
    if len(found) != 1 or found[0].ndim not in (3, 4):
        shapes = ", ".join(str(array.shape) for array in found) or f"none among {list(source.members)}"
        raise source.error(f"arrays of keypoints: {shapes}; expected one of ([persons,] frames, joints, 2 or 3)")
    return found[0]


def _recognises(source: Source) -> bool:
    return source.path.is_file() and source.path.suffix.lower() in (".npy", ".npz")


def _read(source: Source) -> list[Track]:
    named = next((source.array(member).tolist() for member in _JOINT_NAMES if member in source.members), None)
    return tracks_of_persons(
        source,
        keypoint_array(source),
        skeleton=source.text("skeleton"),
        names=names_of(named),
        **source.recorded_members(),
    )


FORMAT = Format("arrays", _recognises, _read)
