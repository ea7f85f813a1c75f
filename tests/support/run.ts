import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

export interface RunOptions {
  /** @default the project's folder */
  cwd?: string;
  /** The whole environment, apart from what Deno itself needs. */
  env?: Record<string, string>;
}

/** Runs `deno run` with the project's configuration; the arguments begin with the permissions. */
export async function runDeno(
  args: readonly string[],
  { cwd = root, env = {} }: RunOptions = {},
): Promise<{ code: number; out: string; error: string }> {
  const own = Object.fromEntries(
    ["PATH", "HOME", "DENO_DIR"].flatMap((name) => Deno.env.has(name) ? [[name, Deno.env.get(name)!]] : []),
  );
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--frozen", "--cached-only", `--config=${root}deno.json`, ...args],
    cwd,
    env: { ...own, NO_COLOR: "1", ...env },
    clearEnv: true,
  }).output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), error: decoder.decode(stderr) };
}
