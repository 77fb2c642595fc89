"""What the options of a call must be; every message names the value and what was expected."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from dancelift.arraytypes import Array
from dancelift.errors import InputError

MIN_FPS, MAX_FPS = 1.0, 1000.0
"""Frames per second of what can be lifted."""


_LARGEST_IMAGE = 10**6  # px
_LONGEST_SHOWN = 80


def shown(value: Any) -> str:
    """Return a value as a message shows it, cut to a readable length; also one that has no text."""
    try:
        text = repr(value)
    except Exception:  # an integer of thousands of digits, what is nested without end, or somebody's own object
        return f"a {type(value).__name__} too large to show"
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 3]}..."


def as_array(value: Any, what: str, expected: str) -> Array:
    """Return numbers as an array of their own; what a mask hides is NaN.

    Args:
        value: anything that NumPy makes an array of.
        what: it is, for the message.
        expected: for the message.

    Raises:
        InputError: it is no array of real numbers.
    """
    try:
        found = np.ma.asarray(value) if np.ma.isMaskedArray(value) else np.asarray(value)
        if found.dtype.kind == "c":
            raise TypeError("complex numbers")
        array = found.astype(np.float64)
    except Exception as error:  # of NumPy, and of arrays of other libraries that are elsewhere or have gradients
        reason = " ".join(str(error).split())
        raise InputError(f"{what}: {reason or type(error).__name__}, expected {expected}") from None
    return array.filled(np.nan) if isinstance(array, np.ma.MaskedArray) else array


def check_image_size(image_size: Any) -> tuple[int, int] | None:
    """Return the (width, height) in px as integers, or None where there is none."""
    if image_size is None:
        return None
    try:
        width, height = (operator.index(x) if not isinstance(x, float) else int(x) for x in image_size)
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"image_size is {shown(image_size)}, expected (width, height) in px") from None
    if not 0 < width <= _LARGEST_IMAGE or not 0 < height <= _LARGEST_IMAGE:
        raise InputError(
            f"image_size is {shown((width, height))}, expected a positive width and height in px, "
            f"at most {_LARGEST_IMAGE}"
        )
    return width, height


def check_count(name: str, value: Any, most: float = math.inf) -> int:
    """Check that an option is a whole number of at least 1 and at most `most`."""
    try:
        count = operator.index(value)
    except TypeError:
        count = 0
    if not 1 <= count <= most or isinstance(value, bool):
        more = f" and at most {most}" if count > most else ""
        raise InputError(f"{name} is {shown(value)}, expected a whole number of at least 1{more}")
    return count


def check_random_seed(value: Any) -> int:
    """Check that a random seed is a whole number of at least 0."""
    try:
        seed = operator.index(value)
    except TypeError:
        seed = -1
    if seed < 0:
        raise InputError(f"random_seed is {shown(value)}, expected a whole number of at least 0")
    return seed


def check_positive(name: str, value: Any, unit: str, largest: float = math.inf) -> float:
    """Return an option as a number, which is finite, above 0 and at most `largest`."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError, RuntimeError):
        number = math.nan
    if not 0 < number <= largest or math.isinf(number):
        limit = f" and at most {largest:g}" if math.isfinite(largest) else ""
        raise InputError(f"{name} is {shown(value)}, expected a number of {unit} above 0{limit}")
    return number


def check_share(name: str, value: Any) -> float:
    """Return an option as a number from 0 to 1."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError, RuntimeError):
        number = math.nan
    if not 0 <= number <= 1:
        raise InputError(f"{name} is {shown(value)}, expected a number from 0 to 1")
    return number


def check_fps(value: Any) -> float:
    """Return the frames per second, 1 to 1,000; a smaller number is probably the time of a frame."""
    fps = check_positive("fps", value, "frames per second", MAX_FPS)
    if fps < MIN_FPS:
        raise InputError(
            f"fps is {shown(value)}, expected {MIN_FPS:g} to {MAX_FPS:g} frames per second; if that is the time "
            f"of a frame in s, give {1 / fps:g}"
        )
    return fps
