// <v-drop> takes a file that is dropped anywhere on it, says at once when it is
// too large to be sent, and sends what was chosen.
class Drop extends HTMLElement {
	connectedCallback() {
		const form = this.closest("form");
		const input = this.querySelector<HTMLInputElement>("input[type=file]");
		const said = this.querySelector<HTMLElement>("[role=status]");
		if (!form || !input || !said) return;
		const most = Number(this.dataset.most);
		input.addEventListener("change", () => {
			const file = input.files?.[0];
			if (!file) return;
			const large = file.size > most;
			said.textContent = (large ? this.dataset.large : this.dataset.sending) ?? "";
			if (large) input.value = "";
			else form.requestSubmit();
		});
		this.addEventListener("dragover", (e) => {
			e.preventDefault();
			this.classList.add("is-over");
		});
		this.addEventListener("dragleave", () => this.classList.remove("is-over"));
		this.addEventListener("drop", (e) => {
			e.preventDefault();
			this.classList.remove("is-over");
			if (!e.dataTransfer?.files.length) return;
			input.files = e.dataTransfer.files;
			input.dispatchEvent(new Event("change"));
		});
	}
}

customElements.define("v-drop", Drop);
