import type { App } from "../../state/app.svelte";

/** The keyring can't be written to or read: it is locked, isn't there, or its last test failed. */
export const keyringBroken = ({ model, vaultProblem }: App): boolean =>
  model.vault.kind === "locked" ||
  model.vault.kind === "absent" ||
  (vaultProblem !== null && model.vault.kind !== "session_only");
