// The loader of the widget, for other sites:
//
//	<script async src="https://…/v.js"></script>
//	<script>window.vivencia ||= function () { (vivencia.q ||= []).push(arguments) }</script>
//	vivencia("survey", "TOKEN", {userId: "u-17", properties: {order_id: "9"}})
//
// Who closed or answered a survey is not asked it again for 30 days, or options.rest.

{
	interface Options {
		userId?: string;
		anonymousId?: string;
		properties?: Record<string, unknown>;
		lang?: string;
		rest?: number; // days
	}
	type Command = [string, string, Options?];
	interface Site extends Window {
		vivencia?: {(...c: Command): void; q?: ArrayLike<unknown>[]};
	}

	const site = window as Site;
	const ours = new URL((document.currentScript as HTMLScriptElement).src).origin;
	let shown: HTMLDialogElement | undefined;

	const survey = (token: string, options: Options = {}) => {
		const memory = "vivencia." + token;
		const remember = () => {
			try {
				localStorage.setItem(memory, String(Date.now()));
			} catch {}
		};
		let last = 0;
		try {
			last = Number(localStorage.getItem(memory));
		} catch {}
		if (shown || Date.now() - last < (options.rest ?? 30) * 864e5) return;

		const dialog = (shown = document.createElement("dialog"));
		const frame = document.createElement("iframe");
		frame.src = ours + "/w/" + encodeURIComponent(token) + (options.lang ? "?l=" + options.lang : "");
		Object.assign(dialog.style, {padding: 0, border: 0, borderRadius: "16px", width: "min(26rem, 100vw)", maxWidth: "none", margin: innerWidth < 480 ? "auto auto 0" : "auto 16px 16px auto", overflow: "hidden", boxShadow: "0 8px 32px #0004"});
		Object.assign(frame.style, {display: "block", width: "100%", border: 0, height: "20rem", maxHeight: "90vh", colorScheme: "light dark"});
		dialog.append(frame);
		document.body.append(dialog);

		const listen = (e: MessageEvent) => {
			if (e.source !== frame.contentWindow) return;
			switch (e.data?.vivencia) {
				case "asks":
					frame.title = dialog.ariaLabel = e.data.title;
					frame.contentWindow!.postMessage({vivencia: "visitor", visitor: {userId: options.userId, anonymousId: options.anonymousId, properties: options.properties}}, ours);
					if (!dialog.open) dialog.showModal();
					frame.focus();
					break;
				case "size":
					frame.style.height = e.data.height + "px";
					break;
				case "done":
					remember();
					break;
				case "close":
					dialog.close();
					break;
				case "nothing":
					if (!dialog.open) end();
			}
		};
		const end = () => {
			removeEventListener("message", listen);
			dialog.remove();
			shown = undefined;
		};
		addEventListener("message", listen);
		dialog.addEventListener("close", () => {
			remember();
			end();
		});
	};

	const before = site.vivencia?.q ?? [];
	site.vivencia = (what, token, options) => {
		if (what === "survey") survey(token, options);
	};
	for (const c of before) site.vivencia(...(Array.from(c) as Command));
}
