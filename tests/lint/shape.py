"""The rules of size and form: how long, how wide, and what every file must or must not carry."""

import ast
import re

from source import Finding

FILE_LINES_MAX = 600
FILE_LINES_WARN = 400
SCRIPT_LINES_MAX = 400
FUNCTION_LINES_MAX = 70
COLUMNS_MAX = 100

RULES = {
    "file-length": f"a file has at most {FILE_LINES_MAX} lines (a script "
                   f"{SCRIPT_LINES_MAX}); from {FILE_LINES_WARN} on it is warned of",
    "function-length": f"a function has at most {FUNCTION_LINES_MAX} lines",
    "line-length": f"a line has at most {COLUMNS_MAX} columns",
    "pragma-once": "a header says #pragma once before any code",
    "non-ascii": "code is ASCII",
    "machine-path": "no file names a folder of somebody's machine",
}

DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", re.M)
MACHINE_PATH = re.compile(r"(?<![\w.:~/$}])/(?:home|root|work|Users|mnt|srv)/[\w.]")


def length_findings(source):
    count = len(source.lines)
    script = source.suffix in (".py", ".sh") or source.name == "x"
    limit = SCRIPT_LINES_MAX if script else FILE_LINES_MAX
    if not source.is_code:
        return
    if count > limit:
        yield Finding(source.path, count, "file-length",
                      f"{count} lines; at most {limit}: split it by what it is about")
    elif count > FILE_LINES_WARN:
        yield Finding(source.path, count, "file-length", f"{count} lines", warning=True)


def line_findings(source):
    for number, line in enumerate(source.lines, 1):
        if source.is_code and len(line) > COLUMNS_MAX:
            yield Finding(source.path, number, "line-length", f"{len(line)} columns")
        if source.is_code and not line.isascii():
            yield Finding(source.path, number, "non-ascii", "a character that is not ASCII")
        if source.name != "LICENSE" and MACHINE_PATH.search(line):
            yield Finding(source.path, number, "machine-path",
                          "a path of one machine; write it relative or take it as an argument")


def header_findings(source):
    if source.suffix != ".h":
        return
    first = next((line.strip() for line in source.code_lines if line.strip()), "")
    if first != "#pragma once":
        yield Finding(source.path, 1, "pragma-once", "the first line of code is not #pragma once")


def _without_template(head):
    """'template <class T, size_t N = f<2>()> struct X' becomes 'struct X'."""
    while re.match(r"template\s*<", head):
        depth, end = 0, len(head)
        for match in re.finditer(r"[<>]", head):
            depth += 1 if match.group() == "<" else -1
            if depth == 0:
                end = match.end()
                break
        head = head[end:].strip()
    return head


def _classify(head):
    """What a `{` opens, told from the code between the last `;`, `{` or `}` and it."""
    head = _without_template(re.sub(r"\b(?:public|private|protected)\s*:", "", head).strip())
    if re.match(r"(?:inline\s+)?namespace\b|extern\b|(?:class|struct|union|enum)\b", head):
        return "scope"
    if re.search(r"(?:=|,|\(|\breturn|\bco_return|\bco_yield)$", head):
        return "list"
    if ")" in head:
        return "function"
    return "list"


def cpp_functions(code):
    """(name, first line, line count) of every function body that is not inside another one."""
    code = DIRECTIVE.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), code)
    stack, start = [], 0
    for match in re.finditer(r"[{};]", code):
        position, mark = match.start(), match.group()
        if mark == "{":
            head = code[start:position]
            inside = any(kind == "function" for kind, _, _ in stack)
            kind = "list" if inside else _classify(head)
            stack.append((kind, position, head))
        elif mark == "}" and stack:
            kind, opened, head = stack.pop()
            if kind == "function":
                first = code.count("\n", 0, opened) + 1
                name = re.search(r"(\S+?)\s*\(", head)
                yield (name.group(1) if name else "?", first,
                       code.count("\n", opened, position) + 1)
        start = position + 1


def function_findings(source):
    if source.is_cpp:
        functions = cpp_functions(source.code)
    elif source.suffix == ".py":
        functions = ((node.name, node.lineno, node.end_lineno - node.lineno + 1)
                     for node in ast.walk(ast.parse(source.text))
                     if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))
    else:
        return
    for name, line, count in functions:
        if count > FUNCTION_LINES_MAX:
            yield Finding(source.path, line, "function-length",
                          f"{name} has {count} lines; at most {FUNCTION_LINES_MAX}")


CHECKS = (length_findings, line_findings, header_findings, function_findings)
