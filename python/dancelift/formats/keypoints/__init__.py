"""Readers of the 2D keypoints that people have on disk: one file a format, listed in FORMATS."""

from os import PathLike
from pathlib import Path

from dancelift.errors import InputError
from dancelift.formats.keypoints import (
    aist,
    alphapose,
    arrays,
    coco,
    dance_clip,
    mediapipe,
    mmpose,
    openpose,
    videopose3d,
)
from dancelift.formats.source import Source
from dancelift.keypoints import Track

# Tried in this order: a special layout before the general one that it would pass for.
FORMATS = (
    openpose.FORMAT,
    alphapose.FORMAT,
    coco.FORMAT,
    mmpose.FORMAT,
    aist.FORMAT,
    videopose3d.FORMAT,
    dance_clip.DETECTED,
    dance_clip.CLEAN,
    mediapipe.FORMAT,
    arrays.FORMAT,
)


def load_keypoints(
    path: str | PathLike[str],
    *,
    format: str | None = None,
    skeleton: str | None = None,
    fps: float | None = None,
    image_size: tuple[int, int] | None = None,
) -> list[Track]:
    """Read 2D keypoints from a file or folder: one track a person or a camera's view.

    Persons come in the order of their total score: the longest and most surely seen first.

    Args:
        path: the file, or for formats of one file a frame the folder.
        format: one of the names in `FORMATS`; None: recognised from the content.
        skeleton: joint layout, where the file does not say or is wrong.
        fps: frames per second, where the file does not say or is wrong.
        image_size: (width, height) in pixels, where the file does not say or is wrong; MediaPipe's landmarks
            need it.

    Raises:
        InputError: the file cannot be read or is none of the known formats; the message names what was found.
    """
    given = Source(Path(path)).recorded({"fps": fps, "image_size": image_size})
    source = Source(Path(path), skeleton, **given)
    known = [known.name for known in FORMATS]
    if format is not None and format not in known:
        raise InputError(f"format = {format!r}; expected one of {', '.join(known)}")
    if not source.path.exists():
        raise source.error("there is no such file or folder; expected 2D keypoints")
    if source.path.is_file() and not source.path.stat().st_size:
        raise source.error("the file is empty; expected 2D keypoints")
    for candidate in FORMATS:
        if candidate.name == format or (format is None and candidate.recognises(source)):
            return candidate.read(source)
    raise source.error(f"found {source.describe()}; expected one of the formats {', '.join(known)}")
