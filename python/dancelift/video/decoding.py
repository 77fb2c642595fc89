"""The frames of a video as they are shown, with the times at which they are.

Needs PyAV, of the extra `video`.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
import os
import queue
import sys
import threading
import time as clock
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from dancelift.errors import InputError, require, warn

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

SUFFIXES = frozenset(
    ".3gp .avi .flv .gif .m2ts .m4v .mkv .mov .mp4 .mpeg .mpg .mts .ogv .ts .webm .wmv".split()
    + ".bmp .jpeg .jpg .png .tif .tiff .webp".split()
)
"""Endings of the names of videos, and of still pictures, which are videos of one frame."""

_MOST_MISSING = 0.02  # share of the frames that a file promises, without which it is said to end early
_WORTH_A_SEEK = 5.0  # s from the start, above which frames are skipped without decoding them
_SAMPLE = 1 << 20  # bytes at either end of a file that tell it from others


def is_video(path: Path) -> bool:
    """Whether a path is that of a video by its name."""
    return path.suffix.lower() in SUFFIXES and not path.is_dir()


@dataclass(frozen=True, eq=False)
class Frame:
    """A frame of a video.

    Attributes:
        number: from 0, counted in the order in which they are shown.
        time: s from the video's start.
        image: (height, width, 3), red, green and blue, upright and with square pixels.
    """

    number: int
    time: float
    image: NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Video:
    """A video file; `Video.open` makes it.

    Attributes:
        path: of the file.
        image_size: (width, height) of the frames as they are shown, px.
        fps: frames per second, on average; None where the file does not say.
        n_frames: that the file is expected to have, at least 1.
        n_threads: that decode it; None: as many as FFmpeg likes.
    """

    path: Path
    image_size: tuple[int, int]
    fps: float | None
    n_frames: int
    n_threads: int | None = None

    @staticmethod
    def open(path: str | os.PathLike[str], n_threads: int | None = None) -> Video:
        """Read what a video is, without its frames but the first.

        Args:
            path: of the file.
            n_threads: that decode it; None: as many as FFmpeg likes.

        Raises:
            InputError: the file is missing, empty, damaged from the start, or has no picture.
            MissingExtraError: PyAV is not installed.
        """
        path = Path(path)
        with _opened(path) as container:
            stream = _stream(path, container, n_threads)
            first = next((frame for frame, _ in _decoded(container, stream)), None)
            if first is None:
                raise InputError(f"{path}: no frame can be decoded, expected an undamaged video")
            fps = float(stream.average_rate) if stream.average_rate else None
            n_frames = stream.frames or round(float(container.duration or 0) / 1e6 * (fps or 0))
            height, width = _upright(first, stream).shape[:2]
        return Video(path, (width, height), fps, max(n_frames, 1), n_threads)

    def frames(self, every: int = 1, start: float = 0.0, end: float = math.inf) -> Iterator[Frame]:
        """Decode the frames one after the other; a file that ends early or is damaged is warned of.

        Args:
            every: only the frames whose number is a multiple of it.
            start: s, time from which frames are wanted.
            end: s, time up to which.

        Raises:
            InputError: no frame lies in that time.
        """
        n_decoded, n_broken, time, found = 0, 0, 0.0, False
        with _opened(self.path) as container:
            stream = _stream(self.path, container, self.n_threads)
            base = float(stream.time_base or 0)
            numbers, origin = _seek(container, stream, start) if start > _WORTH_A_SEEK else (None, None)
            for frame, n_broken in _decoded(container, stream):  # noqa: B007
                if n_decoded == 0 and numbers is not None and frame.pts is not None:
                    n_decoded = int(np.searchsorted(numbers, frame.pts))
                number, n_decoded = n_decoded, n_decoded + 1
                if frame.pts is None:
                    time = number / (self.fps or 1.0)
                else:
                    origin = frame.pts if origin is None else origin
                    time = (frame.pts - origin) * base
                if time > end:
                    break
                if time >= start and number % every == 0:
                    found = True
                    yield Frame(number, time, _upright(frame, stream))
            else:
                self._warn_of_damage(n_decoded, time, container, stream.frames, n_broken)
        if not found:
            raise InputError(
                f"{self.path}: no frame from {start:g} s to {end:g} s, expected times within its {n_decoded} frames"
            )

    def _warn_of_damage(
        self, n_decoded: int, time: float, container: InputContainer, n_promised: int, n_broken: int
    ) -> None:
        seconds = float(container.duration or 0) / 1e6
        if n_broken:
            warn(f"{self.path}: {n_broken} pieces of it are damaged and left out; {n_decoded} frames could be decoded")
        elif n_decoded < (1 - _MOST_MISSING) * n_promised - 1:
            warn(f"{self.path}: ends after {n_decoded} of {n_promised} frames; used as far as it goes")
        elif not n_promised and time < (1 - _MOST_MISSING) * seconds - 1:
            warn(f"{self.path}: its pictures end after {time:.1f} of {seconds:.1f} s; used as far as they go")

    def fingerprint(self) -> str:
        """Text that changes with the file's content: of its size, its beginning and its end."""
        size = self.path.stat().st_size
        digest = hashlib.sha256(str(size).encode())
        with open(self.path, "rb") as file:
            digest.update(file.read(_SAMPLE))
            file.seek(max(0, size - _SAMPLE))
            digest.update(file.read(_SAMPLE))
        return digest.hexdigest()


class Device:
    """A camera that films now; frames that come while another is looked at are passed over.

    Args:
        name: its number, or its name as the system has it.

    Raises:
        InputError: there is no such camera.
        MissingExtraError: PyAV is not installed.
    """

    def __init__(self, name: str) -> None:
        require("video", "filming", "av")
        import av

        kind, place = _DEVICES.get(sys.platform, ("v4l2", "/dev/video{}"))
        try:
            self._container = av.open(place.format(name) if name.isdecimal() else name, format=kind)
        except (av.FFmpegError, OSError, ValueError) as error:
            raise InputError(f"camera {name}: cannot be opened ({error}), expected one that is connected") from error
        self._stream = _stream(Path(name), self._container, None)
        self.fps = float(self._stream.average_rate) if self._stream.average_rate else None
        self.image_size = self._stream.width, self._stream.height

    def frames(self) -> Iterator[Frame]:
        """The newest frame whenever one is asked for, with the time since the first, until the camera ends."""
        newest: queue.Queue[tuple[int, float, VideoFrame] | None] = queue.Queue(1)

        def film() -> None:
            start = clock.monotonic()
            for number, (frame, _) in enumerate(_decoded(self._container, self._stream)):
                with contextlib.suppress(queue.Empty):
                    newest.get_nowait()
                newest.put((number, clock.monotonic() - start, frame))
            newest.put(None)

        threading.Thread(target=film, daemon=True).start()
        while (found := newest.get()) is not None:
            number, time, frame = found
            yield Frame(number, time, _upright(frame, self._stream))


_DEVICES = {"darwin": ("avfoundation", "{}"), "win32": ("dshow", "video={}")}
"""How FFmpeg names cameras, by the system."""


def _opened(path: Path) -> InputContainer:
    require("video", "reading a video", "av")
    import av

    if not path.exists():
        raise InputError(f"{path}: there is no such file, expected a video")
    if not path.stat().st_size:
        raise InputError(f"{path}: the file is empty, expected a video")
    try:
        return av.open(str(path))
    except (av.FFmpegError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(
            f"{path}: cannot be read as a video ({reason}); expected a complete file in a format that FFmpeg knows"
        ) from error


def _stream(path: Path, container: InputContainer, n_threads: int | None) -> VideoStream:
    if not container.streams.video:
        kinds = ", ".join(sorted({stream.type for stream in container.streams})) or "nothing"
        raise InputError(f"{path}: holds {kinds} and no picture, expected a video")
    stream = container.streams.video[0]
    stream.thread_type = "AUTO"
    if n_threads is not None:
        stream.codec_context.thread_count = n_threads
    return stream


def _decoded(container: InputContainer, stream: VideoStream) -> Iterator[tuple[VideoFrame, int]]:
    """The frames in the order in which they are shown, and how many packets before each were damaged."""
    import av

    n_broken = 0
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except (av.FFmpegError, OSError):  # the file breaks off
            packet = None
            n_broken += 1
        try:
            for frame in stream.codec_context.decode(packet) if packet is None else packet.decode():
                yield frame, n_broken
        except av.FFmpegError:
            n_broken += 1
        if packet is None:
            return


def _seek(container: InputContainer, stream: VideoStream, start: float) -> tuple[NDArray[np.int64] | None, int | None]:
    """Go to the last frame before `start`, s, from which decoding can begin.

    Returns:
        The time stamps of all frames up to there, rising, and the first of them; None where the file has none.
    """
    base = float(stream.time_base or 0)
    found: list[int] = []
    for packet in container.demux(stream):
        if packet.size == 0:
            break
        if packet.pts is None:
            found = []
            break
        if not packet.is_discard:
            found.append(packet.pts)
            if (packet.pts - found[0]) * base > start + _WORTH_A_SEEK:
                break
    if not found or not base:
        container.seek(0)
        return None, None
    numbers = np.sort(np.array(found, np.int64))
    origin = int(numbers[0])
    container.seek(origin + int(start / base), stream=stream)
    return numbers, origin


def _upright(frame: VideoFrame, stream: VideoStream) -> NDArray[np.uint8]:
    """A frame's picture as it is to be shown, with square pixels and turned as its tag says."""
    width, height = frame.width, frame.height
    aspect: Any = stream.sample_aspect_ratio
    if aspect and aspect != 1:
        width = max(1, round(width * float(aspect)))
    image = cast("NDArray[np.uint8]", frame.to_ndarray(format="rgb24", width=width, height=height))
    turns = round((frame.rotation or 0) / 90) % 4
    return np.ascontiguousarray(np.rot90(image, turns)) if turns else image
