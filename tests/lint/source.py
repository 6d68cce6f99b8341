"""A file as the rules see it: its text, its code without comments and strings, its allowances.

An allowance is a comment that names a rule and gives a reason. On a line of code it covers that
line; alone on a line it covers the next line of code; with `file-` before the rule it covers the
whole file. One that gives no reason, or that nothing needs, is itself a finding.
"""

import dataclasses
import functools
import pathlib
import re

CPP = (".h", ".cc")
CODE = CPP + (".proto", ".cmake", ".py", ".sh", ".toml")
TEXT = CODE + (".md", ".txt", ".yaml", ".yml", ".json")
NAMED_CODE = ("x", "run", "CMakeLists.txt", ".clang-format", ".clang-tidy")

TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)
      | (?P<string>R"(?P<fence>[^()\s\\]*)\(.*?\)(?P=fence)"
                  | "(?:\\.|[^"\\\n])*"
                  | (?<![0-9a-fA-F])'(?:\\.|[^'\\\n])*')""",
    re.S | re.X,
)
ALLOW = re.compile(r"(?://|\#|<!--)\s*lint: allow-(file-)?([a-z][a-z-]*)\b[ ]*(.*?)\s*(?:-->)?\s*$")
COMMENT_LINE = re.compile(r"^\s*(?://|#(?!\s*(?:include|if|el|end|define|pragma))|<!--)")
REASON_LENGTH_MIN = 8


@dataclasses.dataclass(frozen=True, order=True)
class Finding:
    path: str
    line: int  # 1-based; 0 is the file as a whole
    rule: str
    message: str
    warning: bool = False

    def __str__(self):
        where = f"{self.path}:{self.line}" if self.line else self.path
        kind = "warning: " if self.warning else ""
        return f"{where}: {kind}{self.rule}: {self.message}"


@dataclasses.dataclass
class Allowance:
    line: int
    rule: str
    reason: str
    covers: int  # the line of code that it covers, or 0 for the whole file
    used: bool = False


def _blank(text):
    return re.sub(r"[^\n]", " ", text)


class Source:
    def __init__(self, root: pathlib.Path, path: str):
        self.path = path
        self.name = pathlib.PurePosixPath(path).name
        self.suffix = pathlib.PurePosixPath(path).suffix
        self.text = (root / path).read_bytes().decode("utf-8", errors="replace")

    @property
    def is_cpp(self):
        return self.suffix in CPP

    @property
    def is_code(self):
        return self.suffix in CODE or self.name in NAMED_CODE

    @functools.cached_property
    def lines(self):
        return self.text.splitlines()

    @functools.cached_property
    def code(self):
        """C++ with comments and the insides of strings blanked; lines and columns stay."""
        return TOKEN.sub(lambda token: _blank(token.group()), self.text)

    @functools.cached_property
    def code_lines(self):
        return self.code.splitlines()

    @functools.cached_property
    def uncommented_lines(self):
        """C++ with comments blanked and strings kept: where includes are read."""
        keep = lambda token: token.group() if token.group("string") else _blank(token.group())
        return TOKEN.sub(keep, self.text).splitlines()

    @functools.cached_property
    def allowances(self):
        found = []
        if not self.is_code:  # pages quote them
            return found
        for number, line in enumerate(self.lines, 1):
            match = ALLOW.search(line)
            if match:
                covers = 0 if match.group(1) else self._covered_line(number)
                found.append(Allowance(number, match.group(2), match.group(3), covers))
        return found

    def _covered_line(self, number):
        while number <= len(self.lines) and COMMENT_LINE.match(self.lines[number - 1]):
            number += 1
        return number

    def allowance_for(self, finding):
        for allowance in self.allowances:
            if allowance.rule == finding.rule and allowance.covers in (0, finding.line):
                return allowance
        return None


def allowance_findings(source, known_rules, strict_rules):
    """What is wrong with the allowances themselves; run it after they were used."""
    for allowance in source.allowances:
        if allowance.rule not in known_rules:
            message = f"there is no rule '{allowance.rule}'"
        elif allowance.rule in strict_rules:
            message = f"'{allowance.rule}' cannot be allowed away: change the design instead"
        elif len(allowance.reason) < REASON_LENGTH_MIN:
            message = f"give a reason after 'allow-{allowance.rule}'"
        elif not allowance.used:
            message = f"nothing here needs 'allow-{allowance.rule}' any more"
        else:
            continue
        yield Finding(source.path, allowance.line, "allowance", message)
