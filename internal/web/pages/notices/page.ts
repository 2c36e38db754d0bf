// <v-push> lets this browser be pushed to: it asks, subscribes with our key, and
// sends what the browser's push service gave as the form it holds.
const raw = (b: ArrayBuffer | null) =>
	btoa(String.fromCharCode(...new Uint8Array(b ?? new ArrayBuffer(0)))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

class Push extends HTMLElement {
	connectedCallback() {
		const form = this.querySelector("form");
		const button = this.querySelector("button");
		const said = this.querySelector("[role=status]");
		if (!form || !button || !said || !("PushManager" in window) || !navigator.serviceWorker) return;
		said.textContent = "";
		button.hidden = false;
		form.addEventListener("submit", (e) => {
			const endpoint = form.elements.namedItem("endpoint") as HTMLInputElement;
			if (endpoint.value) return;
			e.preventDefault();
			void this.#subscribe(form, endpoint).catch(() => (said.textContent = this.dataset.denied ?? ""));
		});
	}

	async #subscribe(form: HTMLFormElement, endpoint: HTMLInputElement) {
		if ((await Notification.requestPermission()) !== "granted") throw new Error("denied");
		const worker = await navigator.serviceWorker.register("/notices/worker.js", { scope: "/notices/" });
		const made = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: this.dataset.key ?? "" });
		(form.elements.namedItem("p256dh") as HTMLInputElement).value = raw(made.getKey("p256dh"));
		(form.elements.namedItem("auth") as HTMLInputElement).value = raw(made.getKey("auth"));
		endpoint.value = made.endpoint;
		form.requestSubmit();
	}
}

customElements.define("v-push", Push);
