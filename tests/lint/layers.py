"""The rules of the house: who may include whom, in code and in CMake, and what is written of it."""

import dataclasses
import fnmatch
import pathlib
import re
import tomllib

from source import CPP, Finding

TABLE = pathlib.Path(__file__).with_name("layers.toml")
INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)')
CMAKE_LIBRARY = re.compile(r"\b(eyrie_library|eyrie_proto)\s*\(\s*(\S+)([^)]*)\)")
CMAKE_KEYWORDS = ("WORLD", "SOURCES", "DEPENDS", "PRIVATE_DEPENDS", "PLANTED")
SEES = {"any": {"any"}, "sim": {"any", "sim"}, "real": {"any", "real"},
        "both": {"any", "sim", "real", "both"}, "test": {"any", "sim", "real", "both"}}
BEGIN = "<!-- layers: written by `./x fmt` from tests/lint/layers.toml -->"
END = "<!-- layers: end -->"
README_LINES_MAX = 40

RULES = {
    "include-arrow": "a layer includes only what tests/lint/layers.toml lets it",
    "include-own": "x.cc includes its own x.h before anything else, so that x.h compiles alone",
    "include-root": "a quoted include is the path of a file from the root",
    "unknown-folder": "every folder with code has a row in tests/lint/layers.toml",
    "cmake-arrow": "a target's DEPENDS, folder and WORLD agree with tests/lint/layers.toml",
    "room-readme": f"a room opens with a README.md of at most {README_LINES_MAX} lines",
    "room-folders": "a room's README.md names each folder of it",
    "architecture-table": "ARCHITECTURE.md's table is the one in tests/lint/layers.toml",
}


@dataclasses.dataclass(frozen=True)
class Layer:
    name: str
    folders: tuple  # of the row that it was declared in
    world: str
    may: tuple
    holds: str
    later: bool


class Layers:
    def __init__(self, table=TABLE):
        data = tomllib.loads(table.read_text())
        self.rooms = data["rooms"]
        self.apart = data["apart"]
        self.rows = data["layer"]
        self.by_name = {}
        for row in self.rows:
            for name in row["folder"]:
                self.by_name[name] = Layer(name, tuple(row["folder"]), row["world"],
                                           tuple(row["may"]), row["holds"],
                                           row.get("later", False))
        self.may = {name: self._expand(layer) for name, layer in self.by_name.items()}
        self._refuse_cycles()

    def _expand(self, layer):
        """The layers and headers that `layer` may include besides itself."""
        allowed = set()
        for pattern in layer.may:
            if pattern.endswith(".h"):
                allowed.add(pattern)
                continue
            names = [name for name in self.by_name if fnmatch.fnmatch(name, pattern)]
            if not names:
                raise SystemExit(f"layers.toml: {layer.name}: there is no layer '{pattern}'")
            if names == [pattern] and self.by_name[pattern].world not in SEES[layer.world]:
                raise SystemExit(f"layers.toml: {layer.name} is {layer.world} and may not see "
                                 f"{pattern}, which is {self.by_name[pattern].world}")
            allowed.update(n for n in names if self.by_name[n].world in SEES[layer.world])
        return allowed - {layer.name}

    def _refuse_cycles(self):
        done, path = set(), []

        def visit(name):
            if name in path:
                raise SystemExit(f"layers.toml: a cycle: {' -> '.join(path + [name])}")
            if name in done or name.endswith(".h"):
                return
            path.append(name)
            for other in sorted(self.may[name]):
                visit(other)
            path.pop()
            done.add(name)

        for name in self.by_name:
            visit(name)

    def of(self, path):
        """The layer of a file or folder: the longest folder that holds it."""
        parts = path.split("/")
        for length in range(len(parts), 0, -1):
            layer = self.by_name.get("/".join(parts[:length]))
            if layer:
                return layer
        return None

    def allows(self, layer, header):
        other = self.of(header)
        return (other is not None and other.name == layer.name) or header in self.may[
            layer.name] or (other is not None and other.name in self.may[layer.name])

    def allows_target(self, layer, folder):
        """A target may be linked when the layer, or a single header of it, may be included."""
        return folder in self.may[layer.name] or any(
            entry.endswith(".h") and self.of(entry).name == folder
            for entry in self.may[layer.name])

    def describe(self, layer):
        return ", ".join(layer.may) or "nothing of ours"

    def in_room(self, path):
        return path.split("/")[0] in self.rooms


def include_findings(source, tree):
    if not source.is_cpp or not tree.layers.in_room(source.path):
        return
    layer = tree.layers.of(source.path)
    if layer is None:
        yield Finding(source.path, 0, "unknown-folder",
                      "no row of tests/lint/layers.toml covers this folder")
        return
    for number, line in enumerate(source.uncommented_lines, 1):
        match = INCLUDE.match(line)
        if not match or not match.group(1):
            continue
        header = match.group(1)
        folder = str(pathlib.PurePosixPath(source.path).parent)
        if folder in tree.layers.apart and (tree.root / folder / header).is_file():
            continue
        generated = header.endswith(".pb.h")
        exists = (tree.root / (header[:-5] + ".proto" if generated else header)).is_file()
        if not exists:
            yield Finding(source.path, number, "include-root",
                          f'"{header}" is no file from the root; libraries are included with <>')
        elif not tree.layers.allows(layer, header):
            yield Finding(source.path, number, "include-arrow",
                          f"{layer.name} may not include {header}; "
                          f"it may: {tree.layers.describe(layer)}")


def own_include_findings(source, tree):
    header = source.path.removesuffix(".cc") + ".h"
    if not source.path.endswith(".cc") or not tree.layers.in_room(source.path):
        return
    if header not in tree.paths:
        return
    own = {header, pathlib.PurePosixPath(header).name}  # the latter where a project is apart
    for number, line in enumerate(source.uncommented_lines, 1):
        if line.lstrip().startswith("#include"):
            match = INCLUDE.match(line)
            if not match or match.group(1) not in own:
                yield Finding(source.path, number, "include-own", f"{header} does not come first")
            return


def _arguments(body):
    """'DEPENDS a b WORLD any' as {'DEPENDS': ['a', 'b'], 'WORLD': ['any']}."""
    found, keyword = {}, None
    for word in re.sub(r"#[^\n]*", "", body).split():
        if word in CMAKE_KEYWORDS:
            keyword = word
        elif keyword:
            found.setdefault(keyword, []).append(word)
    return found


def cmake_findings(source, tree):
    if source.name != "CMakeLists.txt" or not tree.layers.in_room(source.path):
        return
    if source.path.startswith("tests/"):
        return
    for match in CMAKE_LIBRARY.finditer(source.text):
        line = source.text.count("\n", 0, match.start()) + 1
        kind, folder, arguments = match.group(1), match.group(2), _arguments(match.group(3))
        finding = lambda message: Finding(source.path, line, "cmake-arrow", message)
        parent = str(pathlib.PurePosixPath(source.path).parent)
        if folder != parent and not folder.startswith(parent + "/"):
            yield finding(f"{folder} is declared outside its folder")
        layer = tree.layers.of(folder)
        if layer is None:
            yield finding(f"no row of tests/lint/layers.toml covers {folder}")
            continue
        world = arguments.get("WORLD", ["any"])[0]
        if kind == "eyrie_library" and world != layer.world:
            yield finding(f"{folder} is WORLD {world}; the table says {layer.world}")
        for dependency in arguments.get("DEPENDS", []) + arguments.get("PRIVATE_DEPENDS", []):
            if "::" in dependency or dependency.startswith(("-", "$<")):
                continue
            other = tree.layers.of(dependency)
            if other is None or (other.name != layer.name
                                 and not tree.layers.allows_target(layer, other.name)):
                yield finding(f"{folder} may not depend on {dependency}; "
                              f"it may: {tree.layers.describe(layer)}")


def room_findings(tree):
    for room in tree.layers.rooms:
        built = f"{room}/CMakeLists.txt" in tree.paths
        holds_code = any(path.startswith(room + "/") and path.endswith(CPP) for path in tree.paths)
        readme = f"{room}/README.md"
        if built and holds_code and readme not in tree.paths:
            yield Finding(readme, 0, "room-readme", f"{room} has code and no README.md")
        elif readme in tree.paths:
            count = len((tree.root / readme).read_text().splitlines())
            if count > README_LINES_MAX:
                yield Finding(readme, count, "room-readme",
                              f"{count} lines; {README_LINES_MAX} are enough for an opening")
            for folder in unnamed_folders(tree, room):
                yield Finding(readme, 0, "room-folders", f"says nothing of {room}/{folder}")


def unnamed_folders(tree, room):
    """The folders of a room that its README does not name; those of tests named after rooms go
    without saying."""
    text = (tree.root / f"{room}/README.md").read_text()
    folders = {path.split("/")[1] for path in tree.paths
               if path.startswith(room + "/") and path.count("/") > 1}
    return sorted(folder for folder in folders - set(tree.layers.rooms)
                  if not re.search(rf"`(?:{room}/)?{re.escape(folder)}[/`]", text))


def table_text(layers):
    def row(entry):
        folders = "<br>".join(f"`{name}`" for name in entry["folder"])
        may = ", ".join(f"`{name}`" for name in entry["may"]) or "nothing of ours"
        return f"| {folders} | {entry['world']} | {may} | {entry['holds']} |"

    head = ["| folder | world | may include | holds |", "|---|---|---|---|"]
    now = [row(entry) for entry in layers.rows if not entry.get("later")]
    later = [row(entry) for entry in layers.rows if entry.get("later")]
    return "\n".join([BEGIN, "", *head, *now, "", "Places that are kept for what comes later:", "",
                      *head, *later, "", END])


def architecture_findings(tree, write=False):
    path = "ARCHITECTURE.md"
    if path not in tree.paths:
        return
    text = (tree.root / path).read_text()
    begin, end = text.find(BEGIN), text.find(END)
    if begin < 0 or end < begin:
        yield Finding(path, 0, "architecture-table", "the marks around the layers' table are gone")
        return
    fresh = text[:begin] + table_text(tree.layers) + text[end + len(END):]
    if fresh != text and write:
        (tree.root / path).write_text(fresh)
    elif fresh != text:
        yield Finding(path, text.count("\n", 0, begin) + 1, "architecture-table",
                      "differs from tests/lint/layers.toml; `./x fmt` writes it")


def later_findings(tree):
    for layer in tree.layers.by_name.values():
        if layer.later and any(path.startswith(layer.name + "/") for path in tree.paths):
            yield Finding("tests/lint/layers.toml", 0, "unknown-folder",
                          f"{layer.name} exists: its row must no longer say `later`")
