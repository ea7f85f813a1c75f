import { isWithin, network } from "../config/networks.ts";

/** This machine, and networks whose addresses are not routed on the internet. */
const PRIVATE = [
  "127.0.0.0/8",
  "::1",
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "169.254.0.0/16",
  "fc00::/7",
  "fe80::/10",
].map(network);
/** Whoever sends one of these stands between us and the client, whose address we then do not know. */
const FORWARDING = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"];
/** Endings of names that nobody can own on the internet: those of networks and clusters of one's own. */
const OWN_NAMES = /\.(local|internal|svc|lan|home\.arpa)$/;

/**
 * Whether a request comes from this machine or a private network, and means a machine there. A web site could have its
 * own name lead into such a network (DNS rebinding) and a browser there read for it: it is told by the name it asks for.
 * @param address of the client's socket
 */
export function isNearby({ headers }: Request, address: string | undefined): boolean {
  if (address === undefined || !isWithin(PRIVATE, address)) return false;
  if (FORWARDING.some((name) => headers.has(name))) return false;
  const host = URL.parse(`http://${headers.get("host") ?? ""}`)?.hostname ?? "";
  if (host === "") return false;
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  return !/[.:]/.test(bare) || OWN_NAMES.test(bare) || isWithin(PRIVATE, bare);
}
