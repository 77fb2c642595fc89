"""Scores of lifts, movements and genres against the truth, and their tables."""
