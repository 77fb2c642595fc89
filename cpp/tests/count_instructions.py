"""Whether the solver has become slower, by instructions, which do not depend on what else a machine does.

    python count_instructions.py PROGRAM [--record]

Counts them with valgrind in `instruction_count`. Always: time is linear in frames and seeds, and an iteration is many
times cheaper than one of Ceres. Where compiler and kernel are those that instructions.json was recorded with: the count
is that one, within a few per cent; --record writes it anew.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

RECORD = Path(__file__).with_name("instructions.json")
FRAMES, ITERATIONS = 40, 3
MOST_GROWTH = 1.02  # of the count a frame and a seed, from a clip and from seeds to twice as many
LEAST_AHEAD = 6.0  # times fewer instructions than Ceres, an iteration; in AVX2, which is all that valgrind knows
TOLERANCE = 0.03  # of the recorded count


def count(program: str, frames: int, seeds: int, solver: str) -> int:
    """Instructions of a lift, from its start to its end."""
    options = ["--callgrind-out-file=/dev/null", "--toggle-collect=dancelift::LiftPoses*"]
    command = ["valgrind", "--tool=callgrind", *options]
    done = subprocess.run(
        [*command, program, str(frames), str(seeds), str(ITERATIONS), solver], capture_output=True, text=True
    )
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode or not found or not int(found[1]):
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return int(found[1])


def build(program: str) -> str:
    """The kernel that runs, and what the program was compiled with, as it says itself."""
    kernel = subprocess.run(["valgrind", "--tool=none", program], capture_output=True, text=True).stdout.split()[0]
    comment = subprocess.run(["readelf", "-p", ".comment", program], capture_output=True, text=True).stdout
    return f"{kernel}, {' '.join(sorted(set(re.findall('GCC: .*|clang version .*', comment))))}"


def main() -> None:
    program = sys.argv[1]
    sizes = [(FRAMES, 1, "chain"), (2 * FRAMES, 1, "chain"), (FRAMES, 2, "chain"), (FRAMES, 1, "ceres")]
    with ThreadPoolExecutor(2) as pool:
        once, longer, more, ceres = pool.map(lambda size: count(program, *size), sizes)
    failures = []
    for what, found in (("frames", longer), ("seeds", more)):
        growth = found / (2 * once)
        print(f"twice the {what}: {found / once:.3f} times the instructions")
        if growth > MOST_GROWTH:
            failures.append(f"twice the {what} take {found / once:.3f} times the instructions, expected 2")
    ahead = ceres / once
    print(f"Ceres: {ahead:.1f} times the instructions")
    if ahead < LEAST_AHEAD:
        failures.append(f"Ceres takes {ahead:.1f} times the instructions, expected at least {LEAST_AHEAD:g}")

    here = {"build": build(program), "instructions": once}
    if "--record" in sys.argv:
        RECORD.write_text(json.dumps(here, indent=1) + "\n")
    recorded = json.loads(RECORD.read_text())
    if recorded["build"] != here["build"]:
        print(f"{once} instructions; not compared: recorded with {recorded['build']}, this is {here['build']}")
    else:
        change = once / recorded["instructions"] - 1
        print(f"{once} instructions, {100 * change:+.1f} % of those recorded")
        if abs(change) > TOLERANCE:
            failures.append(
                f"{once} instructions, {recorded['instructions']} are recorded: find out why or, where that is meant, "
                f"record them by python {Path(__file__).name} {Path(program).name} --record"
            )
    sys.exit("\n".join(failures) or None)


if __name__ == "__main__":
    main()
