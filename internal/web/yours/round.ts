// A driver's page: what is told of an order is kept on this phone until the server
// has it, each thing once.

import {Queue, shelve, type Kept} from "../leaf/queue";

interface Detector {
	detect(from: HTMLVideoElement): Promise<{rawValue: string}[]>;
}
declare const BarcodeDetector: {new (): Detector} | undefined;

const form = document.querySelector("form")!;
const order = document.querySelector<HTMLInputElement>("#order")!;
const words = document.querySelector<HTMLTextAreaElement>("#words")!;
const told = document.querySelector<HTMLElement>(".told")!;
const section = document.querySelector<HTMLElement>(".queue")!;
const say = (what: string, of = "") => form.dataset[what]!.replace("{what}", of);

let before: Kept[] = [];
const dropped = new Set<string>();
const queue = new Queue("vivencia-round", "reports", (waiting, offline) => {
	const here = new Set(waiting.map((k) => k.id));
	const gone = before.filter((k) => !here.has(k.id) && !dropped.has(k.id));
	if (gone.length > 0) told.textContent = gone.map((k) => say("sent", k.note)).join(" ");
	else if (offline && waiting.length > before.length) told.textContent = say("kept", waiting.at(-1)!.note);
	before = waiting;
	section.hidden = waiting.length === 0;
	section.querySelector("ul")!.replaceChildren(...waiting.map(line));
});

// line is one thing that waits; what the server does not take says why, and can be
// taken back.
function line(k: Kept): HTMLLIElement {
	const li = document.createElement("li");
	const what = li.appendChild(document.createElement("span"));
	what.textContent = k.note!;
	if (!k.refused) return li;
	const why = li.appendChild(document.createElement("b"));
	why.textContent = say(k.refused === 422 ? "unknown" : "refused");
	const drop = li.appendChild(document.createElement("button"));
	drop.type = "button";
	drop.className = "plain";
	drop.textContent = say("drop");
	drop.addEventListener("click", () => {
		dropped.add(k.id);
		void queue.drop(k.id);
	});
	return li;
}

form.addEventListener("submit", (event) => {
	event.preventDefault();
	const button = event.submitter as HTMLButtonElement | null;
	if (!button) return;
	if (button.name === "outcome" && button.value === "said" && words.value.trim() === "") {
		words.focus();
		return;
	}
	const body = new URLSearchParams();
	for (const [name, value] of new FormData(form, button)) body.set(name, String(value));
	const kept = {id: crypto.randomUUID(), url: form.action, at: Date.now(), body: "", note: `${order.value.trim()} · ${button.textContent!.trim()}`};
	body.set("id", kept.id);
	body.set("at", String(kept.at));
	kept.body = body.toString();
	form.reset();
	order.value = words.value = "";
	for (const d of form.querySelectorAll("details")) d.open = false;
	void queue.keep(kept);
	order.focus();
});

// Return in the order's field would press the first button: what became of the
// order is for the driver to say.
order.addEventListener("keydown", (e) => {
	if (e.key !== "Enter") return;
	e.preventDefault();
	order.blur();
});

// The camera reads the code where the browser knows how.
const scan = document.querySelector<HTMLButtonElement>(".scan")!;
const video = document.querySelector("video")!;
if (typeof BarcodeDetector !== "undefined" && navigator.mediaDevices) {
	scan.hidden = false;
	scan.addEventListener("click", () => void read(new BarcodeDetector!()));
}

async function read(detector: Detector) {
	if (!video.hidden) return stop();
	try {
		video.srcObject = await navigator.mediaDevices.getUserMedia({video: {facingMode: "environment"}});
	} catch {
		return order.focus();
	}
	video.hidden = false;
	await video.play();
	while (!video.hidden) {
		const [code] = await detector.detect(video).catch(() => []);
		if (code) {
			order.value = code.rawValue;
			stop();
		}
		await new Promise((r) => requestAnimationFrame(r));
	}
}

function stop() {
	video.hidden = true;
	for (const track of (video.srcObject as MediaStream).getTracks()) track.stop();
}

shelve("/round/worker.js", [location.pathname, ...[...document.querySelectorAll<HTMLAnchorElement>("nav a")].map((a) => a.href), import.meta.url]);
