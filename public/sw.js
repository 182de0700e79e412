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
    event.respondWith(vocabulary(request));
  } else {
    event.respondWith(kept(request).then((file) => file ?? fetch(request)));
  }
});

// Kept once it was fetched, in place of an older one of the same name.
const vocabulary = async (request) => {
  const cache = await caches.open(VOCABULARIES);
  const found = await cache.match(request);
  if (found) return found;
  const response = await fetch(request);
  if (response.ok) {
    const name = (url) => url.slice(0, url.lastIndexOf("-"));
    const copy = response.clone();
    const keep = async () => {
      for (const old of await cache.keys()) if (name(old.url) === name(request.url)) await cache.delete(old);
      await cache.put(request, copy);
    };
    // A full disk costs the copy, not the answer.
    keep().catch(() => {});
  }
  return response;
};

const kept = (request) => caches.open(CACHE).then((cache) => cache.match(request, { ignoreSearch: true }));
