// <v-script> lets the steps of a journey be dragged by their icon. A drop sends
// the form that moves the step by keyboard, with another place.
class Script extends HTMLElement {
	private dragged: HTMLElement | null = null;

	connectedCallback() {
		for (const icon of this.querySelectorAll<HTMLElement>(".model-step > .disc")) icon.draggable = true;
		this.addEventListener("dragstart", (e) => this.take(e));
		this.addEventListener("dragover", (e) => this.over(e));
		this.addEventListener("drop", (e) => this.drop(e));
		this.addEventListener("dragend", () => {
			this.dragged = null;
			this.mark(null, "");
		});
	}

	private take(e: DragEvent) {
		this.dragged = node(e.target);
		if (!this.dragged || !e.dataTransfer) return;
		e.dataTransfer.effectAllowed = "move";
		e.dataTransfer.setDragImage(this.dragged, 0, 0);
	}

	// under is the step below the pointer, and whether its lower half is; none
	// within what is dragged.
	private under(e: DragEvent): [HTMLElement, boolean] | null {
		const on = node(e.target);
		if (!on || !this.dragged || this.dragged.contains(on)) return null;
		const box = on.getBoundingClientRect();
		return [on, e.clientY > box.top + box.height / 2];
	}

	private over(e: DragEvent) {
		const at = this.under(e);
		if (at) e.preventDefault();
		this.mark(at?.[0] ?? null, at?.[1] ? "is-after" : "is-before");
	}

	private drop(e: DragEvent) {
		const at = this.under(e);
		const form = this.dragged?.querySelector<HTMLFormElement>(".model-moves form");
		const to = form?.querySelector<HTMLInputElement>("[name=to]");
		if (!at || !form || !to) return;
		e.preventDefault();
		const path = (at[0].dataset.path ?? "").split(".").map(Number);
		if (at[1]) path[path.length - 1]++;
		to.value = path.join(".");
		form.requestSubmit();
	}

	private mark(on: HTMLElement | null, where: string) {
		for (const was of this.querySelectorAll(".is-before, .is-after")) was.classList.remove("is-before", "is-after");
		if (on) on.classList.add(where);
	}
}

function node(target: EventTarget | null): HTMLElement | null {
	return target instanceof Element ? target.closest<HTMLElement>("li[data-path]") : null;
}

customElements.define("v-script", Script);
