#!/usr/bin/env python3
"""The house's rules, checked over the whole tree.

    lint.py                the tree around this file; exit 1 when a rule is broken
    lint.py --root DIR     another tree (the samples are checked so)
    lint.py --write        write what is generated (ARCHITECTURE.md's table of layers)
    lint.py --rules        say every rule in a line
"""

import argparse
import os
import pathlib
import subprocess
import sys

sys.dont_write_bytecode = True

import banned  # noqa: E402
import layers  # noqa: E402
import libraries  # noqa: E402
import shape  # noqa: E402
from source import NAMED_CODE, TEXT, Finding, Source, allowance_findings  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
SAMPLES = "tests/lint/samples/"  # broken on purpose
# A broken one of these is a wrong design: a reason in a comment does not make it right.
STRICT = {*layers.RULES, *libraries.RULES, "pragma-once", "machine-path", "unfinished", "allowance"}


class Tree:
    def __init__(self, root):
        self.root = root
        self.layers = layers.Layers()
        self.bans = banned.load()
        self.paths = sorted(p for p in _listed(root) if not p.startswith(SAMPLES))

    def sources(self):
        for path in self.paths:
            name = os.path.basename(path)
            if path.endswith(TEXT) or name in NAMED_CODE or name == "LICENSE":
                yield Source(self.root, path)


def _listed(root):
    """What git would commit, or every file where git does not keep this very folder."""
    git = subprocess.run(["git", "-C", root, "ls-files", "-z", "--cached", "--others",
                          "--exclude-standard"], capture_output=True, text=True, check=False)
    if (root / ".git").exists() and git.returncode == 0:
        return {path for path in git.stdout.split("\0") if path and (root / path).is_file()}
    return {path.relative_to(root).as_posix() for path in root.rglob("*")
            if path.is_file() and "build" not in path.relative_to(root).parts}


def rules():
    found = {"allowance": "an allowance names a rule, gives a reason and is needed"}
    found.update(layers.RULES)
    found.update(libraries.RULES)
    found.update(shape.RULES)
    found.update({ban.rule: f"not this name; use {ban.instead}" for ban in banned.load()})
    return found


def check(root, write=False):
    """Every finding of the tree at `root`, sorted."""
    tree, kept = Tree(root), []
    sources = list(tree.sources())
    for source in sources:
        found = [*layers.include_findings(source, tree),
                 *layers.own_include_findings(source, tree), *layers.cmake_findings(source, tree),
                 *banned.findings(source, tree)]
        for each in shape.CHECKS:
            found += each(source)
        for finding in found:
            allowance = source.allowance_for(finding)
            if allowance and finding.rule not in STRICT:
                allowance.used = True
            else:
                kept.append(finding)
        kept += allowance_findings(source, rules(), STRICT)
    kept += layers.room_findings(tree)
    kept += layers.later_findings(tree)
    kept += layers.architecture_findings(tree, write)
    kept += libraries.findings(sources, tree)
    return sorted(kept), len(tree.paths)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=pathlib.Path, default=HERE.parent.parent)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--rules", action="store_true")
    options = parser.parse_args()
    if options.rules:
        for rule, sentence in sorted(rules().items()):
            print(f"{rule:20} {sentence}")
        return 0
    found, files = check(options.root.resolve(), options.write)
    for finding in found:
        print(finding)
    errors = sum(not finding.warning for finding in found)
    print(f"lint: {files} files, {errors} broken rules, {len(found) - errors} warnings")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
