# shellcheck shell=bash
# The standard library for wasm, from the first source that works here. Sourced by ./dev.

# The compiler for wasm is the ordinary one, or Debian's if that is the only one with matching sources.
wasm_path() { if [ -d "$cache/debian-rust" ]; then printf '%s:%s' "$cache/debian-rust" "$PATH"; else printf '%s' "$PATH"; fi; }
wasm_rustc() { PATH="$(wasm_path)" rustc "$@"; }
wasm_cargo() { PATH="$(wasm_path)" CARGO_ENCODED_RUSTFLAGS="$(wasm_flags)" cargo "$@"; }

# Compiler flags, separated by \037 because some may contain spaces. The location of the sources must not show in the
# build: two builds anywhere give the same bytes. Crates may come from a mirror, whose name is part of their path.
wasm_flags() {
  local flags="--cfg=erase_components" home=${CARGO_HOME:-$HOME/.cargo} sources
  flags="$flags$(remap "$PWD" /headroom)$(remap "$home" /cargo)"
  for sources in "$home"/registry/src/*; do
    [ ! -d "$sources" ] || flags="$flags$(remap "$sources" /cargo/crates)"
  done
  [ $# = 0 ] || flags="$flags$(printf '\037%s' "$@")"
  printf '%s' "$flags"
}

# If several prefixes match, the compiler uses the last. Cargo may name a folder with or without its links resolved.
remap() {
  printf '\037--remap-path-prefix=%s=%s' "$1" "$2"
  local real; real="$(cd "$1" 2>/dev/null && pwd -P)" || return 0
  [ "$real" = "$1" ] || printf '\037--remap-path-prefix=%s=%s' "$real" "$2"
}

# Whether the compiler can use the standard library it finds; one left behind by an older compiler does not count.
wasm_std_works() { echo 'fn main(){}' | wasm_rustc --target $target --crate-name probe --emit=metadata -o "$work/probe.rmeta" - 2>/dev/null; }

# Builds the standard library from a `library/` folder of exactly the compiler's version, and installs it where the
# compiler looks for it.
build_wasm_std() {
  local library=$1 into out="$work/std-build"
  into="$(wasm_rustc --print target-libdir --target $target)"
  say "building the standard library for $target from source (about a minute)"
  rm -rf "$out"
  ( cd "$library" && flags="$(printf '%s\037' -Zforce-unstable-if-unmarked -Cembed-bitcode=yes)" &&
      RUSTC_BOOTSTRAP=1 __CARGO_DEFAULT_LIB_METADATA=1 \
      CARGO_ENCODED_RUSTFLAGS="${flags%?}$(remap "$PWD" /rustc/library)$(remap "${CARGO_HOME:-$HOME/.cargo}" /cargo)" \
      PATH="$(wasm_path)" cargo build --quiet --manifest-path sysroot/Cargo.toml --release --target $target \
      --features compiler-builtins-mem --target-dir "$out" ) >"$cache/std-build.log" 2>&1 || return 1
  mkdir -p "$into" && rm -f "$into"/*.rlib "$into"/*.rmeta && cp "$out/$target/release/deps/"*.rlib "$into/" || return 1
  # Crates built against another standard library cannot be used with this one, and cargo does not notice.
  rm -rf "$out" "${CARGO_TARGET_DIR:?}/$target"
}

wasm_std_from_rustup() {
  have rustup || return 1
  say "asking rustup for $target"
  local limited=''
  if have timeout; then limited='timeout 300'; fi
  $limited rustup target add $target >"$cache/rustup.log" 2>&1
}

# RUST_STD_SRC names a `library/` folder of the Rust sources, or a tar archive that contains one.
wasm_std_from_source() {
  local source=${RUST_STD_SRC:-} unpacked="$work/std-src"
  [ -n "$source" ] || return 1
  [ -e "$source" ] || { say "RUST_STD_SRC names $source, which is not there"; return 1; }
  rm -rf "$unpacked" && mkdir -p "$unpacked"
  if [ -d "$source" ]; then cp -R "$source" "$unpacked/library"; else tar xf "$source" -C "$unpacked"; fi
  build_wasm_std "$unpacked/library" && rm -rf "$unpacked"
}

# Debian ships the sources as rust-src, but only some releases have the compiler's version.
wasm_std_from_debian_src() {
  have apt-cache || return 1
  local version package
  version="$(rustc --version | cut -d' ' -f2)"
  package="$(rust_src_package "$version")"
  [ -n "$package" ] || { apt_update && package="$(rust_src_package "$version")"; }
  [ -n "$package" ] || return 1
  apt_install "rust-src=$package" || return 1
  build_from_debian "$version"
}

rust_src_package() { apt-cache madison rust-src 2>/dev/null | awk -v v="$1" 'index($3, v) == 1 { print $3; exit }'; }

build_from_debian() {
  rm -rf "$work/std-src"
  cp -R "/usr/src/rustc-$1/library" "$work/std-src" && build_wasm_std "$work/std-src" && rm -rf "$work/std-src"
}

# Debian also ships a recent compiler together with its sources, for building browsers.
wasm_std_from_debian_compiler() {
  apt_install rustc-web cargo-web rust-web-src rust-web-llvm lld-22 || return 1
  mkdir -p "$cache/debian-rust"
  ln -sf /usr/bin/rustc /usr/bin/cargo "$cache/debian-rust/"
  ln -sf "$(command -v lld-22)" "$cache/debian-rust/rust-lld"
  build_from_debian "$(wasm_rustc --version | cut -d' ' -f2)" || { rm -rf "$cache/debian-rust"; return 1; }
}

# The sources, in order; HEADROOM_WASM_STD forces one: rustup, source, debian-src, debian-compiler.
need_wasm_target() {
  need_rust
  local way=${HEADROOM_WASM_STD:-}
  if [ -z "$way" ]; then
    wasm_std_works && return
    for way in rustup source debian_src debian_compiler; do
      if "wasm_std_from_$way" && wasm_std_works; then return; fi
    done
  else
    case $way in rustup|source|debian-src|debian-compiler) ;; *) stop "HEADROOM_WASM_STD is rustup, source, debian-src or debian-compiler, not '$way'." ;; esac
    rm -rf "$cache/debian-rust"
    "wasm_std_from_${way//-/_}" && wasm_std_works && return
    stop "The standard library for wasm cannot be installed by the way '$way' (see $cache/*.log)."
  fi
  stop "The standard library for wasm is missing and cannot be installed here: run 'rustup target add $target' on a connected machine, or set RUST_STD_SRC to the library folder of the sources of rustc $(rustc --version | cut -d' ' -f2), then run this again."
}
