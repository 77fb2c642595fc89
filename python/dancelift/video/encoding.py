"""Writing videos.

Needs PyAV, of the extra `video`.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from dancelift.errors import require

if TYPE_CHECKING:
    from av.video.stream import VideoStream

_CODECS = ("libx264", "mpeg4")  # the first that FFmpeg was built with
_SPEED = {"preset": "veryfast", "crf": "20"}  # of libx264
_LARGEST_DENOMINATOR = 1001  # of a frame rate, such as 30000/1001


def write_mp4(
    path: Path, images: Iterable[NDArray[np.uint8]], fps: float, image_size: tuple[int, int], comment: str = ""
) -> None:
    """Write an MP4 that every player plays.

    Args:
        path: of the file; what is written so far stays where writing fails.
        images: (height, width, 3) each, red, green and blue.
        fps: frames per second.
        image_size: (width, height), px, both even.
        comment: that the file keeps.

    Raises:
        OSError: the file cannot be written, such as on a full disk.
        MissingExtraError: PyAV is not installed.
    """
    require("video", "writing a video", "av")
    import av

    codec = next(name for name in _CODECS if name in av.codecs_available)
    with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as container:
        container.metadata["comment"] = comment
        rate = Fraction(fps).limit_denominator(_LARGEST_DENOMINATOR)
        stream = cast("VideoStream", container.add_stream(codec, rate))
        stream.width, stream.height = image_size
        stream.pix_fmt = "yuv420p"
        if codec == _CODECS[0]:
            stream.options = dict(_SPEED)
        for image in images:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())
