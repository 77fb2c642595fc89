"""What a dancer does, in a sentence."""

import numpy as np
import pytest

from dancelift.choreography.movement_rules import RULES
from dancelift.choreography.performance import Performance
from dancelift.choreography.sentences import Describer, Sentence
from dancelift.movements.kinematics import get_quantity
from dancelift.movements.taxonomy import standard_taxonomy
from fixtures.body_motions import TIME, along, body, hold, motion
from fixtures.performances import real

SECONDS = len(TIME) / 30


def described(poses3d: np.ndarray, **about) -> Sentence:
    performance = Performance.of(motion(poses3d, **about))
    return Describer(performance).describe(performance.start, performance.start + SECONDS)


def clauses(poses3d: np.ndarray) -> list[str]:
    return [clause.text for clause in described(poses3d).clauses]


def eased(amount: float) -> np.ndarray:
    """(T,): from 0 to an amount between 1 and 3 s."""
    share = np.clip((TIME - 1) / 2, 0, 1)
    return amount * share**2 * (3 - 2 * share)


@pytest.mark.parametrize(
    ("axis", "distance", "words"),
    [("x", 1.2, "to the left"), ("x", -0.8, "to the right"), ("z", 2.0, "forward"), ("z", -0.5, "back")],
)
@pytest.mark.parametrize("yaw", [0, 140])
def test_travel_is_told_in_the_dancers_own_directions(axis, distance, words, yaw):
    path = along(axis, eased(distance))
    turn = np.radians(yaw)
    path = path @ np.array([[np.cos(turn), 0, -np.sin(turn)], [0, 1, 0], [np.sin(turn), 0, np.cos(turn)]])
    assert f"travels {abs(distance):.1f} m {words}" in clauses(body(root=path, yaw=float(yaw)))


def test_who_comes_back_is_told_to():
    assert "goes 2.4 m and comes back to the same place" in clauses(body(root=along("z", hold(0, 1.2))))


@pytest.mark.parametrize(
    ("angle", "words"),
    [
        (-180, "turns half a turn clockwise"),
        (90, "turns a quarter turn counter-clockwise"),
        (360, "turns a full turn counter-clockwise"),
        (-540, "turns one and a half turns clockwise"),
        (125, "turns 1"),
    ],
)
def test_turns_are_told_as_seen_from_above(angle, words):
    (text,) = [text for text in clauses(body(yaw=eased(angle))) if text.startswith("turns")]
    assert text.startswith(words)


def test_both_ways_of_a_turn_are_told_in_turn():
    turns = [text for text in clauses(body(yaw=hold(0, 90))) if text.startswith("turns")]
    assert turns == ["turns a quarter turn counter-clockwise", "turns a quarter turn clockwise"]


def test_arm_is_raised_on_its_side():
    sentence = described(body(right_elevation=hold(10, 150)), start=20.0)
    (clause,) = [clause for clause in sentence.clauses if "raises" in clause.text]
    assert clause.text == "raises the right hand to head height"
    assert clause.part == "right hand"
    assert clause.start == pytest.approx(21.3, abs=0.3) and clause.end == pytest.approx(23.3, abs=0.3)
    assert sentence.text.startswith("From 20.0 to 24.0 s the dancer ")
    assert "above the shoulder" not in sentence.text and "shoulder level" not in sentence.text


def test_what_both_sides_do_at_once_is_told_once():
    texts = clauses(body(left_elevation=hold(10, 95), right_elevation=hold(10, 95)))
    assert "stretches both arms out to the side" in texts
    assert not any("left arm" in text or "right arm" in text for text in texts)


def test_what_holds_all_along_is_told_as_held():
    assert "keeps the left arm stretched out to the side" in clauses(body(left_elevation=95.0))


def test_how_far_is_measured():
    sentence = described(body(left_hip_flexion=hold(0, 65)))
    (clause,) = [clause for clause in sentence.clauses if clause.part == "left leg"]
    assert clause.text == f"lifts the left leg forward by {clause.amount:.0f} degrees"
    assert clause.amount == pytest.approx(65, abs=2) and clause.unit == "deg"


def test_small_movements_of_legs_and_trunk_are_not_told():
    assert clauses(body(spine_flexion=hold(0, 10), head_turn=hold(0, 25), left_hip_abduction=hold(0, 5))) == [
        "hardly moves"
    ]


def test_who_stands_still_hardly_moves():
    sentence = described(body())
    assert sentence.text == "From 0.0 to 4.0 s the dancer hardly moves."
    assert sentence.caption == "a dancer hardly moves."


def test_rules_are_of_the_taxonomy_and_its_quantities():
    taxonomy = standard_taxonomy()
    for rule in RULES:
        for name in filter(None, (rule.movement, rule.needs, *rule.within)):
            taxonomy.index(name.format(side="left"))
        if rule.quantity:
            assert get_quantity(rule.quantity) and rule.least


def test_real_dance_is_described():
    performance = Performance.of(real("cha-cha_6"))
    text = Describer(performance).describe(5, 9).text
    assert text.startswith("From 5.0 to 9.0 s the dancer travels 0.6 m forward on a way of ")
    assert "takes 5 steps" in text and text.endswith(".")
