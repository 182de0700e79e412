// What the driver calls. It reads the clock around the calls; nothing is measured in here except in `trial`.
import { candidates } from "./candidates.js";
import { bytes, fetchCorpus, text } from "./texts.js";

/** Nothing, until a candidate is loaded. */
let counter = { count: () => 0, memory: () => 0 };
let texts = [];
let counts = [];

globalThis.bench = {
  names: Object.keys(candidates),

  /** Makes a candidate ready, up to its first count. */
  async load(name) {
    counter = await candidates[name]();
    counter.count("x");
    return true;
  },

  /** Makes `times` texts; gives their bytes. Each has a seed of its own, from `seed` on. */
  prepare(sort, size, seed, times) {
    texts = Array.from({ length: times }, (_, at) => text(sort, size, seed + at));
    // A string in pieces is put together by the first who reads it; that is not the candidate's work.
    return texts.reduce((sum, text) => sum + bytes(text), 0);
  },

  /** Counts what is prepared. */
  count() {
    counts = texts.map(counter.count);
    return true;
  },

  /** What came out. */
  counts: () => counts,

  /** Bytes of wasm memory. */
  memory: () => counter.memory(),

  /** Counts one text in a worker; gives the milliseconds it took, `null` where it takes more than `limit` of them. */
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
