"""Many clips: found, worked on by many processes, kept account of."""
