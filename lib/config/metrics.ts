import * as check from "./checks.ts";
import type { Variable } from "./variable.ts";

export const METRICS_MODES = ["auto", "token", "open", "off"] as const;
/** Who may read the metrics: machines nearby or whoever brings the token, only the latter, everyone, nobody. */
export type MetricsMode = typeof METRICS_MODES[number];

/** The page of metrics; part of the table in variables.ts. */
export const METRICS = {
  METRICS: {
    group: "Access",
    default: "auto",
    check: check.oneOf(...METRICS_MODES),
    help:
      "Who may read /metrics: auto (this machine, private networks, and whoever brings AUTH_TOKEN), token (AUTH_TOKEN alone), open (everyone), or off.",
  },
} as const satisfies Readonly<Record<string, Variable>>;
