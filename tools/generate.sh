#!/bin/sh
# Generates what is committed: templ's Go code and the browser's assets.
#   tools/generate.sh           write
#   tools/generate.sh --check   fail when something committed is stale
set -eu
cd "$(dirname "$0")"
[ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
node_modules/.bin/tsc --project ../internal/web/assets
if [ "${1:-}" = --check ]; then
	go tool templ fmt -fail ../internal/web
	go tool templ generate -path ../internal/web -log-level warn
	go run ./assets -check
	[ -z "$(git status --porcelain -- '../internal/web/**_templ.go' ../internal/web/assets/tokens.css)" ] || {
		echo "templ's code is stale: run make generate and commit it" >&2
		exit 1
	}
else
	go tool templ fmt -log-level error ../internal/web
	go tool templ generate -path ../internal/web -log-level warn
	go run ./assets
fi
