#!/bin/sh
# A private PostgreSQL for the tests: in a temporary folder, on a unix socket
# only, durable for nobody. It never touches a server that runs already.
#
#   tools/postgres.sh with COMMAND…   runs COMMAND with VIVENCIA_TEST_POSTGRES set, then stops the server
#   tools/postgres.sh start           starts a server and prints its DSN
#   tools/postgres.sh stop DSN        stops that server and removes its folder
set -eu

# Debian keeps the server's programs out of the PATH, one folder a version.
bin=$(dirname "$(command -v postgres || ls -d /usr/lib/postgresql/*/bin/postgres 2>/dev/null | sort -V | tail -n 1)")
if [ ! -x "$bin/initdb" ]; then
  echo "postgres.sh: no PostgreSQL server found; install the package postgresql" >&2
  exit 1
fi

# PostgreSQL refuses to run as root.
unprivileged() {
  if [ "$(id -u)" = 0 ]; then
    user=postgres
    id "$user" >/dev/null 2>&1 || user=nobody
    setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups -- "$@"
  else
    "$@"
  fi
}

start() {
  dir=$(cd / && unprivileged mktemp -d "${TMPDIR:-/tmp}/vivencia-postgres.XXXXXX")
  cd "$dir"
  unprivileged "$bin/initdb" --pgdata="$dir/data" --username=vivencia --auth=trust --encoding=UTF8 --locale=C --no-sync >"$dir/initdb.log" 2>&1 ||
    { cat "$dir/initdb.log" >&2; exit 1; }
  unprivileged "$bin/pg_ctl" --pgdata="$dir/data" --log="$dir/log" --wait --silent start --options="-c listen_addresses='' -c unix_socket_directories='$dir' \
    -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=500 -c shared_buffers=64MB" ||
    { cat "$dir/log" >&2; exit 1; }
  echo "postgres://vivencia@/postgres?host=$dir"
}

stop() {
  dir=${1##*host=}
  case $dir in */vivencia-postgres.*) ;; *) echo "postgres.sh: $1 is not a DSN that start printed" >&2; exit 1 ;; esac
  (cd / && unprivileged "$bin/pg_ctl" --pgdata="$dir/data" --silent --mode=immediate stop)
  rm -rf "$dir"
}

case ${1:-} in
start) start ;;
stop) stop "$2" ;;
with)
  shift
  dsn=$(start)
  trap 'stop "$dsn"' EXIT
  VIVENCIA_TEST_POSTGRES=$dsn "$@"
  ;;
*)
  sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0" >&2
  exit 2
  ;;
esac
