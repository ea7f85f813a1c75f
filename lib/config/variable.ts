import type { Check } from "./checks.ts";

export type Group =
  | "Service"
  | "Access"
  | "Limits"
  | "Personas"
  | "Model"
  | "Instructions"
  | "Conversation"
  | "Telephony"
  | "Tools"
  | "Records"
  | "Log";

/** One setting, told once: `.env.example`, the README's table, the checks and the permissions are made of it. */
export interface Variable<T = unknown> {
  /** Another name for the same: AVR's admin app refuses names that end in `_URL`. */
  readonly alias?: string;
  /** Taken when the variable is not set. */
  readonly default?: string;
  /** What counts instead when there is no default, in words. */
  readonly otherwise?: string;
  /** Printed in `.env.example` where there is no default. */
  readonly example?: string;
  readonly check: Check<T>;
  /** One line. */
  readonly help: string;
  readonly group: Group;
  /** Never shown. */
  readonly secret?: true;
}
