#!/usr/bin/env python3
"""What ./x does with its arguments, in a tree of its own where cmake, ninja and eyrie-sim are
stand-ins that only write down how they are called: nothing is built or installed.
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True

import results  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
STAND_INS = {
    "bin/cmake": 'echo "cmake $*" >>"$CALLS"',
    # ninja -C FOLDER -t query TARGET
    "bin/ninja": 'case $5 in eyrie | eyrie-sim | eyrie-sim-planted) ;; *) exit 1 ;; esac',
    "build/release/bin/eyrie-sim": 'echo "eyrie-sim $*" >>"$CALLS"',
}
EXPLORE = "eyrie-sim explore --seeds 200 --report build/report"

# (name, arguments, exit code, parts of the calls, parts of what is said, what is not called)
CASES = [
    ("ARunIsOfTheUsualScenario", "run", 0, [EXPLORE + "\n"], [], "planted"),
    ("ARunTakesAScenario", "run scenarios/failover.yaml", 0,
     [EXPLORE + " scenarios/failover.yaml\n"], [], "word-search"),
    ("ARunTakesAllScenarios", "run all --seeds 5", 0,
     ["eyrie-sim explore --report build/report all --seeds 5\n"], [], "word-search"),
    ("APlantedBugIsBuilt", "run --seeds 20 --bug ack_before_durable", 0,
     ["--target eyrie-sim eyrie-sim-planted\n", "--bug ack_before_durable\n"], [], None),
    ("ATargetIsBuilt", "build eyrie", 0, ["--preset release --parallel", "--target eyrie\n"], [],
     None),
    ("APresetIsBuilt", "build debug eyrie", 0, ["--build --preset debug"], [], "release"),
    ("AWordThatIsNoTargetIsWrongUse", "build relase", 2, [],
     ["'relase'", "release, debug, asan, tsan, fuzz, coverage"], "--build"),
    ("ASecondWordThatIsNoTargetIsWrongUse", "build debug eyri", 2, [], ["'eyri'"], "--build"),
    ("AClusterTakesVerbs", "cluster begin", 2, [], ["start, status or stop", "'begin'"], "cmake"),
    ("AnOptionOfAClusterNeedsItsValue", "cluster stop --folder", 2, [],
     ["--folder needs a value"], "cmake"),
    ("APortOfAClusterIsANumber", "cluster --port http", 2, [], ["'http'", "1000 to 65000"],
     "cmake"),
    ("APortOfAClusterLeavesRoomForOthers", "cluster --port 65001", 2, [], ["'65001'"], "cmake"),
    ("AClusterKeepsItsPort", "cluster start --folder kept --port 20000", 2, [],
     ["is of port 21000"], "cmake"),
    ("NoClusterHasAStatus", "cluster status", 0, [], ["no cluster was started in", "build/cluster"],
     "cmake"),
    ("NoClusterCanBeStopped", "cluster stop --folder kept", 0, [], ["nothing of a cluster"],
     "cmake"),
]


def make_tree(folder):
    shutil.copy(ROOT / "x", folder / "x")
    shutil.copytree(ROOT / "scripts", folder / "scripts")
    (folder / "scripts/packages.txt").write_text("")
    (folder / "calls").write_text("")
    (folder / "kept").mkdir()
    (folder / "kept/port").write_text("21000\n")
    for path, line in STAND_INS.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text("#!/bin/sh\n" + line + "\n")
        (folder / path).chmod(0o755)


def failure_of(case):
    _, arguments, exit_code, called, said, not_called = case
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        make_tree(folder)
        environment = dict(os.environ, PATH=f"{folder}/bin:{os.environ['PATH']}",
                           CALLS=str(folder / "calls"))
        ended = subprocess.run([folder / "x", *arguments.split()], env=environment, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                               cwd=folder)
        calls = (folder / "calls").read_text()
    if ended.returncode != exit_code:
        return f"ended with {ended.returncode}, not {exit_code}: {ended.stdout}"
    missing = ([part for part in called if part not in calls] +
               [part for part in said if part not in ended.stdout])
    if missing or (not_called and not_called in calls):
        return f"missed {missing}; it said: {ended.stdout}\nand called: {calls}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", help="where to write each case's result")
    options = parser.parse_args()
    return results.report(options.results, "Scripts",
                          [(case[0], failure_of(case)) for case in CASES])


if __name__ == "__main__":
    sys.exit(main())
