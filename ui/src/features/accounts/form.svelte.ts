import type {
  AccountDraft,
  AccountView,
  FieldSpec,
  PlatformInfo,
  Problem,
  SignInRequest,
  SignInWay,
} from "../../ipc/backend";

/** A connect form as it is being filled in. Nothing of it is kept: it goes with the dialog. */
export class ConnectForm {
  /** How to sign in; another way shows other fields. */
  way = $state<SignInWay>("form");
  /** What the streamer calls the account; empty means the platform's name for the person. */
  name = $state("");
  values = $state<Record<string, string>>({});
  /** What is wrong with single fields, by name. */
  wrong = $state.raw<Record<string, Problem>>({});
  /** What is wrong with the whole. */
  problem = $state.raw<Problem | null>(null);
  /** Are the fields under *More* shown? */
  unfolded = $state(false);

  /** Fields of the way that was chosen. */
  readonly shown = $derived.by(() => this.info.fields.filter((f) => belongs(f, this.way)));
  readonly plain = $derived(this.shown.filter((f) => !f.advanced));
  readonly advanced = $derived(this.shown.filter((f) => f.advanced));
  readonly wrongCount = $derived(Object.keys(this.wrong).length);
  /** The other ways to sign in there. */
  readonly otherWays = $derived.by(() => this.info.ways.filter((w) => w !== this.way));

  constructor(
    readonly info: PlatformInfo,
    /** The account that is signed in again; none for a new one. */
    readonly account: AccountView | null = null,
  ) {
    this.way = account && info.ways.includes(account.way) ? account.way : (info.ways[0] ?? "form");
    for (const field of info.fields) this.values[field.name] = this.#initial(field);
  }

  /** An account's kept settings aren't known here, so a default must not be sent over them. */
  #initial(field: FieldSpec): string {
    return this.account === null ? (field.default ?? "") : "";
  }

  /** Takes another way; what was typed for both stays. */
  choose(way: SignInWay): void {
    this.way = way;
    this.wrong = {};
    this.problem = null;
  }

  set(name: string, value: string): void {
    this.values[name] = value;
    if (name in this.wrong) {
      this.wrong = Object.fromEntries(Object.entries(this.wrong).filter(([field]) => field !== name));
    }
  }

  /** Must it be filled in? Of an account that is there, what stays empty stays as it was. */
  required(field: FieldSpec): boolean {
    return field.required && this.account === null;
  }

  /** Marks required fields that are empty. True when there are none. */
  check(): boolean {
    this.problem = null;
    const empty = this.shown.filter((f) => this.required(f) && !this.values[f.name]?.trim());
    this.wrong = Object.fromEntries(empty.map((f) => [f.name, this.#empty(f.name)]));
    return empty.length === 0;
  }

  #empty(field: string): Problem {
    return {
      code: { kind: "invalid", field, reason: { why: "empty" } },
      platform: this.info.platform,
      platform_code: null,
      message: null,
      retry_after: null,
      detail_id: "",
    };
  }

  /** The field a refusal is about, of those that are shown. */
  fieldOf({ code }: Problem): FieldSpec | undefined {
    return code.kind === "invalid" ? this.shown.find((f) => f.name === code.field) : undefined;
  }

  /** Puts a refusal where it belongs: beside its field, else under the form. */
  refuse(problem: Problem): void {
    const field = this.fieldOf(problem);
    if (!field) {
      this.problem = problem;
      return;
    }
    this.wrong = { [field.name]: problem };
    if (field.advanced) this.unfolded = true;
  }

  /** Fields that have something in them. */
  fields(): Record<string, string> {
    return Object.fromEntries(
      this.shown.flatMap(({ name }) => {
        const value = this.values[name]?.trim() ?? "";
        return value ? [[name, value]] : [];
      }),
    );
  }

  draft(): AccountDraft {
    return { platform: this.info.platform, name: this.name.trim(), fields: this.fields() };
  }

  request(): SignInRequest {
    return { ...this.draft(), way: this.way, account: this.account?.id ?? null };
  }

  /** Lets go of the secrets: after they were taken, and when the dialog goes. */
  dropSecrets(): void {
    for (const { name, kind } of this.info.fields) if (kind === "secret") this.values[name] = "";
  }
}

/** Is it a field of this way of signing in? */
export const belongs = (field: FieldSpec, way: SignInWay): boolean =>
  field.ways.length === 0 || field.ways.includes(way);
