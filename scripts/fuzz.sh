# Fuzzers of everything that reads bytes of a peer, a disk or a store. Sourced by ./x.

# ./x fuzz [TARGET...] [--for SECONDS] [--keep]: each for that long (600), one after another. What
# is new is in build/fuzz/corpus; --keep puts what reaches something new into tests/fuzz/corpus,
# whose inputs every `./x test` runs again.
command_fuzz() {
  local seconds=600 keep='' targets=() folder=$root/build/fuzz target failed=0
  while [ $# -gt 0 ]; do
    case $1 in
      --for)
        [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || misuse "--for takes a number of seconds, not '${2:-}'"
        seconds=$2 && shift 2 ;;
      --keep) keep=1 && shift ;;
      -*) misuse "fuzz takes targets, --for and --keep, not '$1'" ;;
      *) targets+=("$1") && shift ;;
    esac
  done
  ensure_packages build test
  build_preset fuzz eyrie-fuzz || exit 5
  if [ ${#targets[@]} -eq 0 ]; then
    mapfile -t targets < <(cd "$root/tests/fuzz/corpus" && ls -- *.inputs | sed 's/\.inputs$//')
  fi
  for target in "${targets[@]}"; do
    fuzz_one "$target" "$seconds" || failed=1
    [ -z "$keep" ] || keep_inputs "$target" || failed=1
  done
  return $failed
}

fuzz_one() {
  local target=$1 seconds=$2 new=$folder/corpus/$1
  say "fuzzing $target for $seconds s"
  mkdir -p "$new"
  [ ! -e "$(kept_of "$target")" ] || corpus unpack "$(kept_of "$target")" "$new"
  (cd "$folder" && bin/eyrie-fuzz --target="$target" "$new" -max_total_time="$seconds" \
    -max_len=4096 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -verbosity=0 \
    -artifact_prefix="$folder/$target-" 2>&1 | tail -8)
}

# The fewest inputs that reach everything that is reached.
keep_inputs() {
  local target=$1 fewest=$folder/fewest
  rm -rf "$fewest" && mkdir -p "$fewest"
  (cd "$folder" && bin/eyrie-fuzz --target="$target" -set_cover_merge=1 "$fewest" \
    "$folder/corpus/$target" >"$folder/merge.log" 2>&1) || return 1
  corpus pack "$fewest" "$(kept_of "$target")"
}

kept_of() {
  echo "$root/tests/fuzz/corpus/$1.inputs"
}
corpus() {
  python3 -B "$root/scripts/fuzz_corpus.py" "$@"
}
