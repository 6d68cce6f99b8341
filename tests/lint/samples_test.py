#!/usr/bin/env python3
"""Every rule must be able to fail: each sample breaks exactly the rule that it is named after.

samples/<rule>/ is a small tree. Where its lines carry the mark FIRES, exactly these lines must be
found; where none does, the rule must be found at least once. samples/clean/ must pass whole. Trees
that are long, or hold a table that is generated, are written here.
"""

import argparse
import pathlib
import sys
import tempfile

sys.dont_write_bytecode = True

import layers  # noqa: E402
import lint  # noqa: E402
import results  # noqa: E402
import shape  # noqa: E402

SAMPLES = pathlib.Path(__file__).resolve().parent / "samples"
MARK = "FIRES"


def _body(lines):
    return "int f() {\n" + "  step();\n" * (lines - 2) + "}\n"


def _page(*libraries):
    rows = "".join(f"| A library | `{header}` | what for |\n" for header in libraries)
    return (f"{layers.table_text(layers.Layers())}\n## Dependencies\n"
            "| library | headers | why |\n|---|---|---|\n" + rows)


# Trees, and what each file of a wrong one must be found for: {rule: (right, wrong)}.
WRITTEN = {
    "file-length": ({"sim/a.cc": "int a;\n" * shape.FILE_LINES_MAX,
                     "scripts/a.sh": "a=1\n" * shape.SCRIPT_LINES_MAX},
                    {"sim/a.cc": "int a;\n" * (shape.FILE_LINES_MAX + 1),
                     "scripts/a.sh": "a=1\n" * (shape.SCRIPT_LINES_MAX + 1)}),
    "function-length": ({"sim/a.cc": _body(shape.FUNCTION_LINES_MAX) * 2,
                         "scripts/a.py": "class A:\n  def f():\n" + "    a()\n" * 69 + "b()\n"},
                        {"sim/a.cc": "struct A {\n" + _body(shape.FUNCTION_LINES_MAX + 1) + "};\n",
                         "scripts/a.py": "class A:\n  def f():\n" + "    a()\n" * 70 + "b()\n"}),
    "library-row": ({"ARCHITECTURE.md": _page("fmt/", "xxhash.h"),
                     "sim/a.cc": "#include <map>\n#include <sys/time.h>\n#include <xxhash.h>\n",
                     "index/a.cc": "#include <fmt/format.h>\n"},
                    {"ARCHITECTURE.md": _page("fmt/", "xxhash.h", "zstd.h"),
                     "sim/a.cc": "#include <xxhash.h>\n#include <zlib.h>\n",
                     "index/a.cc": "#include <boost/crc.hpp>\n#include <fmt/format.h>\n"}),
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


def written_failure(rule, folder):
    right, wrong = WRITTEN[rule]
    for name, files in (("right", right), ("wrong", wrong)):
        for path, text in files.items():
            target = folder / name / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
    if found := broken(folder / "right"):
        return f"fired on what is right: {found}"
    found = broken(folder / "wrong")
    if {f.path for f in found} != set(wrong) or {f.rule for f in found} != {rule}:
        return f"on what is wrong: {found}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", help="where to write each case's result")
    options = parser.parse_args()
    samples = {path.name: path for path in sorted(SAMPLES.iterdir())}
    cases = []
    for rule in ["clean", *sorted(lint.rules())]:
        if rule in WRITTEN:
            with tempfile.TemporaryDirectory() as folder:
                cases.append((rule, written_failure(rule, pathlib.Path(folder))))
        elif rule in samples:
            cases.append((rule, sample_failure(samples.pop(rule))))
        else:
            cases.append((rule, "the rule has no sample"))
    cases += [(name, "a sample of no rule") for name in samples if name != "clean"]
    return results.report(options.results, "LintSamples", cases)


if __name__ == "__main__":
    sys.exit(main())
