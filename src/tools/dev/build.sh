# shellcheck shell=bash
# The built site. Sourced by ./dev.

build_site() {
  need_site_tools
  need_crates
  step "building the site into dist/"
  ( trunk_offline build --release )
}

# Becomes Trunk, with the flags and tools of ./dev. Offline, because it would download tools that are already here.
trunk_offline() {
  PATH="$(wasm_path)" CARGO_ENCODED_RUSTFLAGS="$(wasm_flags)"
  export PATH CARGO_ENCODED_RUSTFLAGS
  exec trunk --log warn "$@" --offline
}

serve() {
  local port=${1:-8080}
  build_site
  cargo build --quiet --package headroom-serve
  say "serving dist/ on http://localhost:$port/ ; press Ctrl+C to stop"
  ( trunk_offline watch --release ) & background="$background $!"
  # Also in the background: a shell can be stopped while it waits.
  "$CARGO_TARGET_DIR/debug/serve" dist "$port" & background="$background $!"
  wait $!
}

# Builds the same sources as a stranger would: in another folder, from scratch, with no crate fetched yet. Only the
# crate sources' configuration is taken over. Every byte must be the same.
build_again() {
  local elsewhere="$work/reproducible/another/folder" home=${CARGO_HOME:-$HOME/.cargo} config
  rm -rf "$work/reproducible" && mkdir -p "$elsewhere" "$work/reproducible/cargo"
  for config in config.toml config; do
    [ ! -f "$home/$config" ] || cp "$home/$config" "$work/reproducible/cargo/"
  done
  git ls-files -z --cached --others --exclude-standard | tar --null --files-from=- --ignore-failed-read -cf - 2>/dev/null | tar xf - -C "$elsewhere"
  ( cd "$elsewhere" && unset CARGO_TARGET_DIR && CARGO_HOME="$work/reproducible/cargo" HEADROOM_CACHE="$cache" ./dev build )
}

same_bytes() {
  diff -r dist "$work/reproducible/another/folder/dist" >&2 || stop "Two builds of the same sources differ."
  rm -rf "$work/reproducible"
  passed=$((passed + 1))
}

test_reproducible() {
  step "building the site again in another folder from nothing, with an empty crate cache"
  build_again || stop "The site cannot be built from nothing: see the messages above."
  same_bytes
}
