"""The taxonomy that ships, and files that define others."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from dancelift import SKELETONS, InputError
from dancelift.movements.kinematics import QUANTITIES
from dancelift.movements.taxonomy import Condition, Taxonomy, load_taxonomy, standard_taxonomy

STANDARD = standard_taxonomy()

PART = """
[[part]]
name = "forearm"
sided = true
joints = ["{side}_elbow", "{side}_wrist", "{other}_wrist"]
"""
WHEN = 'when = [{ quantity = "elbow flexion", above = 55, release = 40, unit = "deg" }]'
UNPAIRED = """
[[part]]
name = "forearm"
joints = ["left_elbow", "left_wrist"]
"""
MOVEMENT = f"""
[[movement]]
part = "forearm"
name = "elbow bent"
dancer = "The {{side}} elbow is bent, whatever the {{other}} one does."
{WHEN}
"""


@pytest.fixture
def path(tmp_path) -> Path:
    """Of a file that defines two parts and their two movements."""
    path = tmp_path / "movements.toml"
    path.write_text(PART + MOVEMENT, encoding="utf-8")
    return path


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


# the standard taxonomy


def test_there_are_16_parts_and_154_movements():
    sides = [f"{side} {part}" for part in ("shoulder", "upper arm", "forearm", "hand") for side in ("left", "right")]
    legs = [f"{side} {part}" for part in ("leg", "foot") for side in ("left", "right")]
    assert [part.name for part in STANDARD.parts] == ["head", *sides, "torso", "hips", *legs, "whole body"]
    assert len(STANDARD) == len(STANDARD.movements) == 154


def test_names_are_unique_and_plain():
    assert len(set(STANDARD.names)) == 154
    assert all(re.fullmatch("[a-z]+( [a-z]+)*", name) for name in STANDARD.names)


def test_every_movement_is_of_one_part():
    of_parts = [STANDARD.of_part(part.name) for part in STANDARD.parts]
    assert all(of_parts)
    assert sorted(i for of_part in of_parts for i in of_part) == list(range(154))
    assert all(STANDARD.movements[STANDARD.index(name)].name == name for name in STANDARD.names)


def test_left_and_right_have_the_same_movements():
    for part in STANDARD.parts:
        if part.name.startswith("left "):
            left, right = (
                [STANDARD.movements[i] for i in STANDARD.of_part(name)]
                for name in (part.name, part.name.replace("left", "right"))
            )
            assert [m.name.removeprefix("left ") for m in left] == [m.name.removeprefix("right ") for m in right]
            assert [m.min_duration for m in left] == [m.min_duration for m in right]
            for a, b in zip(left, right, strict=True):
                assert [replace(c, side="") for c in a.when] == [replace(c, side="") for c in b.when]


def test_every_description_is_one_sentence_of_its_own():
    for movement in STANDARD.movements:
        assert re.fullmatch(r"[A-Z][^\n{}]*\.", movement.dancer), movement.name
        assert len(movement.dancer) < 100, movement.name
    assert len({movement.dancer for movement in STANDARD.movements}) == 154


def test_paired_movement_says_its_side():
    for movement in STANDARD.movements:
        side = movement.part.split()[0]
        if side in ("left", "right"):
            assert movement.name.startswith(f"{side} ") and f" {side} " in movement.dancer, movement.name


def test_every_quantity_is_used():
    direct = {condition.quantity for movement in STANDARD.movements for condition in movement.when}
    through_others = {"leg flexion", "elbow flexion"}  # of which only the rate may be
    assert direct <= set(QUANTITIES) <= direct | through_others


def test_every_joint_is_one_of_coco17():
    for part in STANDARD.parts:
        assert part.joints and set(part.joints) <= set(SKELETONS["coco17"].joints)
        assert len(set(part.joints)) == len(part.joints)


def test_every_condition_tells_its_definition():
    assert str(Condition("elbow flexion", "left", 55, 40)) == "left elbow flexion > 55 deg, release 40"
    assert str(Condition("trunk twist", "", -8, 4)) == "trunk twist < -8 deg, release 4"
    for movement in STANDARD.movements:
        for condition in movement.when:
            assert condition.onset != condition.release and str(condition)


def test_unknown_names_are_refused():
    with pytest.raises(InputError, match=r"^movement 'left elbow bend' is unknown, expected one of `dancelift movem"):
        STANDARD.index("left elbow bend")
    with pytest.raises(InputError, match=r"^part 'forearm' is unknown, expected one of head, left shoulder, "):
        STANDARD.of_part("forearm")


# its hash


def changed(**about: object) -> Taxonomy:
    """The standard taxonomy with something else in its first movement."""
    first, *others = STANDARD.movements
    return replace(STANDARD, movements=(replace(first, **about), *others))


def test_same_definitions_have_the_same_hash():
    assert changed(dancer="Something else.").hash == changed().hash == STANDARD.hash


def test_other_definitions_have_another_hash():
    first = STANDARD.movements[0]
    (condition,) = first.when
    others = [
        changed(name="head averted"),
        changed(part="torso"),
        changed(min_duration=0.3),
        changed(when=(replace(condition, onset=condition.onset + 0.01),)),
        changed(when=(replace(condition, release=condition.release + 0.01),)),
        changed(when=(condition, condition)),
        replace(STANDARD, movements=STANDARD.movements[::-1]),
        replace(STANDARD, movements=STANDARD.movements[:-1]),
        replace(STANDARD, parts=(replace(STANDARD.parts[0], joints=("nose",)), *STANDARD.parts[1:])),
    ]
    assert len({other.hash for other in others} | {STANDARD.hash}) == len(others) + 1


# files


def test_paired_part_stands_for_two(path):
    taxonomy = load_taxonomy(path)
    left, right = taxonomy.parts
    assert left.name == "left forearm" and left.joints == ("left_elbow", "left_wrist", "right_wrist")
    assert right.name == "right forearm" and right.joints == ("right_elbow", "right_wrist", "left_wrist")
    assert taxonomy.names == ("left elbow bent", "right elbow bent")
    movement = taxonomy.movements[1]
    assert movement.dancer == "The right elbow is bent, whatever the left one does."
    assert movement.when == (Condition("elbow flexion", "right", 55.0, 40.0),)
    assert movement.part == "right forearm" and movement.min_duration == 0.2


def test_condition_can_be_of_the_other_side(path):
    change(path, 'unit = "deg"', 'unit = "deg", of = "{other}"')
    assert [m.when[0].side for m in load_taxonomy(path).movements] == ["right", "left"]


def test_movement_of_an_unpaired_part_can_be_of_a_side(path):
    change(path, PART, UNPAIRED)
    change(path, 'unit = "deg"', 'unit = "deg", of = "left"')
    (movement,) = load_taxonomy(path).movements
    assert movement.name == "elbow bent" and movement.when[0].side == "left"


def test_movement_says_how_long_it_lasts(path):
    change(path, WHEN, f"{WHEN}\nmin_duration = 1.5")
    assert {movement.min_duration for movement in load_taxonomy(path).movements} == {1.5}


def test_condition_below_ends_above(path):
    change(path, "above = 55, release = 40", "below = 40, release = 55")
    condition = load_taxonomy(path).movements[0].when[0]
    assert not condition.is_above and (condition.onset, condition.release) == (40, 55)


def test_missing_file_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"none\.toml: not a taxonomy, expected TOML with .*No such file"):
        load_taxonomy(tmp_path / "none.toml")


@pytest.mark.parametrize("content", [b"", b"words\n", b"\xff\xfe\x00", PART.encode(), MOVEMENT.encode()])
def test_what_is_no_taxonomy_is_refused(path, content):
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"movements\.toml: not a taxonomy, expected TOML with \[\[part\]\] and"):
        load_taxonomy(path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            '"elbow flexion"',
            '"elbow flexing"',
            "elbow bent': quantity 'elbow flexing' is unknown, expected one of head",
        ),
        ('unit = "deg"', 'unit = "rad"', "elbow bent': 'elbow flexion' in 'rad', expected 'deg'"),
        (
            "release = 40",
            "release = 60",
            "elbow bent': 'elbow flexion' from 55 with release 60, expected it on the other",
        ),
        (
            "release = 40",
            "release = 55",
            "elbow bent': 'elbow flexion' from 55 with release 55, expected it on the other",
        ),
        ("above = 55", "below = 55", "elbow bent': 'elbow flexion' from 55 with release 40, expected it on the other"),
        ("above = 55", "above = nan", "elbow bent': 'elbow flexion' from nan"),
        ("above = 55,", "above = 55, below = 9,", "elbow bent': .*'elbow flexion' .*expected either above or below"),
        ("above = 55, ", "", "elbow bent': .*'elbow flexion' .*expected either above or below"),
        (WHEN, "when = []", "elbow bent' has no condition, expected at least one"),
        ('part = "forearm"', 'part = "leg"', r"elbow bent' has part 'leg', expected one of \['forearm'\]"),
        ('part = "forearm"\n', "", "elbow bent' (lacks 'part'|has part None)"),
        ('name = "elbow bent"\n', "", "movement .*lacks 'name'"),
        (WHEN, "", "elbow bent' lacks 'when'"),
        ("release = 40, ", "", "elbow bent': condition .*lacks 'release'"),
        ('quantity = "elbow flexion", ', "", "elbow bent': condition .*lacks 'quantity'"),
        (', unit = "deg"', "", "elbow bent': condition .*lacks 'unit'"),
        (
            WHEN,
            f"{WHEN}\nrelease = 3",
            "elbow bent' has 'release', expected only dancer, min_duration, name, part, when",
        ),
        ('unit = "deg"', 'unit = "deg", side = "left"', "elbow bent': condition .*has 'side', expected only above, b"),
        ('unit = "deg"', 'unit = "deg", of = "middle"', "elbow bent': 'elbow flexion' of side 'middle', expected one"),
        (PART, UNPAIRED, "elbow bent': 'elbow flexion' of side '', expected one of"),
        (WHEN, f"{WHEN}\nmin_duration = 0", "elbow bent': min_duration is 0, expected seconds, 0 to 10"),
        (WHEN, f"{WHEN}\nmin_duration = 10", "elbow bent': min_duration is 10, expected seconds, 0 to 10"),
        (WHEN, f'{WHEN}\nmin_duration = "long"', "elbow bent': min_duration is 'long', expected "),
        ("joints =", "bones =", "part 'forearm' lacks 'joints'"),
        ("sided = true", "paired = true", "part 'forearm' has 'paired', expected only joints, name, sided"),
        (MOVEMENT, MOVEMENT + MOVEMENT, "defined twice: left elbow bent, right elbow bent$"),
        (PART, PART + PART, "defined twice: left forearm, right forearm$"),
    ],
)
def test_what_cannot_be_is_refused(path, old, new, message):
    change(path, old, new)
    with pytest.raises(InputError, match=rf"movements\.toml: .*{message}"):
        load_taxonomy(path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (PART, 'part = ["forearm"]', "part is 'forearm', expected a table"),
        (WHEN, "when = 3", "elbow bent': when is 3, expected list"),
        (WHEN, 'when = ["bent"]', "elbow bent': condition is 'bent', expected a table"),
        ('dancer = "The', "dancer = 3 #", "elbow bent': dancer is 3, expected str"),
        ("above = 55", 'above = "55"', "elbow bent': condition 'elbow flexion': above is '55', expected int or float"),
        ("above = 55", "above = true", "elbow bent': condition 'elbow flexion': above is True, expected int or float"),
        ("above = 55", "above = inf", "elbow bent': 'elbow flexion' from inf with release 40, expected numbers"),
        ("sided = true", 'sided = "yes"', "part 'forearm': sided is 'yes', expected bool"),
        ('"{side}_elbow"', '"{side}_elbo"', "part 'left forearm' has joint 'left_elbo', expected one of COCO-17"),
        ("joints = [", 'joints = "left_elbow" # [', "part 'forearm': joints is 'left_elbow', expected list"),
        ("joints = [", "joints = [1.5, ", "part 'forearm': joints are .1.5, "),
        (
            '"elbow flexion", above = 55, release = 40, unit = "deg"',
            '"trunk twist", above = 55, release = 40, unit = "deg", of = "{other}"',
            "elbow bent': 'trunk twist' of side '{other}', expected none",
        ),
    ],
)
def test_value_of_a_wrong_kind_is_refused(path, old, new, message):
    change(path, old, new)
    with pytest.raises(InputError, match=rf"movements\.toml: .*{message}"):
        load_taxonomy(path)
