"""What dancelift raises: every error derives from DanceliftError, those about input are ValueErrors too."""

from __future__ import annotations

import os
import re
import sys
import warnings
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

_PACKAGE = str(Path(__file__).parent) + os.sep
_RECOGNIZE = ("torch", "safetensors", "captum")

EXTRAS = {
    "view": ("matplotlib", "PIL"),
    "video": ("av", "PIL", "rtmlib", "onnxruntime"),
    "mediapipe": ("av", "PIL", "mediapipe"),
    "viewer": ("rerun",),
    "annotate": ("pympi", "defusedxml"),
    "export": ("ezc3d", "pxr"),
    "batch": ("joblib", "threadpoolctl", "pyarrow", "fsspec"),
    "dask": ("joblib", "threadpoolctl", "pyarrow", "fsspec", "distributed"),
    "recognize": _RECOGNIZE,
    "choreography": ("dtaidistance",),
    "train": (*_RECOGNIZE, "lightning", "torchmetrics"),
}
"""The modules that each extra of the package installs, by its name: the optional dependencies of pyproject.toml."""


_LONGEST = 500  # characters of a message
_TAIL = 150  # of these from the end, where it says what was expected


class DanceliftError(Exception):
    """Base of every error that dancelift raises; a message is a line, of which over 500 characters lose the middle."""

    def __init__(self, message: object = "") -> None:
        text = re.sub(r"\s*[\r\n]\s*", " ", str(message))
        super().__init__(text if len(text) <= _LONGEST else f"{text[: _LONGEST - _TAIL - 5]} ... {text[-_TAIL:]}")


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


class MissingExtraError(DanceliftError, ImportError):
    """An optional dependency is not installed; the message says what needs it and how to install it."""


def require(extra: str, what: str, *modules: str) -> None:
    """Raise unless the optional dependencies that something needs are installed; imports none of them.

    Args:
        extra: of the package, one of EXTRAS.
        what: needs it, for the message.
        modules: those of the extra that are needed; none: all.

    Raises:
        MissingExtraError: one is not installed.
    """
    missing = [module for module in modules or EXTRAS[extra] if find_spec(module) is None]
    if missing:
        raise MissingExtraError(f'{what} needs {" and ".join(missing)}: pip install "dancelift[{extra}]"')


def require_main_interpreter() -> None:
    """Raise in a subinterpreter, such as those of mod_wsgi: neither NumPy nor the C++ core can be used there.

    Raises:
        ImportError: this is not the process's main interpreter.
    """
    for name in ("_interpreters", "_xxsubinterpreters"):  # of Python from 3.13 on, and before
        try:
            interpreters = import_module(name)
        except ImportError:
            continue
        if interpreters.get_current() != interpreters.get_main():
            raise ImportError("dancelift: imported in a subinterpreter, expected the main one, or another process")
        return
