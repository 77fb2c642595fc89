"""Which dance it is."""
