#!/usr/bin/env python3
"""clang-tidy over the units that changed, or over all of them.

    tidy.py --since REVISION    units that differ, or whose header differs, from where this branch
                                left REVISION; the work tree counts
    tidy.py --all               every unit of the release build
    ... --first REVISION        with --all: units that differ from there before all others
    ... --seconds N             begin no further unit after N seconds, and say how many are left

A unit that was clean is not looked at again until it, a header of ours that it includes, its
command or .clang-tidy changes. That is remembered in the user's cache folder, so that a fresh clone
profits as it does from ccache.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "release"
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
TIDY = "clang-tidy-19"


def git(*arguments):
    done = subprocess.run(["git", "-C", ROOT, *arguments], capture_output=True, text=True,
                          check=False)
    return done.stdout.strip() if done.returncode == 0 else None


def changed_since(revision):
    """Paths that differ from where HEAD left `revision`; None when git cannot tell."""
    base = git("merge-base", "HEAD", revision)
    if base is not None and base == git("rev-parse", "HEAD"):
        base = git("rev-parse", "HEAD~1")  # on that very branch: its last commit
    if base is None:
        return None
    differing = git("diff", "--name-only", base) or ""
    new = git("ls-files", "--others", "--exclude-standard") or ""
    return set(differing.splitlines()) | set(new.splitlines())


def units():
    """{source relative to the root: (command, object)} of our own units."""
    found = {}
    for entry in json.loads((BUILD / "compile_commands.json").read_text()):
        path = pathlib.Path(entry["file"])
        if path.is_relative_to(ROOT) and not path.is_relative_to(ROOT / "build"):
            output = re.search(r" -o (\S+)", entry["command"])
            found[path.relative_to(ROOT).as_posix()] = (entry["command"], output.group(1))
    return {path: unit for path, unit in found.items() if not path.startswith("tests/lint/")}


def headers_of_objects():
    """{object: our headers that it was compiled from}, as ninja remembers."""
    text = subprocess.run(["ninja", "-C", BUILD, "-t", "deps"], capture_output=True, text=True,
                          check=True).stdout
    found, current = {}, None
    for line in text.splitlines():
        if line and not line.startswith(" "):
            current = found.setdefault(line.split(": #deps")[0], [])
        elif line.strip():
            path = (BUILD / line.strip()).resolve()
            if path.is_relative_to(ROOT):
                current.append(path.relative_to(ROOT).as_posix())
    return found


def key_of(command, paths):
    # The root differs from clone to clone and does not matter.
    digest = hashlib.sha256(command.replace(str(ROOT), "").encode())
    for path in [".clang-tidy", *sorted(paths)]:
        digest.update(path.encode() + b"\0" + (ROOT / path).read_bytes())
    return digest.hexdigest()


def tidy(source):
    """What clang-tidy has to say of a unit; empty when it is clean."""
    done = subprocess.run([TIDY, "--quiet", "-p", BUILD, ROOT / source], capture_output=True,
                          text=True, check=False)
    return (done.stdout.strip() or done.stderr.strip()) if done.returncode else ""


def select(options):
    """(source, key) of every unit that is in question and not known to be clean, in order."""
    revision = options.first if options.all else options.since
    changed = changed_since(revision) if revision else set()
    everything = options.all
    if changed is None:
        print(f"tidy: git does not know {revision}; looking at everything")
        changed, everything = set(), True
    headers, differing, others = headers_of_objects(), [], []
    for source, (command, output) in sorted(units().items()):
        paths = set(headers.get(output, [])) | {source}
        key = key_of(command, paths)
        if not (CACHE / "eyrie" / "tidy" / key).exists():
            (differing if paths & changed else others).append((source, key))
    return differing + others if everything else differing


def run(chosen, seconds):
    """(failures, units looked at)."""
    failures, looked, begun = 0, 0, time.monotonic()
    memory = CACHE / "eyrie" / "tidy"
    memory.mkdir(parents=True, exist_ok=True)
    late = lambda: seconds is not None and time.monotonic() - begun > seconds
    look = lambda unit: None if late() else (unit, tidy(unit[0]))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for result in pool.map(look, chosen):
            if result is None:
                continue
            (source, key), complaint = result
            looked += 1
            print(f"tidy [{looked}/{len(chosen)}] {source}", flush=True)
            if complaint:
                failures += 1
                print(complaint)
            else:
                (memory / key).touch()
    return failures, looked


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    scope = parser.add_mutually_exclusive_group(required=True)
    scope.add_argument("--since")
    scope.add_argument("--all", action="store_true")
    parser.add_argument("--first")
    parser.add_argument("--seconds", type=float)
    options = parser.parse_args()
    chosen = select(options)
    failures, looked = run(chosen, options.seconds)
    left = len(chosen) - looked
    print(f"tidy: {looked} units, {failures} with findings"
          + (f"; {left} left for ./x lint, the time was up" if left else ""))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
