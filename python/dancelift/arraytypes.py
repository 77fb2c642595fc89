"""The kinds of NumPy array that signatures name; their docstrings say shape, unit and frame of reference."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
"""Numbers in double precision."""

Floats: TypeAlias = NDArray[np.float32]
"""Numbers in single precision: what networks read and say."""

Indices: TypeAlias = NDArray[np.intp]
"""Whole numbers that index another array, or count."""

Flags: TypeAlias = NDArray[np.bool_]
"""Whether something holds."""
