// The functions that the driver calls. It reads the clock around the calls; only `trial` measures anything itself.
import { candidates } from "./candidates.js";
import { bytes, fetchCorpus, text } from "./texts.js";

/** A stub until a candidate is loaded. */
let counter = { count: () => 0, memory: () => 0 };
let texts = [];
let counts = [];

globalThis.bench = {
  names: Object.keys(candidates),

  /** Prepares a candidate, up to its first count. */
  async load(name) {
    counter = await candidates[name]();
    counter.count("x");
    return true;
  },

  /** Makes `times` texts and returns their bytes. Each has a different seed, starting at `seed`. */
  prepare(sort, size, seed, times) {
    texts = Array.from({ length: times }, (_, at) => text(sort, size, seed + at));
    // A string in pieces is joined when it is first read; that must not be measured as the candidate's work.
    return texts.reduce((sum, text) => sum + bytes(text), 0);
  },

  /** Counts the prepared texts. */
  count() {
    counts = texts.map(counter.count);
    return true;
  },

  /** The results. */
  counts: () => counts,

  /** Bytes of wasm memory. */
  memory: () => counter.memory(),

  /** Counts one text in a worker; returns the milliseconds it took, `null` if they exceed `limit`. */
  async trial(name, sort, size, seed, limit) {
    const worker = new Worker("/bench/worker.js", { type: "module" });
    const heard = () => new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => (typeof data === "string" ? reject(new Error(data)) : resolve(data));
      worker.onerror = ({ message }) => reject(new Error(message));
    });
    try {
      const ready = heard();
      worker.postMessage({ name, sort, size, seed });
      await ready;
      const late = new Promise((resolve) => setTimeout(resolve, limit, null));
      return await Promise.race([heard(), late]);
    } finally {
      worker.terminate();
    }
  },
};

await fetchCorpus();
bench.ready = true;
