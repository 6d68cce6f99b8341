"""Results of single cases in GoogleTest's JSON, so that `./x test` counts every test alike."""

import json
import pathlib


class Skipped(str):
    """In place of a failure: why the case could not be looked at."""


def is_failure(outcome):
    return outcome is not None and not isinstance(outcome, Skipped)


def write(path, suite, cases):
    """`cases`: (name, failure message, Skipped or None), in order."""
    entries = [{"name": name, "status": "RUN",
                "result": "SKIPPED" if isinstance(outcome, Skipped) else "COMPLETED",
                **({"failures": [{"failure": outcome}]} if is_failure(outcome) else {})}
               for name, outcome in cases]
    failed = sum(is_failure(outcome) for _, outcome in cases)
    document = {"tests": len(cases), "failures": failed,
                "testsuites": [{"name": suite, "tests": len(cases), "testsuite": entries}]}
    pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
    pathlib.Path(path).write_text(json.dumps(document, indent=1) + "\n")


def report(path, suite, cases):
    """Prints what failed or was skipped, and the count; writes `path` if given; the exit code."""
    failed = [(name, outcome) for name, outcome in cases if is_failure(outcome)]
    skipped = [(name, outcome) for name, outcome in cases if isinstance(outcome, Skipped)]
    for word, some in (("FAILED", failed), ("SKIPPED", skipped)):
        for name, outcome in some:
            print(f"{word} {suite}.{name}: {outcome}")
    right = len(cases) - len(failed) - len(skipped)
    print(f"{suite}: {right} of {len(cases)} as they should be, {len(skipped)} skipped")
    if path:
        write(path, suite, cases)
    return 1 if failed or not cases else 0
