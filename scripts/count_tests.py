#!/usr/bin/env python3
"""count_tests.py BUILD PRESET...: what `./x test` did, by label, and as the last line the sum.

Counted are cases: those of a GoogleTest binary or of a lint program from the results it wrote, any
other test of ctest as one. A binary that ends badly without telling of a failed case (a crash, a
time-out, a leak found at its end) is one failed case more.
"""

import dataclasses
import json
import pathlib
import sys
import xml.etree.ElementTree

LABELS = ("lint", "unit", "sim", "conformance", "real", "e2e")


@dataclasses.dataclass(frozen=True)
class Case:
    label: str
    name: str
    outcome: str  # passed, failed or skipped


def outcome_of(entry):
    if entry.get("failures"):
        return "failed"
    skipped = entry.get("result") in ("SKIPPED", "SUPPRESSED") or entry.get("status") == "NOTRUN"
    return "skipped" if skipped else "passed"


def cases_of_results(path, label, prefix):
    document = json.loads(path.read_text())
    for suite in document["testsuites"]:
        for entry in suite["testsuite"]:
            yield Case(label, f"{prefix} {suite['name']}.{entry['name']}", outcome_of(entry))


def outcome_of_ctest(element):
    if element.find("skipped") is not None and "SKIP" in element.find("skipped").get("message", ""):
        return "skipped"
    return {"run": "passed", "disabled": "skipped"}.get(element.get("status"), "failed")


def labels_of(folder):
    listed = json.loads((folder / "tests.list").read_text())
    return {test["name"]: next((value for property in test.get("properties", ())
                                if property["name"] == "LABELS" for value in property["value"]),
                               "unit")
            for test in listed["tests"]}


def cases_of_preset(build, preset):
    folder = build / preset / "results"
    if not (folder / "ctest.xml").exists():
        return
    labels = labels_of(folder)
    root = xml.etree.ElementTree.parse(folder / "ctest.xml").getroot()
    for element in root.iter("testcase"):
        name, outcome = element.get("name"), outcome_of_ctest(element)
        label, prefix = labels[name], f"{preset} {name}"
        cases = []
        if (folder / f"{name}.json").exists():
            cases = list(cases_of_results(folder / f"{name}.json", label, prefix))
        yield from cases
        told = any(case.outcome == "failed" for case in cases)
        if not cases or (outcome == "failed" and not told):
            yield Case(label, prefix, outcome)


def read_parts(path):
    return [line.split("\t") for line in path.read_text().splitlines()]


def cases_of_parts(parts, cases):
    for name, label, status, _ in parts:
        if label in LABELS:
            yield Case(label, name, status)
        elif label.startswith("-") and status == "failed":
            yield Case(label[1:], name, status)
        elif label == "tests" and status == "failed":
            preset = name.split(":")[0]
            if not any(c.outcome == "failed" and c.name.startswith(preset + " ") for c in cases):
                yield Case("build", f"{name}: ctest itself", status)


def print_table(cases):
    used = {case.label for case in cases}
    print(f"\n{'label':12} {'passed':>8} {'failed':>8} {'skipped':>8}")
    for label in LABELS + tuple(sorted(used - set(LABELS))):
        counts = [sum(case.label == label and case.outcome == outcome for case in cases)
                  for outcome in ("passed", "failed", "skipped")]
        print(f"{label:12} {counts[0]:8} {counts[1]:8} {counts[2]:8}")


def print_times(parts):
    print(f"\n{'part':16} {'seconds':>8}")
    for name, _, _, milliseconds in parts:
        print(f"{name:16} {int(milliseconds) / 1000:8.1f}")
    print(f"{'all':16} {sum(int(part[3]) for part in parts) / 1000:8.1f}\n")


def main():
    build, presets = pathlib.Path(sys.argv[1]), sys.argv[2:]
    parts = read_parts(build / "parts.tsv")
    ran = {part[0] for part in parts}
    cases = [case for preset in presets if f"{preset}: tests" in ran
             for case in cases_of_preset(build, preset)]
    cases += list(cases_of_parts(parts, cases))
    print_table(cases)
    print_times(parts)
    counts = {outcome: sum(case.outcome == outcome for case in cases)
              for outcome in ("passed", "failed", "skipped")}
    for outcome in ("skipped", "failed"):
        for case in cases:
            if case.outcome == outcome:
                print(f"{outcome}: [{case.label}] {case.name}")
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    return 1 if counts["failed"] or not counts["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
