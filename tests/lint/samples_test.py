#!/usr/bin/env python3
"""Every rule must be able to fail: each sample breaks exactly the rule that it is named after.

samples/<rule>/ is a small tree. Where its lines carry the mark FIRES, exactly these lines must be
found; where none does, the rule must be found at least once. samples/clean/ must pass whole. Trees
that are only long are written here.
"""

import argparse
import pathlib
import sys
import tempfile

sys.dont_write_bytecode = True

import lint  # noqa: E402
import results  # noqa: E402
import shape  # noqa: E402

SAMPLES = pathlib.Path(__file__).resolve().parent / "samples"
MARK = "FIRES"


def _body(lines):
    return "int f() {\n" + "  step();\n" * (lines - 2) + "}\n"


# Trees that differ from a right one only by a line too many: {rule: (right, wrong)}.
LONG = {
    "file-length": ({"sim/a.cc": "int a;\n" * shape.FILE_LINES_MAX,
                     "scripts/a.sh": "a=1\n" * shape.SCRIPT_LINES_MAX},
                    {"sim/a.cc": "int a;\n" * (shape.FILE_LINES_MAX + 1),
                     "scripts/a.sh": "a=1\n" * (shape.SCRIPT_LINES_MAX + 1)}),
    "function-length": ({"sim/a.cc": _body(shape.FUNCTION_LINES_MAX) * 2,
                         "scripts/a.py": "class A:\n  def f():\n" + "    a()\n" * 69 + "b()\n"},
                        {"sim/a.cc": "struct A {\n" + _body(shape.FUNCTION_LINES_MAX + 1) + "};\n",
                         "scripts/a.py": "class A:\n  def f():\n" + "    a()\n" * 70 + "b()\n"}),
}


def broken(root):
    return [finding for finding in lint.check(root)[0] if not finding.warning]


def marked_lines(root):
    return {(path.relative_to(root).as_posix(), number)
            for path in root.rglob("*") if path.is_file()
            for number, line in enumerate(path.read_text().splitlines(), 1) if MARK in line}


def sample_failure(root):
    """What is wrong with the findings in a sample, or None."""
    found = broken(root)
    others = [str(finding) for finding in found if finding.rule != root.name]
    if others:
        return f"other rules fired: {others}"
    lines, marks = {(f.path, f.line) for f in found}, marked_lines(root)
    if root.name == "clean":
        return None if not found else f"fired: {found}"
    if not found:
        return "nothing fired"
    if marks and lines != marks:
        return f"missed {sorted(marks - lines)}, fired besides {sorted(lines - marks)}"
    return None


def long_failure(rule, folder):
    right, wrong = LONG[rule]
    for name, files in (("right", right), ("wrong", wrong)):
        for path, text in files.items():
            target = folder / name / path
            target.parent.mkdir(parents=True)
            target.write_text(text)
    if found := broken(folder / "right"):
        return f"fired at the limit: {found}"
    found = broken(folder / "wrong")
    if {f.path for f in found} != set(wrong) or {f.rule for f in found} != {rule}:
        return f"one line over the limit: {found}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", help="where to write each case's result")
    options = parser.parse_args()
    samples = {path.name: path for path in sorted(SAMPLES.iterdir())}
    cases = []
    for rule in ["clean", *sorted(lint.rules())]:
        if rule in LONG:
            with tempfile.TemporaryDirectory() as folder:
                cases.append((rule, long_failure(rule, pathlib.Path(folder))))
        elif rule in samples:
            cases.append((rule, sample_failure(samples.pop(rule))))
        else:
            cases.append((rule, "the rule has no sample"))
    cases += [(name, "a sample of no rule") for name in samples if name != "clean"]
    return results.report(options.results, "LintSamples", cases)


if __name__ == "__main__":
    sys.exit(main())
