declare module "htmx.org/dist/htmx.esm.min.js";
declare module "htmx.org/dist/ext/hx-sse.min.js";

interface Window {
	htmx: { trigger(on: Element | string, event: string, detail?: unknown): void };
}
