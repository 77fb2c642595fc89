"""Draw the figures of the docs: `python docs/make_figures.py` writes rooms.svg and frames.svg beside itself.

The rooms are read from the import contract in pyproject.toml and from the first line of each package, so that the
figure says what is checked. tests/examples/test_docs.py fails where a figure is older than what it shows.
"""

from __future__ import annotations

import ast
import math
import re
import tomllib
from pathlib import Path

DOCS = Path(__file__).parent
PACKAGE = DOCS.parent / "python" / "dancelift"

INK, FAINT, PAPER, LINE = "#20242a", "#5b6470", "#ffffff", "#c9cfd6"
FONT = 'font-family="Helvetica, Arial, sans-serif"'
RED, GREEN, BLUE = "#c8372d", "#2f8f3e", "#1f62c0"  # of x, y and z axes


def text(x: float, y: float, words: str, size: float = 13, colour: str = INK, bold: bool = False, end: str = "") -> str:
    """A line of text; `end` is "middle" or "end" where it does not start at x."""
    words = words.replace("&", "&amp;").replace("<", "&lt;")
    weight = ' font-weight="bold"' if bold else ""
    anchor = f' text-anchor="{end}"' if end else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" {FONT} font-size="{size:g}" fill="{colour}"{weight}{anchor}>{words}</text>'


def svg(width: float, height: float, body: list[str], title: str) -> str:
    """A whole picture on white."""
    start = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img">'
    paper = f'<rect width="{width:g}" height="{height:g}" fill="{PAPER}"/>'
    return "\n".join([start, f"<title>{title}</title>", paper, *body, "</svg>"]) + "\n"


# --- rooms.svg ---

CORE = "The C++ core, dancelift._core,"


def layers() -> list[list[str]]:
    """The rooms of each layer, the highest first."""
    contract = tomllib.loads((DOCS.parent / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    (layered,) = [one for one in contract["contracts"] if one["type"] == "layers"]
    return [re.split(r"\s*[:|]\s*", layer.strip("() ")) for layer in layered["layers"]]


def first_line(name: str) -> str:
    """What a package or a module says of itself in its first line."""
    path = PACKAGE / name / "__init__.py"
    path = path if path.is_file() else PACKAGE / f"{name}.py"
    return (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").splitlines()[0].replace("`", "")


def rooms() -> str:
    """One row a layer; arrows of import point downwards only."""
    width, row, left, first_column = 960.0, 30.0, 56.0, 170.0
    body, y = [], 20.0
    all_layers = layers()
    root = next(i for i, names in enumerate(all_layers) if not (PACKAGE / names[0]).is_dir())
    top = y
    for i, names in enumerate(all_layers):
        if i == root:
            y += 12
            body.append(text(left, y + 16, "modules of the root", 12, FAINT))
            y += 24
        packages = i < root
        if packages:
            height = row * len(names)
            body.append(
                f'<rect x="{left}" y="{y:.1f}" width="{width - left - 20:g}" height="{height:g}" rx="4" '
                f'fill="#eef3fa" stroke="{LINE}"/>'
            )
            for n, name in enumerate(names):
                body.append(text(left + 14, y + n * row + 20, f"{name}/", 14, INK, bold=True))
                body.append(text(left + first_column, y + n * row + 20, first_line(name), 13, INK))
        else:
            height = row
            body.append(
                f'<rect x="{left}" y="{y:.1f}" width="{width - left - 20:g}" height="{height:g}" rx="4" '
                f'fill="#f5f3ee" stroke="{LINE}"/>'
            )
            body.append(text(left + 14, y + 20, "  ·  ".join(names), 14, INK, bold=True))
        y += height + 5
    x = 30.0
    body.append(f'<path d="M{x} {top} V{y - 16:.1f}" stroke="{FAINT}" stroke-width="2"/>')
    body.append(f'<path d="M{x - 6} {y - 18:.1f} h12 l-6 13 z" fill="{FAINT}"/>')
    body.append(
        f'<text transform="translate({x - 8:g} {(top + y) / 2 + 30:.1f}) rotate(-90)" {FONT} font-size="12" '
        f'fill="{FAINT}">imports from</text>'
    )
    body.append(
        text(left, y + 18, f"{CORE} is called by lifting/ alone; the root and cli/ read its version.", 12, FAINT)
    )
    return svg(width, y + 34, body, "The rooms of the package: each imports only from those below it")


# --- frames.svg ---

Vector = tuple[float, float, float]


def add(a: Vector, b: Vector, share: float = 1.0) -> Vector:
    return (a[0] + share * b[0], a[1] + share * b[1], a[2] + share * b[2])


def dot(a: Vector, b: Vector) -> float:
    return sum(p * q for p, q in zip(a, b, strict=True))


def cross(a: Vector, b: Vector) -> Vector:
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


def unit(a: Vector) -> Vector:
    length = math.sqrt(dot(a, a))
    return (a[0] / length, a[1] / length, a[2] / length)


def camera_axes(forward: Vector) -> tuple[Vector, Vector, Vector]:
    """x right, y down, z forward of a camera that is not rolled, in the world frame."""
    z = unit(forward)
    x = unit(cross(z, (0.0, 1.0, 0.0)))
    return x, cross(z, x), z


EYE = camera_axes((-0.10, -0.36, -1.0))  # from where the scene is drawn, in parallel projection
SCALE, ORIGIN = 184.0, (452.0, 320.0)  # px a metre, and where the world's origin is drawn


def drawn(point: Vector) -> tuple[float, float]:
    """px of a point of the world, m."""
    return ORIGIN[0] + SCALE * dot(EYE[0], point), ORIGIN[1] + SCALE * dot(EYE[1], point)


def line(points: list[Vector], colour: str, width: float, dash: str = "", fill: str = "none") -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(drawn, points))
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<polyline points="{path}" fill="{fill}" stroke="{colour}" stroke-width="{width:g}" '
        f'stroke-linecap="round" stroke-linejoin="round"{dashes}/>'
    )


def arrow(start: Vector, along: Vector, label: str, colour: str, dash: str = "", width: float = 2.6) -> list[str]:
    end = add(start, along)
    (x0, y0), (x1, y1) = drawn(start), drawn(end)
    length = max(math.hypot(x1 - x0, y1 - y0), 1e-9)
    dx, dy = (x1 - x0) / length, (y1 - y0) / length
    tip = (x1 + 7 * dx, y1 + 7 * dy), (x1 - 4 * dy, y1 + 4 * dx), (x1 + 4 * dy, y1 - 4 * dx)
    head = " ".join(f"{x:.1f},{y:.1f}" for x, y in tip)
    found = [line([start, end], colour, width, dash), f'<polygon points="{head}" fill="{colour}"/>']
    return [*found, text(x1 + 18 * dx, y1 + 18 * dy + 4, label, 14, colour, bold=True, end="middle")]


def triad(at: Vector, axes: tuple[Vector, Vector, Vector], size: float, dash: str = "", prime: str = "") -> list[str]:
    found: list[str] = []
    for axis, label, colour in zip(axes, (f"x{prime}", f"y{prime}", f"z{prime}"), (RED, GREEN, BLUE), strict=True):
        found += arrow(at, (size * axis[0], size * axis[1], size * axis[2]), label, colour, dash)
    return found


# joints in the body frame: x to the dancer's left, y up, z forward, m, from midway between the hips
BODY: dict[str, Vector] = {
    "head": (0.0, 0.68, 0.03), "neck": (0.0, 0.49, 0.0),
    "ls": (0.18, 0.48, 0.0), "le": (0.42, 0.42, 0.02), "lw": (0.58, 0.60, 0.08),
    "rs": (-0.18, 0.48, 0.0), "re": (-0.34, 0.26, 0.06), "rw": (-0.24, 0.10, 0.22),
    "lh": (0.11, 0.0, 0.0), "lk": (0.16, -0.42, 0.10), "la": (0.16, -0.84, 0.0),
    "rh": (-0.11, 0.0, 0.0), "rk": (-0.13, -0.42, 0.05), "ra": (-0.16, -0.84, -0.06),
}  # fmt: skip
LIMBS = (
    ("ls", "rs", "#4a4f57"), ("lh", "rh", "#4a4f57"), ("ls", "lh", "#4a4f57"), ("rs", "rh", "#4a4f57"),
    ("neck", "head", "#4a4f57"), ("ls", "le", "#1f77d0"), ("le", "lw", "#1f77d0"), ("lh", "lk", "#1f77d0"),
    ("lk", "la", "#1f77d0"), ("rs", "re", "#e4572e"), ("re", "rw", "#e4572e"), ("rh", "rk", "#e4572e"),
    ("rk", "ra", "#e4572e"),
)  # fmt: skip
LEGEND = (
    ("image", "u right, v down, from the upper left corner; px", "Clip.keypoints2d, LiftResult.keypoints2d"),
    ("camera frame", "x right, y down, z forward, from the optical centre; m", "LiftResult.poses3d, Camera.up"),
    ("view frame (′)", "the camera frame, turned to the trunk in every video frame; m", "priors/pose_net.py, seeding/"),
    ("body frame", "x to the dancer's left, y up, z forward, from midway between the hips; m", "priors/, body/"),
    ("world frame", "y up; origin and heading are the recording's own; m", "Motion.poses3d, movements/, datasets/"),
)


def frames() -> str:
    """A camera, its image, a dancer and the floor, and the frame of reference of each."""
    body = []
    for i in range(-3, 6):
        body.append(line([(i * 0.5, 0, -1.0), (i * 0.5, 0, 1.5)], "#e3e6ea", 1))
    for i in range(-2, 4):
        body.append(line([(-1.5, 0, i * 0.5), (2.5, 0, i * 0.5)], "#e3e6ea", 1))

    facing = math.radians(-32)  # about the vertical, from z
    left = (math.cos(facing), 0.0, -math.sin(facing))
    forward = (math.sin(facing), 0.0, math.cos(facing))
    hips = (1.45, 0.88, -0.1)

    def in_world(p: Vector) -> Vector:
        return add(add(add(hips, left, p[0]), (0.0, 1.0, 0.0), p[1]), forward, p[2])

    centre = (-1.75, 1.42, 1.45)
    trunk = in_world((0.0, 0.25, 0.0))
    axes = camera_axes((2.6, -0.95, -2.6))
    x, y, z = axes
    depth, half_width, half_height = 1.25, 0.64, 0.44
    corners = [
        add(add(add(centre, z, depth), x, sx * half_width), y, sy * half_height)
        for sx, sy in ((-1, -1), (1, -1), (1, 1), (-1, 1))
    ]
    for corner in corners:
        body.append(line([centre, corner], LINE, 1.2))
    body.append(line([*corners, corners[0]], FAINT, 1.5, fill="#f4f5f7"))

    def in_image(p: Vector) -> Vector:
        ray = add(p, centre, -1.0)
        return add(centre, ray, depth / dot(z, ray))

    for a, b, colour in LIMBS:
        body.append(line([in_image(in_world(BODY[a])), in_image(in_world(BODY[b]))], colour, 2))
    (image_x, image_y) = drawn(in_image(in_world(BODY["head"])))
    body.append(f'<circle cx="{image_x:.1f}" cy="{image_y:.1f}" r="6" fill="#e3c9b4" stroke="#4a4f57"/>')
    body.append(line([centre, trunk], FAINT, 1.2, "5 5"))
    for a, b, colour in LIMBS:
        body.append(line([in_world(BODY[a]), in_world(BODY[b])], colour, 6))
    head_x, head_y = drawn(in_world(BODY["head"]))
    body.append(f'<circle cx="{head_x:.1f}" cy="{head_y:.1f}" r="17" fill="#e3c9b4" stroke="#4a4f57"/>')

    corner = corners[0]
    body += arrow(corner, (0.42 * x[0], 0.42 * x[1], 0.42 * x[2]), "u", RED, width=1.8)
    body += arrow(corner, (0.3 * y[0], 0.3 * y[1], 0.3 * y[2]), "v", GREEN, width=1.8)
    body += triad(centre, camera_axes(add(trunk, centre, -1.0)), 0.58, "3 5", "′")
    body += triad(centre, axes, 0.45)
    body += triad(hips, (left, (0.0, 1.0, 0.0), forward), 0.33)
    body += triad((-0.6, 0.0, 0.9), ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)), 0.38)

    for at, dx, dy, words in (
        (centre, -88, -34, "camera frame"),
        (corners[0], 10, -14, "image"),
        (hips, 40, 44, "body frame"),
        ((-0.6, 0.0, 0.9), 30, 34, "world frame"),
        (add(centre, add(trunk, centre, -1.0), 0.62), -88, -14, "view frame looks at the trunk"),
    ):
        px, py = drawn(at)
        body.append(text(px + dx, py + dy, words, 14, INK, bold=True))
    top = 480.0
    for row, (name, axes_of, used) in enumerate(LEGEND):
        at_y = top + 24 * row
        body.append(text(24, at_y, name, 13, INK, bold=True))
        body.append(text(176, at_y, axes_of, 13))
        body.append(text(676, at_y, used, 12, FAINT))
    return svg(960, top + 24 * len(LEGEND) + 2, body, "Frames of reference and units")


FIGURES = {"rooms.svg": rooms, "frames.svg": frames}

if __name__ == "__main__":
    for name, draw in FIGURES.items():
        (DOCS / name).write_text(draw(), encoding="utf-8")
        print(f"written: {DOCS / name}")
