"""NumPy arrays of pixels: (T, J, 2 | 3), or (persons, T, J, 2 | 3) for several persons.

An .npz holds them as `keypoints2d`, `keypoints_2d` or `keypoints`, or as its only array of three or four
dimensions; it may hold `fps`, `image_size` and `skeleton` besides.
"""

from typing import Any

from numpy.typing import NDArray

from dancelift.formats.source import Format, Source, by_total_score
from dancelift.keypoints import LAYOUTS, Track

_USUAL_NAMES = ("keypoints2d", "keypoints_2d", "keypoints")


def keypoint_array(source: Source) -> NDArray[Any]:
    """The array of keypoints in an .npy or .npz file, of three or four dimensions."""
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
    array = keypoint_array(source)
    persons = array[None] if array.ndim == 3 else array
    skeleton = str(source.array("skeleton")) if "skeleton" in source.members else None
    said = source.recorded_members()
    return by_total_score(
        source.track(person, tuple(LAYOUTS), name=f"person {i}", skeleton=skeleton, **said)
        for i, person in enumerate(persons)
    )


FORMAT = Format("arrays", _recognises, _read)
