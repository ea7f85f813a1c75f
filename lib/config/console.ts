import * as check from "./checks.ts";
import type { Variable } from "./variable.ts";

export const CONSOLE_MODES = ["auto", "on", "off"] as const;
/** Who is shown the console: clients on this machine, whoever brings the token, nobody. */
export type ConsoleMode = typeof CONSOLE_MODES[number];

/** The page for whoever writes personas; part of the table in variables.ts. */
export const CONSOLE = {
  CONSOLE: {
    group: "Access",
    default: "auto",
    check: check.oneOf(...CONSOLE_MODES),
    help: "The page at /, to talk to a persona: auto (for this machine alone), on (with AUTH_TOKEN), or off.",
  },
} as const satisfies Readonly<Record<string, Variable>>;
