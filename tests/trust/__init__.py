"""What must hold whatever comes: every reader with seeds for it, the fuzzers, and the command that runs them all."""
