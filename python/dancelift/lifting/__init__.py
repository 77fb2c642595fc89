"""The objective, how it is solved, and what comes out."""
