// The theme's button changes it at once; the cookie tells the server, which
// writes data-theme, so that no page flashes.
document.addEventListener("submit", (e) => {
	const form = (e.target as Element).closest("form[data-theme-form]");
	if (!form) return;
	e.preventDefault();
	const root = document.documentElement;
	const now = root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
	const next = now === "dark" ? "light" : "dark";
	root.dataset.theme = next;
	document.cookie = `theme=${next}; path=/; max-age=31536000; samesite=lax`;
});
