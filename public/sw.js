// Makes the site open without a network. The build fills in the version and the files (src/tools/finish_site).
//
// It answers only GET requests for the site's own files. Requests to model providers never pass through here: it
// returns before it touches them, so no key and no answer is ever seen or stored by it.
"use strict";

const VERSION = "{version}";
const FILES = ["{files}"];
// Caches belong to an origin, and one origin may host several builds under several paths.
const MINE = `headroom ${registration.scope} `;
const CACHE = MINE + VERSION;
// What is fetched on demand and named by its content: it outlives the version.
const VOCABULARIES = MINE + "vocabularies";

addEventListener("install", (event) => {
  // "reload" passes by the browser's own cache, which may hold an older file under an unhashed name.
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES.map((file) => new Request(file, { cache: "reload" })))));
});

addEventListener("activate", (event) => {
  // Only now: until the last old page is closed, the old service worker still serves it from the old cache.
  event.waitUntil(
    caches.keys().then((names) => Promise.all(names.filter((name) => name.startsWith(MINE) && name !== CACHE && name !== VOCABULARIES).map((name) => caches.delete(name)))),
  );
});

addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || !request.url.startsWith(registration.scope)) return;
  if (request.mode === "navigate") {
    // The newest page where there is a network, the kept one where there is none.
    event.respondWith(fetch(request).catch(() => kept("./").then((page) => page ?? Response.error())));
  } else if (request.url.startsWith(`${registration.scope}vocab/`)) {
    event.respondWith(vocabulary(event));
  } else {
    event.respondWith(kept(request).then((file) => file ?? fetch(request)));
  }
});

// Kept once it was fetched, in place of an older one of the same name.
const vocabulary = async (event) => {
  const { request } = event;
  // A browser that refuses storage costs the copy, not the answer.
  const cache = await caches.open(VOCABULARIES).catch(() => undefined);
  const found = await cache?.match(request);
  if (found) return found;
  const response = await fetch(request);
  // The browser may stop a service worker that has answered: it is told that there is more to do. So may a disk be full.
  if (cache && response.ok) event.waitUntil(keep(cache, request.url, response.clone()).catch(() => {}));
  return response;
};

// What is kept is kept for good. So it has to be what its name says: some hosts and most captive portals answer 200 with a
// page of their own.
const keep = async (cache, url, copy) => {
  const content = await copy.arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
  const hash = Array.from(digest.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (!url.includes(`-${hash}.`)) return;
  const name = (url) => url.replace(/-[^-]*(\.[^.]*)$/, "$1");
  for (const old of await cache.keys()) if (name(old.url) === name(url)) await cache.delete(old);
  await cache.put(url, new Response(content));
};

const kept = (request) => caches.open(CACHE).then((cache) => cache.match(request, { ignoreSearch: true }));
