"""Invented dances and detectors."""

from dancelift.synthetic.dance import SyntheticClip, generate

__all__ = ["SyntheticClip", "generate"]
