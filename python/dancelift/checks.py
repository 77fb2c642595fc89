"""What the options of a call must be; every message names the value and what was expected."""

from __future__ import annotations

import math
import operator
from typing import Any

from dancelift.errors import InputError

MIN_FPS, MAX_FPS = 1.0, 1000.0
"""Frames per second of what can be lifted."""


def check_image_size(image_size: Any) -> tuple[int, int] | None:
    """Return the (width, height) in px as integers, or None where there is none."""
    if image_size is None:
        return None
    try:
        width, height = (operator.index(x) if not isinstance(x, float) else int(x) for x in image_size)
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"image_size is {image_size!r}, expected (width, height) in px") from None
    if width <= 0 or height <= 0:
        raise InputError(f"image_size is {(width, height)}, expected a positive width and height in px")
    return width, height


def check_count(name: str, value: Any) -> int:
    """Check that an option is a whole number of at least 1."""
    try:
        count = operator.index(value)
    except TypeError:
        count = 0
    if count < 1 or isinstance(value, bool):
        raise InputError(f"{name} is {value!r}, expected a whole number of at least 1")
    return count


def check_random_seed(value: Any) -> int:
    """Check that a random seed is a whole number of at least 0."""
    try:
        seed = operator.index(value)
    except TypeError:
        seed = -1
    if seed < 0:
        raise InputError(f"random_seed is {value!r}, expected a whole number of at least 0")
    return seed


def check_positive(name: str, value: Any, unit: str, largest: float = math.inf) -> float:
    """Return an option as a number, which is finite, above 0 and at most `largest`."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not 0 < number <= largest or math.isinf(number):
        limit = f" and at most {largest:g}" if math.isfinite(largest) else ""
        raise InputError(f"{name} is {value!r}, expected a number of {unit} above 0{limit}")
    return number


def check_fps(value: Any) -> float:
    """Return the frames per second, 1 to 1,000; a smaller number is probably the time of a frame."""
    fps = check_positive("fps", value, "frames per second", MAX_FPS)
    if fps < MIN_FPS:
        raise InputError(
            f"fps is {value!r}, expected {MIN_FPS:g} to {MAX_FPS:g} frames per second; if that is the time of a frame "
            f"in s, give {1 / fps:g}"
        )
    return fps
