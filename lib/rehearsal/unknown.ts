import type { LoadedPersona, Personas } from "../persona/load.ts";
import type { Step } from "../persona/rehearsal.ts";
import type { Toolbox } from "../tools/load.ts";
import type { LoadedScene } from "./load.ts";

/** An extension rather than the name of a destination. */
const EXTENSION = /^[+*#\d]+$/;

/** What a scene names and its persona has not got: a misspelt tool would never be called, and nobody would know why. */
export function unknownIn(
  { persona, setting, steps }: LoadedScene,
  { personas, toolsFor }: { personas: Personas; toolsFor: Toolbox["toolsFor"] },
): string[] {
  const reached = reachedFrom(persona, personas);
  const tools = new Set(reached.flatMap((each) => [...toolsFor(each).keys()]));
  const destinations = new Set(reached.flatMap(destinationsOf));
  // The tools of an MCP server are known to the model alone.
  const isOpen = reached.some(({ mcp = [] }) => mcp.length > 0);
  const noTool = (name: string) =>
    tools.has(name) ? [] : [`${persona.name} has no tool ${name}, only ${[...tools].join(", ")}`];

  function unknown(step: Step): string[] {
    if ("agent" in step) return step.agent === "calls" && !isOpen ? noTool(step.tool) : [];
    if (!("expect" in step)) return [];
    switch (step.expect) {
      case "called":
        return isOpen ? [] : noTool(step.tool);
      case "transferred": {
        const { to } = step;
        if (to === undefined || EXTENSION.test(to) || destinations.has(to)) return [];
        return [
          `${persona.name} can't transfer to ${to}, only to ${[...destinations].join(", ") || "extensions"}`,
        ];
      }
      case "handed over": {
        const names = reached.slice(1).map(({ name }) => name);
        if (step.to === undefined || names.includes(step.to)) return [];
        return [`${persona.name} can't hand over to ${step.to}, only to ${names.join(", ") || "nobody"}`];
      }
    }
    return [];
  }

  return [
    ...Object.keys(setting.tools ?? {}).flatMap((name) => noTool(name).map((fault) => `tools: ${fault}`)),
    ...steps.flatMap((step, index) => unknown(step).map((fault) => `step ${index + 1}: ${fault}`)),
  ];
}

/** The persona, and all to whom the call may get from there. */
function reachedFrom(persona: LoadedPersona, personas: Personas): LoadedPersona[] {
  const reached = [persona];
  for (const each of reached) {
    for (const name of Object.keys(each.handoffs ?? {})) {
      const next = personas.get(name);
      if (next && !reached.includes(next)) reached.push(next);
    }
  }
  return reached;
}

function destinationsOf({ tools = [] }: LoadedPersona): string[] {
  return tools.flatMap((tool) => tool.kind === "transfer" ? Object.keys(tool.destinations) : []);
}
