# Every test, and what became of them. Sourced by ./x.
#
# A part is one step of it: it is timed, and what failed is kept for the sums. A part with a label
# counts as one case of that label; with a `-` before it, only when it fails.

parts=$root/build/parts.tsv
tidy_seconds=240  # of ./x test; ./x lint has no limit

# run_part NAME LABEL COMMAND...
run_part() {
  local name=$1 label=$2 started status=passed
  shift 2
  say "$name"
  started=$(date +%s%3N)
  "$@" || status=failed
  printf '%s\t%s\t%s\t%s\n' "$name" "$label" "$status" $(($(date +%s%3N) - started)) >>"$parts"
  [ "$status" = passed ]
}

# Tests of a preset; ctest's arguments may follow. A preset that no test asks for is none's.
run_tests() {
  local preset=$1 folder=$root/build/$1
  shift
  rm -rf "$folder/results"
  mkdir -p "$folder/results"
  ctest --test-dir "$folder" --show-only=json-v1 "$@" >"$folder/results/tests.list" || return 1
  if ! grep -q '"command"' "$folder/results/tests.list"; then
    say "no test asks for the preset $preset"
    return
  fi
  # A test counts twice unless it mostly waits (cmake/EyrieTests.cmake).
  ctest --test-dir "$folder" --parallel "$((2 * jobs))" --output-on-failure --progress \
    --output-junit "$folder/results/ctest.xml" "$@"
}

# test_preset PRESET [CTEST ARGUMENT...]
test_preset() {
  local preset=$1 targets=(eyrie_tests)
  shift
  # Release builds everything, so that no target goes unbuilt; the others what their tests run.
  [ "$preset" != release ] || targets=(all eyrie_tests)
  run_part "$preset: build" -build build_preset "$preset" "${targets[@]}" || return 1
  run_part "$preset: tests" tests run_tests "$preset" "$@"
}

# ./x test [PRESET...] [CTEST ARGUMENT...]
command_test() {
  local presets=() preset
  while [ $# -gt 0 ]; do
    case $1 in
      release | asan | debug | tsan) presets+=("$1") && shift ;;
      -*) break ;;
      *) misuse "test takes presets and then ctest's options, not '$1'" ;;
    esac
  done
  mkdir -p "$root/build"
  : >"$parts"
  run_part packages -build ensure_packages build test servers
  if [ ${#presets[@]} -gt 0 ] || [ $# -gt 0 ]; then
    [ ${#presets[@]} -gt 0 ] || presets=(release)
    for preset in "${presets[@]}"; do test_preset "$preset" "$@" || true; done
  else
    presets=(release asan debug tsan)
    test_everything || true  # the sums say what failed
  fi
  python3 -B "$root/scripts/count_tests.py" "$root/build" "${presets[@]}"
}

# What is cheap comes first and ends the run when it fails; the tests of one preset do not stop the
# next one's.
test_everything() {
  run_part format lint check_format || return
  run_part rules -lint check_rules || return
  test_preset release || true
  run_part tidy lint check_tidy --all --first HEAD~1 --seconds "$tidy_seconds" || true
  for preset in asan debug tsan; do test_preset "$preset" || true; done
  run_part "same hashes: build" -build build_simulators || return
  run_part "same hashes" sim python3 -B "$root/scripts/same_hashes.py" --jobs "$jobs"
}

build_simulators() {
  build_preset asan eyrie-sim && build_preset debug eyrie-sim
}
