// What is to be sent, kept on this machine until the server has it. Each has an
// id of its own, so that sending it again counts once, and the time at which it
// was done.

export interface Kept {
	id: string;
	url: string;
	body: string;
	at: number;
	refused?: number; // the status with which the server did not take it
	note?: string; // what it is, for who looks at what waits
}

const retryEvery = 10_000;
const keptFor = 29 * 86_400_000; // what is older the server does not take any more

export class Queue {
	#memory = new Map<string, Kept>(); // where the browser has no database to give
	#opened: Promise<IDBDatabase | null>;
	#sending = false;
	#offline = false;

	// told is called with what waits, and whether the server cannot be reached,
	// whenever either may have changed.
	constructor(name: string, readonly shelf: string, readonly told: (waiting: Kept[], offline: boolean) => void) {
		this.#opened = new Promise((resolve) => {
			const asked = indexedDB.open(name, 1);
			asked.onupgradeneeded = () => asked.result.createObjectStore(shelf, {keyPath: "id"});
			asked.onsuccess = () => resolve(asked.result);
			asked.onerror = () => resolve(null);
		});
		addEventListener("online", () => void this.send());
		addEventListener("offline", () => void this.#tell(true));
		setInterval(() => void this.send(), retryEvery);
		void this.send();
	}

	async #store<T>(mode: IDBTransactionMode, use: (s: IDBObjectStore) => IDBRequest<T>): Promise<T | undefined> {
		const db = await this.#opened;
		if (!db) return undefined;
		return new Promise((resolve, reject) => {
			const tx = db.transaction(this.shelf, mode, {durability: "strict"});
			const asked = use(tx.objectStore(this.shelf));
			tx.oncomplete = () => resolve(asked.result);
			tx.onabort = () => reject(tx.error);
		});
	}

	async #tell(offline: boolean) {
		this.#offline = offline;
		this.told(await this.waiting(), offline);
	}

	async #put(kept: Kept) {
		this.#memory.set(kept.id, kept);
		await this.#store("readwrite", (s) => s.put(kept)).then((id) => id && this.#memory.delete(kept.id), () => {});
	}

	// keep takes one more, and sends it if it can.
	async keep(kept: Kept) {
		await this.#put(kept);
		await this.#tell(this.#offline);
		await this.send();
	}

	// waiting lists what was not taken yet, the oldest first.
	async waiting(): Promise<Kept[]> {
		const kept: Kept[] = (await this.#store<Kept[]>("readonly", (s) => s.getAll()).catch(() => [])) ?? [];
		return [...kept, ...this.#memory.values()].sort((a, b) => a.at - b.at);
	}

	async drop(id: string) {
		this.#memory.delete(id);
		await this.#store("readwrite", (s) => s.delete(id)).catch(() => {});
		await this.#tell(this.#offline);
	}

	// send gives the server what waits, the oldest first. What it refuses stays, in
	// case it takes it later, until it is too old.
	async send() {
		if (this.#sending) return;
		this.#sending = true;
		let offline = false;
		for (const kept of await this.waiting()) {
			if (Date.now() - kept.at > keptFor) {
				await this.drop(kept.id);
				continue;
			}
			const answer = await fetch(kept.url, {method: "POST", body: new URLSearchParams(kept.body), signal: AbortSignal.timeout(15_000)}).catch(() => null);
			if (answer?.status === 204) await this.drop(kept.id);
			else if (!answer || answer.status === 429 || answer.status >= 500) {
				offline = true;
				break;
			} else if (kept.refused !== answer.status) await this.#put({...kept, refused: answer.status});
		}
		this.#sending = false;
		await this.#tell(offline);
	}
}

// shelve has a worker answer when the network does not, with what is put on its
// shelf here: these addresses.
export function shelve(worker: string, addresses: string[]) {
	navigator.serviceWorker?.register(worker).then(async (r) => {
		await (await caches.open(new URL(r.scope).pathname)).addAll(addresses);
	}).catch(() => {});
}
