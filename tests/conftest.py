"""What every test runs under, before it imports anything."""

import os
from contextlib import suppress

os.environ.setdefault("OMP_NUM_THREADS", "1")  # of torch: networks here are so small that threads wait for each other
os.environ.setdefault("MPLBACKEND", "Agg")

with suppress(ImportError):
    from hypothesis import HealthCheck, settings

    shared = {
        "deadline": None,
        "database": None,
        "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    }
    settings.register_profile("quick", max_examples=20, derandomize=True, **shared)
    settings.register_profile("trust", max_examples=300, print_blob=True, **shared)  # of `make trust`
    settings.load_profile("quick")
