#!/bin/sh
# Adds the fixture of a released version: builds it from its commit, lets it
# live through the same days, and keeps its data directory and its answers.
#
#     test/upgrade/add.sh v0.2.0 COMMIT
set -eu
version=$1 commit=$2
root=$(cd "$(dirname "$0")/../.." && pwd)
tree=$(mktemp -d)
trap 'git -C "$root" worktree remove --force "$tree"' EXIT
git -C "$root" worktree add --quiet --detach "$tree" "$commit"
(cd "$tree" && go build -o "$tree/bin/vivencia" ./cmd/vivencia)
cd "$root"
go run ./test/upgrade/fixture "$tree/bin/vivencia" "$tree/examples/model.yaml" "test/upgrade/testdata/$version.tar.gz"
