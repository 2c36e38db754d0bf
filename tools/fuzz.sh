#!/bin/sh
# Runs every fuzz target for a while: tools/fuzz.sh 5s
set -eu
cd "$(dirname "$0")/.."
out=$(mktemp)
trap 'rm -f "$out"' EXIT
for dir in $(grep -rl --include='*_test.go' '^func Fuzz' internal cmd | xargs -n1 dirname | sort -u); do
  for target in $(grep -rhoE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' "$dir"/*_test.go | sed 's/^func //'); do
    echo "fuzz $dir $target"
    if go test -run '^$' -fuzz "^$target\$" -fuzztime "${1:-5s}" "./$dir" >"$out" 2>&1; then
      tail -n 1 "$out"
    elif grep -q 'context deadline exceeded' "$out" && ! grep -q 'Failing input' "$out"; then
      # The go command may call the end of its time a failure: nothing was found.
      echo "the time ended, nothing was found"
    else
      cat "$out"
      exit 1
    fi
  done
done
