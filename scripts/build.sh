# Configure and build. Sourced by ./x.

jobs=$(nproc)

# configure PRESET: quiet unless it fails.
configure() {
  mkdir -p "$root/build"
  local log=$root/build/configure-$1.log
  if ! (cd "$root" && cmake --preset "$1") >"$log" 2>&1; then
    cat "$log"
    say "the preset $1 does not configure"
    return 1
  fi
}

# check_targets PRESET TARGET...: a word that the build does not know is the caller's mistake.
check_targets() {
  local preset=$1 target
  shift
  for target in "$@"; do
    ninja -C "$root/build/$preset" -t query "$target" >/dev/null 2>&1 ||
      misuse "'$target' is neither a preset (release, debug, asan, tsan, fuzz, coverage)" \
        "nor a target of $preset"
  done
}

# build_preset PRESET [TARGET...]
build_preset() {
  local preset=$1 targets=()
  shift
  [ $# -eq 0 ] || targets=(--target "$@")
  configure "$preset" || return 1
  check_targets "$preset" "$@"
  (cd "$root" && NINJA_STATUS="[$preset %f/%t %es] " \
    cmake --build --preset "$preset" --parallel "$jobs" "${targets[@]}")
}

# ./x build [PRESET] [--timing] [TARGET...]
command_build() {
  local preset=release timing='' targets=() argument
  for argument in "$@"; do
    case $argument in
      release | debug | asan | tsan | fuzz | coverage) preset=$argument ;;
      --timing) timing=1 ;;
      -*) misuse "build takes a preset, --timing and targets, not '$argument'" ;;
      *) targets+=("$argument") ;;
    esac
  done
  ensure_packages build
  case $preset in release | debug) ;; *) ensure_packages test ;; esac
  build_preset "$preset" "${targets[@]}" || exit 5
  say "built: $(binaries_of "$preset")"
  [ -z "$timing" ] || python3 "$root/scripts/slow_units.py" "$root/build/$preset"
}

binaries_of() {
  local names
  names=$(cd "$root" && find "build/$1/bin" -maxdepth 1 -type f -perm -u+x 2>/dev/null | sort)
  echo "${names:-build/$1, which has no executable yet}" | tr '\n' ' '
}

# ./x run [ARGUMENT...]: the arguments are those of `eyrie-sim explore`, whose scenario is
# word-search unless one is named; its exit code is ours. Standard output has what eyrie-sim says
# alone, which may be JSON.
command_run() {
  local defaults=() targets=(eyrie-sim) arguments=" $* "
  case $arguments in *' --seeds'* | *' --for'*) ;; *) defaults+=(--seeds 200) ;; esac
  case $arguments in *' --report'*) ;; *) defaults+=(--report build/report) ;; esac
  case $arguments in *' --bug'*) targets+=(eyrie-sim-planted) ;; esac
  ensure_packages build >&2
  build_preset release "${targets[@]}" >&2 || exit 5
  cd "$root" || exit 5
  exec build/release/bin/eyrie-sim explore "${defaults[@]}" "$@"
}

# ./x bench [ARGUMENT...]: every benchmark, one after another, each with the arguments.
command_bench() {
  ensure_packages build
  build_preset release || exit 5
  cd "$root" || exit 5
  local bench found='' failed=0
  for bench in build/release/bin/eyrie-bench*; do
    [ -x "$bench" ] || continue
    found=1
    say "$bench $*"
    "$bench" "$@" || failed=$?
  done
  [ -n "$found" ] || misuse "the build has no benchmark (build/release/bin/eyrie-bench*)"
  return "$failed"
}
