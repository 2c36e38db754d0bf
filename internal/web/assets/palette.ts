// <v-palette>: a combobox over the links that the server returns. The input
// asks by htmx; the arrows choose, Enter goes.
class Palette extends HTMLElement {
	connectedCallback() {
		const input = this.querySelector("input");
		const list = this.querySelector("[role=listbox]");
		const dialog = this.closest("dialog");
		if (!input || !list || !dialog) return;
		const options = () => [...list.querySelectorAll<HTMLElement>("[role=option]")];
		const choose = (to: number) => {
			const all = options();
			const at = all[(to + all.length) % all.length];
			for (const o of all) o.setAttribute("aria-selected", String(o === at));
			if (at) {
				input.setAttribute("aria-activedescendant", at.id);
				at.scrollIntoView({ block: "nearest" });
			} else {
				input.removeAttribute("aria-activedescendant");
			}
		};
		const chosen = () => options().findIndex((o) => o.ariaSelected === "true");
		input.addEventListener("keydown", (e) => {
			if (e.key === "ArrowDown" || e.key === "ArrowUp") {
				e.preventDefault();
				choose(chosen() + (e.key === "ArrowDown" ? 1 : -1));
			} else if (e.key === "Enter") {
				e.preventDefault();
				options()[chosen()]?.click();
			}
		});
		list.addEventListener("click", (e) => {
			const href = (e.target as Element).closest<HTMLElement>("[data-href]")?.dataset.href;
			if (href) location.assign(href);
		});
		document.addEventListener("htmx:after:swap", () => {
			if (dialog.open) choose(0);
		});
		// However it was opened, ask for the first list.
		new MutationObserver(() => {
			if (!dialog.open) return;
			input.value = "";
			window.htmx.trigger(input, "open");
		}).observe(dialog, { attributeFilter: ["open"] });
	}
}

customElements.define("v-palette", Palette);
