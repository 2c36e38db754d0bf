// Toasts go by themselves, unless they tell of a fault or are being read.
const seen = new WeakSet<Element>();

function sweep() {
	for (const toast of document.querySelectorAll<HTMLElement>("#toasts > .toast:not(.toast-negative)")) {
		if (seen.has(toast)) continue;
		seen.add(toast);
		const go = () => (toast.matches(":hover, :focus-within") ? window.setTimeout(go, 2000) : toast.remove());
		window.setTimeout(go, 6000);
	}
}

document.addEventListener("click", (e) => (e.target as Element).closest("[data-dismiss]")?.closest(".toast")?.remove());
document.addEventListener("htmx:after:swap", sweep);
sweep();
