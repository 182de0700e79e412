// Counts one text where it can be stopped. Posts `true` when it begins, then the milliseconds or an error as a string.
import { candidates } from "./candidates.js";
import { fetchCorpus, text } from "./texts.js";

onmessage = async ({ data: { name, sort, size, seed } }) => {
  try {
    const [counter] = await Promise.all([candidates[name](), fetchCorpus()]);
    const one = text(sort, size, seed);
    postMessage(true);
    const begun = performance.now();
    counter.count(one);
    postMessage(performance.now() - begun);
  } catch (why) {
    postMessage(String(why));
  }
};
