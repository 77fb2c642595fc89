"""What every test runs under, before it imports anything."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # of torch: networks here are so small that threads wait for each other
os.environ.setdefault("MPLBACKEND", "Agg")
