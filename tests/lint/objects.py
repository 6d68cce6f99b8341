#!/usr/bin/env python3
"""What only the compiled code can tell.

    objects.py state LIBRARY...          no variable outlives or is shared by components
    objects.py wall BINARY LIBRARY...    nothing of these libraries is in this binary

With --expect NAME... exactly these names must be found; it is how the check checks itself.
"""

import argparse
import re
import subprocess
import sys

OBJDUMP = "llvm-objdump-19"
# value, flags, section, size, name; .data.rel.ro holds constants that only the loader writes.
SYMBOL = re.compile(r"^[0-9a-f]+ (?P<flags>.{7}) (?P<section>\S+)\s+[0-9a-f]+\s+(?P<name>.+)$")
MUTABLE = re.compile(r"^\.(?:t?bss|t?data)(?!\.rel\.ro)")
# Constants that are built at start (kNames), and what the compiler and libraries put there.
HARMLESS = re.compile(r"(?:^|::)k[A-Z]\w*(?:\[abi:\w+\])?$"
                      r"|^(?:std|google|fmt|boost|faiss)::|^DW\.ref\.|^__|^\.L")


def symbols(path):
    """(flags, section, demangled name) of every defined symbol."""
    output = subprocess.run([OBJDUMP, "--syms", "--demangle", path], capture_output=True,
                            text=True, check=True).stdout
    for line in output.splitlines():
        match = SYMBOL.match(line)
        if match and match["section"] != "*UND*":
            name = re.sub(r"^\.hidden ", "", match["name"])
            yield match["flags"], match["section"], name


def state(libraries):
    return {name for path in libraries for flags, section, name in symbols(path)
            if MUTABLE.match(section) and not HARMLESS.search(name)
            and name != section and not flags.strip().endswith("d")}


def wall(binary, libraries):
    """Functions and data of ours that these libraries define alone (not inline) and the binary has.
    A library of others that is compiled in a unit of ours (Boost.JSON) may be in both."""
    kept = (".text", ".rodata", ".data", ".bss")
    theirs = {name for path in libraries for flags, section, name in symbols(path)
              if flags.startswith("g") and section.startswith(kept) and "eyrie::" in name}
    return theirs & {name for _, _, name in symbols(binary)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("check", choices=("state", "wall"))
    parser.add_argument("paths", nargs="+")
    parser.add_argument("--expect", nargs="*", default=[])
    options = parser.parse_args()
    if options.check == "state":
        found = state(options.paths)
        reason = "keeps state outside of any object; make it a member of what owns it"
    else:
        found = wall(options.paths[0], options.paths[1:])
        reason = f"is in {options.paths[0]}, which is of the other world"
    for name in sorted(found - set(options.expect)):
        print(f"{name}: {reason}")
    for name in sorted(set(options.expect) - found):
        print(f"{name}: not found, and should have been")
    return 0 if found == set(options.expect) else 1


if __name__ == "__main__":
    sys.exit(main())
