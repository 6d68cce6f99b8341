"""Inputs of fuzzers as one file a target: for each a u32 length, little endian, then its bytes.

    fuzz_corpus.py pack FOLDER FILE      every file of the folder, in the order of its contents
    fuzz_corpus.py unpack FILE FOLDER    as libFuzzer takes them
"""
import hashlib
import pathlib
import struct
import sys


def pack(folder, file):
    inputs = sorted({path.read_bytes() for path in pathlib.Path(folder).iterdir()})
    file = pathlib.Path(file)
    file.write_bytes(b"".join(struct.pack("<I", len(each)) + each for each in inputs))
    print(f"{file.name}: {len(inputs)} inputs, {file.stat().st_size} bytes")


def unpack(file, folder):
    rest = pathlib.Path(file).read_bytes()
    while rest:
        (length,) = struct.unpack_from("<I", rest)
        one, rest = rest[4:4 + length], rest[4 + length:]
        (pathlib.Path(folder) / hashlib.sha1(one).hexdigest()).write_bytes(one)


if __name__ == "__main__":
    {"pack": pack, "unpack": unpack}[sys.argv[1]](*sys.argv[2:])
