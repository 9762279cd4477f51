# shellcheck shell=bash
# Builds and runs the two servers that bench/run compares, and prepares Portcullis by its own command line
# (contract §14). Sourced, not run.

password='correct horse battery staple'
client_id='' client_secret='' portcullis='' ceiling='' target=${CARGO_TARGET_DIR:-$PWD/target}
# By name: `ceiling`, and of Portcullis `server` (an almost empty database), `few` and `full` (API keys in it).
declare -A pid=() port=() folder=()

build() {
  say "== build: cargo build --release --locked (the product, then the ceiling)"
  cargo build --release --locked --bin portcullis >&2
  build_ceiling
  portcullis=$target/release/portcullis
}

build_ceiling() {
  cargo build --release --locked --manifest-path bench/ceiling/Cargo.toml --target-dir "$target/bench-ceiling" >&2
  ceiling=$target/bench-ceiling/release/ceiling
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

# start_ceiling [ROWS]…: with a table to read from for each number of ROWS.
start_ceiling() {
  port[ceiling]=$(free_port)
  mkdir "$work/ceiling"
  "$ceiling" "127.0.0.1:${port[ceiling]}" "$work/ceiling" "$@" >"$work/ceiling.log" 2>&1 &
  pid[ceiling]=$!
  wait_until_answers "${port[ceiling]}" /hello "${pid[ceiling]}" 300 || { cat "$work/ceiling.log" >&2; fail "the ceiling did not start"; }
}

# Every command of one Portcullis sees the same folder and address and nothing else of the caller's settings. The
# limits are the highest there are: requests are counted, and none is refused (contract §12).
settings_of() {
  settings=(PATH="$PATH" HOME="$work" PORTCULLIS_DATA_DIR="${folder[$1]}" PORTCULLIS_LISTEN="127.0.0.1:${port[$1]}"
    PORTCULLIS_PUBLIC_URL="http://127.0.0.1:${port[$1]}" PORTCULLIS_RATE_LIMIT_API_KEY=1000000000
    PORTCULLIS_RATE_LIMIT_OAUTH=1000000000 PORTCULLIS_RATE_LIMIT_JWT=1000000000)
}

# command_of NAME ARGUMENT…: a command of the Portcullis of that name.
command_of() { local settings; settings_of "$1"; env -i "${settings[@]}" "$portcullis" "${@:2}"; }

# start_server NAME: sets started_ms from exec to the first 200.
start_server() {
  local begun settings
  settings_of "$1"
  begun=$(now_us)
  env -i "${settings[@]}" "$portcullis" serve >"$work/$1.log" 2>&1 &
  pid[$1]=$!
  wait_until_answers "${port[$1]}" /health/ready "${pid[$1]}" 30 || { tail -n 20 "$work/$1.log" >&2; fail "portcullis did not start"; }
  started_ms=$(awk -v us=$(($(now_us) - begun)) 'BEGIN {printf "%.1f", us / 1000}')
}

stop_server() { stop "${pid[$1]:-}"; pid[$1]=''; }

# prepare_server: the one with an almost empty database, a person, a client and a key.
prepare_server() {
  local client
  port[server]=$(free_port) folder[server]=$work/data
  start_server server
  printf '%s' "$password" | command_of server user create bench --email bench@example.com --password-stdin --json >/dev/null
  client=$(command_of server client create --name bench --grant client_credentials --scope read --json)
  client_id=$(jq -er .client_id <<<"$client")
  client_secret=$(jq -er .client_secret <<<"$client")
  command_of server key create --user bench --name bench --json | jq -er .key >"$work/key"
}

# prepare_keys NAME FOLDER KEYS EVERY: a server on a database of so many API keys, which is made unless FOLDER has it;
# every EVERYth secret is in `$work/NAME.keys`.
prepare_keys() {
  port[$1]=$(free_port) folder[$1]=$2/data
  mkdir -p "$2"
  if [ ! -e "$2/made" ]; then
    say "== $3 API keys into $2"
    cargo build --release --locked --example seed_keys >&2
    command_of "$1" user list >/dev/null
    "$target/release/examples/seed_keys" "$2/data" "$3" "$2/keys.txt" "$4" 2>"$work/seed.log" || { tail -n 3 "$work/seed.log" >&2; fail "no keys were made"; }
    echo "$3" >"$2/made"
  fi
  [ "$(cat "$2/made")" = "$3" ] || fail "$2 is a database of $(cat "$2/made") keys, not of $3"
  cp "$2/keys.txt" "$work/$1.keys"
  (($(wc -l <"$work/$1.keys") >= KEYS_OF_A_RUN)) || fail "$2 was made for shorter runs: too few of its secrets are known"
  head -n 1 "$work/$1.keys" >"$work/$1.key"
  start_server "$1"
}

# forget NAME: the server has seen no key any more; those that it will see are drawn anew, each once. Both sides' files
# are read through before: what is compared is the work of a look-up, not whose pages the machine had let go of.
forget() {
  stop_server "$1"
  cat "${folder[$1]}/portcullis.db" "$work"/ceiling/read-*.sqlite >/dev/null
  start_server "$1"
  shuf -n "$KEYS_OF_A_RUN" "$work/$1.keys" >"$work/$1.unseen"
}

# secrets_of_ceiling ROWS: as many, of the ceiling's table of ROWS.
secrets_of_ceiling() { shuf -n "$KEYS_OF_A_RUN" -i 0-$(($1 - 1)) | awk '{printf "sk_%029d\n", $1}'; }

form_escape() { jq -rn --arg text "$1" '$text | @uri'; }

client_form() {
  printf 'grant_type=client_credentials&scope=read&client_id=%s&client_secret=%s' \
    "$(form_escape "$client_id")" "$(form_escape "$client_secret")"
}

login_form() { printf 'grant_type=password&username=bench&password=%s' "$(form_escape "$password")"; }

# access_token: one of the bench client's.
access_token() {
  curl -sSf --data "$(client_form)" "http://127.0.0.1:${port[server]}/oauth/token" | jq -er .access_token
}

# refresh_tokens COUNT FILE: each from a login of its own.
refresh_tokens() {
  local form i
  form=$(login_form)
  for ((i = 0; i < $1; i++)); do
    curl -sSf --data "$form" "http://127.0.0.1:${port[server]}/auth/v1/token" | jq -er .refresh_token
  done >"$2"
}
