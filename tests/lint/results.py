"""Results of single cases in GoogleTest's JSON, so that `./x test` counts every test alike."""

import json
import pathlib


def write(path, suite, cases):
    """`cases`: (name, failure message or None), in order."""
    entries = [{"name": name, "result": "COMPLETED", "status": "RUN",
                **({"failures": [{"failure": failure}]} if failure else {})}
               for name, failure in cases]
    failed = sum(failure is not None for _, failure in cases)
    document = {"tests": len(cases), "failures": failed,
                "testsuites": [{"name": suite, "tests": len(cases), "testsuite": entries}]}
    pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
    pathlib.Path(path).write_text(json.dumps(document, indent=1) + "\n")


def report(path, suite, cases):
    """Prints the failures and the count, writes `path` if given; the exit code."""
    failed = [(name, failure) for name, failure in cases if failure]
    for name, failure in failed:
        print(f"FAILED {suite}.{name}: {failure}")
    print(f"{suite}: {len(cases) - len(failed)} of {len(cases)} as they should be")
    if path:
        write(path, suite, cases)
    return 1 if failed or not cases else 0
