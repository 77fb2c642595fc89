"""The movements that dancelift distinguishes: 154 types of 16 body parts, as `data/movements.toml` defines them."""

from __future__ import annotations

import hashlib
import json
import math
import os
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from dancelift.body.skeleton import SKELETONS
from dancelift.errors import InputError
from dancelift.files import DATA
from dancelift.movements.kinematics import Quantity, get_quantity

_FILE = DATA / "movements.toml"
_SIDES = ("left", "right")
_PART_KEYS = {"name", "joints", "sided"}
_MOVEMENT_KEYS = {"name", "part", "dancer", "when", "min_duration"}
_CONDITION_KEYS = {"quantity", "above", "below", "release", "unit", "of"}
_TYPES: dict[str, tuple[type, ...]] = {  # of the values of the keys whose value is no text
    "joints": (list,),
    "sided": (bool,),
    "when": (list,),
    "min_duration": (int, float),
    "above": (int, float),
    "below": (int, float),
    "release": (int, float),
}
_DEFAULT_MIN_DURATION = 0.2  # s, about the shortest time in which a dancer does anything on purpose
_MAX_MIN_DURATION = 10.0  # s; a longer one would be a mistake of the file, such as milliseconds


@dataclass(frozen=True)
class Condition:
    """A threshold on a quantity, with hysteresis: it holds from the onset until the quantity is back at the release.

    Attributes:
        quantity: name of one of `dancelift.movements.kinematics`; of a paired part's side, without "left" or "right".
        side: "left" or "right", of the body part; "" for one in the middle.
        onset: threshold at which the condition begins to hold, in the quantity's unit.
        release: threshold at which it ceases to: below `onset` for a quantity that must be above it, else above.
    """

    quantity: str
    side: str
    onset: float
    release: float

    @property
    def is_above(self) -> bool:
        """Whether the quantity must be above the threshold, not below it."""
        return self.release < self.onset

    @property
    def measured(self) -> Quantity:
        """The quantity that is compared with the thresholds."""
        return get_quantity(self.quantity)

    def __str__(self) -> str:
        name = f"{self.side} {self.quantity}" if self.measured.sided else self.quantity
        sign, unit = (">" if self.is_above else "<"), self.measured.unit
        return f"{name} {sign} {self.onset:g} {unit}, release {self.release:g}"


@dataclass(frozen=True)
class Movement:
    """A type of movement.

    Attributes:
        name: unlike any other's, such as "left elbow bent".
        part: that does it, one of the taxonomy's.
        dancer: what it is, in a dancer's words.
        when: it takes place where all of these conditions hold.
        min_duration: s; what is shorter does not count, and neither do interruptions that are shorter.
    """

    name: str
    part: str
    dancer: str
    when: tuple[Condition, ...]
    min_duration: float


@dataclass(frozen=True)
class Part:
    """A body part.

    Attributes:
        name: such as "left forearm".
        joints: J_e, the landmarks whose trajectories its movements are predicted from (Hu & Ahuja 2021, sec. 2.3).
    """

    name: str
    joints: tuple[str, ...]


@dataclass(frozen=True)
class Taxonomy:
    """Parts and their movements; a movement vector has one entry for each of `movements`, in this order."""

    parts: tuple[Part, ...]
    movements: tuple[Movement, ...]

    def __len__(self) -> int:
        return len(self.movements)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the movements, in their order."""
        return tuple(movement.name for movement in self.movements)

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """The different conditions of all movements, in the order of their first use."""
        return tuple(dict.fromkeys(condition for movement in self.movements for condition in movement.when))

    @cached_property
    def hash(self) -> str:
        """SHA-256 of all names, parts, joints and definitions: two taxonomies of one hash are the same."""
        about = {
            "parts": [asdict(part) for part in self.parts],
            "movements": [{k: v for k, v in asdict(m).items() if k != "dancer"} for m in self.movements],
        }
        return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()

    @cached_property
    def mirrored(self) -> tuple[int, ...]:
        """The index of each movement's mirror image, (M,); its own where there is none for the other side."""
        return tuple(self._indices.get(_swapped(name), i) for i, name in enumerate(self.names))

    def index(self, name: str) -> int:
        """Index of the movement of that name.

        Raises:
            InputError: there is none.
        """
        try:
            return self._indices[name]
        except KeyError:
            raise InputError(f"movement {name!r} is unknown, expected one of `dancelift movements`") from None

    def of_part(self, part: str) -> tuple[int, ...]:
        """Indices of the movements of a part, in their order.

        Raises:
            InputError: there is no such part.
        """
        found = tuple(i for i, movement in enumerate(self.movements) if movement.part == part)
        if not found:
            raise InputError(f"part {part!r} is unknown, expected one of {', '.join(p.name for p in self.parts)}")
        return found

    @cached_property
    def _indices(self) -> dict[str, int]:
        return {name: i for i, name in enumerate(self.names)}


@lru_cache(maxsize=1)
def standard_taxonomy() -> Taxonomy:
    """The taxonomy that ships with dancelift."""
    return load_taxonomy(_FILE)


def load_taxonomy(path: str | os.PathLike[str]) -> Taxonomy:
    """Read a taxonomy from a file laid out as `data/movements.toml`.

    A part with `sided = true` stands for two, left and right, and so does each of its movements; in their texts
    {side} and {other} are the side and the opposite one.

    Raises:
        InputError: the file is missing, or defines something that cannot be; the message names what and why.
    """
    path = Path(path)
    try:
        about = tomllib.loads(path.read_text(encoding="utf-8"))
        entries = [*about["part"]], [*about["movement"]]
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError) as reason:
        raise InputError(f"{path}: not a taxonomy, expected TOML with [[part]] and [[movement]] ({reason})") from None
    try:
        return _taxonomy(*entries)
    except InputError as reason:
        raise InputError(f"{path}: {reason}") from None


def _taxonomy(part_entries: list[dict[str, Any]], movement_entries: list[dict[str, Any]]) -> Taxonomy:
    parts: list[Part] = []
    movements: list[Movement] = []
    for entry in part_entries:
        _check_keys("part", entry, _PART_KEYS, optional={"sided"})
    for entry in movement_entries:
        _check_keys("movement", entry, _MOVEMENT_KEYS, optional={"min_duration"})
    for entry in part_entries:
        unsided = entry["name"]
        for side in _SIDES if entry.get("sided") else ("",):
            part = Part(f"{side} {unsided}".strip(), tuple(_of_side(name, side) for name in entry["joints"]))
            for joint in part.joints:
                if joint not in SKELETONS["coco17"].joints:
                    raise InputError(f"part {part.name!r} has joint {joint!r}, expected one of COCO-17")
            parts.append(part)
            movements += [_movement(m, part.name, side) for m in movement_entries if m["part"] == unsided]
    known = [entry["name"] for entry in part_entries]
    for m in movement_entries:
        if m["part"] not in known:
            raise InputError(f"movement {m['name']!r} has part {m['part']!r}, expected one of {known}")
    for names in ([part.name for part in parts], [movement.name for movement in movements]):
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise InputError(f"defined twice: {', '.join(twice)}")
    return Taxonomy(tuple(parts), tuple(movements))


def _movement(entry: Mapping[str, Any], part: str, side: str) -> Movement:
    name = f"{side} {entry['name']}".strip()
    duration = entry.get("min_duration", _DEFAULT_MIN_DURATION)
    if not 0 < duration < _MAX_MIN_DURATION:
        raise InputError(f"movement {name!r}: min_duration is {duration!r}, expected seconds, 0 to {_MAX_MIN_DURATION}")
    try:
        conditions = tuple(_condition(condition, side) for condition in entry["when"])
    except InputError as reason:
        raise InputError(f"movement {name!r}: {reason}") from None
    if not conditions:
        raise InputError(f"movement {name!r} has no condition, expected at least one")
    return Movement(name, part, _of_side(entry["dancer"], side), conditions, float(duration))


def _condition(entry: Mapping[str, Any], side: str) -> Condition:
    _check_keys("condition", entry, _CONDITION_KEYS, optional={"above", "below", "of"})
    quantity = get_quantity(entry["quantity"])
    if ("above" in entry) == ("below" in entry):
        raise InputError(f"a condition on {quantity.name!r} has {sorted(entry)}, expected either above or below")
    onset, release = float(entry.get("above", entry.get("below"))), float(entry["release"])
    if entry["unit"] != quantity.unit:
        raise InputError(f"{quantity.name!r} in {entry['unit']!r}, expected {quantity.unit!r}")
    if not abs(onset) + abs(release) < math.inf:
        raise InputError(f"{quantity.name!r} from {onset:g} with release {release:g}, expected numbers")
    if (release < onset) != ("above" in entry) or release == onset:
        raise InputError(f"{quantity.name!r} from {onset:g} with release {release:g}, expected it on the other side")
    if not quantity.sided:
        if "of" in entry:
            raise InputError(f"{quantity.name!r} of side {entry['of']!r}, expected none: there is only one")
        return Condition(quantity.name, "", onset, release)
    of = _of_side(entry.get("of", side), side)
    if of not in _SIDES:
        raise InputError(f"{quantity.name!r} of side {of!r}, expected one of {_SIDES}")
    return Condition(quantity.name, of, onset, release)


def _of_side(text: str, side: str) -> str:
    other = {"left": "right", "right": "left"}.get(side, "")
    return text.replace("{side}", side).replace("{other}", other)


def _swapped(name: str) -> str:
    """The name with left for right and right for left."""
    return " ".join({"left": "right", "right": "left"}.get(word, word) for word in name.split(" "))


def _check_keys(what: str, entry: Mapping[str, Any], allowed: set[str], optional: set[str]) -> None:
    if not isinstance(entry, dict):
        raise InputError(f"{what} is {entry!r}, expected a table with {', '.join(sorted(allowed))}")
    what = f"{what} {entry.get('name') or entry.get('quantity') or ''!r}".strip()
    for key in sorted(allowed - optional - set(entry)):
        raise InputError(f"{what} lacks {key!r}")
    for key in sorted(set(entry) - allowed):
        raise InputError(f"{what} has {key!r}, expected only {', '.join(sorted(allowed))}")
    for key, value in entry.items():
        types = _TYPES.get(key, (str,))
        if type(value) not in types:
            raise InputError(f"{what}: {key} is {value!r}, expected {' or '.join(each.__name__ for each in types)}")
        if key == "joints" and not all(isinstance(joint, str) for joint in value):
            raise InputError(f"{what}: joints are {value!r}, expected names of joints")
