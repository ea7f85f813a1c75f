import { resolve } from "node:path";
import type { ToolPermissions } from "./define.ts";

/**
 * Those of the permissions that this process has not got, each as words: `net api.example.com:443`. A running process is
 * given no more than it was started with.
 */
export function notGranted({ net, env, read }: ToolPermissions): string[] {
  const asked: [string, Deno.PermissionDescriptor][] = [
    ...net.map((host): [string, Deno.PermissionDescriptor] => [`net ${host}`, { name: "net", host }]),
    ...env.map((variable): [string, Deno.PermissionDescriptor] => [
      `env ${variable}`,
      { name: "env", variable },
    ]),
    ...read.map((path): [string, Deno.PermissionDescriptor] => [
      `read ${path}`,
      { name: "read", path: resolve(path) },
    ]),
  ];
  return asked.filter(([, descriptor]) => !isGranted(descriptor)).map(([words]) => words);
}

/** Also false for what is no permission, such as a host that can't be one. */
function isGranted(descriptor: Deno.PermissionDescriptor): boolean {
  try {
    return Deno.permissions.querySync(descriptor).state === "granted";
  } catch {
    return false;
  }
}
