# shellcheck shell=bash
# Checks and tests. Sourced by ./dev.

passed=0 failed=0 skipped=0

# Runs a test command, shows its output, and adds its counts to the sum.
counted() {
  local log="$work/test.log" status=0
  "$@" 2>&1 | tee "$log" || status=$?
  local p f i escape
  escape="$(printf '\033')"
  read -r p f i < <(sed "s/$escape\[[0-9;]*m//g" "$log" | awk '/^test result:|^[0-9]+ passed, [0-9]+ failed/ { for (n = 1; n <= NF; n++) { if ($n ~ /^passed/) p += $(n-1); if ($n ~ /^failed/) f += $(n-1); if ($n ~ /^ignored/) s += $(n-1) } } END { print p+0, f+0, s+0 }')
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + i))
  [ "$status" = 0 ] || { sum_up; exit "$status"; }
}

sum_up() {
  show_steps
  printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
}

test_pure() {
  need_rust
  step "formatting"
  cargo fmt --all --check
  step "lints of the native crates"
  cargo clippy --quiet --workspace --exclude headroom --all-targets -- -D warnings
  step "docs of the native crates"
  RUSTDOCFLAGS="-D warnings" cargo doc --quiet --no-deps --workspace --exclude headroom
  step "lock file of the counting bench, lints of the fuzz targets"
  # Its crate is not a member of the workspace: nothing else would notice that it no longer builds.
  cargo update --quiet --workspace --locked --manifest-path $counting_bench/Cargo.toml
  # When only checked, the fuzz targets need no libFuzzer: naming one avoids compiling it.
  CUSTOM_LIBFUZZER_PATH=none/libfuzzer.a cargo clippy --quiet --package headroom-fuzz --features libfuzzer --bins -- -D warnings
  step "native tests"
  counted cargo test --quiet --workspace --exclude headroom --exclude headroom-e2e
}

# The official SDKs, unchanged, against our simulator: if they cannot distinguish it from a provider, it is a fair
# judge.
test_sdk() {
  need_rust
  has_venv || { apt_install python3-venv && has_venv; } || {
    say "python3 with venv is not here and cannot be installed: the official SDKs are not tried against the simulator"
    skipped=$((skipped + 1))
    return 0
  }
  step "the official SDKs against the simulator"
  counted env HEADROOM_CACHE="$cache" tests/sdk/run
}

has_venv() { have python3 && python3 -c 'import venv, ensurepip' 2>/dev/null; }

test_web() {
  need_site_tools; need_chromium
  if [ -d "$cache/debian-rust" ]; then
    say "Debian's compiler has no clippy: the page's lints and docs are not checked here"
  else
    step "lints of the page and its modules"
    clippy_page --all-features --all-targets
    local module
    for module in "" markdown_dom simulator; do
      clippy_page --no-default-features --features "$module" --bins
    done
    step "docs of the page"
    RUSTDOCFLAGS="-D warnings" wasm_cargo doc --quiet --release --target $target --no-deps --package headroom --lib --all-features
  fi
  step "component tests in Chromium"
  # The runner uses the first driver that is named, and Firefox before Chromium.
  local geckodriver=${GECKODRIVER:-}
  unset GECKODRIVER
  # Without link-time optimization for the test itself; its dependencies are the ones the page is built from.
  CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER=wasm-bindgen-test-runner counted wasm_cargo test --release --target $target --package headroom --features markdown_dom --test web
  [ -z "$geckodriver" ] || export GECKODRIVER="$geckodriver"
}

clippy_page() {
  CLIPPY_CONF_DIR=.config/clippy-wasm wasm_cargo clippy --quiet --release --target $target --package headroom "$@" -- -D warnings
}

test_e2e() {
  need_chromium; want_firefox; need_axe
  build_site
  step "end-to-end tests on the built site"
  counted cargo test --quiet --package headroom-e2e --test e2e
  if [ "${CI:-}" = true ]; then test_reproducible; fi
}

test_all() {
  step "set-up"
  need_site_tools; need_chromium; want_firefox; need_axe
  test_pure; test_sdk; test_web; test_e2e
}

# The checks that take too long for every day.
soak() {
  build_site
  test_reproducible
  step "random tests, long (about ten minutes)"
  PROPTEST_CASES=40000 counted cargo test --quiet --workspace --exclude headroom --exclude headroom-e2e
  sum_up
}
