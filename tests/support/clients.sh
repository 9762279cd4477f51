# shellcheck shell=bash
# The client libraries of other people that tests/clients/ runs, each by its own package manager, of the very versions that are
# named there. Sourced by tests/run, not run.

# made_of STAMP FILE…: whether STAMP was made of these files as they are now.
made_of() {
  local stamp=$1
  shift
  [ -f "$stamp" ] && [ "$(cat "$@" | cksum)" = "$(cat "$stamp")" ]
}

# Sets PORTCULLIS_TEST_NODE_CLIENTS.
need_node_clients() {
  local source=tests/clients/node folder="${CARGO_TARGET_DIR:-target}/test-clients-node"
  mkdir -p "$folder"
  if ! made_of "$folder/made-of" "$source/package-lock.json"; then
    if ! command -v npm >/dev/null; then
      can_install || fail "npm is missing, which fetches the clients of tests/clients/node (Debian: apt-get install npm)"
      apt_install npm
    fi
    step "clients: npm ci"
    cp "$source"/package*.json "$folder/"
    npm ci --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" >/dev/null
    cksum <"$source/package-lock.json" >"$folder/made-of"
  fi
  cp "$source"/*.mjs "$folder/"
  PORTCULLIS_TEST_NODE_CLIENTS=$(cd "$folder" && pwd)
  export PORTCULLIS_TEST_NODE_CLIENTS
}

# Sets PORTCULLIS_TEST_PYTHON_CLIENTS.
need_python_clients() {
  local source=tests/clients/python/requirements.txt folder="${CARGO_TARGET_DIR:-target}/test-clients-python"
  if ! made_of "$folder/made-of" "$source"; then
    step "clients: pip install -r $source"
    rm -rf "$folder"
    python3 -m venv "$folder" >/dev/null 2>&1 ||
      fail "python3 cannot make a virtual environment (Debian: apt-get install python3-venv)"
    "$folder/bin/python3" -m pip install -q --disable-pip-version-check -r "$source"
    cksum <"$source" >"$folder/made-of"
  fi
  PORTCULLIS_TEST_PYTHON_CLIENTS=$(cd "$folder" && pwd)/bin/python3
  export PORTCULLIS_TEST_PYTHON_CLIENTS
}

# Sets PORTCULLIS_TEST_GO_CLIENT.
need_go_client() {
  local source=tests/clients/go folder="${CARGO_TARGET_DIR:-target}/test-clients-go"
  mkdir -p "$folder"
  folder=$(cd "$folder" && pwd)
  if ! made_of "$folder/made-of" "$source"/*; then
    command -v go >/dev/null || fail "go is missing, which builds tests/clients/go: install Go $(sed -n 's/^go //p' "$source/go.mod") or newer (https://go.dev/dl)"
    step "clients: go build"
    (cd "$source" && go build -o "$folder/client" .)
    cat "$source"/* | cksum >"$folder/made-of"
  fi
  export PORTCULLIS_TEST_GO_CLIENT="$folder/client"
}

# Sets PORTCULLIS_TEST_RUST_CLIENT.
need_rust_client() {
  local source=tests/clients/rust folder="${CARGO_TARGET_DIR:-target}/test-clients-rust"
  step "clients: cargo build"
  CARGO_TARGET_DIR="$folder" cargo build --quiet --locked --manifest-path "$source/Cargo.toml"
  PORTCULLIS_TEST_RUST_CLIENT=$(cd "$folder/debug" && pwd)/portcullis-test-clients
  export PORTCULLIS_TEST_RUST_CLIENT
}

# Sets PORTCULLIS_TEST_JAVA_CLIENT.
need_java_client() {
  local source=tests/clients/java folder="${CARGO_TARGET_DIR:-target}/test-clients-java" files
  mkdir -p "$folder"
  folder=$(cd "$folder" && pwd)
  mapfile -t files < <(find "$source" -type f | sort)
  if ! made_of "$folder/made-of" "${files[@]}"; then
    if ! command -v mvn >/dev/null; then
      can_install || fail "mvn is missing, which builds tests/clients/java (Debian: apt-get install maven)"
      apt_install maven
    fi
    step "clients: mvn package"
    mvn --quiet --batch-mode -f "$source/pom.xml" "-Dclient.target=$folder" package
    cat "${files[@]}" | cksum >"$folder/made-of"
  fi
  export PORTCULLIS_TEST_JAVA_CLIENT="$folder/client.jar"
}
