"""What dancelift raises: every error derives from DanceliftError, those about input are ValueErrors too."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path

_PACKAGE = str(Path(__file__).parent) + os.sep


class DanceliftError(Exception):
    """Base of every error that dancelift raises."""


class InputError(DanceliftError, ValueError):
    """Input that cannot be used; the message names the value and what was expected."""


class SolverError(DanceliftError, RuntimeError):
    """The optimisation could not produce a finite result."""


class DanceliftWarning(UserWarning):
    """Input that is doubtful but can be lifted; the message says what was assumed."""


def warn(message: str) -> None:
    """Warn of doubtful input, at the line outside of the package from which it came."""
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, DanceliftWarning, stacklevel=level)
