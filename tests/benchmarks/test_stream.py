"""benchmarks/stream.py: the live lift beside that of the whole clip."""

import re
import sys

from fixtures.datasets import write_dance
from fixtures.paths import BENCHMARKS

sys.path.insert(0, str(BENCHMARKS))
try:
    import stream
finally:
    sys.path.remove(str(BENCHMARKS))


def test_row_has_errors_delay_and_time(tmp_path, capsys):
    write_dance(tmp_path / "dance", {"salsa_0": "salsa", "salsa_1": "salsa"}, 40)
    given = ["--frames", "40", "--threads", "1", "--split", "test"]
    assert stream.main([str(tmp_path / "dance"), *given]) == 0
    out = capsys.readouterr().out
    row = [float(value) for value in re.search(r"^salsa_1 +(.+)$", out, re.MULTILINE)[1].split()]
    streamed, whole, apart, _, _, delay, each, longest = row
    assert streamed > 0 and whole > 0 and apart < streamed + whole and 0 < delay <= 15 and each < longest
    assert out.splitlines()[-1].split()[1:] == out.splitlines()[-2].split()[1:]  # the mean of one
