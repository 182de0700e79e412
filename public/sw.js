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

addEventListener("install", (event) => {
  // "reload" passes by the browser's own cache, which may hold an older file under an unhashed name.
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES.map((file) => new Request(file, { cache: "reload" })))));
});

addEventListener("activate", (event) => {
  // Only now: until the last old page is closed, the old service worker still serves it from the old cache.
  event.waitUntil(
    caches.keys().then((names) => Promise.all(names.filter((name) => name.startsWith(MINE) && name !== CACHE).map((name) => caches.delete(name)))),
  );
});

addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || !request.url.startsWith(registration.scope)) return;
  if (request.mode === "navigate") {
    // The newest page where there is a network, the kept one where there is none.
    event.respondWith(fetch(request).catch(() => kept("./").then((page) => page ?? Response.error())));
  } else {
    event.respondWith(kept(request).then((file) => file ?? fetch(request)));
  }
});

const kept = (request) => caches.open(CACHE).then((cache) => cache.match(request, { ignoreSearch: true }));
