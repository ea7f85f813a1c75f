import type { Buffer } from "node:buffer";
import { createHash, timingSafeEqual } from "node:crypto";
import type { Config } from "../config.ts";
import { isWithin } from "../config/networks.ts";
import { type Refusal, refuse } from "./refusal.ts";

/** Judges who may call: the address first, then the web site, then the token. */
export function createAccess(
  { networks, origins, token }: Config["access"],
): (request: Request, url: URL, address: string | undefined) => Refusal | undefined {
  const hasToken = createTokenCheck(token);

  return (request, url, address) => {
    if (networks && !(address !== undefined && isWithin(networks, address))) {
      return refuse(403, "Could not take the call: its address is not in ALLOW_FROM");
    }
    const origin = request.headers.get("origin");
    const isOwn = () => comesFrom(origin, request.headers.get("host"), token === undefined);
    if (origin !== null && !isOwn() && !origins.includes(origin)) {
      return refuse(403, "Could not take the call: the page's web site is not in ALLOW_ORIGIN");
    }
    if (hasToken(request, url)) return undefined;
    const why = tokensIn(request, url).length === 0 ? "it brings no token" : "its token is wrong";
    return refuse(401, `Could not take the call: ${why}`, {}, { "www-authenticate": "Bearer" });
  };
}

/** Judges whether requests bring AUTH_TOKEN; all of them do where there is none. */
export function createTokenCheck(token: string | undefined): (request: Request, url: URL) => boolean {
  if (token === undefined) return () => true;
  const wanted = digest(token);
  return (request, url) => tokensIn(request, url).some((each) => timingSafeEqual(digest(each), wanted));
}

/**
 * Whether the page came from where the request goes. An origin of `null` is nobody's.
 * @param byAddress only an address counts, or localhost: whoever owns a name can have it lead here once a page of theirs
 *   is loaded, and page and request then agree (DNS rebinding)
 */
function comesFrom(origin: string | null, host: string | null, byAddress: boolean): boolean {
  const page = URL.parse(origin ?? "");
  if (!page || host === null || !/^https?:$/.test(page.protocol)) return false;
  if (byAddress && !isAddress(page.hostname)) return false;
  // The usual port may be written out or not.
  return URL.parse(`${page.protocol}//${host}`)?.host === page.host;
}

/** Of a parsed URL's host: whatever ends in a number is an IPv4 address, in its usual form. */
function isAddress(hostname: string): boolean {
  return hostname === "localhost" || hostname.startsWith("[") || /^\d+\.\d+\.\d+\.\d+$/.test(hostname);
}

function tokensIn(request: Request, url: URL): string[] {
  const bearer = /^bearer +(\S+) *$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  return [bearer, url.searchParams.get("token")].filter((each) => each !== undefined && each !== null);
}

/** Digests have one length, so that their comparison tells nothing of the token's. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
