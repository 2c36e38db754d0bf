#!/bin/sh
# Runs every fuzz target for a while: those that decode what comes from outside
# for $FUZZTIME each, the others for a short one. What is found is written to
# testdata/fuzz beside the target: mend it and keep the file.
#   FUZZTIME=5m tools/fuzz.sh         look longer
#   tools/fuzz.sh FuzzXES FuzzCSV     only these
set -eu
cd "$(dirname "$0")/.."
long=${FUZZTIME:-10s}
short=3s
[ "${long%s}" = "$long" ] || [ "${long%s}" -ge 3 ] || short=$long
decoders="
internal/listen/collect FuzzRequest
internal/listen/collect FuzzCloudEvents
internal/listen/intake FuzzDecode
internal/listen/importer FuzzParseMap
internal/listen/importer FuzzCSV
internal/listen/importer FuzzXES
internal/listen/importer FuzzLogFile
internal/listen/importer FuzzOCEL
internal/listen/importer FuzzParquet
internal/listen/importer FuzzJSONL
internal/listen/importer FuzzDecodeNDJSON
internal/model FuzzParse
internal/expr FuzzExpression
internal/stream FuzzDecodeFrame
internal/understand/text FuzzRead
internal/understand/text FuzzUnmarshal
"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fuzz() { # time, package, target
	started=$(date +%s)
	echo "fuzz $2 $3 for $1"
	if ! "$work/test" -test.run '^$' -test.fuzz "^$3\$" -test.fuzztime "$1" -test.fuzzminimizetime 20x -test.fuzzcachedir "$work/found" >"$work/out" 2>&1; then
		# The time's end may be called a failure: nothing was found.
		if grep -q 'Failing input' "$work/out" || ! grep -q 'context deadline exceeded' "$work/out"; then
			cat "$work/out"
			exit 1
		fi
	fi
	echo "  $(grep -o 'execs: [0-9]*' "$work/out" | tail -n 1) in $(($(date +%s) - started)) s"
}

targets=$(grep -roE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' internal cmd | sed -E 's#/[^/:]*_test\.go:func # #' | sort -u)
echo "$decoders" | grep . | while read -r package target; do
	echo "$targets" | grep -qx "$package $target" || { echo "fuzz: there is no $target in $package" >&2; exit 1; }
done
echo "$targets" | cut -d' ' -f1 | uniq | while read -r package; do
	built=
	echo "$targets" | grep "^$package " | while read -r _ target; do
		[ $# -eq 0 ] || echo " $* " | grep -q " $target " || continue
		if [ -z "$built" ]; then
			go test -c -o "$work/test" -fuzz=. "./$package" # instrumented for coverage
			built=yes
		fi
		time=$short
		if echo "$decoders" | grep -qx "$package $target"; then time=$long; fi
		(cd "$package" && fuzz "$time" "$package" "$target")
	done
done
