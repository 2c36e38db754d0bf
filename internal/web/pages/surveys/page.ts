// <v-survey> lets the questions of a survey be dragged, and puts what is known of
// a customer where one writes. A drop sends the form that moves a question by
// keyboard, with another place.
class Survey extends HTMLElement {
	#dragged: HTMLElement | null = null;
	#field: HTMLInputElement | null = null;

	connectedCallback() {
		this.#ready();
		document.addEventListener("htmx:after:swap", () => this.#ready());
		this.addEventListener("focusin", (e) => {
			if (e.target instanceof HTMLInputElement && e.target.closest(".surveys-words")) this.#field = e.target;
		});
		this.addEventListener("click", (e) => this.#insert(e));
		this.addEventListener("dragstart", (e) => {
			this.#dragged = item(e.target);
			if (this.#dragged && e.dataTransfer) e.dataTransfer.effectAllowed = "move";
		});
		this.addEventListener("dragover", (e) => {
			const at = this.#under(e);
			if (at) e.preventDefault();
			this.#mark(at?.[0] ?? null, at?.[1] ? "is-after" : "is-before");
		});
		this.addEventListener("drop", (e) => this.#drop(e));
		this.addEventListener("dragend", () => {
			this.#dragged = null;
			this.#mark(null, "");
		});
	}

	#ready() {
		for (const li of this.querySelectorAll<HTMLElement>("li[data-id]")) {
			li.draggable = true;
			for (const a of li.querySelectorAll("a")) a.draggable = false;
		}
	}

	#under(e: DragEvent): [HTMLElement, boolean] | null {
		const on = item(e.target);
		if (!on || !this.#dragged || on === this.#dragged) return null;
		const box = on.getBoundingClientRect();
		return [on, e.clientY > box.top + box.height / 2];
	}

	#drop(e: DragEvent) {
		const at = this.#under(e);
		const form = this.querySelector<HTMLFormElement>("#survey-drop");
		if (!at || !form || !this.#dragged) return;
		e.preventDefault();
		const [page, place] = (at[0].dataset.at ?? "").split(".").map(Number);
		(form.elements.namedItem("id") as HTMLInputElement).value = this.#dragged.dataset.id ?? "";
		(form.elements.namedItem("to") as HTMLInputElement).value = `${page}.${place + (at[1] ? 1 : 0)}`;
		form.submit();
	}

	#mark(on: HTMLElement | null, where: string) {
		for (const was of this.querySelectorAll(".is-before, .is-after")) was.classList.remove("is-before", "is-after");
		if (on) on.classList.add(where);
	}

	// The words for who is not known are missing still: the caret waits there.
	#insert(e: MouseEvent) {
		const button = e.target instanceof Element ? e.target.closest<HTMLElement>("[data-insert]") : null;
		const words = button?.closest(".surveys-words");
		if (!button || !words) return;
		const field = this.#field && words.contains(this.#field) ? this.#field : words.querySelector("input");
		if (!field) return;
		const code = button.dataset.insert ?? "";
		const at = field.selectionStart ?? field.value.length;
		field.setRangeText(code, at, field.selectionEnd ?? at);
		field.focus();
		field.setSelectionRange(at + code.length - 1, at + code.length - 1);
	}
}

function item(target: EventTarget | null): HTMLElement | null {
	return target instanceof Element ? target.closest<HTMLElement>("li[data-id]") : null;
}

customElements.define("v-survey", Survey);
