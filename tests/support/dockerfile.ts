import { dirname, join } from "node:path";

/** One instruction of a Dockerfile, its continuation lines joined. */
export interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** The instructions of a Dockerfile in their order; comments are dropped. */
export function parseDockerfile(text: string): Instruction[] {
  return text
    .split("\n").filter((line) => !/^\s*#/.test(line)).join("\n")
    .replaceAll(/\\\n\s*/g, "")
    .split("\n").filter((line) => line.trim() !== "")
    .map((line) => {
      const [, name, rest] = /^([A-Z]+)\s+(.*)$/.exec(line)!;
      return { name: name!, text: rest! };
    });
}

/** All instructions of one name. */
export function textsOf(instructions: readonly Instruction[], name: string): string[] {
  return instructions.filter((each) => each.name === name).map(({ text }) => text);
}

/** The variables that ENV sets. */
export function environmentOf(instructions: readonly Instruction[]): Record<string, string> {
  const pairs = textsOf(instructions, "ENV").flatMap((text) => text.split(/\s+/));
  return Object.fromEntries(pairs.map((pair) => {
    const at = pair.indexOf("=");
    return [pair.slice(0, at), pair.slice(at + 1)];
  }));
}

/** What CMD, or the command of HEALTHCHECK, starts: a JSON list as it is, anything else through the shell. */
export function commandOf(text: string): string[] {
  return text.startsWith("[") ? JSON.parse(text) : ["/bin/sh", "-c", text];
}

/** Carries a COPY out, from the project's root into the image's folder. */
export function copyInto(folder: string, root: string, text: string): void {
  const paths = text.split(/\s+/);
  const target = paths.pop()!;
  for (const source of paths) {
    const from = join(root, source);
    const isInto = target.endsWith("/") && !Deno.statSync(from).isDirectory;
    copy(from, isInto ? join(folder, target, source.split("/").pop()!) : join(folder, target));
  }
}

function copy(from: string, to: string): void {
  if (!Deno.statSync(from).isDirectory) {
    Deno.mkdirSync(dirname(to), { recursive: true });
    Deno.copyFileSync(from, to);
    return;
  }
  for (const { name } of Deno.readDirSync(from)) copy(join(from, name), join(to, name));
}
