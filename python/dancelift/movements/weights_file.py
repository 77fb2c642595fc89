"""Files of trained networks: the tensors as safetensors, and what they are for as JSON in the metadata's "about"."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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
    """Open a file of tensors and what they are for; whatever is wrong with it, also while it is used, is an InputError.

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
