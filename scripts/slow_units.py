#!/usr/bin/env python3
"""slow_units.py BUILD_FOLDER: the slowest steps of the last build of each output, from ninja's log.

Times are those of steps that ran beside others, and of cache hits where ccache had one: compare
them within one build. A unit of more than 10 seconds needs a reason.
"""

import pathlib
import sys

SHOWN = 20
SLOW_S = 10.0


def steps(log):
    """{output: seconds}, the last entry of each counting."""
    found = {}
    for line in log.read_text().splitlines()[1:]:
        start_ms, end_ms, _, output, _ = line.split("\t")
        found[output] = (int(end_ms) - int(start_ms)) / 1000
    return found


def main():
    log = pathlib.Path(sys.argv[1]) / ".ninja_log"
    if not log.exists():
        sys.exit(f"{log} does not exist: nothing was built there")
    found = steps(log)
    ranked = sorted(found.items(), key=lambda item: -item[1])
    print("seconds  step")
    for output, seconds in ranked[:SHOWN]:
        mark = "  <- over 10 s" if seconds > SLOW_S and output.endswith(".o") else ""
        print(f"{seconds:7.1f}  {output}{mark}")
    print(f"{sum(found.values()):7.1f}  all {len(found)} steps")


if __name__ == "__main__":
    main()
