import type { Buffer } from "node:buffer";
import { createHash, timingSafeEqual } from "node:crypto";
import type { Config } from "../config.ts";
import { isWithin } from "../config/networks.ts";
import { type Refusal, refuse } from "./refusal.ts";

/** Judges who may call: the address first, then the web site, then the token. */
export function createAccess(
  { networks, origins, token }: Config["access"],
): (request: Request, url: URL, address: string | undefined) => Refusal | undefined {
  const wanted = token === undefined ? undefined : digest(token);

  return (request, url, address) => {
    if (networks && !(address !== undefined && isWithin(networks, address))) {
      return refuse(403, "Could not take the call: its address is not in ALLOW_FROM");
    }
    const origin = request.headers.get("origin");
    if (origin !== null && !isOwn(origin, request.headers.get("host")) && !origins.includes(origin)) {
      return refuse(403, "Could not take the call: the page's web site is not in ALLOW_ORIGIN");
    }
    if (!wanted) return undefined;
    const given = tokensIn(request, url);
    if (given.some((each) => timingSafeEqual(digest(each), wanted))) return undefined;
    const why = given.length === 0 ? "it brings no token" : "its token is wrong";
    return refuse(401, `Could not take the call: ${why}`, {}, { "www-authenticate": "Bearer" });
  };
}

/** Whether the page came from where the request goes. An origin of `null` is nobody's. */
function isOwn(origin: string, host: string | null): boolean {
  const page = URL.parse(origin);
  if (!page || host === null || !/^https?:$/.test(page.protocol)) return false;
  // The usual port may be written out or not.
  return URL.parse(`${page.protocol}//${host}`)?.host === page.host;
}

function tokensIn(request: Request, url: URL): string[] {
  const bearer = /^bearer +(\S+) *$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  return [bearer, url.searchParams.get("token")].filter((each) => each !== undefined && each !== null);
}

/** Digests have one length, so that their comparison tells nothing of the token's. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
