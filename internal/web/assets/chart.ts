// <v-chart> lets a chart be read with the arrow keys and by pointing: the
// points are <g data-point="text">, in order. Without script the chart, its
// description and its table remain.
class Chart extends HTMLElement {
	#points: SVGGElement[] = [];
	#at = -1;
	#reading?: HTMLElement;

	connectedCallback() {
		const svg = this.querySelector("svg");
		this.#points = [...this.querySelectorAll<SVGGElement>("[data-point]")];
		if (!svg || this.#points.length === 0) return;
		this.#reading = document.createElement("p");
		this.#reading.className = "chart-reading";
		this.#reading.setAttribute("aria-live", "polite");
		this.append(this.#reading);
		svg.tabIndex = 0;
		svg.addEventListener("keydown", (e) => this.#key(e));
		svg.addEventListener("pointermove", (e) => this.#show(this.#nearest(e.clientX, e.clientY)));
		svg.addEventListener("pointerleave", () => this.#show(-1));
		svg.addEventListener("blur", () => this.#show(-1));
	}

	#key(e: KeyboardEvent) {
		const last = this.#points.length - 1;
		const next: Record<string, number> = {
			ArrowRight: Math.min(this.#at + 1, last),
			ArrowDown: Math.min(this.#at + 1, last),
			ArrowLeft: Math.max(this.#at - 1, 0),
			ArrowUp: Math.max(this.#at - 1, 0),
			Home: 0,
			End: last,
			Escape: -1,
		};
		const to = next[e.key];
		if (to === undefined || e.ctrlKey || e.metaKey || e.altKey) return;
		e.preventDefault();
		this.#show(to);
	}

	#nearest(x: number, y: number): number {
		let best = -1;
		let least = Infinity;
		this.#points.forEach((p, i) => {
			const box = p.getBoundingClientRect();
			const away = Math.hypot((box.left + box.right) / 2 - x, ((box.top + box.bottom) / 2 - y) / 8);
			if (away < least) [best, least] = [i, away];
		});
		return best;
	}

	#show(i: number) {
		if (i === this.#at || !this.#reading) return;
		this.#points[this.#at]?.classList.remove("is-read");
		this.#at = i;
		const point = this.#points[i];
		point?.classList.add("is-read");
		this.#reading.textContent = point?.dataset.point ?? "";
		if (!point) return;
		const here = this.getBoundingClientRect();
		const box = point.getBoundingClientRect();
		const wide = this.#reading.offsetWidth;
		const left = Math.max(0, Math.min((box.left + box.right) / 2 - here.left - wide / 2, here.width - wide));
		this.#reading.style.left = `${left}px`;
		this.#reading.style.top = `${Math.max(0, box.top - here.top - this.#reading.offsetHeight - 8)}px`;
	}
}

customElements.define("v-chart", Chart);
