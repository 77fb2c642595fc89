"""Files of trained networks: safetensors, and what they are for as JSON in the metadata's "about"."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from dancelift.errors import InputError
from dancelift.movements.taxonomy import Taxonomy


def write_weights(path: str | os.PathLike[str], tensors: Mapping[str, Tensor], about: Mapping[str, Any]) -> None:
    """Write tensors and what they are for; `about` must be fit for JSON."""
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    Path(path).write_bytes(save(plain, {"about": json.dumps(about)}))


@contextmanager
def open_weights(
    path: str | os.PathLike[str], expected: str, taxonomy: Taxonomy
) -> Iterator[tuple[dict[str, Tensor], dict[str, Any]]]:
    """Tensors and what they are for; whatever is wrong with them, also while they are used, is an InputError.

    Args:
        path: of the file.
        expected: what it should hold and who wrote it, for the message.
        taxonomy: that the weights must be for; its hash is about["taxonomy"].

    Raises:
        InputError: the file is missing or damaged, lacks something, or is for another taxonomy.
    """
    try:
        with safe_open(os.fspath(path), framework="pt") as file:
            about = json.loads((file.metadata() or {})["about"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}
        if about["taxonomy"] != taxonomy.hash:
            raise InputError(
                f"{path}: weights of another taxonomy, {about['taxonomy'][:12]}, expected {taxonomy.hash[:12]}: "
                "train them again"
            )
        yield tensors, about
    except InputError:
        raise
    except (OSError, SafetensorError, KeyError, TypeError, AttributeError, ValueError, RuntimeError) as error:
        raise InputError(f"{path}: not {expected} ({error})") from error


def find_device(device: str | None) -> torch.device:
    """The device of torch of that name; None: a GPU where there is one.

    Raises:
        InputError: it is not there.
    """
    try:
        where = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        torch.zeros(1).to(where)
    except (AssertionError, RuntimeError) as error:
        raise InputError(f"device {device!r}: {error}; expected one of PyTorch's that is there, such as cpu") from error
    return where
