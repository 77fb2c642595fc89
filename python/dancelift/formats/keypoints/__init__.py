"""Readers of the 2D keypoints that people have on disk: one file a format, listed in FORMATS."""

from os import PathLike
from pathlib import Path

from dancelift.body.skeleton import Skeleton
from dancelift.errors import InputError
from dancelift.formats.keypoints import (
    aist,
    alphapose,
    arrays,
    coco,
    comfyui,
    csv_table,
    dance_clip,
    deeplabcut,
    detections,
    mediapipe,
    mmpose,
    movenet,
    openpose,
    sleap,
    trc,
    ultralytics,
    videopose3d,
)
from dancelift.formats.source import Source
from dancelift.keypoints import Track

# Tried in this order: a special layout before the general one that it would pass for.
FORMATS = (
    openpose.FORMAT,
    comfyui.FORMAT,
    alphapose.FORMAT,
    coco.FORMAT,
    mmpose.FORMAT,
    ultralytics.JSON,
    ultralytics.LABELS,
    aist.FORMAT,
    videopose3d.FORMAT,
    detections.FORMAT,
    dance_clip.DETECTED,
    dance_clip.CLEAN,
    sleap.FORMAT,
    deeplabcut.FORMAT,
    csv_table.FORMAT,
    trc.FORMAT,
    movenet.FORMAT,
    mediapipe.FORMAT,
    arrays.FORMAT,
)


def load_keypoints(
    path: str | PathLike[str],
    *,
    format: str | None = None,
    skeleton: str | Skeleton | None = None,
    fps: float | None = None,
    image_size: tuple[int, int] | None = None,
    ignore_ids: bool = False,
) -> list[Track]:
    """Read 2D keypoints from a file or folder: one track a person or a camera's view.

    Persons whom the video is of come first, then passers-by (`Track.is_main` is false), each kind in the order of
    their total score: the longest and most surely seen first. A person's track goes from the first frame in which they
    are seen to the last; its `frame_numbers` and `times` say where in the video that is.

    Args:
        path: the file, or for formats of one file a frame the folder.
        format: one of the names in `FORMATS`; None: recognised from the content.
        skeleton: of the joints, where the file does not say or is wrong: a name, or the user's own.
        fps: frames of the video per second, where the file does not say or is wrong; a track of every second frame
            has half as many.
        image_size: (width, height) in pixels, where the file does not say or is wrong; MediaPipe's landmarks
            need it.
        ignore_ids: track the persons anew, by their places, whatever ids the file gives them.

    Raises:
        InputError: the file cannot be read or is none of the known formats; the message names what was found.
    """
    given = Source(Path(path)).recorded({"fps": fps, "image_size": image_size})
    source = Source(Path(path), skeleton, ignore_ids=ignore_ids, **given)
    known = [known.name for known in FORMATS]
    if format is not None and format not in known:
        raise InputError(f"format = {format!r}; expected one of {', '.join(known)}")
    if not source.path.exists():
        raise source.error("there is no such file or folder; expected 2D keypoints")
    if source.path.is_file() and not source.path.stat().st_size:
        raise source.error("the file is empty; expected 2D keypoints")
    with source.guard():
        if format is None and {"poses3d", "seed_losses", "about"} <= {*source.members}:
            raise source.error(
                "is what `dancelift lift` wrote; expected 2D keypoints, or for a lift `dancelift view`, `recognize`, "
                "`report` or `export`"
            )
        for candidate in FORMATS:
            if candidate.name == format or (format is None and candidate.recognises(source)):
                return candidate.read(source)
    raise source.error(f"found {source.describe()}; expected one of the formats {', '.join(known)}")
