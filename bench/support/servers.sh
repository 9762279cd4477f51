# shellcheck shell=bash
# Builds and runs the two servers that bench/run compares, and prepares Portcullis by its own command line
# (contract §14). Sourced, not run.

password='correct horse battery staple'
ceiling_pid='' server_pid='' ceiling_port='' server_port='' client_id='' client_secret=''

build() {
  target=${CARGO_TARGET_DIR:-$PWD/target}
  say "== build: cargo build --release --locked (the product, then the ceiling)"
  cargo build --release --locked --bin portcullis >&2
  cargo build --release --locked --manifest-path bench/ceiling/Cargo.toml --target-dir "$target/bench-ceiling" >&2
  portcullis=$target/release/portcullis ceiling=$target/bench-ceiling/release/ceiling
}

# stop PID…: ends only what this script started.
stop() {
  local pid
  for pid in "$@"; do
    [ -z "$pid" ] && continue
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
}

start_ceiling() {
  ceiling_port=$(free_port)
  rm -f "$work"/ceiling.sqlite*
  "$ceiling" "127.0.0.1:$ceiling_port" "$work/ceiling.sqlite" >"$work/ceiling.log" 2>&1 &
  ceiling_pid=$!
  wait_until_answers "$ceiling_port" /hello "$ceiling_pid" 10 || { cat "$work/ceiling.log" >&2; fail "the ceiling did not start"; }
}

# Every command of Portcullis sees the same folder, address and nothing else of the caller's settings.
in_folder() {
  env -i PATH="$PATH" HOME="$work" PORTCULLIS_DATA_DIR="$1" PORTCULLIS_LISTEN="127.0.0.1:$server_port" \
    PORTCULLIS_PUBLIC_URL="http://127.0.0.1:$server_port" "$portcullis" "${@:2}"
}

# start_server FOLDER: sets server_pid, and started_ms from exec to the first 200.
start_server() {
  local begun
  begun=$(now_us)
  # `exec`, so that the process id is the server's own.
  env -i PATH="$PATH" HOME="$work" PORTCULLIS_DATA_DIR="$1" PORTCULLIS_LISTEN="127.0.0.1:$server_port" \
    PORTCULLIS_PUBLIC_URL="http://127.0.0.1:$server_port" "$portcullis" serve >"$work/server.log" 2>&1 &
  server_pid=$!
  wait_until_answers "$server_port" /health/ready "$server_pid" 30 || { tail -n 20 "$work/server.log" >&2; fail "portcullis did not start"; }
  started_ms=$(awk -v us=$(($(now_us) - begun)) 'BEGIN {printf "%.1f", us / 1000}')
}

stop_server() { stop "$server_pid"; server_pid=''; }

prepare_server() {
  server_port=$(free_port)
  start_server "$work/data"
  printf '%s' "$password" | in_folder "$work/data" user create bench --email bench@example.com --password-stdin --json >/dev/null
  local client
  client=$(in_folder "$work/data" client create --name bench --grant client_credentials --scope read --json)
  client_id=$(jq -er .client_id <<<"$client")
  client_secret=$(jq -er .client_secret <<<"$client")
}

form_escape() { jq -rn --arg text "$1" '$text | @uri'; }

client_form() {
  printf 'grant_type=client_credentials&scope=read&client_id=%s&client_secret=%s' \
    "$(form_escape "$client_id")" "$(form_escape "$client_secret")"
}

login_form() { printf 'grant_type=password&username=bench&password=%s' "$(form_escape "$password")"; }

# access_token: one of the bench client's.
access_token() {
  curl -sSf --data "$(client_form)" "http://127.0.0.1:$server_port/oauth/token" | jq -er .access_token
}

# refresh_tokens COUNT FILE: each from a login of its own.
refresh_tokens() {
  local form i
  form=$(login_form)
  for ((i = 0; i < $1; i++)); do
    curl -sSf --data "$form" "http://127.0.0.1:$server_port/auth/v1/token" | jq -er .refresh_token
  done >"$2"
}
