/** What went wrong with a file or variable the operator can mend; told at start, all faults at once. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";

  /** @param faults one line each: the variable or file, what is wrong with it, the value seen. */
  constructor(readonly faults: readonly string[]) {
    super(faults.join("\n"));
  }
}

/** The message of anything that was thrown, for a log field; never a stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
