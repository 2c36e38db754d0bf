// [data-open=id] opens a dialog, [data-close] closes the one it is in, a click
// beside it too.
document.addEventListener("click", (e) => {
	const on = e.target as Element;
	const open = on.closest<HTMLElement>("[data-open]");
	if (open) {
		const dialog = document.getElementById(open.dataset.open ?? "");
		if (dialog instanceof HTMLDialogElement && !dialog.open) dialog.showModal();
	} else if (on.closest("[data-close]") || on instanceof HTMLDialogElement) {
		on.closest("dialog")?.close();
	}
});

// A form that sends itself when a choice changes: [data-autosubmit].
document.addEventListener("change", (e) => {
	const form = (e.target as Element).closest<HTMLFormElement>("form[data-autosubmit]");
	form?.requestSubmit();
});
