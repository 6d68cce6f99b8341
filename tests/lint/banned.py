"""The rules of banned.toml: names that a layer may not use, each with what it uses instead."""

import dataclasses
import pathlib
import re
import tomllib

from source import CPP, TEXT, Finding

TABLE = pathlib.Path(__file__).with_name("banned.toml")


@dataclasses.dataclass(frozen=True)
class Ban:
    rule: str
    pattern: re.Pattern
    instead: str
    where: str  # code, include or text
    files: tuple
    within: tuple
    exempt: tuple

    def covers(self, source, layer):
        if self.where != "text" and layer is None:
            return False
        if not source.path.endswith(self.files) and not (self.where == "text" and source.is_code):
            return False
        if self.within and not any(_matches(place, source, layer) for place in self.within):
            return False
        return not any(_matches(place, source, layer) for place in self.exempt)


def _matches(place, source, layer):
    if place.startswith("@"):
        return layer is not None and layer.world == place[1:]
    return source.path == place or source.path.startswith(place + "/")


def _either(patterns):
    # An inline flag such as (?i) may stand only at the start of a whole expression.
    return "|".join(re.sub(r"^\(\?i\)(.*)$", r"(?i:\1)", pattern) for pattern in patterns)


def load(table=TABLE):
    keys = {"pattern", "instead", "where", "files", "within", "except"}
    bans = []
    for rule, entry in tomllib.loads(table.read_text()).items():
        if unknown := set(entry) - keys:
            raise SystemExit(f"banned.toml: {rule}: unknown key {', '.join(sorted(unknown))}")
        where = entry.get("where", "code")
        patterns = entry["pattern"]
        bans.append(Ban(
            rule=rule,
            pattern=re.compile(patterns if isinstance(patterns, str) else _either(patterns)),
            instead=entry["instead"],
            where=where,
            files=tuple(entry.get("files", TEXT if where == "text" else CPP)),
            within=tuple(entry.get("within", ())),
            exempt=tuple(entry.get("except", ()))))
    return bans


def findings(source, tree):
    layer = tree.layers.of(source.path)
    for ban in tree.bans:
        if not ban.covers(source, layer):
            continue
        lines = {"code": "code_lines", "include": "uncommented_lines", "text": "lines"}[ban.where]
        for number, line in enumerate(getattr(source, lines), 1):
            if ban.where == "include" and not re.match(r"\s*#\s*include\b", line):
                continue
            match = ban.pattern.search(line)
            if match:
                yield Finding(source.path, number, ban.rule,
                              f"'{match.group().strip()}' here; use {ban.instead}")
