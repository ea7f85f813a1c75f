import { type Variable, VARIABLES } from "./variables.ts";

/** The text of `.env.example`: every variable with its help, commented out. */
export function printEnvExample(): string {
  const lines = [
    "# Parley reads .env from the directory it is started in; the real environment wins over it.",
    "# Every line that is commented out shows the default or an example. An empty value counts as not set.",
  ];
  let group: string | undefined;
  for (const variable of VARIABLES) {
    if (variable.group !== group) lines.push("", `## ${group = variable.group}`);
    lines.push(`# ${variable.help}${note(variable)}`);
    lines.push(`# ${variable.name}=${variable.default ?? variable.example ?? ""}`);
  }
  return lines.join("\n") + "\n";
}

/** The variables as a Markdown table. */
export function printTable(): string {
  const rows = VARIABLES.map((variable) => {
    const { name, alias, help, otherwise } = variable;
    const names = alias === undefined ? `\`${name}\`` : `\`${name}\` or \`${alias}\``;
    const fallback = variable.default === undefined ? otherwise ?? "-" : `\`${variable.default}\``;
    return `| ${names} | ${fallback} | ${help.replaceAll("|", "\\|")} |`;
  });
  return ["| variable | default | meaning |", "| --- | --- | --- |", ...rows].join("\n") + "\n";
}

function note({ alias, otherwise }: Variable): string {
  const notes = [
    ...(alias === undefined ? [] : [`also ${alias}`]),
    ...(otherwise === undefined ? [] : [`not set: ${otherwise.replaceAll("`", "")}`]),
  ];
  return notes.length > 0 ? ` (${notes.join("; ")})` : "";
}

if (import.meta.main) {
  const [what] = Deno.args;
  const text = what === "env" ? printEnvExample() : what === "table" ? printTable() : undefined;
  if (text === undefined) {
    // deno-lint-ignore no-console
    console.error("Usage: deno run lib/config/print.ts env|table");
    Deno.exit(2);
  }
  await Deno.stdout.write(new TextEncoder().encode(text));
}
