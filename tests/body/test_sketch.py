"""Small drawings of poses for notebooks."""

import re
import subprocess
import sys
from xml.etree import ElementTree

import numpy as np
import pytest

import dancelift
from dancelift.body.skeleton import SKELETONS
from dancelift.body.sketch import LEFT, RIGHT, sketch
from dancelift.recognition.recognize import recognize_by_definitions
from dancelift.synthetic.dance import generate


@pytest.mark.parametrize("skeleton", SKELETONS)
def test_poses_stand_side_by_side_within_the_picture(skeleton):
    clip = generate(30, random_seed=1, skeleton=skeleton)
    svg = ElementTree.fromstring(sketch(clip.poses3d[::10], SKELETONS[skeleton]))
    lines = [line.attrib for line in svg]
    x = np.array([[float(line["x1"]), float(line["x2"])] for line in lines])
    y = np.array([[float(line["y1"]), float(line["y2"])] for line in lines])
    assert x.min() >= 0 and x.max() <= float(svg.attrib["width"])
    assert y.min() >= 0 and y.max() <= float(svg.attrib["height"])
    n_left, n_right = (sum(line["stroke"] == colour for line in lines) for colour in (LEFT, RIGHT))
    assert n_left == n_right > 0
    assert sum(line["stroke"] == "white" for line in lines) == n_right  # right limbs are hollow


def test_notebooks_show_a_lift_and_a_recognition():
    clip = generate(30, random_seed=1)
    result = dancelift.lift(clip.keypoints2d, n_seeds=1, image_size=clip.image_size)
    html = result._repr_html_()
    assert "30 frames, 1.0 s" in html and html.count("<svg") == 1
    recognition = recognize_by_definitions(result, name="<mine>")
    html = recognition._repr_html_()
    ElementTree.fromstring(html)
    assert "&lt;mine&gt;" in html and re.search(r"\w+ \d+%", html)


def test_showing_a_lift_imports_nothing_heavy():
    code = (
        "import sys, dancelift; from dancelift.synthetic.dance import generate; c = generate(9)\n"
        "dancelift.lift(c.keypoints2d, n_seeds=1, image_size=c.image_size)._repr_html_()\n"
        "assert not {'matplotlib', 'torch', 'PIL', 'av', 'rerun'} & {*sys.modules}"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
