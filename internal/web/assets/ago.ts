// <time is relative> keeps "hace 3 min" true while the page stays open. The
// server writes the first text; past a day it is left alone.
const units: [Intl.RelativeTimeFormatUnit, number][] = [["hour", 3600], ["minute", 60]];

class Ago extends HTMLElement {
	#timer = 0;

	connectedCallback() {
		this.#timer = window.setInterval(() => this.#write(), 30_000);
	}

	disconnectedCallback() {
		window.clearInterval(this.#timer);
	}

	#write() {
		const time = this.querySelector("time");
		if (!time) return;
		const seconds = (Date.now() - Date.parse(time.dateTime)) / 1000;
		if (seconds < 60 || seconds >= 6 * 3600) return;
		const format = new Intl.RelativeTimeFormat(document.documentElement.lang, { style: "short" });
		for (const [unit, length] of units) {
			if (seconds >= length) {
				time.textContent = format.format(-Math.floor(seconds / length), unit);
				return;
			}
		}
	}
}

customElements.define("v-ago", Ago);
