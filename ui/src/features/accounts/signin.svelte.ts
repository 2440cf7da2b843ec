import type { Problem, SignInRequest, SignInState, SignInView } from "../../ipc/backend";
import type { App } from "../../state/app.svelte";

/** A sign-in as the dialog drives it: from pressing the button to the account, or to giving up. */
export class SignIn {
  /** It was begun, and isn't over. */
  begun = $state(false);
  /** Views up to this number belong to earlier sign-ins. */
  #before = -1;
  #met = false;

  constructor(private readonly app: App) {}

  /** How it stands; none before it was begun. */
  readonly view = $derived.by<SignInView | null>(() => {
    const view = this.app.model.signIn;
    return this.begun && view && view.id > this.#before ? view : null;
  });
  readonly state = $derived<SignInState>(this.view?.state ?? { kind: "starting" });

  /** Begins; the problem when it was refused. */
  async begin(request: SignInRequest): Promise<Problem | null> {
    this.#before = this.app.model.signIn?.id ?? -1;
    this.#met = false;
    const done = await this.app.call("sign_in", async (b) => {
      this.begun = true;
      await b.beginSignIn(request);
    });
    if (!done.ok) this.begun = false;
    return done.ok ? null : done.problem;
  }

  /** The program let go of it: another one was begun, or it was cancelled elsewhere. */
  settle(): void {
    if (this.view) this.#met = true;
    else if (this.#met) this.begun = false;
  }

  /** Ends it, unless it is over. */
  cancel(): void {
    if (!this.begun) return;
    const over = this.state.kind === "done";
    this.begun = false;
    if (!over) void this.app.call("sign_in:cancel", (b) => b.cancelSignIn());
  }

  /** A new code, or the same once more after a failure. */
  async renew(): Promise<Problem | null> {
    const done = await this.app.call("sign_in:renew", (b) => b.renewSignIn());
    return done.ok ? null : done.problem;
  }
}
