/** `deno task rehearse`: starts command.ts with exactly the permissions that the scenes and the command line need. */
import { readEnvironment } from "../config.ts";
import type { Environment } from "../config/environment.ts";
import { messageOf } from "../errors.ts";
import { minimalFlags, rehearsalFlags, writeFlags } from "../permissions.ts";
import { readArguments, type RehearsalArguments, USAGE } from "./arguments.ts";
import { configOf } from "./config.ts";

const FAULTY = 2;

/** Never rejects: of what is faulty the command itself will tell. */
async function flagsFor({ live, junit, record }: RehearsalArguments): Promise<string[]> {
  const write = [junit, record].filter((path) => path !== undefined);
  let env: Environment = {};
  try {
    env = readEnvironment();
    return await rehearsalFlags(configOf(env, live), env, { live, write });
  } catch {
    return [...minimalFlags(env), ...writeFlags(write)];
  }
}

async function main(): Promise<number> {
  let asked: RehearsalArguments;
  try {
    asked = readArguments(Deno.args);
  } catch (error) {
    console.error(`${messageOf(error)}\n\n${USAGE}`);
    return FAULTY;
  }
  if (asked.help) {
    console.log(USAGE);
    return 0;
  }
  const program = new URL("./command.ts", import.meta.url).href;
  const args = ["run", "--no-prompt", "--quiet", ...await flagsFor(asked), program, ...Deno.args];
  // By name, as the permission to start it is.
  try {
    const child = new Deno.Command("deno", { args, stdin: "null" }).spawn();
    return (await child.status).code;
  } catch (error) {
    console.error(`Could not start deno, which has to be in PATH: ${messageOf(error)}`);
    return FAULTY;
  }
}

// A persona that loops in the search for its needs would keep its Worker, and so this process.
if (import.meta.main) Deno.exit(await main());
