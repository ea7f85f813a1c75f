import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { ToolPermissions } from "./define.ts";
import { SANDBOX_NAME } from "./protocol.ts";

/**
 * Starts a sandbox: a Worker that may do what is listed, and nothing else. Blocks the thread for about 15 ms.
 * @throws when this process has not got the permissions itself, or may not read the file.
 */
export function startSandbox(file: string | URL, { net, env, read }: ToolPermissions): Worker {
  const url = typeof file === "string" ? pathToFileURL(resolve(file)) : file;
  // Asked beforehand, for Deno prints a refused Worker's error over the service's own log.
  const state = Deno.permissions.querySync({ name: "read", path: url }).state;
  if (url.protocol === "file:" && state !== "granted") {
    throw new Error(`No permission to read ${url.pathname}`);
  }
  return new Worker(url, {
    type: "module",
    name: SANDBOX_NAME,
    deno: {
      permissions: {
        net: [...net],
        env: [...env],
        read: read.map((path) => resolve(path)),
        write: false,
        run: false,
        ffi: false,
        sys: false,
        import: false,
      },
    },
  });
}
