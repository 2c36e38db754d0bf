// Shortcuts: Ctrl K or / search, ? what there is, g and a letter go to a page
// (the menu's links carry data-key).
let gone = 0;

// A closed dialog keeps the focus in its field until the next frame: who cannot
// see a field does not type in it.
const typing = (e: Event) =>
	(e.target as Element).closest?.("input, textarea, select, [contenteditable]")?.checkVisibility();

document.addEventListener("keydown", (e) => {
	if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === "k") {
		e.preventDefault();
		show("palette");
		return;
	}
	if (e.ctrlKey || e.metaKey || e.altKey || typing(e) || document.querySelector("dialog[open]")) return;
	if (e.key === "/") {
		e.preventDefault();
		const search = document.querySelector<HTMLInputElement>("main input[type=search]");
		if (search) search.focus();
		else show("palette");
	} else if (e.key === "?") {
		show("shortcuts");
	} else if (e.key === "g") {
		gone = e.timeStamp;
	} else if (gone && e.timeStamp - gone < 1500) {
		gone = 0;
		document.querySelector<HTMLAnchorElement>(`a[data-key="${CSS.escape(e.key)}"]`)?.click();
	}
});

function show(id: string) {
	const dialog = document.getElementById(id);
	if (dialog instanceof HTMLDialogElement && !dialog.open) {
		dialog.showModal();
		dialog.dispatchEvent(new Event("v:open"));
	}
}
