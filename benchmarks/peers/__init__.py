"""Solvers of a lift's objective that dancelift is timed against, and dancelift itself; see benchmarks/speed.py."""
