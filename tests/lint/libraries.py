"""The libraries of others that are included are those that ARCHITECTURE.md has a row for."""

import re

from source import Finding

PATH = "ARCHITECTURE.md"
SECTION = "## Dependencies\n"
INCLUDE = re.compile(r"^\s*#\s*include\s+<([^>]+)>")
# Of the language (no ending, no folder), of the system, and of the compiler.
NOT_A_LIBRARY = re.compile(
    r"^\w+$|^(?:sys|netinet|arpa)/"
    r"|^(?:cxxabi|dirent|dlfcn|execinfo|fcntl|immintrin|netdb|nmmintrin|poll|pthread|pty|sched"
    r"|spawn|unistd)\.h$")

RULES = {
    "library-row": "a library that is included has a row in ARCHITECTURE.md, and each row's "
                   "headers are included",
}


def _rows(text):
    """{how a header's name begins: the line of its row}, from the table's second column."""
    before, _, section = text.partition(SECTION)
    found = {}
    for number, line in enumerate(section.splitlines(), before.count("\n") + 2):
        if line.startswith("| "):
            found.update(dict.fromkeys(re.findall(r"`([^`]+)`", line.split("|")[2]), number))
    return found


def findings(sources, tree):
    if PATH not in tree.paths:
        return
    rows, used = _rows((tree.root / PATH).read_text()), set()
    for source in sources:
        if not source.is_cpp or not tree.layers.in_room(source.path):
            continue
        for number, line in enumerate(source.uncommented_lines, 1):
            match = INCLUDE.match(line)
            if not match or NOT_A_LIBRARY.match(match.group(1)):
                continue
            named = {header for header in rows if match.group(1).startswith(header)}
            used |= named
            if not named:
                yield Finding(source.path, number, "library-row",
                              f"<{match.group(1)}> is of no library in {PATH}'s table")
    for header in sorted(set(rows) - used):
        yield Finding(PATH, rows[header], "library-row", f"`{header}` is included by nobody")
