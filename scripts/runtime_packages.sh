#!/usr/bin/env bash
# runtime_packages.sh PROGRAM: the Debian packages of the libraries that PROGRAM loads, one a line.
# deploy/Containerfile installs them in the image that has no build.
set -euo pipefail

[ $# -eq 1 ] || { sed -n '2s/^# //p' "$0" >&2 && exit 2; }
ldd "$1" | awk '$2 == "=>" { print $3 }' | while read -r library; do
  case $library in
    /*) ;;
    *) echo "a library of $1 is not found: $(ldd "$1" | grep 'not found')" >&2 && exit 5 ;;
  esac
  # dpkg knows a file by the path that it was installed under: before or after /lib became a link.
  dpkg-query -S "$(realpath "$library")" 2>/dev/null ||
    dpkg-query -S "$(realpath "$library" | sed 's|^/usr||')"
done | cut -d: -f1 | sort -u
