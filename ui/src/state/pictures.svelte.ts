import { SvelteMap } from "svelte/reactivity";
import type { AccountId, AccountView, Backend } from "../ipc/backend";

/** Only what can be drawn without asking anybody: a `data:` address of a picture. */
const drawable = (url: string | null): string | null =>
  url !== null && /^data:image\/(png|jpeg|webp|gif);base64,/.test(url) ? url : null;

/** The accounts' pictures, each asked for once. */
export class Pictures {
  readonly #known = new SvelteMap<AccountId, string | null>();

  constructor(private readonly backend: Backend) {}

  /** The picture as it is known; none while it isn't there, or when there is none. */
  of(account: AccountView): string | null {
    return (account.has_picture && this.#known.get(account.id)) || null;
  }

  /** Asks for it, unless that was done. A failure leaves the platform's mark: nothing depends on it. */
  async load(account: AccountView): Promise<void> {
    if (!account.has_picture || this.#known.has(account.id)) return;
    this.#known.set(account.id, null);
    try {
      this.#known.set(account.id, drawable(await this.backend.accountPicture(account.id)));
    } catch {
      this.#known.delete(account.id);
    }
  }

  /** After a sign-in the picture may be another. */
  forget(account: AccountId): void {
    this.#known.delete(account);
  }
}
