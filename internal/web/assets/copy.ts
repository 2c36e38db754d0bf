// <v-copy> copies the text of its [data-text] and says so on its button.
class Copy extends HTMLElement {
	connectedCallback() {
		const button = this.querySelector("button");
		button?.addEventListener("click", async () => {
			const from = this.querySelector<HTMLElement>("[data-text]");
			if (!from) return;
			await navigator.clipboard.writeText(from instanceof HTMLInputElement ? from.value : (from.textContent ?? ""));
			const said = this.querySelector<HTMLElement>("[role=status]");
			if (!said) return;
			said.textContent = said.dataset.said ?? "";
			this.classList.add("is-copied");
			window.setTimeout(() => {
				said.textContent = "";
				this.classList.remove("is-copied");
			}, 2000);
		});
	}
}

customElements.define("v-copy", Copy);
