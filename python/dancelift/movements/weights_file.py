"""Files of trained networks: the tensors as safetensors, and what they are for as JSON in the metadata's "about"."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from dancelift.errors import DanceliftError, InputError
from dancelift.movements.taxonomy import Taxonomy
from dancelift.provenance import VERSION
from dancelift.rounding import SCALE, pack, unpack
from dancelift.stored import StoredJson

_LARGEST_ABOUT = 2**20  # characters

Network = TypeVar("Network", bound=nn.Module)


def write_weights(path: str | os.PathLike[str], tensors: Mapping[str, Tensor], about: Mapping[str, Any]) -> None:
    """Write tensors, what they are for, and dancelift's version; `about` must be fit for JSON."""
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    Path(path).write_bytes(save(plain, {"about": json.dumps({**about, "version": VERSION})}))


def pack_state(network: nn.Module) -> dict[str, Tensor]:
    """Return what a file keeps of a network whose weights are stacked over parts: large ones in 8 bits."""
    state = {name: tensor.detach().cpu().numpy() for name, tensor in network.state_dict().items()}
    return {name: torch.from_numpy(stored) for name, stored in pack(state, stacked=True).items()}


def unpack_state(packed: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the state of a network, in float32, of what `pack_state` made of it.

    Raises:
        InputError: scales are not those of the weight that they are named after.
    """
    state = {}
    for name, tensor in packed.items():
        weight, scale = name.removesuffix(SCALE), packed.get(name + SCALE)
        if weight != name and weight in packed:
            continue
        if scale is not None and scale.shape != (expected := (*tensor.shape[:-2], 1, *tensor.shape[-1:])):
            raise InputError(f"tensor {name}{SCALE} is {tuple(scale.shape)}, expected {expected}")
        state[name] = torch.from_numpy(unpack(tensor.numpy(), None if scale is None else scale.numpy()))
    return state


@contextmanager
def open_weights(
    path: str | os.PathLike[str], expected: str, taxonomy: Taxonomy
) -> Iterator[tuple[dict[str, Tensor], StoredJson]]:
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
            text = (file.metadata() or {})["about"]
            if len(text) > _LARGEST_ABOUT:
                raise InputError(f"about is of {len(text)} characters, expected at most {_LARGEST_ABOUT}")
            about = json.loads(text)
            if not isinstance(about, dict):
                raise InputError(f"not {expected} (about is a {type(about).__name__}, expected an object)")
            stored = StoredJson(about)
            if stored.text("taxonomy") != taxonomy.hash:
                raise InputError(
                    f"weights of another taxonomy, {about['taxonomy'][:12]}, expected {taxonomy.hash[:12]}: "
                    "train them again"
                )
            tensors = {name: file.get_tensor(name) for name in file.keys()}
        for name, tensor in tensors.items():
            if not tensor.isfinite().all():
                raise InputError(f"{name} has a number that is not finite, expected none")
            if name.split(".")[-1] == "scale" and not (tensor > 0).all():
                raise InputError(f"{name} goes down to {tensor.min().item():g}, expected numbers above 0")
        yield tensors, stored
    except InputError as error:
        reason = str(error)
        raise error if reason.startswith(f"{path}: ") else InputError(f"{path}: {reason}") from error
    except DanceliftError:
        raise
    except (OSError, SafetensorError) as error:
        raise InputError(f"{path}: not {expected} ({error})") from error
    except Exception as error:  # json, torch and Python each have their own
        raise InputError(f"{path}: not {expected} ({type(error).__name__}: {error})") from error


def load_network(build: Callable[[], Network], tensors: Mapping[str, Tensor]) -> Network:
    """Build a network and give it its weights; what it would be is compared before it takes memory.

    Args:
        build: makes it.
        tensors: of its state, by name.

    Raises:
        InputError: the tensors are not those of such a network.
    """
    with torch.device("meta"):
        expected = {name: tuple(tensor.shape) for name, tensor in build().state_dict().items()}
    found = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    for name in sorted({*expected, *found}):
        if expected.get(name) != found.get(name):
            shapes = (str(shapes.get(name, "missing")) for shapes in (found, expected))
            raise InputError(f"tensor {name} is {' and by the architecture '.join(shapes)}, expected the same")
    network = build()
    network.load_state_dict(dict(tensors))
    return network
