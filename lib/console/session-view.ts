import type { Config } from "../config.ts";
import type { Log } from "../log.ts";
import { resolveInstructions } from "../persona/instructions.ts";
import type { LoadedPersona } from "../persona/load.ts";
import { declaredNames, readVariables } from "../persona/variables.ts";
import { modelFor, sessionUpdate, type Source } from "../realtime/session.ts";
import type { Tool } from "../tools/tool.ts";
import { withoutSecrets } from "./elide.ts";

/** What a persona becomes with this configuration, and why. */
export interface SessionView {
  readonly persona: string;
  readonly file: string;
  readonly model: { readonly name: string; readonly source: Source };
  /** The `session.update` that a call begins with. */
  readonly event: unknown;
  /** Where each of its values comes from, by its path in the session. */
  readonly sources: Readonly<Record<string, Source>>;
  /** What Parley itself does with calls of this persona. */
  readonly own: Readonly<Record<string, unknown>>;
  readonly warnings: readonly string[];
}

export interface SessionViewOptions {
  readonly config: Config;
  readonly tools: ReadonlyMap<string, Tool>;
  readonly log: Log;
}

/** The call that an instructions function is shown. */
const SAMPLE_UUID = "00000000-0000-4000-8000-000000000000";

/** Fields of a persona that are not for the model's session. Listed, so that nothing is shown that nobody thought of. */
export const OWN_FIELDS = [
  "greeting",
  "interrupt",
  "idle",
  "limits",
  "dtmf",
  "outage",
  "fallback",
  "holdSound",
  "summarize",
  "handoffs",
  "handoffVoice",
  "timeZone",
] as const satisfies readonly (keyof LoadedPersona)[];

/** Makes the session of a call that brings no variables. Tokens of MCP servers are not in it. */
export async function sessionView(
  persona: LoadedPersona,
  { config, tools, log }: SessionViewOptions,
): Promise<SessionView> {
  const { variables } = readVariables(persona, new URLSearchParams());
  const instructions = await resolveInstructions(persona, config, { uuid: SAMPLE_UUID, variables, log });
  const { event, sources } = sessionUpdate(persona, config, instructions, tools.values());
  /** Of what is declared by a schema, the names. */
  const declared = (["variables", "summary"] as const).flatMap((field): [string, string[]][] => {
    const names = [...declaredNames(persona[field]) ?? []];
    return names.length > 0 ? [[field, names]] : [];
  });
  return {
    persona: persona.name,
    file: persona.file,
    model: {
      name: modelFor(persona, config),
      source: config.overrides.model ? "env" : persona.model ? "persona" : "default",
    },
    event: withoutSecrets(event),
    sources,
    own: {
      ...Object.fromEntries(
        OWN_FIELDS.flatMap((field) => persona[field] === undefined ? [] : [[field, persona[field]]]),
      ),
      ...Object.fromEntries(declared),
    },
    warnings: persona.warnings,
  };
}
