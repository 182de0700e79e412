# shellcheck shell=bash
# Setup: each step returns at once if its work is done. Sourced by ./dev.
#
# Everything is installed into a separate cache (HEADROOM_CACHE, else ~/.cache/headroom), except the standard library for
# wasm, which goes where the compiler looks for it, and Debian packages, which apt installs.

trunk_version=0.21.14      # 0.22 needs a newer compiler than we require
binaryen_version=132.0.0   # wasm-opt
geckodriver_version=0.37.1 # drives Firefox
axe_version=4.14.1         # accessibility rules for the end-to-end tests

# The oldest browsers the tests are known to pass in: the drivers of older ones have faults of their own.
oldest_chromium=156
oldest_firefox=153

# ---- Debian packages: only these need root ----------------------------------------------------------------------------

# Runs a command as root if that needs no password.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

may_install() {
  have apt-get || return 1
  [ "$(id -u)" = 0 ] || { have sudo && sudo -n true 2>/dev/null; }
}

# Package lists may be missing, or so old that they name outdated browsers; a source that fails does not keep the
# others from working.
apt_update() {
  may_install || return 1
  [ -z "${apt_is_updated:-}" ] || return 0
  as_root apt-get update -qq >>"$cache/apt.log" 2>&1 || true
  apt_is_updated=yes
}

apt_install() {
  apt_update || return 1
  say "installing $* with apt (a minute or two)"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >>"$cache/apt.log" 2>&1
}

# ---- Rust -------------------------------------------------------------------------------------------------------------

need_rust() {
  need_cache
  have cargo && have rustc || stop "Headroom is built with Rust: install it from https://rustup.rs, then run this again."
  rustc --version >/dev/null || stop "The Rust compiler does not start (see above): run 'rustup default stable', then run this again."
  have cc || apt_install build-essential || stop "A C compiler is missing: install one (on Debian: sudo apt install build-essential), then run this again."
}

# Trunk builds offline, so crates that only wasm needs are fetched before; returns at once if everything is there.
need_crates() {
  local manifest=${1:-Cargo.toml} host
  host="$(rustc -vV | sed -n 's/^host: //p')"
  cargo fetch --locked --offline --quiet --manifest-path "$manifest" --target $target --target "$host" 2>/dev/null && return
  say "fetching the crates of $manifest (a minute)"
  cargo fetch --locked --quiet --manifest-path "$manifest" --target $target --target "$host" ||
    stop "The crates could not be fetched (see above): connect to the network, or name a mirror in cargo's configuration, then run this again."
}

# A crate's version in a lock file.
locked_version() { awk -v name="\"$1\"" '$1 == "name" && $3 == name { getline; gsub(/"/, "", $3); print $3; exit }' "${2:-Cargo.lock}"; }

# Builds programs from crates, once. A light profile: they run for seconds, so optimizing them costs more than it saves.
install_crate() {
  local name=$1 version=$2 minutes=$3; shift 3
  local root="$cache/tools/$name-$version"
  [ -d "$root/bin" ] || {
    say "building $name $version (about $minutes minutes, once)"
    CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_DEBUG=false \
      CARGO_TARGET_DIR="$work/tool-build" cargo install --quiet "$name" --version "=$version" --root "$work/$name" "$@" ||
      stop "$name $version could not be built: see the messages above."
    # Another run may have been faster.
    mkdir -p "$cache/tools"
    [ -d "$root/bin" ] || mv "$work/$name" "$root"
    rm -rf "$work/tool-build" "${work:?}/$name"
  }
  PATH="$root/bin:$PATH"
}

# ---- Site tools -------------------------------------------------------------------------------------------------------

npm_install() {
  local name=$1 version=$2
  npm_dir="$cache/npm/$name-$version"
  [ -d "$npm_dir/node_modules/$name" ] && return
  have npm || return 1
  say "fetching $name $version with npm (seconds)"
  rm -rf "$npm_dir" && mkdir -p "$npm_dir"
  npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$npm_dir" "$name@$version" >"$cache/npm.log" 2>&1 || { rm -rf "$npm_dir"; return 1; }
}

need_wasm_opt() {
  local wanted=${binaryen_version%%.*}
  [ "$(wasm-opt --version 2>/dev/null | grep -oE '[0-9]+' | head -1)" = "$wanted" ] && return
  if npm_install binaryen "$binaryen_version"; then
    PATH="$npm_dir/node_modules/.bin:$PATH"
  elif have npm; then
    stop "npm could not fetch wasm-opt $wanted (see $cache/npm.log): connect to the network, or install binaryen $wanted, then run this again."
  else
    stop "wasm-opt $wanted is missing: install Node.js with npm, or binaryen $wanted, then run this again."
  fi
}

need_site_tools() {
  need_wasm_target
  need_wasm_opt
  install_crate trunk "$trunk_version" 6 --locked
  # The command must have the same version as the crate; its own lock file names a withdrawn crate, so it is not used.
  install_crate wasm-bindgen-cli "$(locked_version wasm-bindgen)" 3
  export PATH
}

# ---- Browsers ---------------------------------------------------------------------------------------------------------

# Prints the first of these commands that exists; fails if none does.
first_of() {
  local command
  for command in "$@"; do
    if [ -n "$command" ] && have "$command"; then command -v "$command"; return; fi
  done
  return 1
}

find_chromium() {
  CHROMIUM="$(first_of "${CHROMIUM:-}" chromium google-chrome google-chrome-stable chromium-browser)" &&
    CHROMEDRIVER="$(first_of "${CHROMEDRIVER:-}" chromedriver)"
}

need_chromium() {
  need_rust
  find_chromium || { apt_install chromium chromium-driver && find_chromium; } ||
    stop "The browser tests need Chromium and chromedriver: install them (on Debian: sudo apt install chromium chromium-driver), then run this again."
  warn_if_old "$CHROMIUM" $oldest_chromium
  export CHROMIUM CHROMEDRIVER
}

# Says so if a browser is too old for its test failures to mean much.
warn_if_old() {
  local version
  version="$("$1" --version 2>/dev/null)" || return 0
  [[ "$version" =~ ([0-9]+)\. ]] || return 0
  [ "${BASH_REMATCH[1]}" -ge "$2" ] || say "$version is older than $2: tests may fail because of it. Update it, or name another one in CHROMIUM or FIREFOX."
}

find_firefox() { FIREFOX="$(first_of "${FIREFOX:-}" firefox-esr firefox)"; }

# Firefox is optional: if it cannot be installed, the tests say so and run in Chromium alone.
want_firefox() {
  need_rust
  find_firefox || { apt_install firefox-esr && find_firefox; } || {
    say "Firefox is not here and cannot be installed: the end-to-end tests run in Chromium alone"
    unset FIREFOX
    return 0
  }
  warn_if_old "$FIREFOX" $oldest_firefox
  have geckodriver || install_crate geckodriver "$geckodriver_version" 2 --locked
  GECKODRIVER="$(command -v geckodriver)"
  export FIREFOX GECKODRIVER
}

need_axe() {
  npm_install axe-core "$axe_version" || stop "The accessibility tests need axe-core: install Node.js with npm, then run this again."
  export AXE_CORE="$npm_dir/node_modules/axe-core/axe.min.js"
}
