"""What every test runs under, before it imports anything."""

import os
import signal
from contextlib import suppress

os.environ.setdefault("OMP_NUM_THREADS", "1")  # of torch: networks here are so small that threads wait for each other
os.environ.setdefault("MPLBACKEND", "Agg")

# A shell ignores Ctrl-C for what runs in the background, and nohup SIGHUP; tests send both to programs of their own.
for name, handler in (("SIGINT", signal.default_int_handler), ("SIGHUP", signal.SIG_DFL)):
    number = getattr(signal, name, None)
    if number is not None and signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, handler)

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
