"""How the movements of the taxonomy are told in a sentence."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """How a movement is told.

    Attributes:
        movement: its name in the taxonomy; {side} stands for left and right.
        begins: what the dancer does where it begins; {the hand} stands for "the left hand" or "both hands".
        holds: the same where it holds all along; empty: that is not told.
        quantity: how far is measured by; how far is told if it is an angle. Empty: it is not measured.
        least: value of the quantity, from which the movement is told, in its direction.
        needs: another movement that must take place too; empty: none.
        within: movements that it is a part of: it is not told where one of these takes place.
    """

    movement: str
    begins: str
    holds: str = ""
    quantity: str = ""
    least: float = 0.0
    needs: str = ""
    within: tuple[str, ...] = ()


_HEAD, _ABOVE, _OUT = "{side} hand at head height", "{side} hand above shoulders", "{side} hand out to the side"

RULES = (
    Rule("jumping", "jumps"),
    Rule(_HEAD, "raises {the hand} to head height", "keeps {the hand} at head height"),
    Rule(_ABOVE, "raises {the hand} above the shoulder", "keeps {the hand} above the shoulder", within=(_HEAD,)),
    Rule(_OUT, "stretches {the arm} out to the side", "keeps {the arm} stretched out to the side"),
    Rule(
        "{side} upper arm at shoulder level", "lifts {the arm} to shoulder level", "holds {the arm} at shoulder level",
        within=(_HEAD, _ABOVE, _OUT),
    ),
    Rule(
        "{side} hand at the midline", "brings {the hand} in front of the chest",
        "keeps {the hand} in front of the chest", needs="{side} hand ahead", within=(_HEAD, _ABOVE),
    ),
    Rule("{side} leg raised forward", "lifts {the leg} forward", quantity="thigh flexion", least=40),
    Rule("{side} leg extended back", "takes {the leg} back", quantity="thigh flexion", least=-25),
    Rule("{side} leg out to the side", "takes {the leg} out to the side", quantity="leg abduction", least=25),
    Rule("{side} knee bent", "bends {the knee}", quantity="knee flexion", least=70),
    Rule("torso leaning forward", "leans forward", quantity="trunk forward lean", least=18),
    Rule("torso leaning back", "leans back", quantity="trunk forward lean", least=-15),
    Rule("torso leaning left", "leans to the left", quantity="trunk left lean", least=15),
    Rule("torso leaning right", "leans to the right", quantity="trunk left lean", least=-15),
    Rule("torso twisted left", "twists the chest to the left", quantity="trunk twist", least=25),
    Rule("torso twisted right", "twists the chest to the right", quantity="trunk twist", least=-25),
    Rule("head turned left", "turns the head to the left", quantity="head turn", least=35),
    Rule("head turned right", "turns the head to the right", quantity="head turn", least=-35),
    Rule(
        "{side} hand behind", "takes {the hand} behind the back", "keeps {the hand} behind the back",
        quantity="hand forward distance", least=-0.25,
    ),
    Rule("{side} hand low", "lowers {the hand} below the waist"),
)  # fmt: skip
"""What is told of the movements of hands, arms, legs, trunk and head, the first ones first."""
