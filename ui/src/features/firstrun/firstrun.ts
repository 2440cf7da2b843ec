import type { AccountView } from "../../ipc/backend";

/** The welcome is shown once a session, as long as only the sandbox has accounts. */
export const wantsWelcome = (accounts: AccountView[]): boolean => accounts.every((a) => a.sandbox);
