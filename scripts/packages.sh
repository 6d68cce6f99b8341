# Installs what a command needs, and only what is missing. Sourced by ./x.
# On Debian 12 the lists are compared with what dpkg has installed, and apt is asked for the rest;
# with nothing missing there is no network call. Elsewhere it checks and names what lacks.

package_list=$root/scripts/packages.txt

# ensure_packages SET...: `build`, `test`, `servers`, `data`. Ends the script with 5 when something
# stays away; off Debian 12 tests are skipped for servers that lack.
ensure_packages() {
  if is_debian_12; then
    ensure_debian_packages "$@"
  else
    check_proofs "$@"
  fi
}

is_debian_12() {
  [ -r /etc/os-release ] && (. /etc/os-release && [ "${ID:-}" = debian ] &&
    [ "${VERSION_ID:-}" = 12 ]) && command -v dpkg-query >/dev/null
}

# Prints "package proof" for each line of the wanted sets.
packages_of() {
  awk -v sets=" $* " '!/^#/ && NF && index(sets, " " $1 " ") { print $2, $3 }' "$package_list"
}

ensure_debian_packages() {
  local wanted installed missing=() package
  wanted=$(packages_of "$@" | cut -d' ' -f1)
  # dpkg-query fails when it knows nothing of one of them; what it does print is right.
  # shellcheck disable=SC2086
  installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' $wanted 2>/dev/null || true)
  for package in $wanted; do
    # A client from elsewhere serves as well as Debian's npm.
    if [ "$package" = npm ] && command -v npm >/dev/null; then continue; fi
    grep -qx "installed $package" <<<"$installed" || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] || install_with_apt "${missing[@]}"
}

install_with_apt() {
  local install="apt-get install -y --no-install-recommends $*" as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
      as_root=(sudo)
    else
      say "These packages are missing, and only root can install them. Type, as root:"
      echo "  apt-get update && $install"
      exit 5
    fi
  fi
  say "installing $# packages with apt (a few minutes when there are many): $*"
  mkdir -p "$root/build"
  local log=$root/build/apt.log
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get
    -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0)
  # An update that fails in part may still know enough; the install tells.
  "${apt[@]}" update >"$log" 2>&1 || true
  if ! "${apt[@]}" install -y --no-install-recommends "$@" >>"$log" 2>&1; then
    tail -n 15 "$log"
    say "apt could not install them (build/apt.log). It needs a network, once; the line by hand is:"
    echo "  apt-get update && $install"
    exit 5
  fi
}

# Each proof is a command with a least version, a header, or `-` for what cannot be looked at.
check_proofs() {
  local package proof lacking=()
  while read -r package proof; do
    proof_holds "$proof" || lacking+=("$package ($proof)")
  done < <(packages_of "$@")
  [ ${#lacking[@]} -eq 0 ] && return
  say "This is not Debian 12, so nothing is installed for you. What lacks, by its name there:"
  printf '  %s\n' "${lacking[@]}"
  exit 5
}

proof_holds() {
  local command version
  case $1 in
    -) ;;
    '<'*) echo "#include $1" | clang++-19 -std=c++23 -fopenmp -fsyntax-only -x c++ - 2>/dev/null ;;
    *)
      command=${1%%>=*} version=${1##*>=}
      command -v "$command" >/dev/null && at_least "$version" "$(version_of "$command")"
      ;;
  esac
}

version_of() { "$1" --version 2>/dev/null | grep -oE '[0-9]+(\.[0-9]+)+' | head -n 1; }

# at_least LEAST VERSION
at_least() { [ "$(printf '%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }
