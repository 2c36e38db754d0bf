// A kiosk: a touch is an answer, kept on this machine until the server has it.
// Each has an id of its own, so that sending it again counts once, and the time
// at which it was touched.

interface Touch {
	id: string;
	url: string;
	body: string;
	at: number;
}

const thanksFor = 3_000;
const idleFor = 30_000;
const retryEvery = 10_000;
const keptFor = 29 * 86_400_000; // what is older the server does not take any more

const form = document.querySelector("form")!;
const sign = document.querySelector<HTMLElement>(".waiting")!;
const start = location.pathname;

// What was touched, in IndexedDB; in memory where the browser has none to give.
const memory = new Map<string, Touch>();
const opened = new Promise<IDBDatabase | null>((resolve) => {
	const asked = indexedDB.open("vivencia-kiosk", 1);
	asked.onupgradeneeded = () => asked.result.createObjectStore("touches", {keyPath: "id"});
	asked.onsuccess = () => resolve(asked.result);
	asked.onerror = () => resolve(null);
});

async function store<T>(mode: IDBTransactionMode, use: (s: IDBObjectStore) => IDBRequest<T>): Promise<T | undefined> {
	const db = await opened;
	if (!db) return undefined;
	return new Promise((resolve, reject) => {
		const tx = db.transaction("touches", mode, {durability: "strict"});
		const asked = use(tx.objectStore("touches"));
		tx.oncomplete = () => resolve(asked.result);
		tx.onabort = () => reject(tx.error);
	});
}

async function keep(touch: Touch) {
	memory.set(touch.id, touch);
	await store("readwrite", (s) => s.put(touch)).then((id) => id && memory.delete(touch.id), () => {});
}

async function waiting(): Promise<Touch[]> {
	const kept: Touch[] = (await store<Touch[]>("readonly", (s) => s.getAll()).catch(() => [])) ?? [];
	return [...kept, ...memory.values()].sort((a, b) => a.at - b.at);
}

async function drop(id: string) {
	memory.delete(id);
	await store("readwrite", (s) => s.delete(id)).catch(() => {});
}

let sending = false;

// send gives the server what waits, the oldest first. What it refuses stays, in
// case the survey opens again, until it is too old.
async function send() {
	if (sending) return;
	sending = true;
	let offline = false;
	for (const touch of await waiting()) {
		if (Date.now() - touch.at > keptFor) {
			await drop(touch.id);
			continue;
		}
		const answer = await fetch(touch.url, {method: "POST", body: new URLSearchParams(touch.body), signal: AbortSignal.timeout(15_000)}).catch(() => null);
		if (answer?.status === 204) await drop(touch.id);
		else if (!answer || answer.status === 429 || answer.status >= 500) {
			offline = true;
			break;
		}
	}
	sign.textContent = offline ? sign.dataset.offline! : "";
	sending = false;
}

form.addEventListener("submit", async (event) => {
	event.preventDefault();
	const button = event.submitter as HTMLButtonElement | null;
	if (!button || form.hidden) return;
	const body = new URLSearchParams();
	for (const [name, value] of new FormData(form, button)) body.set(name, String(value));
	const touch = {id: crypto.randomUUID(), url: form.action, at: Date.now(), body: ""};
	body.set("_response", touch.id);
	body.set("_at", String(touch.at));
	touch.body = body.toString();
	thank();
	await keep(touch);
	await send();
});

// thank shows the thanks for a moment; touches meanwhile are none.
function thank() {
	const thanks = document.createElement("h1");
	thanks.className = "thanks";
	thanks.setAttribute("role", "alert");
	thanks.textContent = form.dataset.thanks!;
	form.hidden = true;
	form.after(thanks);
	setTimeout(() => {
		thanks.remove();
		form.hidden = false;
	}, thanksFor);
}

// Who chose another language and left finds their own again.
let idle = 0;
function awake() {
	clearTimeout(idle);
	if (location.search) idle = setTimeout(() => location.replace(start), idleFor);
}
for (const what of ["pointerdown", "keydown"]) addEventListener(what, awake);
awake();

// The worker answers when the network does not, in each language, with what is
// put on its shelf here.
navigator.serviceWorker?.register("/k/worker.js").then(async () => {
	const languages = [...document.querySelectorAll<HTMLAnchorElement>("nav a")].map((a) => a.href);
	await (await caches.open("vivencia-kiosk")).addAll([start, ...languages, import.meta.url]);
}).catch(() => {});

const lit = () => void navigator.wakeLock?.request("screen").catch(() => {});
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && lit());
lit();

addEventListener("online", () => void send());
addEventListener("offline", () => (sign.textContent = sign.dataset.offline!));
setInterval(() => void send(), retryEvery);
void send();
