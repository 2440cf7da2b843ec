import type { AccountDraft, AccountId, FieldSpec, PlatformInfo, Problem } from "../../ipc/backend";

/** A connect form as it is being filled in. Nothing of it is kept: it goes with the dialog. */
export class ConnectForm {
  /** What the streamer calls the account; empty means the platform's name for the person. */
  name = $state("");
  values = $state<Record<string, string>>({});
  /** What is wrong with single fields, by name. */
  wrong = $state.raw<Record<string, Problem>>({});
  /** What is wrong with the whole. */
  problem = $state.raw<Problem | null>(null);
  /** Are the fields under *More* shown? */
  unfolded = $state(false);

  readonly plain: FieldSpec[];
  readonly advanced: FieldSpec[];
  readonly wrongCount = $derived(Object.keys(this.wrong).length);

  constructor(
    readonly info: PlatformInfo,
    /** The account whose credentials are replaced; none for a new one. */
    readonly account: AccountId | null = null,
  ) {
    this.plain = info.fields.filter((f) => !f.advanced);
    this.advanced = info.fields.filter((f) => f.advanced);
    for (const field of info.fields) this.values[field.name] = this.#initial(field);
  }

  /** An account's kept settings aren't known here, so a default must not be sent over them. */
  #initial(field: FieldSpec): string {
    return this.account === null ? (field.default ?? "") : "";
  }

  set(name: string, value: string): void {
    this.values[name] = value;
    if (name in this.wrong) {
      this.wrong = Object.fromEntries(Object.entries(this.wrong).filter(([field]) => field !== name));
    }
  }

  /** Marks required fields that are empty. True when there are none. */
  check(): boolean {
    this.problem = null;
    const empty = this.info.fields.filter((f) => f.required && !this.values[f.name]?.trim());
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

  /** Puts a refusal where it belongs: beside its field, else under the form. */
  refuse(problem: Problem): void {
    const { code } = problem;
    const field = code.kind === "invalid" ? this.info.fields.find((f) => f.name === code.field) : undefined;
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
      this.info.fields.flatMap(({ name }) => {
        const value = this.values[name]?.trim() ?? "";
        return value ? [[name, value]] : [];
      }),
    );
  }

  draft(): AccountDraft {
    return { platform: this.info.platform, name: this.name.trim(), fields: this.fields() };
  }

  /** Lets go of the secrets: after they were taken, and when the dialog goes. */
  dropSecrets(): void {
    for (const { name, kind } of this.info.fields) if (kind === "secret") this.values[name] = "";
  }
}
