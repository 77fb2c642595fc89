"""The movements that dancelift tells apart: 154 types of 16 body parts, as `data/movements.toml` defines them."""

from __future__ import annotations

import hashlib
import json
import math
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from dancelift.body.skeleton import SKELETONS
from dancelift.errors import InputError
from dancelift.files import DATA
from dancelift.movements.kinematics import Quantity, get_quantity

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_FILE = DATA / "movements.toml"
_SIDES = ("left", "right")
_PART_KEYS = {"name", "joints", "sided"}
_MOVEMENT_KEYS = {"name", "part", "dancer", "when", "lasting"}
_CONDITION_KEYS = {"quantity", "above", "below", "until", "unit", "of"}
_KINDS: dict[str, tuple[type, ...]] = {  # of value, for the keys whose value is no text
    "joints": (list,),
    "sided": (bool,),
    "when": (list,),
    "lasting": (int, float),
    "above": (int, float),
    "below": (int, float),
    "until": (int, float),
}
_USUAL_LASTING, _LONGEST_LASTING = 0.2, 10.0  # s


@dataclass(frozen=True)
class Condition:
    """A quantity beyond a threshold, with hysteresis: from where it passes `beyond` until it falls back to `until`.

    Attributes:
        quantity: name of one of `dancelift.movements.kinematics`; of a paired part's side, without "left" or "right".
        side: "left" or "right", of the body part; "" for one in the middle.
        beyond: threshold at which the condition begins to hold, in the quantity's unit.
        until: threshold at which it ceases to: below `beyond` for a quantity that must be above it, else above.
    """

    quantity: str
    side: str
    beyond: float
    until: float

    @property
    def is_above(self) -> bool:
        """Whether the quantity must be above the threshold, not below it."""
        return self.until < self.beyond

    @property
    def measured(self) -> Quantity:
        """What is compared."""
        return get_quantity(self.quantity)

    def __str__(self) -> str:
        name = f"{self.side} {self.quantity}" if self.measured.sided else self.quantity
        sign, unit = (">" if self.is_above else "<"), self.measured.unit
        return f"{name} {sign} {self.beyond:g} {unit}, until {self.until:g}"


@dataclass(frozen=True)
class Movement:
    """One type of movement.

    Attributes:
        name: unlike any other's, such as "left elbow bent".
        part: that does it, one of the taxonomy's.
        dancer: what it is, in a dancer's words.
        when: it takes place where all of these conditions hold.
        lasting: s; what is shorter does not count, and neither do interruptions that are shorter.
    """

    name: str
    part: str
    dancer: str
    when: tuple[Condition, ...]
    lasting: float


@dataclass(frozen=True)
class Part:
    """A body part.

    Attributes:
        name: such as "left forearm".
        joints: J_e, the landmarks whose trajectories tell its movements (Hu & Ahuja 2021, sec. 2.3).
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
        """Of the movements."""
        return tuple(movement.name for movement in self.movements)

    @cached_property
    def hash(self) -> str:
        """Tells this taxonomy from every other: SHA-256 of all names, parts, joints and definitions."""
        about = {
            "parts": [asdict(part) for part in self.parts],
            "movements": [{k: v for k, v in asdict(m).items() if k != "dancer"} for m in self.movements],
        }
        return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()

    @cached_property
    def mirrored(self) -> tuple[int, ...]:
        """(M,) the movement that a mirror image does, or the same one where there is none for the other side."""
        return tuple(self._indices.get(_swapped(name), i) for i, name in enumerate(self.names))

    def index(self, name: str) -> int:
        """Of the movement of that name.

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
        _check_keys("movement", entry, _MOVEMENT_KEYS, optional={"lasting"})
    for entry in part_entries:
        kind = entry["name"]
        for side in _SIDES if entry.get("sided") else ("",):
            part = Part(f"{side} {kind}".strip(), tuple(_of_side(name, side) for name in entry["joints"]))
            for joint in part.joints:
                if joint not in SKELETONS["coco17"].joints:
                    raise InputError(f"part {part.name!r} has joint {joint!r}, expected one of COCO-17")
            parts.append(part)
            movements += [_movement(m, part.name, side) for m in movement_entries if m["part"] == kind]
    kinds = [entry["name"] for entry in part_entries]
    for m in movement_entries:
        if m["part"] not in kinds:
            raise InputError(f"movement {m['name']!r} has part {m['part']!r}, expected one of {kinds}")
    for names in ([part.name for part in parts], [movement.name for movement in movements]):
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise InputError(f"defined twice: {', '.join(twice)}")
    return Taxonomy(tuple(parts), tuple(movements))


def _movement(entry: Mapping[str, Any], part: str, side: str) -> Movement:
    name = f"{side} {entry['name']}".strip()
    lasting = entry.get("lasting", _USUAL_LASTING)
    if not 0 < lasting < _LONGEST_LASTING:
        raise InputError(f"movement {name!r}: lasting is {lasting!r}, expected seconds, 0 to {_LONGEST_LASTING}")
    try:
        conditions = tuple(_condition(condition, side) for condition in entry["when"])
    except InputError as reason:
        raise InputError(f"movement {name!r}: {reason}") from None
    if not conditions:
        raise InputError(f"movement {name!r} has no condition, expected at least one")
    return Movement(name, part, _of_side(entry["dancer"], side), conditions, float(lasting))


def _condition(entry: Mapping[str, Any], side: str) -> Condition:
    _check_keys("condition", entry, _CONDITION_KEYS, optional={"above", "below", "of"})
    quantity = get_quantity(entry["quantity"])
    if ("above" in entry) == ("below" in entry):
        raise InputError(f"a condition on {quantity.name!r} has {sorted(entry)}, expected either above or below")
    beyond, until = float(entry.get("above", entry.get("below"))), float(entry["until"])
    if entry["unit"] != quantity.unit:
        raise InputError(f"{quantity.name!r} in {entry['unit']!r}, expected {quantity.unit!r}")
    if not abs(beyond) + abs(until) < math.inf:
        raise InputError(f"{quantity.name!r} from {beyond:g} until {until:g}, expected numbers")
    if (until < beyond) != ("above" in entry) or until == beyond:
        raise InputError(f"{quantity.name!r} from {beyond:g} until {until:g}, expected to end on the other side")
    if not quantity.sided:
        if "of" in entry:
            raise InputError(f"{quantity.name!r} of side {entry['of']!r}, expected none: there is only one")
        return Condition(quantity.name, "", beyond, until)
    of = _of_side(entry.get("of", side), side)
    if of not in _SIDES:
        raise InputError(f"{quantity.name!r} of side {of!r}, expected one of {_SIDES}")
    return Condition(quantity.name, of, beyond, until)


def _of_side(text: str, side: str) -> str:
    other = {"left": "right", "right": "left"}.get(side, "")
    return text.replace("{side}", side).replace("{other}", other)


def _swapped(name: str) -> str:
    """With left for right and right for left."""
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
        kinds = _KINDS.get(key, (str,))
        if type(value) not in kinds:
            raise InputError(f"{what}: {key} is {value!r}, expected {' or '.join(kind.__name__ for kind in kinds)}")
