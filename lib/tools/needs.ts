import { resolve } from "node:path";
import type { Config } from "../config.ts";
import { VARIABLES } from "../config/variables.ts";
import type { SandboxedTool, ToolPermissions } from "./define.ts";
import { AVR_DIR } from "./find.ts";

/** Our own source that a sandbox loads, and a Worker's modules are read under the permission of who starts it. */
export const SANDBOX_SOURCE: readonly string[] = ["./lib/tools", "./lib/persona", "./lib/errors.ts"];
const PACKAGES = "./node_modules";

const SECRETS = new Set(
  VARIABLES.flatMap(({ name, alias, secret }) => !secret ? [] : alias ? [name, alias] : [name]),
);

/** What this process has to hold for all of them, as it hands out no permission that it has not got. */
export function toolNeeds(
  tools: Iterable<SandboxedTool>,
  hasCommonJs: boolean,
  config: Config,
): ToolPermissions {
  const all = [...tools].filter((tool) => refusal(tool.permissions) === undefined);
  const declared = (kind: keyof ToolPermissions) => all.flatMap(({ permissions }) => permissions[kind]);
  const avr = hasCommonJs ? avrPermissions(config) : { net: [], env: [], read: [] };
  const source = all.length > 0 || hasCommonJs ? SANDBOX_SOURCE : [];
  return {
    net: unique(declared("net"), avr.net),
    env: unique(declared("env"), avr.env),
    // Both folders are looked into, whether they are there or not.
    read: unique([config.tools.dir, AVR_DIR], source, declared("read"), avr.read),
  };
}

/** What AVR's CommonJS tools may do; `env` names what is handed to them. */
export function avrPermissions({ amiUrl, tools }: Config): ToolPermissions {
  const { hostname, port, protocol } = new URL(amiUrl);
  const ami = `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
  return {
    net: unique([ami], tools.allowNet),
    env: unique(["AMI_URL"], tools.allowEnv),
    read: unique([tools.dir, `${tools.dir}/../node_modules`, AVR_DIR, PACKAGES], tools.allowRead),
  };
}

/** Why a tool is given no sandbox: with these permissions it would see the service's own secrets. */
export function refusal({ env, read }: ToolPermissions): string | undefined {
  const secret = env.find((name) => SECRETS.has(name));
  if (secret) return `can't be given ${secret}`;
  const file = resolve(".env");
  const open = read.find((path) => `${file}/`.startsWith(`${resolve(path).replace(/\/$/, "")}/`));
  return open === undefined ? undefined : `can't be allowed to read ${open}, where .env is`;
}

function unique(...lists: readonly (readonly string[])[]): string[] {
  return [...new Set(lists.flat())];
}
