"""Weights that ask for too much or for nonsense are refused by name and place, before they take time or memory."""

import json
import time

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="networks need the extra 'recognize'")

from safetensors import safe_open  # noqa: E402
from safetensors.torch import save_file  # noqa: E402

from dancelift.errors import InputError  # noqa: E402
from dancelift.genres.model import GenreArchitecture, GenreEnsemble, GenreLSTM, GenreModel, load_genre_model  # noqa: E402
from dancelift.genres.novelty import N_STATISTICS, Novelty  # noqa: E402
from dancelift.movements.model import load_movement_model  # noqa: E402
from dancelift.movements.taxonomy import standard_taxonomy  # noqa: E402
from fixtures.movement_weights import write_weights  # noqa: E402

N = len(standard_taxonomy())


@pytest.fixture(scope="module")
def movement_file(tmp_path_factory):
    return write_weights(tmp_path_factory.mktemp("movements") / "m.safetensors", "3d")


@pytest.fixture(scope="module")
def genre_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("genre") / "g.safetensors"
    torch.manual_seed(0)
    network = GenreEnsemble([GenreLSTM(GenreArchitecture(N, 2, 3, 4))])
    s, d = N_STATISTICS * N, 2
    novelty = Novelty(np.zeros(s), np.ones(s), np.eye(d, s), np.zeros((2, d)), np.eye(d), np.ones(2), 3.0)
    model = GenreModel(
        network.eval(), ("a", "b"), ("movements",), standard_taxonomy(), 4.0, 1.0, {"F": 0.5}, novelty=novelty
    )
    model.save(path)
    assert load_genre_model(path, device="cpu").novelty.threshold == 3.0
    return path


def refused(load, path, tmp_path, about, tensors, *expected):
    """Loading the weights with some of what they say replaced, by the keys' path, is an InputError, and soon."""
    with safe_open(path, "pt") as file:
        kept = {key: file.get_tensor(key) for key in file.keys()} | tensors
        says = json.loads(file.metadata()["about"])
    for key, value in about.items():
        *above, last = key.split(".")
        place = says
        for name in above:
            place = place[name]
        place[last] = value
    other = tmp_path / "other.safetensors"
    save_file(kept, other, {"about": json.dumps(says)})
    start = time.monotonic()
    with pytest.raises(InputError) as error:
        load(other, device="cpu")
    assert time.monotonic() - start < 2
    message = str(error.value)
    assert message.startswith(f"{other}: ")
    assert len(message) <= 500
    for part in expected:
        assert part in message


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        ({"architecture.layers": 10_000_000}, "layers is 10000000, expected a whole number from 1 to 16"),
        ({"architecture.layers": 16}, "expected the same"),
        ({"architecture.hidden": 4096}, "tensor bias.0 is (16, 16) and by the architecture (16, 16384)"),
        ({"architecture.hidden": 10**9}, "hidden is 1000000000"),
        ({"architecture.hidden": -1}, "hidden is -1"),
        ({"architecture.hidden": 4.0}, "hidden is 4.0, expected a whole number"),
        ({"architecture.delay": -3}, "delay is -3"),
        ({"architecture.delay": 10**9}, "delay is 1000000000"),
        ({"architecture.dropout": "nan"}, "dropout is 'nan'"),
        ({"architecture": 5}, "not a movement model"),
        ({"figures": {"x" * 10_000_000: 1}}, "about is of"),
        ({"figures": {"x" * 1000: 1}}, "figures is 'xxx"),
        ({"figures": 3}, "figures is 3, expected numbers by name"),
        ({"taxonomy": 5}, "taxonomy is 5"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_movement_weights_that_say_nonsense(movement_file, tmp_path, about, expected):
    refused(load_movement_model, movement_file, tmp_path, about, {}, expected)


@pytest.mark.parametrize(
    ("tensors", "expected"),
    [
        ({"mean": torch.full((16, 107), torch.nan)}, "mean has a number that is not finite"),
        ({"scale": torch.zeros(16, 107)}, "scale goes down to 0"),
        ({"thresholds": torch.full((N,), torch.nan)}, "thresholds has a number that is not finite"),
        ({"n_positives": torch.full((N,), -1)}, "n_positives go down to -1"),
        ({"skip_weight": torch.zeros(1)}, "tensor skip_weight is (1,)"),
    ],
    ids=["mean", "scale", "thresholds", "n_positives", "skip_weight"],
)
def test_movement_weights_of_numbers_that_cannot_be(movement_file, tmp_path, tensors, expected):
    refused(load_movement_model, movement_file, tmp_path, {}, tensors, expected)


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        ({"temperature": 0}, "temperature is 0, expected a number at least 0.001"),
        ({"temperature": float("nan")}, "temperature is nan"),
        ({"temperature": -1.5}, "temperature is -1.5"),
        ({"temperature": "warm"}, "temperature is 'warm'"),
        ({"window": 0}, "window is 0"),
        ({"window": float("nan")}, "window is nan"),
        ({"window": 1e300}, "window is 1e+300"),
        ({"members": 10_000_000}, "members is 10000000"),
        ({"members": 0}, "members is 0"),
        ({"members": 2}, "tensor members.1.lstm.bias_hh_l0 is missing"),
        ({"architecture.hidden": 4096}, "by the architecture"),
        ({"architecture.hidden": 10**9}, "hidden is 1000000000"),
        ({"genres": ["a"]}, "genres is ['a'], expected a list of 2"),
        ({"genres": ["a", "a"]}, "different genres"),
        ({"genres": ["a", "b\0"]}, "genres[1] is 'b\\x00'"),
        ({"genres": ["a", "\ud800"]}, "genres[1] is '\\ud800'"),
        ({"inputs": ["movements", "movements"]}, "weights for inputs"),
        ({"inputs": ["pose3d"]}, "154 channels for pose3d"),
        ({"inputs": [[]]}, "weights for inputs"),
        ({"novelty_threshold": 0}, "novelty_threshold is 0"),
        ({"novelty_threshold": float("nan")}, "novelty_threshold is nan"),
        ({"movement_vectors": "none"}, "weights for movements from 'none'"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_genre_weights_that_say_nonsense(genre_file, tmp_path, about, expected):
    refused(load_genre_model, genre_file, tmp_path, about, {}, expected)


@pytest.mark.parametrize(
    ("tensors", "expected"),
    [
        ({"novelty.mean": torch.zeros(5)}, "novelty.mean has shape (5,)"),
        ({"novelty.components": torch.zeros(2, 5)}, "novelty.components has shape (2, 5)"),
        ({"novelty.scale": torch.zeros(N_STATISTICS * N)}, "novelty.scale goes down to 0"),
        ({"novelty.typical": torch.tensor([1.0, 0.0])}, "novelty.typical is [1.0, 0.0]"),
        ({"novelty.precision": torch.full((2, 2), torch.inf)}, "novelty.precision has a number that is not finite"),
        ({"novelty.genre_means": torch.zeros(3, 2)}, "novelty.genre_means has shape (3, 2)"),
        ({"members.0.scale": torch.zeros(N)}, "members.0.scale goes down to 0"),
    ],
    ids=lambda value: "" if isinstance(value, dict) else str(value)[:20],
)
def test_genre_weights_of_numbers_that_cannot_be(genre_file, tmp_path, tensors, expected):
    refused(load_genre_model, genre_file, tmp_path, {}, tensors, expected)


def test_metadata_that_is_nested_without_end(movement_file, tmp_path):
    save_file({"a": torch.zeros(1)}, tmp_path / "a.safetensors", {"about": "[" * 100_000})
    for load in (load_movement_model, load_genre_model):
        with pytest.raises(InputError, match=r"a.safetensors: not a .* \(RecursionError"):
            load(tmp_path / "a.safetensors", device="cpu")
