// The service worker that shows a push with the page closed, and opens where it
// leads.

interface Pushed extends Event {
	data?: { json(): { tag: string; title: string; text: string; href: string } };
	waitUntil(p: Promise<unknown>): void;
}

interface Clicked extends Event {
	notification: { data: string; close(): void };
	waitUntil(p: Promise<unknown>): void;
}

interface Pusher {
	registration: { showNotification(title: string, options: object): Promise<void> };
	clients: { openWindow(url: string): Promise<unknown> };
	addEventListener(type: "push", fn: (e: Pushed) => void): void;
	addEventListener(type: "notificationclick", fn: (e: Clicked) => void): void;
}

const pusher = self as unknown as Pusher;

pusher.addEventListener("push", (e) => {
	const told = e.data?.json();
	if (told) e.waitUntil(pusher.registration.showNotification(told.title, { body: told.text, tag: told.tag, data: told.href || "/notices" }));
});

pusher.addEventListener("notificationclick", (e) => {
	e.notification.close();
	e.waitUntil(pusher.clients.openWindow(e.notification.data));
});
