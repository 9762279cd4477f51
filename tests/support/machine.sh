# shellcheck shell=bash
# What tests/run expects of the machine: build tools, a build folder, Valkey, gateways, Python with requests, curl, httpie,
# node, and a browser with axe-core. Sourced, not run.

step() { printf '== %s\n' "$*"; }
fail() { printf 'tests/run: %s\n' "$*" >&2; exit 1; }

# can_install: whether this script may install packages by itself.
can_install() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }

# apt_install PACKAGE…: the package lists are fetched once per run.
apt_updated=
apt_install() {
  step "install: $*"
  export DEBIAN_FRONTEND=noninteractive
  if [ -z "$apt_updated" ]; then apt-get update -q >/dev/null; apt_updated=1; fi
  apt-get install -y -q --no-install-recommends "$@" >/dev/null
}

# PostgreSQL's server programs. Debian's package would start a cluster of the whole machine, which nobody asked for.
install_postgres() {
  local folder=/etc/postgresql-common/createcluster.d status=0
  local file="$folder/portcullis-tests.conf"
  mkdir -p "$folder"
  printf 'create_main_cluster = false\n' >"$file"
  apt_install postgresql || status=$?
  rm -f "$file"
  rmdir --ignore-fail-on-non-empty "$folder"
  return "$status"
}

# apt_install_no_service SERVICE[,SERVICE…] PACKAGE…: Debian's packages of servers would start them for the whole machine,
# which nobody asked for: policy-rc.d says no to that (invoke-rc.d(8)).
apt_install_no_service() {
  local services=$1 policy=/usr/sbin/policy-rc.d ours='' status=0
  shift
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    ours=1
  fi
  apt_install "$@" || status=$?
  [ -z "$ours" ] || rm -f "$policy"
  if [ -d /run/systemd/system ]; then
    # shellcheck disable=SC2086 # one word for each service
    systemctl disable -q ${services//,/ } 2>/dev/null || true
  fi
  return "$status"
}

# Valkey's server program, or Redis'.
install_valkey() {
  apt_install_no_service valkey-server valkey-server 2>/dev/null || apt_install_no_service redis-server redis-server
}

# The tests start their own servers. Sets PORTCULLIS_TEST_VALKEY.
need_valkey() {
  local program found
  for _ in 1 2; do
    for program in "${PORTCULLIS_TEST_VALKEY:-}" valkey-server redis-server; do
      if [ -n "$program" ] && found=$(command -v "$program"); then
        export PORTCULLIS_TEST_VALKEY="$found"
        step "valkey: $found"
        return 0
      fi
    done
    can_install || break
    install_valkey || break
  done
  fail "valkey-server or redis-server is missing (Debian: apt-get install valkey-server, or redis-server; or set PORTCULLIS_TEST_VALKEY)"
}

# The gateways that docs/gateways/ has configurations for: the tests start them as children of their own.
need_gateways() {
  local missing=() name
  for name in nginx caddy; do
    PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v "$name" >/dev/null || missing+=("$name")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  can_install || fail "missing: ${missing[*]} (Debian: apt-get install ${missing[*]})"
  apt_install_no_service nginx,caddy "${missing[@]}"
}

# The programs that the providers' documents give their commands for, and what docs/providers/ is replayed with.
need_callers() {
  local missing=() pair
  for pair in bash:bash curl:curl node:nodejs http:httpie; do
    command -v "${pair%%:*}" >/dev/null || missing+=("${pair#*:}")
  done
  if ! [[ " ${missing[*]-} " = *" nodejs "* ]] && ! node -e 'fetch' 2>/dev/null; then
    fail "node 18 or newer is needed: $(node --version) has no fetch"
  fi
  [ ${#missing[@]} -gt 0 ] || return 0
  can_install || fail "missing: ${missing[*]} (Debian: apt-get install ${missing[*]})"
  apt_install "${missing[@]}"
}

# The browser that walks the pages, and the program that drives it.
need_browser() {
  local missing=() name
  for name in chromium:chromium chromedriver:chromium-driver; do
    command -v "${name%%:*}" >/dev/null || missing+=("${name#*:}")
  done
  if [ ${#missing[@]} -gt 0 ]; then
    can_install || fail "missing: ${missing[*]} (Debian: apt-get install chromium chromium-driver)"
    # The fonts, so that text has a width.
    apt_install "${missing[@]}" fonts-dejavu-core
  fi
  need_axe
}

# axe-core judges the pages. It is a package of npm's: fetched once, beside what is built, and used only if it is the very
# one that is named here. Sets PORTCULLIS_TEST_AXE.
axe_version=4.14.1
axe_sha512=FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==
need_axe() {
  local folder="${CARGO_TARGET_DIR:-target}/test-axe-$axe_version"
  local archive="$folder/axe-core-$axe_version.tgz"
  if ! is_the_axe "$archive"; then
    if ! command -v npm >/dev/null; then
      can_install || fail "npm is missing, which fetches axe-core (Debian: apt-get install npm)"
      apt_install npm
    fi
    step "axe-core: fetching $axe_version"
    mkdir -p "$folder"
    npm pack --silent --pack-destination "$folder" "axe-core@$axe_version" >/dev/null
    is_the_axe "$archive" || fail "axe-core $axe_version is not what it was: its SHA-512 is another"
  fi
  tar -xzf "$archive" -C "$folder" --strip-components=1 package/axe.min.js
  PORTCULLIS_TEST_AXE=$(cd "$folder" && pwd)/axe.min.js
  export PORTCULLIS_TEST_AXE
}

# is_the_axe FILE: by the checksum that npm publishes, base64 of the SHA-512.
is_the_axe() {
  [ -f "$1" ] || return 1
  local sum
  sum=$(node -e 'const { createHash } = require("crypto"), { readFileSync } = require("fs");
    console.log(createHash("sha512").update(readFileSync(process.argv[1])).digest("base64"))' "$1")
  [ "$sum" = "$axe_sha512" ]
}

# Two runs in CI use fresh clones; a build folder outside them makes the second one quick. None is needed to pass.
choose_target_dir() {
  if [ -z "${CARGO_TARGET_DIR:-}" ] && [ -n "${CI:-}" ]; then
    local folder="${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/portcullis/target"
    if mkdir -p "$folder" 2>/dev/null && [ -w "$folder" ]; then export CARGO_TARGET_DIR="$folder"; fi
  fi
  step "build folder: ${CARGO_TARGET_DIR:-target}"
}

# Rust, no older than Cargo.toml says.
need_rust() {
  local wanted found
  wanted=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
  command -v cargo >/dev/null || fail "cargo is missing: install Rust $wanted or newer (https://rustup.rs)"
  found=$(cargo --version | cut -d' ' -f2)
  [ "$(printf '%s\n' "$wanted" "$found" | sort -V | head -n 1)" = "$wanted" ] ||
    fail "Rust $wanted or newer is needed, cargo is $found: rustup update stable"
}

# What `cargo build` needs.
need_build_tools() {
  need_rust
  local missing=() tool
  for tool in cc make; do command -v "$tool" >/dev/null || missing+=("$tool"); done
  # OpenSSL's build needs perl's modules too, which Debian's perl-base lacks.
  perl -MFindBin -e1 >/dev/null 2>&1 || missing+=(perl)
  [ ${#missing[@]} -gt 0 ] || return 0
  can_install || fail "missing: ${missing[*]} (Debian: apt-get install build-essential perl)"
  apt_install build-essential perl
}

# need_rust_component SUBCOMMAND COMPONENT
need_rust_component() {
  if cargo "$1" --version >/dev/null 2>&1; then return 0; fi
  command -v rustup >/dev/null && rustup component add "$2" >/dev/null && cargo "$1" --version >/dev/null 2>&1 && return 0
  fail "cargo $1 is missing: rustup component add $2"
}

has_modules() { [ -n "$1" ] && "$1" -c 'import requests, aiosmtpd' >/dev/null 2>&1; }

# Other people's clients are part of the tests: scripts that use Python's requests as the providers' documents print it; and mail is
# given to a server of aiosmtpd. Sets PORTCULLIS_TEST_PYTHON.
need_python() {
  local venv="${CARGO_TARGET_DIR:-target}/test-python" python
  for python in "${PORTCULLIS_TEST_PYTHON:-}" python3 /usr/bin/python3 "$venv/bin/python3"; do
    if has_modules "$python"; then use_python "$python"; return 0; fi
  done
  if command -v python3 >/dev/null; then
    step "python: making $venv with requests and aiosmtpd"
    rm -rf "$venv"
    if python3 -m venv "$venv" >/dev/null 2>&1 && "$venv/bin/python3" -m pip install -q requests aiosmtpd >/dev/null 2>&1 &&
      has_modules "$venv/bin/python3"; then
      use_python "$venv/bin/python3"
      return 0
    fi
    rm -rf "$venv"
  fi
  if can_install && apt_install python3 python3-requests python3-aiosmtpd && has_modules /usr/bin/python3; then
    use_python /usr/bin/python3
    return 0
  fi
  fail "a python3 with requests and aiosmtpd is missing (Debian: apt-get install python3-requests python3-aiosmtpd; or set PORTCULLIS_TEST_PYTHON)"
}

# use_python PYTHON: the tests run in folders of their own, so they are given the program itself, not a shim or a relative path.
use_python() {
  PORTCULLIS_TEST_PYTHON=$("$1" -c 'import sys; print(sys.executable)')
  export PORTCULLIS_TEST_PYTHON
  step "python: $PORTCULLIS_TEST_PYTHON"
}
