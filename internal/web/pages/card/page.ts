// <v-scan> reads the code in a photo that the phone takes, and looks for it.
// Where a browser reads no codes its button stays hidden.
interface Detector {
	detect(image: ImageBitmap): Promise<{ rawValue: string }[]>;
}

class Scan extends HTMLElement {
	connectedCallback() {
		const reader = (window as { BarcodeDetector?: new () => Detector }).BarcodeDetector;
		const photo = this.querySelector<HTMLInputElement>("input[type=file]");
		const form = this.querySelector("form");
		const field = this.querySelector<HTMLInputElement>("input[name=q]");
		const said = this.querySelector<HTMLElement>("[role=status]");
		if (!reader || !photo || !form || !field || !said) return;
		this.querySelector<HTMLElement>(".card-photo")?.removeAttribute("hidden");
		photo.addEventListener("change", async () => {
			const file = photo.files?.[0];
			if (!file) return;
			const codes = await createImageBitmap(file)
				.then((image) => new reader().detect(image))
				.catch(() => []);
			photo.value = "";
			if (codes.length === 0) {
				said.textContent = said.dataset.unread ?? "";
				return;
			}
			field.value = codes[0].rawValue;
			form.requestSubmit();
		});
	}
}

customElements.define("v-scan", Scan);
