// A link with data-png="name" saves the SVG that it leads to as a PNG, drawn by
// the browser at twice its size. Without script the link is the SVG itself.
document.addEventListener("click", async (e) => {
	const link = e.target instanceof Element ? e.target.closest<HTMLAnchorElement>("a[data-png]") : null;
	if (!link) return;
	e.preventDefault();
	const picture = new Image();
	picture.src = link.href;
	await picture.decode();
	const canvas = document.createElement("canvas");
	canvas.width = 2 * picture.naturalWidth;
	canvas.height = 2 * picture.naturalHeight;
	canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
	const save = document.createElement("a");
	save.href = canvas.toDataURL("image/png");
	save.download = `${link.dataset.png}.png`;
	save.click();
});
