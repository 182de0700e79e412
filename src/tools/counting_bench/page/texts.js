// Texts of any length, determined by a seed.
//
// Prose and code: lines of the corpus in random order, with some letters replaced by nearby ones. In the first megabyte
// of English, one word in eleven is new; in the sixth, one in thirty; the others repeat, so caches of pieces work as in
// real use. The replacement rate was tuned to real texts. English and code: two megabytes of crates' READMEs and
// Python's manual, six of crates' sources. Bytes per token, new words per megabyte and the speed of all candidates
// matched those to about a tenth; with a third of the replacements, caches make some look twice as fast. Other
// languages: the corpus itself, counted once by counters that had never seen it, was a quarter to a third slower for
// each than these texts, so these still favor all of them; and two megabytes of translated program messages, whose
// pieces are short, favored only the crate tiktoken more (8 MB/s instead of 2.5).

const FILES = {
  english: ["english"],
  code: ["code_rust", "code_python", "code_js"],
  multilingual: [
    ...["arabic", "bengali", "chinese", "czech", "finnish", "french", "german", "greek", "hebrew", "hindi", "japanese"],
    ...["korean", "latin_other", "polish", "russian", "spanish", "tamil", "thai", "turkish", "vietnamese"],
  ],
};
const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const LINE = 76;
const LETTER = /\p{L}/u;
/** About one letter in this many is replaced. */
const EXCHANGED = { english: 25, code: 25, multilingual: 10 };
/** Largest distance of the replacement, to stay within the script. */
const NEARBY = 200;

const bytes = (text) => new TextEncoder().encode(text).length;

/** The lines of each file of each kind, with their bytes. */
const lines = {};

export async function fetchCorpus() {
  for (const [sort, files] of Object.entries(FILES)) {
    const texts = await Promise.all(files.map(async (file) => (await fetch(`/corpus/${file}.txt`)).text()));
    lines[sort] = texts.map((text) => text.split("\n").map((line) => ({ line, bytes: bytes(line) + 1 })));
  }
}

/** Mulberry32: integers below `limit`. */
function random(seed) {
  let state = Math.imul(seed + 1, 0x9e3779b9);
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
}

function prose(sort, size, any) {
  const parts = [];
  for (let sum = 0; sum < size; ) {
    const file = lines[sort][any(lines[sort].length)];
    const { line, bytes } = file[any(file.length)];
    parts.push(line);
    sum += bytes;
  }
  return exchanged(parts.join("\n"), EXCHANGED[sort], any);
}

function exchanged(text, often, any) {
  const parts = [];
  let from = 0;
  for (let at = 1 + any(2 * often); at < text.length; at += 1 + any(2 * often)) {
    const other = text[at - 1 - any(Math.min(at, NEARBY))];
    if (LETTER.test(text[at]) && LETTER.test(other)) {
      parts.push(text.slice(from, at), other);
      from = at + 1;
    }
  }
  parts.push(text.slice(from));
  return parts.join("");
}

const SORTS = {
  base64(size, any) {
    const parts = [];
    for (let sum = 0; sum < size; sum += LINE + 1) {
      parts.push(Array.from({ length: LINE }, () => BASE64[any(64)]).join(""));
    }
    return parts.join("\n");
  },
  // No two are equal: the length differs too.
  "one letter": (size, any) => "abcdefghijklmnopqrstuvwxyz"[any(26)].repeat(size + any(size / 10)),
  // English with everything but letters removed: one word of a megabyte.
  "no spaces": (size, any) => prose("english", size * 1.35, any).toLowerCase().replace(/\P{L}/gu, "").slice(0, size),
  prompt: (size, any) => [...prose("english", size * 2, any)].slice(0, size).join(""),
};

/** Returns a text of about that many bytes. */
export const text = (sort, size, seed) => (SORTS[sort] ?? prose.bind(null, sort))(size, random(seed));

export { bytes };
