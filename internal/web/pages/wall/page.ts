// <v-wall> keeps a screen on a wall awake, and loads the page anew when nothing
// has come for two minutes: a server that was down, a network that went away.
class Wall extends HTMLElement {
	#heard = Date.now();
	#timer = 0;
	#came = () => (this.#heard = Date.now());

	connectedCallback() {
		void this.#awake();
		document.addEventListener("visibilitychange", () => void this.#awake());
		document.addEventListener("htmx:after:swap", this.#came);
		this.#timer = window.setInterval(() => {
			if (Date.now() - this.#heard > 120_000 && navigator.onLine) location.reload();
		}, 15_000);
	}

	disconnectedCallback() {
		document.removeEventListener("htmx:after:swap", this.#came);
		window.clearInterval(this.#timer);
	}

	async #awake() {
		if (document.visibilityState === "visible") await navigator.wakeLock?.request("screen").catch(() => undefined);
	}
}

customElements.define("v-wall", Wall);
