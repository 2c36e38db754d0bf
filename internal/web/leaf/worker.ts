// The service worker of pages that work offline: what was shown last is shown when
// the network does not answer.

interface Extendable extends Event {
	waitUntil(p: Promise<unknown>): void;
}
interface Fetching extends Event {
	readonly request: Request;
	respondWith(r: Promise<Response>): void;
}
const worker = self as unknown as EventTarget & {skipWaiting(): Promise<void>; clients: {claim(): Promise<void>}; registration: {scope: string}};

const shelf = new URL(worker.registration.scope).pathname;

worker.addEventListener("install", (e) => (e as Extendable).waitUntil(worker.skipWaiting()));
worker.addEventListener("activate", (e) => (e as Extendable).waitUntil(worker.clients.claim()));
worker.addEventListener("fetch", (e) => {
	const {request} = e as Fetching;
	if (request.method === "GET") (e as Fetching).respondWith(answer(request));
});

async function answer(request: Request): Promise<Response> {
	const cache = await caches.open(shelf);
	try {
		const fresh = await fetch(request);
		if (fresh.ok) await cache.put(request.url, fresh.clone());
		if (fresh.status < 500) return fresh;
		return (await cache.match(request.url)) ?? fresh;
	} catch {
		return (await cache.match(request.url)) ?? Response.error();
	}
}
