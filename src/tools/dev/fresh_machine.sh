#!/usr/bin/env bash
# `./dev fresh [STATE…]` tries ./dev as on machines that are not this one: each state lacks something, and each command is
# the first one in a clean clone. Prints a table: state, command, result, minutes. All states together take hours.
#
# This machine is not changed. Home, crate cache, tool cache and clone are temporary folders that are deleted afterward; only
# the compiler and the settings for crate and package sources are taken over. States that change the system itself get a
# temporary copy of it (an overlay in a mount namespace), which needs root on Linux.
set -uo pipefail
cd -P "$(dirname "$0")/../../.." || exit

project=$PWD
rust_bin="$(dirname "$(command -v cargo)")"
rustup_home="${RUSTUP_HOME:-$HOME/.rustup}"
cargo_home="${CARGO_HOME:-$HOME/.cargo}"
warm_cache="${HEADROOM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/headroom}"
place="$(mktemp -d "${TMPDIR:-/tmp}/fresh.XXXXXX")"
table="$place.txt"
port=8197
unexpected=0
trap 'rm -rf "$place"' EXIT

say() { printf '\033[1m· %s\033[0m\n' "$*" >&2; }
row() { printf '| %-22s | %-28s | %s\n' "$1" "$2" "$3" | tee -a "$table"; }

# ---- A machine --------------------------------------------------------------------------------------------------------

# Creates a home with only the settings for crate and package sources, and a clean clone of the last commit.
machine() {
  rm -rf "${place:?}"/*
  home="$place/stranger" clone="$place/stranger/clone" variables=() inside=()
  furnish
}

furnish() {
  mkdir -p "$home/.cargo" "$home/tmp"
  local file
  for file in config.toml config; do [ ! -f "$cargo_home/$file" ] || cp "$cargo_home/$file" "$home/.cargo/"; done
  for file in .npmrc .config/pip/pip.conf .pip/pip.conf; do
    [ ! -f "$HOME/$file" ] || { mkdir -p "$home/$(dirname "$file")"; cp "$HOME/$file" "$home/$file"; }
  done
  git clone --quiet "$project" "$clone"
  path="$rust_bin:$PATH"
}

# Copies the tools, as on the second day.
with_tools() { mkdir -p "$home/.cache" && cp -R "$warm_cache" "$home/.cache/headroom"; }

# Copies the crates.
with_crates() { cp -R "$cargo_home/registry" "$home/.cargo/"; }

# A PATH without these commands, and without apt, which would bring them back.
without() {
  local folder command hidden=" $* apt-get apt-cache "
  mkdir -p "$place/bin"
  while IFS= read -r -d : folder; do
    for command in "$folder"/*; do
      case "$hidden" in *" ${command##*/} "*) continue ;; esac
      [ -e "$place/bin/${command##*/}" ] || ln -s "$command" "$place/bin/"
    done
  done <<<"$rust_bin:$PATH:"
  path="$place/bin"
}

# Runs ./dev on this machine, as the first command in the clone.
dev() {
  local kept=() name
  for name in LANG TERM SSL_CERT_FILE NODE_EXTRA_CA_CERTS http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
    [ -z "${!name:-}" ] || kept+=("$name=${!name}")
  done
  while IFS= read -r name; do kept+=("$name=${!name}"); done < <(compgen -e | grep -E '^(CARGO_(HTTP|NET|REGISTR|SOURCE)|PIP_|npm_config_|RUSTUP_(DIST|UPDATE|TOOLCHAIN))')
  [ -z "${RUST_STD_SRC:-}" ] || kept+=("RUST_STD_SRC=$RUST_STD_SRC")
  # shellcheck disable=SC2016 # the inner shell expands it
  ${inside[@]+"${inside[@]}"} env -i ${kept[@]+"${kept[@]}"} HOME="$home" TMPDIR="$home/tmp" PATH="$path" RUSTUP_HOME="$rustup_home" \
    ${variables[@]+"${variables[@]}"} bash -c 'cd "$0" && exec ./dev "$@"' "$clone" "$@"
}

# ---- Rows -------------------------------------------------------------------------------------------------------------

# expect STATE RESULT COMMAND…: RESULT is `works`, or a part of the last message that must be printed.
expect() {
  local state=$1 result=$2 log="$place/log" started=$SECONDS status=0 said; shift 2
  say "$state: ./dev $*"
  if [ "$1" = serve ]; then served "$log" || status=$?; else dev "$@" >"$log" 2>&1 </dev/null || status=$?; fi
  said="$(grep -v '^ *$' "$log" | tail -1)"
  local minutes; minutes="$(awk -v s=$((SECONDS - started)) 'BEGIN { printf "%.1f min", s / 60 }')"
  if [ "$result" = works ] && [ $status = 0 ]; then
    row "$state" "./dev $*" "works, $minutes"
  elif [ "$result" != works ] && [ $status != 0 ] && [[ "$said" == *"$result"* ]]; then
    row "$state" "./dev $*" "says what to do, $minutes: $said"
  else
    unexpected=$((unexpected + 1))
    row "$state" "./dev $*" "NOT AS EXPECTED ($result), status $status, $minutes: $said"
    tail -40 "$log" >&2
  fi
}

# Serves until the page is fetched.
served() {
  local log=$1 process status=1
  # With job control, it and what it starts are a process group.
  set -m
  dev serve $port >"$log" 2>&1 </dev/null & process=$!
  set +m
  while kill -0 "$process" 2>/dev/null; do
    if curl --silent --fail "http://localhost:$port/" | grep -q '<title>Headroom'; then status=0; break; fi
    sleep 1
  done
  # What it started, too: it would write into the next machine's home.
  kill -TERM -- "-$process" 2>/dev/null
  wait "$process"
  while kill -0 -- "-$process" 2>/dev/null; do sleep 0.2; done
  return $status
}

cannot() { row "$1" "" "cannot be made here: $2"; }

# ---- States that need no permission -----------------------------------------------------------------------------------

state_crates() {
  local command
  for command in serve build "test pure" "test sdk" "test web" "test e2e the_page_opens" "simulator --help" shots \
    "bench limits" "bench tokens" "bench lanes" "fuzz pack_bytes 5"; do
    machine; with_tools
    # shellcheck disable=SC2086 # a command and its arguments
    expect "no crates" works $command
  done
}

state_counting() { machine; with_tools; expect "no crates" works bench counting; }
state_tools() { machine; expect "no crates, no tools" works setup; }
state_no_rust() { machine; without cargo rustc rustup; expect "no Rust" "https://rustup.rs" build; }
state_no_cc() { machine; with_tools; without cc gcc clang c++; expect "no C compiler" "C compiler is missing" build; }
state_no_cxx() { machine; with_tools; without c++ g++ clang++; expect "no C++ compiler" "C++ compiler" fuzz; }
state_no_npm() { machine; without npm node wasm-opt; expect "no npm" "install Node.js" build; }

state_no_browser() {
  local browsers="chromium chromium-browser google-chrome google-chrome-stable"
  machine; with_tools; with_crates
  # shellcheck disable=SC2086 # several commands
  without $browsers
  expect "no Chromium" "install them" test e2e
  machine; with_tools
  without firefox firefox-esr
  expect "no Firefox" works test e2e the_page_opens_at_the_root
}

state_no_venv() {
  machine; without python3
  # shellcheck disable=SC2016 # a script
  printf '#!/bin/sh\necho "No module named venv" >&2\nexit 1\n' >"$place/bin/python3" && chmod +x "$place/bin/python3"
  expect "no python3-venv" works test sdk
}

state_spaces() {
  machine; rm -rf "$home"
  home="$place/a path with spaces" clone="$place/a path with spaces/the clone"
  furnish; with_tools
  expect "paths with spaces" works build
  expect "paths with spaces" works test e2e the_page_opens
  expect "paths with spaces" works test sdk
  expect "paths with spaces" works fuzz pack_bytes 5
}

state_elsewhere() {
  machine; with_tools; variables=(CARGO_TARGET_DIR="$home/elsewhere" CARGO_HOME="$home/crates" RUSTFLAGS="-Cdebuginfo=0")
  cp "$home"/.cargo/config* "$home/crates/" 2>/dev/null
  expect "CARGO_TARGET_DIR set" works test e2e the_page_opens
  expect "CARGO_TARGET_DIR set" works serve
}

state_no_cache() {
  machine; variables=(HEADROOM_CACHE=/proc/nowhere)
  expect "cache not writable" "cannot be written to" build
}

# ---- States of the system ---------------------------------------------------------------------------------------------

# A temporary copy of this system: changes to it are discarded with it.
system() {
  [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null && grep -q overlay /proc/filesystems || return 1
  # shellcheck disable=SC2016 # the inner shell expands it
  inside=(unshare -m bash -c '
    set -e
    at=$0; what=$1; shift
    mkdir -p "$at/layer" "$at/copy"
    mount -t tmpfs tmpfs "$at/layer" && mkdir "$at/layer/upper" "$at/layer/work"
    mount -t overlay overlay -o "lowerdir=/,upperdir=$at/layer/upper,workdir=$at/layer/work" "$at/copy"
    for folder in dev proc sys "$HEADROOM_FRESH_HOME"; do mkdir -p "$at/copy/$folder"; mount --rbind "/$folder" "$at/copy/$folder"; done
    exec chroot "$at/copy" bash -c "$what"'"'"'; exec "$@"'"'"' bash "$@"' "$place/system")
  export HEADROOM_FRESH_HOME="$home"
}

state_apt() {
  machine; with_tools
  system || { cannot "no apt lists" "it needs root, mount namespaces and overlayfs"; return; }
  inside+=('apt-get remove -y -qq chromium chromium-driver firefox-esr >/dev/null 2>&1; rm -rf /var/lib/apt/lists/*')
  expect "no browsers, no lists" works test e2e the_page_opens_at_the_root
}

state_stranger() {
  machine; with_tools; with_crates
  system || { cannot "not root, no sudo" "it needs root, mount namespaces and overlayfs"; return; }
  chown -R 65534:65534 "$home"
  chmod o+x "$place"
  # shellcheck disable=SC2016 # the inner shell expands it
  local become='chmod o+x "$HOME"; rm -f /usr/bin/sudo; set -- setpriv --reuid 65534 --regid 65534 --clear-groups "$@"'
  inside+=("$become")
  expect "not root, no sudo" works test e2e the_page_opens
  inside[${#inside[@]}-1]="apt-get remove -y -qq chromium chromium-driver >/dev/null 2>&1; $become"
  expect "and no Chromium" "sudo apt install chromium" test e2e
}

# The standard library for wasm is not installed: each source must provide it.
state_wasm_std() {
  local way
  for way in rustup source debian-src debian-compiler; do
    machine; with_tools; with_crates
    system || { cannot "no wasm target: $way" "it needs root, mount namespaces and overlayfs"; continue; }
    [ "$way" != source ] || [ -n "${RUST_STD_SRC:-}" ] || { cannot "no wasm target: $way" "RUST_STD_SRC names no sources"; continue; }
    inside+=("rustup target remove wasm32-unknown-unknown >/dev/null 2>&1; rm -rf \"\$(rustc --print sysroot)\"/lib/rustlib/wasm32-unknown-unknown")
    variables=(HEADROOM_WASM_STD="$way")
    expect "no wasm target: $way" works build
  done
}

state_offline() {
  machine
  unshare -n true 2>/dev/null || { cannot "no network" "it needs a network namespace"; return; }
  with_tools; inside=(unshare -n)
  expect "no network, no crates" "connect to the network" build
  with_crates
  expect "no network" works build
}

# ---- All of them ------------------------------------------------------------------------------------------------------

all="no_rust no_cc no_cxx no_npm no_cache no_browser no_venv offline spaces elsewhere crates apt stranger wasm_std tools counting"
: >"$table"
# shellcheck disable=SC2086 # a list
[ $# != 0 ] || set -- $all
for state in "$@"; do
  declare -F "state_$state" >/dev/null || { echo "The states are: $all" >&2; exit 2; }
  "state_$state"
done
printf '\n%s row(s) not as expected; the table is in %s\n' "$unexpected" "$table"
[ "$unexpected" = 0 ]
