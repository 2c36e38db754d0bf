#!/bin/sh
# Generates what is committed: templ's Go code and the browser's assets.
#   tools/generate.sh           write
#   tools/generate.sh --check   fail when something was stale
set -eu
cd "$(dirname "$0")"
[ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
node_modules/.bin/tsc --project ../internal/web/assets

sources() { find ../internal/web \( -name '*.templ' -o -name '*_templ.go' -o -name tokens.css \) -exec cksum {} + | sort; }
before=$(sources)
go tool templ fmt -log-level error ../internal/web
go tool templ generate -path ../internal/web -log-level warn
if [ "${1:-}" = --check ]; then
	go run ./assets -check
	[ "$before" = "$(sources)" ] || {
		echo "generate: templ's code, its format or the tokens were stale; commit what is there now" >&2
		exit 1
	}
else
	go run ./assets
fi
