"""What is in the files that dancelift writes for itself and for the browser, and how they were made, line by line."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from dancelift.batch.record import figures
from dancelift.checks import shown
from dancelift.errors import InputError
from dancelift.files import open_npz
from dancelift.formats.labels import read_annotations
from dancelift.formats.source import read_json
from dancelift.lifting.result import LiftResult, load_lift
from dancelift.movements.taxonomy import standard_taxonomy
from dancelift.priors.prior import load_prior
from dancelift.provenance import Provenance
from dancelift.recognition.result import load_recognition

_LARGEST_HEADER = 2**24  # bytes of a file of weights
_LARGEST_HEAD = 2**20  # characters of a page in which it says how it was made
MOST_SHOWN = 12
"""Persons, values or columns of a file that are named."""

_MM = 1000.0


def recognition_lines(path: Path) -> Iterator[str]:
    found = load_recognition(path)
    yield "a recognition"
    yield from _of_lift(found.lift)
    genres = sorted(found.genre_probabilities.items(), key=lambda item: -item[1])
    yield f"dance: {found.genre or found.no_genre or 'not recognised'}"
    yield ", ".join(f"{genre} {share:.0%}" for genre, share in genres) or "no genres"
    yield f"{int(found.active.any(axis=0).sum())} of {len(found.taxonomy)} movements take place"
    yield from _made(found.provenance)


def lift_lines(path: Path) -> Iterator[str]:
    yield "a lift"
    yield from _of_lift(load_lift(path))


def _of_lift(found: LiftResult) -> Iterator[str]:
    known = figures(found, None)
    image = f", image {found.image_size[0]}x{found.image_size[1]}" if found.image_size else ""
    yield f"1 person, {length(len(found.poses3d), found.fps)}, {found.skeleton.name}{image}"
    numbers = found.frame_numbers
    yield f"frames {numbers[0]} to {numbers[-1]} of the video, {found.seen.mean():.0%} of the joints seen"
    if found.takes is not None:
        yield f"cut into {len(found.takes)} takes, which begin at {', '.join(str(take.start) for take in found.takes)}"
    camera = found.camera
    known_focal = "given" if camera.focal_known else "estimated"
    yield f"camera: {camera.model}, focal length {camera.focal:.1f} px, {known_focal}"
    second = "" if known["second_seed_error"] is None else f", of the next best {known['second_seed_error']:.2f}"
    yield f"error a frame {known['seed_error']:.2f}{second}; {len(found.seed_labels)} seeds"
    if found.observed2d is not None:
        seen = found.observed2d[..., 2] > 0
        off = np.linalg.norm(found.keypoints2d - found.observed2d[..., :2], axis=2)[seen].mean()
        yield f"reprojection: {off:.1f} px from the keypoints on average"
    if found.deviations.size:
        across, along = _MM * found.deviations.mean(axis=(0, 1))
        yield f"standard deviation of joints: {across:.0f} mm across the line of sight, {along:.0f} mm along it"
    yield from _made(found.provenance)


def label_lines(path: Path) -> Iterator[str]:
    found = read_annotations(path, standard_taxonomy())
    yield "movement labels"
    yield f"{length(len(found), found.fps)}, from {found.start:g} s of the video"
    yield f"{int(found.active.any(axis=0).sum())} of {len(found.taxonomy)} movements take place"
    yield f"{found.known.mean():.0%} of frames and movements are known"
    yield from _made(found.provenance)


def holds_prior(path: Path) -> bool:
    return {"mean", "covariance", "landmarks", "about"} <= members(path)


def prior_lines(path: Path) -> Iterator[str]:
    found = load_prior(path)
    yield f"a pose prior, {found.name!r}"
    gaussians = 1 if found.mixture is None else len(found.mixture.weights)
    yield f"{len(found.mean)} landmarks, {gaussians} Gaussian{'s' * (gaussians > 1)}, {len(found.nets)} networks"
    yield f"hash of its numbers: {found.hash}"


def holds_export(path: Path) -> bool:
    return {"poses3d", "joints", "persons", "provenance"} <= members(path)


def members(path: Path) -> set[str]:
    if path.suffix.lower() != ".npz" or not path.is_file():
        return set()
    with open_npz(path, "an npz, expected one that can be read") as file:
        return set(file.files)


def weights_lines(path: Path) -> Iterator[str]:
    """Reads the header of the format itself: what networks are for is known without torch."""
    with open(path, "rb") as file:
        size = int.from_bytes(file.read(8), "little")
        text = file.read(min(size, _LARGEST_HEADER))
    try:
        header = json.loads(text)
        about = json.loads(header.pop("__metadata__")["about"])
        tensors = [each["shape"] for each in header.values()]
        n_numbers = sum(int(np.prod(shape)) for shape in tensors)
        kind = str(about["format"])
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(f"{path}: not weights of dancelift ({error}), expected safetensors that it wrote") from None
    yield f"weights, {kind}"
    yield f"{len(tensors)} tensors, {n_numbers} numbers"
    if find_spec("torch") is not None and find_spec("safetensors") is not None:
        from dancelift.genres.model import load_genre_model
        from dancelift.movements.model import load_movement_model

        model = load_genre_model(path) if kind.startswith("dancelift genre") else load_movement_model(path)
        yield f"hash of its numbers: {model.hash}"
    yield from _values(about)


def page_lines(path: Path) -> Iterator[str]:
    with open(path, encoding="utf-8", errors="replace") as file:
        head = file.read(_LARGEST_HEAD)
    title = re.search(r"<title>(.*?)</title>", head, re.DOTALL)
    yield f"a page, {html.unescape(title[1]) if title else 'without a title'!r}"
    found = re.search(r'<meta name="dancelift" content="(.*?)">', head)
    if found is None:
        yield "does not say how it was made"
        return
    yield from made_of_lines(parsed(path, html.unescape(found[1])).get("of"))


def json_lines(path: Path) -> Iterator[str]:
    content = read_json(path)
    yield str(content["format"]).removeprefix("dancelift ") + ", JSON of dancelift"
    yield from _values({name: value for name, value in content.items() if name not in ("format", "provenance")})
    provenance = content.get("provenance")
    if isinstance(provenance, dict):
        yield from made_of_lines(provenance.get("of"))


def holds_json(path: Path) -> bool:
    if path.suffix.lower() != ".json" or not path.is_file():
        return False
    try:
        content = read_json(path)
    except (InputError, ValueError, RecursionError):
        return False
    return isinstance(content, dict) and str(content.get("format", "")).startswith("dancelift ")


def length(n_frames: int, fps: float) -> str:
    return f"{n_frames} frames, {n_frames / fps:.1f} s at {fps:g} frames/s"


def _values(about: dict[str, Any]) -> Iterator[str]:
    """What can be said in a line each."""
    for name, value in about.items():
        if isinstance(value, list):
            value = value or ["none"]
            simple = all(isinstance(one, (str, int, float)) for one in value) and len(value) <= MOST_SHOWN
            yield f"{name}: {', '.join(map(str, value))}" if simple else f"{name}: {len(value)}"
        elif isinstance(value, dict):
            yield f"{name}: {shown({key: one for key, one in value.items() if not isinstance(one, (list, dict))})}"
        else:
            yield f"{name}: {shown(value)}"


def parsed(path: Path, text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: what it says of how it was made is damaged ({error})") from None
    return found if isinstance(found, dict) else {}


def comment_of(text: str) -> dict[str, Any]:
    """What a picture's or a video's comment says, where it is dancelift's."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def made_of_lines(results: object) -> Iterator[str]:
    """How the results were made that a page or a file for other programs shows."""
    known = [Provenance.of_json(one) for one in results] if isinstance(results, list) else []
    if not known:
        yield "does not say how it was made"
    for each in known:
        yield from _made(each)


def _made(made: Provenance | None) -> Iterator[str]:
    if made is None:
        yield "does not say how it was made"
        return
    yield f"made by dancelift {made.version} on {made.machine}"
    if made.command:
        words = " ".join(word if re.fullmatch(r"[\w./:=,@%+-]+", word) else repr(word) for word in made.arguments)
        person = f"   ({made.person})" if made.person else ""
        yield f"  dancelift {made.command} {made.source} {words}".rstrip() + person
    else:
        options = ", ".join(f"{name} = {value}" for name, value in made.options.items()) or "as usual"
        yield f"  from Python; options: {options}"
    width = max((len(name) for name in made.hashes), default=0)
    for name, hash in made.hashes.items():
        yield f"  {name:{width}}  {hash}"
