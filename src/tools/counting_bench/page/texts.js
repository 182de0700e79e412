// Texts of any length, a new one for each seed, the same one whenever the seed is the same.
//
// Prose and code: lines of the corpus in random order, and here and there a letter exchanged for one that stands nearby.
// So of the words of a first megabyte of English one in eleven is new, of a sixth one in thirty, and the others come again:
// caches of pieces have the work that they have in real life. How often a letter is exchanged was set by real texts.
// English and code: two megabytes of crates' READMEs and Python's manual, six of crates' sources. Bytes per token, new
// words per megabyte and the speed of all that were tried came out as with those, to a tenth or so; with a third of the
// exchanges, caches make some look twice as fast. Other languages: the corpus itself, counted once by who never saw it, was
// a quarter to a third slower for each than these texts, so they are still kind to all; and two megabytes of translated
// messages of programs, whose pieces are short, were kinder to the crate tiktoken alone (8 MB/s instead of 2.5).

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
/** A letter in this many, more or less. */
const EXCHANGED = { english: 25, code: 25, multilingual: 10 };
/** How far off the other letter may stand, so that it is of the same script. */
const NEARBY = 200;

const bytes = (text) => new TextEncoder().encode(text).length;

/** The lines of each file of each sort, with their bytes. */
const lines = {};

export async function fetchCorpus() {
  for (const [sort, files] of Object.entries(FILES)) {
    const texts = await Promise.all(files.map(async (file) => (await fetch(`/corpus/${file}.txt`)).text()));
    lines[sort] = texts.map((text) => text.split("\n").map((line) => ({ line, bytes: bytes(line) + 1 })));
  }
}

/** Mulberry32: whole numbers below `limit`. */
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
  // No two are alike: the length differs too.
  "one letter": (size, any) => "abcdefghijklmnopqrstuvwxyz"[any(26)].repeat(size + any(size / 10)),
  // English without anything but its letters: one word of a megabyte.
  "no spaces": (size, any) => prose("english", size * 1.35, any).toLowerCase().replace(/\P{L}/gu, "").slice(0, size),
  prompt: (size, any) => [...prose("english", size * 2, any)].slice(0, size).join(""),
};

/** A text of about that many bytes. */
export const text = (sort, size, seed) => (SORTS[sort] ?? prose.bind(null, sort))(size, random(seed));

export { bytes };
