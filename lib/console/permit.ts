import type { ConsoleMode } from "../config/console.ts";
import { isWithin, type Network, network } from "../config/networks.ts";

/** Whether a request may see the console: yes, once it brings the token, or there is no console for it. */
export type Verdict = "granted" | "needs token" | "hidden";

export interface PermitOptions {
  readonly mode: ConsoleMode;
  /** ALLOW_FROM; undefined: every address. */
  readonly networks: readonly Network[] | undefined;
  /** Whether a request brings AUTH_TOKEN, or none is set. */
  readonly hasToken: (request: Request, url: URL) => boolean;
}

const LOOPBACK = ["127.0.0.0/8", "::1"].map(network);
/** Whoever sends one of these stands between us and the client, whose address we then do not know. */
const FORWARDING = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"];

/** Judges who may see the console. */
export function createPermit(
  { mode, networks, hasToken }: PermitOptions,
): (request: Request, url: URL, address: string | undefined) => Verdict {
  return (request, url, address) => {
    if (mode === "off") return "hidden";
    if (networks && !(address !== undefined && isWithin(networks, address))) return "hidden";
    if (mode === "auto" && !isFromHere(request, address)) return "hidden";
    return hasToken(request, url) ? "granted" : "needs token";
  };
}

/**
 * Whether the client is on this machine and means this machine. A page of another site could have its own name lead here
 * (DNS rebinding): its requests come from loopback too, and are told by the name that they ask for.
 */
function isFromHere({ headers }: Request, address: string | undefined): boolean {
  if (address === undefined || !isWithin(LOOPBACK, address)) return false;
  if (FORWARDING.some((name) => headers.has(name))) return false;
  const host = URL.parse(`http://${headers.get("host") ?? ""}`)?.hostname ?? "";
  return host === "localhost" || isWithin(LOOPBACK, host.replace(/^\[(.*)\]$/, "$1"));
}
