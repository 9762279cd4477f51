# shellcheck shell=bash
# The temporary PostgreSQL cluster of tests/run: start_postgres, stop_postgres. Sourced after machine.sh, not run.

postgres_bin='' postgres_dir='' postgres_user=''

# Prints the folder with the server programs, newest first where there are several; fails if there is none.
find_postgres_bin() {
  local folder
  while read -r folder; do
    if [ -x "$folder/initdb" ] && [ -x "$folder/pg_ctl" ] && [ -x "$folder/postgres" ]; then
      printf '%s\n' "$folder"
      return 0
    fi
  done < <(
    dirname "$(command -v initdb || echo /none/initdb)"
    printf '%s\n' /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/local/pgsql/bin | sort -rV
  )
  return 1
}

need_postgres() {
  postgres_bin=$(find_postgres_bin) && return 0
  can_install || fail "PostgreSQL's server programs (initdb, pg_ctl, postgres) are missing (Debian: apt-get install postgresql)"
  install_postgres
  postgres_bin=$(find_postgres_bin) || fail "PostgreSQL was installed, but its server programs were not found"
}

# as_postgres COMMAND…: PostgreSQL refuses to run as root, so root lends it an unprivileged user.
as_postgres() {
  if [ -z "$postgres_user" ]; then
    (cd "$postgres_dir" && "$@")
  elif command -v runuser >/dev/null; then
    (cd "$postgres_dir" && runuser -u "$postgres_user" -- "$@")
  else
    (cd "$postgres_dir" && setpriv --reuid "$postgres_user" --regid "$(id -g "$postgres_user")" --clear-groups "$@")
  fi
}

# A folder that the unprivileged user can reach: TMPDIR may be root's own.
make_postgres_dir() {
  local base
  for base in "${TMPDIR:-/tmp}" /tmp /var/tmp; do
    postgres_dir=$(mktemp -d "$base/portcullis-postgres.XXXXXX") || continue
    [ -z "$postgres_user" ] || chown "$postgres_user" "$postgres_dir"
    if as_postgres test -w "$postgres_dir" 2>/dev/null; then return 0; fi
    rm -rf "$postgres_dir"
    postgres_dir=
  done
  fail "found no temporary folder that PostgreSQL's user can write to"
}

port_is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Starts the cluster and exports PORTCULLIS_TEST_POSTGRES_URL. Everybody on this machine may connect while the tests
# run (loopback, no password): nothing but test data is ever in it.
start_postgres() {
  need_postgres
  if [ "$(id -u)" = 0 ]; then
    if id -u postgres >/dev/null 2>&1; then postgres_user=postgres; else postgres_user=nobody; fi
    command -v runuser >/dev/null || command -v setpriv >/dev/null || fail "runuser or setpriv (util-linux) is missing"
  fi
  make_postgres_dir
  step "database: $("$postgres_bin/postgres" --version) in $postgres_dir"
  as_postgres "$postgres_bin/initdb" -D "$postgres_dir/data" -U portcullis -A trust --encoding=UTF8 --locale=C \
    >"$postgres_dir/initdb.log" 2>&1 || { cat "$postgres_dir/initdb.log" >&2; fail "initdb failed"; }
  local attempt port
  for attempt in 1 2 3 4 5; do
    port=$((20000 + RANDOM % 40000))
    port_is_free "$port" || continue
    # fsync stays on: the tests are about what survives.
    if as_postgres "$postgres_bin/pg_ctl" -D "$postgres_dir/data" -l "$postgres_dir/log" -w -t 60 -s \
      -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=300" start >/dev/null; then
      export PORTCULLIS_TEST_POSTGRES_URL="postgres://portcullis@127.0.0.1:$port/postgres?sslmode=disable"
      step "database: $PORTCULLIS_TEST_POSTGRES_URL"
      return 0
    fi
    step "database: attempt $attempt on port $port failed"
  done
  tail -n 20 "$postgres_dir/log" >&2 || true
  fail "PostgreSQL did not start"
}

stop_postgres() {
  [ -n "$postgres_dir" ] || return 0
  if [ -e "$postgres_dir/data/postmaster.pid" ]; then
    as_postgres "$postgres_bin/pg_ctl" -D "$postgres_dir/data" -m immediate -w -s stop >/dev/null 2>&1 || true
  fi
  rm -rf "$postgres_dir"
}
