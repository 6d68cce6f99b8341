# Format, the house's rules and clang-tidy. Sourced by ./x.

# C++ files of ours, in a clone or in an unpacked archive; the lint's samples are wrong on purpose.
cpp_files() {
  (
    cd "$root" || exit
    if [ -e .git ]; then
      git ls-files --cached --others --exclude-standard -- '*.h' '*.cc'
    else
      find . -path ./build -prune -o -name '*.h' -print -o -name '*.cc' -print
    fi | grep -v tests/lint/samples/ | while read -r file; do [ ! -f "$file" ] || echo "$file"; done
  )
}

# clang_format ARGUMENT...: over all files, some at a time on each core.
clang_format() {
  cpp_files | (cd "$root" && xargs -r -n 16 -P "$jobs" clang-format-19 "$@")
}

check_format() {
  clang_format --dry-run -Werror && return
  say "the format differs; ./x fmt writes it"
  return 1
}

check_rules() { python3 -B "$root/tests/lint/lint.py"; }

# check_tidy ARGUMENT...: see scripts/tidy.py; needs a release build for the generated headers.
check_tidy() { python3 -B "$root/scripts/tidy.py" "$@"; }

# ./x lint [--all]
command_lint() {
  local scope=(--since main) argument
  for argument in "$@"; do
    case $argument in
      --all) scope=(--all) ;;
      *) misuse "lint takes --all and nothing else, not '$argument'" ;;
    esac
  done
  ensure_packages build test
  local failed=0
  check_format || failed=1
  check_rules || failed=1
  build_preset release all eyrie_tests || exit 5
  check_tidy "${scope[@]}" || failed=1
  return "$failed"
}

# ./x fmt
command_fmt() {
  [ $# -eq 0 ] || misuse "fmt takes no arguments"
  ensure_packages build test
  clang_format -i
  python3 -B "$root/tests/lint/lint.py" --write
}
