#!/usr/bin/env python3
"""Whether seeds run the same in every build: what a run lived through must not depend on the
compiler, the optimiser, a sanitizer or the places where bugs could be planted.

    same_hashes.py [--seeds N] [--first N] [--jobs N] [SCENARIO ...]

Runs each seed in build/{release,debug,asan}/bin/eyrie-sim and build/release/bin/eyrie-sim-planted
(with no bug chosen) and compares the trace hashes. Without scenarios, all of scenarios/*.yaml.
Exit code 1 if two builds differ, with the first differing seeds.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILDS = {
    "release": "build/release/bin/eyrie-sim",
    "planted": "build/release/bin/eyrie-sim-planted",
    "debug": "build/debug/bin/eyrie-sim",
    "asan": "build/asan/bin/eyrie-sim",
}


def hash_of(build, scenario, seed):
    """The trace hash, or how the run ended without one."""
    done = subprocess.run([ROOT / BUILDS[build], "run", scenario, "--seed", str(seed), "--json"],
                          cwd=ROOT, capture_output=True, text=True, check=False)
    try:
        return json.loads(done.stdout)["trace_hash"]
    except (ValueError, KeyError):
        return f"exit {done.returncode}: {done.stderr.strip()[-200:]}"


def compare(pool, scenario, seeds):
    """Prints what became of a scenario; the number of seeds that differ."""
    runs = {(build, seed): pool.submit(hash_of, build, scenario, seed)
            for seed in seeds for build in BUILDS}
    differing = []
    for seed in seeds:
        hashes = {build: runs[build, seed].result() for build in BUILDS}
        if len(set(hashes.values())) > 1 or any(" " in each for each in hashes.values()):
            differing.append(seed)
            print(f"{scenario} seed {seed}: " + ", ".join(f"{b} {h}" for b, h in hashes.items()),
                  flush=True)
    print(f"{scenario}: {len(seeds) - len(differing)} of {len(seeds)} seeds have the same hash in "
          + ", ".join(BUILDS), flush=True)
    return len(differing)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    missing = [path for path in BUILDS.values() if not (ROOT / path).exists()]
    if missing:
        sys.exit("same_hashes: not built: " + ", ".join(missing))
    scenarios = options.scenarios or sorted(
        path.relative_to(ROOT).as_posix() for path in (ROOT / "scenarios").glob("*.yaml"))
    seeds = range(options.first, options.first + options.seeds)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        differing = sum(compare(pool, scenario, seeds) for scenario in scenarios)
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
