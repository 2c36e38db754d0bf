// A kiosk: a touch is an answer, kept on this machine until the server has it.

import {Queue, shelve} from "../leaf/queue";

const thanksFor = 3_000;
const idleFor = 30_000;

const form = document.querySelector("form")!;
const sign = document.querySelector<HTMLElement>(".waiting")!;
const start = location.pathname;
const queue = new Queue("vivencia-kiosk", "touches", (_, offline) => (sign.textContent = offline ? sign.dataset.offline! : ""));

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
	await queue.keep(touch);
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

shelve("/k/worker.js", [start, ...[...document.querySelectorAll<HTMLAnchorElement>("nav a")].map((a) => a.href), import.meta.url]);

const lit = () => void navigator.wakeLock?.request("screen").catch(() => {});
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && lit());
lit();
