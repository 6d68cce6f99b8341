# The whole set of word vectors. Sourced by ./x.

# ./x data
command_data() {
  [ $# -eq 0 ] || misuse "data takes no arguments"
  local fetch=(python3 -B "$root/scripts/fetch_words.py" "$root/data")
  if "${fetch[@]}" --check; then return; fi
  ensure_packages data
  "${fetch[@]}"
}
