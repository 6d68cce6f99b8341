# Which lines the tests run. Sourced by ./x.

# ./x coverage [CTEST ARGUMENT...]: builds apart from everything else, in build/coverage.
command_coverage() {
  ensure_packages build test
  local folder=$root/build/coverage tests objects=() test
  build_preset coverage eyrie_tests || exit 5
  rm -rf "$folder/profiles"
  LLVM_PROFILE_FILE=$folder/profiles/%p.profraw run_tests coverage "$@" ||
    say "some tests failed; what follows is what they ran all the same"
  find "$folder/profiles" -name '*.profraw' >"$folder/profiles.list"
  # A test that crashed left a profile without contents: the others still count.
  llvm-profdata-19 merge --sparse --failure-mode=all -f "$folder/profiles.list" \
    -o "$folder/all.profdata"
  mkdir -p "$folder/bin"  # absent while no executable is built
  tests=$(find "$folder/tests" "$folder/bin" -maxdepth 1 -type f -perm -u+x)
  for test in $tests; do objects+=(--object "$test"); done
  local show=("${objects[@]}" --instr-profile "$folder/all.profdata"
    --ignore-filename-regex '(^|/)(tests|build|usr)/')
  cd "$root" || exit 5  # the paths inside are relative to it
  llvm-cov-19 report --use-color=false "${show[@]}" | tee "$folder/report.txt"
  llvm-cov-19 show "${show[@]}" --format html --output-dir "$folder/html" >/dev/null
  say "line by line: build/coverage/html/index.html"
}
