#!/usr/bin/env python3
"""Every stored format that the code knows has golden files, of each of its versions.

It reads the code: each magic of ours ("EY..") with the newest version that its file declares, and
each record of the catalog. --self-test shows that what lacks is found.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden"
MAGIC = re.compile(r'"(EY[A-Z]{2})"')
VERSIONS = (
    re.compile(r'EnvelopeKind \w+\{"EY[A-Z]{2}", "[^"]*", (\d+)\}'),
    re.compile(r"\bk(?:Version|Steps) = (\d+);"),
)
# Pages of SQLite have a checksum and no version of their own: the database's is its user_version.
WITHOUT_VERSION = {"EYPG", "EYMS"}


def formats(root):
    """(magic, newest version) of everything that storage and index write."""
    found = {}
    for source in sorted([*root.glob("storage/**/*.cc"), *root.glob("index/*.cc")]):
        text = source.read_text()
        versions = [int(v) for pattern in VERSIONS for v in pattern.findall(text)]
        for magic in set(MAGIC.findall(text)) - WITHOUT_VERSION:
            found[magic] = max(versions, default=0)
    return found


def records(root):
    """The catalog's records, as their golden files are called."""
    text = (root / "nodes/proto/catalog.proto").read_text()
    names = re.findall(r"^message (\w+)Record \{", text, re.MULTILINE)
    called = {"TimestampWindow": "window"}
    parts = {"File", "Index"}  # of other records
    return [called.get(name, name.lower()) for name in names if name not in parts]


def missing(root, golden):
    lacks = []
    for magic, newest in formats(root).items():
        if newest == 0:
            lacks.append(f"{magic}: its source declares no version")
        for version in range(1, newest + 1):
            begins = magic.encode() + version.to_bytes(2, "little")
            files = (golden / f"v{version}").glob("*.bin")
            if not any(begins in file.read_bytes() for file in files):
                lacks.append(f"{magic} of version {version}: tests/golden/v{version} has no file")
    for record in records(root):
        if not (golden / "v1" / f"catalog_{record}.bin").is_file():
            lacks.append(f"the catalog's record '{record}': tests/golden/v1 has no file")
    return lacks


def self_test():
    found = formats(ROOT)
    assert found.get("EYBL") == 2 and found.get("EYDL") == 2, found
    assert len(found) >= 10 and len(records(ROOT)) >= 13, (found, records(ROOT))
    nothing = missing(ROOT, ROOT / "tests" / "lint")
    assert len(nothing) == sum(found.values()) + len(records(ROOT)), nothing


if __name__ == "__main__":
    self_test()
    LACKS = missing(ROOT, GOLDEN)
    for line in LACKS:
        print(line)
    sys.exit(1 if LACKS else 0)
