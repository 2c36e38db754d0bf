// The widget's inside: tells the site's page how tall it is and how far the
// visitor came, and takes from it who the visitor is.

const form = document.querySelector<HTMLFormElement>("form[novalidate]");
const tell = (what: string, more: object = {}) => parent.postMessage({vivencia: what, ...more}, "*");

addEventListener("message", (e) => {
	const field = form?.elements.namedItem("_visitor");
	if (e.source === parent && e.data?.vivencia === "visitor" && field instanceof HTMLInputElement) field.value = JSON.stringify(e.data.visitor ?? {});
});
addEventListener("keydown", (e) => e.key === "Escape" && tell("close"));
document.querySelector(".close")?.addEventListener("click", () => tell("close"));

new ResizeObserver(() => tell("size", {height: Math.ceil(document.body.getBoundingClientRect().height)})).observe(document.body);
tell(form ? "asks" : document.querySelector(".good") ? "done" : "nothing", {title: document.title});
