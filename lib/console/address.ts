import type { ConsoleMode } from "../config/console.ts";

/** Where a browser finds the console of a service that listens there, for people; undefined where there is none. */
export function consoleAddress(
  mode: ConsoleMode,
  { hostname, port }: { readonly hostname: string; readonly port: number },
): string | undefined {
  if (mode === "off") return undefined;
  // Listening everywhere is no address to go to.
  const host = hostname === "0.0.0.0" ? "127.0.0.1" : hostname === "::" ? "::1" : hostname;
  const url = `http://${host.includes(":") ? `[${host}]` : host}:${port}/`;
  return `${url} (${mode === "auto" ? "on this machine" : "with AUTH_TOKEN"})`;
}
