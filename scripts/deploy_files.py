#!/usr/bin/env python3
"""deploy_files.py EYRIE HELM: writes what in deploy/ is made from something else.

The end of deploy/eyrie.yaml from the settings that the program EYRIE names, and deploy/kubernetes
from the chart with its default values, by the program HELM; `-` leaves a part as it is.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
CHART = ROOT / "deploy/helm/eyrie"
NAMESPACE = "00-namespace.yaml"
MANIFEST_HEAD = "# Made from deploy/helm/eyrie by scripts/deploy_files.py.\n"
# What stands above this line in deploy/eyrie.yaml is written by hand.
OTHERS = """
# --- all others, with their defaults; made by scripts/deploy_files.py ---
"""
# "  log.segment_blocks=1000 blocks  (1 to 100000)", and its sentence in the next line.
SETTING = re.compile(r"^  (?P<name>[a-z0-9_]+\.[a-z0-9_]+)=(?P<value>\S*)(?: \S+)?"
                     r"(?:  \((?P<range>.*)\))?\n +(?P<sentence>.+)$", re.M)


def settings_of(eyrie):
    """A match of SETTING for each, in the order of the program."""
    told = subprocess.run([eyrie, "query", "--help"], text=True, check=True, capture_output=True)
    return list(SETTING.finditer(told.stdout))


def wrapped(text, width=98):
    line = ""
    for word in text.split():
        if len(line) + len(word) >= width:
            yield line
            line = ""
        line += (" " if line else "") + word
    yield line


def names_in(text):
    """The settings that a file of sections shows, also those that it only has as a comment."""
    section, names = "", []
    for line in text.splitlines():
        if opened := re.match(r"([a-z0-9_]+):", line):
            section = opened[1]
        elif shown := re.match(r"  (?:# )?([a-z0-9_]+):", line):
            names.append(f"{section}.{shown[1]}")
    return names


def example_settings(eyrie):
    """deploy/eyrie.yaml as it should be."""
    by_hand = (ROOT / "deploy/eyrie.yaml").read_text().partition(OTHERS)[0]
    lines, shown = [], names_in(by_hand)
    for setting in settings_of(eyrie):
        if setting["name"] in shown:
            continue
        within = f" From {setting['range']}." if setting["range"] else ""
        lines += [""] + [f"# {line}" for line in wrapped(setting["sentence"] + within)]
        lines.append(f"#{setting['name']}: {setting['value'] or chr(34) * 2}")
    return by_hand + OTHERS + "\n".join(lines) + "\n"


def manifests(helm):
    """{file: text}: a file a template."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([helm, "template", "eyrie", CHART, "--namespace", "eyrie", "--output-dir",
                        folder], check=True, stdout=subprocess.DEVNULL)
        files = {path.name: MANIFEST_HEAD + path.read_text()
                 for path in pathlib.Path(folder).glob("eyrie/templates/*.yaml")}
    # Helm makes the namespace itself.
    files[NAMESPACE] = (MANIFEST_HEAD + "---\napiVersion: v1\nkind: Namespace\nmetadata:\n"
                        "  name: eyrie\n  labels:\n"
                        "    pod-security.kubernetes.io/enforce: restricted\n")
    return files


def main():
    if len(sys.argv) != 3:
        print(__doc__.splitlines()[0], file=sys.stderr)
        return 2
    eyrie, helm = sys.argv[1:]
    if eyrie != "-":
        (ROOT / "deploy/eyrie.yaml").write_text(example_settings(eyrie))
    if helm != "-":
        folder = ROOT / "deploy/kubernetes"
        folder.mkdir(exist_ok=True)
        for path in folder.glob("*.yaml"):
            path.unlink()
        for name, text in manifests(helm).items():
            (folder / name).write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
