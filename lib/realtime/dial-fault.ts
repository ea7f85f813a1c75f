import type { ApiError } from "./events.ts";
import { statusIn } from "./failures.ts";

/**
 * Why a dial failed, as a code for an operator: `http_503`, `no_answer`, `insufficient_quota`, `close_1011`. Texts of
 * the other side's stay out, since anyone may be shown it and a text may hold an address or a key.
 * @param code of the close, 0 where there was no close frame
 */
export function dialFault(code: number, reason: string, error: ApiError | undefined): string {
  const named = [error?.code, error?.type].find((each) =>
    each !== undefined && /^[a-z0-9_]{1,64}$/.test(each)
  );
  if (named !== undefined) return named;
  const status = statusIn(reason);
  if (status !== undefined) return `http_${status}`;
  if (reason.startsWith("No answer within")) return "no_answer";
  return code === 0 || code === 1006 ? "unreachable" : `close_${code}`;
}
