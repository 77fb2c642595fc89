"""Every movement type is found in a motion that does it, and not in one that nearly does."""

import numpy as np
import pytest

from dancelift.movements.labeller import label_movements
from dancelift.movements.labels import MovementLabels
from dancelift.movements.taxonomy import standard_taxonomy
from fixtures.body_motions import TIME, body, mirrored, mirrored_name, motion
from fixtures.movement_examples import EXAMPLES, Example

TAXONOMY = standard_taxonomy()
all_types = pytest.mark.parametrize("name", TAXONOMY.names)


def key_of(name: str) -> str:
    """Of a type's example: its name, for a paired part without the side."""
    return name if name in EXAMPLES else name.removeprefix("left ").removeprefix("right ")


def labels_of(name: str, example: Example, value: float) -> MovementLabels:
    poses = example.make(value)
    on_the_right = name.startswith("right ") and name not in EXAMPLES
    return label_movements(motion(mirrored(poses) if on_the_right else poses))


def active(labels: MovementLabels, name: str) -> np.ndarray:
    """(T,) of one type."""
    return labels.active[:, TAXONOMY.index(name)]


def test_every_type_has_an_example():
    assert {key_of(name) for name in TAXONOMY.names} == set(EXAMPLES)


@all_types
def test_movement_is_told_while_it_takes_place(name):
    example = EXAMPLES[key_of(name)]
    start, end = example.span
    for value in example.does:
        labels = labels_of(name, example, value)
        assert labels.known.all()
        assert active(labels, name)[(start <= TIME) & (TIME <= end)].mean() >= 0.5


@all_types
def test_near_miss_is_not_told(name):
    example = EXAMPLES[key_of(name)]
    for value in example.near_misses:
        assert not active(labels_of(name, example, value), name).any()


@pytest.mark.parametrize("name", [name for name in TAXONOMY.names if name.startswith(("left ", "right "))])
def test_movement_of_one_side_is_none_of_the_other(name):
    example = EXAMPLES[key_of(name)]
    for value in example.does:
        assert not active(labels_of(name, example, value), mirrored_name(name)).any()


def test_person_who_stands_moves_in_no_way():
    speeds = {m.name: [c for c in m.when if c.measured.unit.endswith("/s")] for m in TAXONOMY.movements}
    still = {name for name, of in speeds.items() if any(c.onset > 0 and not c.is_above for c in of)}
    moving = {name for name, of in speeds.items() if of} - still | {"jumping"}
    labels = label_movements(motion(body()))
    found = {name for name in TAXONOMY.names if active(labels, name).any()}
    assert not found & moving
    assert {"still", "left foot planted"} <= still <= found


def test_person_who_stands_is_upright_and_hangs_the_arms():
    labels = label_movements(motion(body()))
    upright = {"feet closed"} | {
        f"{side} {what}" for side in ("left", "right") for what in ("knee straight", "hand low")
    }
    assert all(active(labels, name).all() for name in upright)
    assert not any(active(labels, name).any() for name in ("hips low", "arms open", "left hand above shoulders"))
