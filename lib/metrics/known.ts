import { boundedLabel } from "./label.ts";

/** The names that there are, asked for when a new one comes up: personas may be loaded anew. */
export interface KnownNames {
  readonly personas: () => Iterable<string>;
  readonly tools: () => Iterable<string>;
  readonly models: () => Iterable<string>;
  /** Models that write down what callers say. */
  readonly transcribers?: () => Iterable<string>;
}

/** Values of labels, bounded. */
export interface Labels {
  persona(name: string): string;
  tool(name: string): string;
  model(name: string): string;
  transcriber(name: string): string;
  /** Codes of the API's, and our own. */
  code(code: string): string;
}

const PERSONAS_MAX = 100;
const TOOLS_MAX = 50;
const MODELS_MAX = 20;
const CODES_MAX = 50;

export function createLabels({ personas, tools, models, transcribers = () => [] }: KnownNames): Labels {
  return {
    persona: boundedLabel(PERSONAS_MAX, personas),
    tool: boundedLabel(TOOLS_MAX, tools),
    model: boundedLabel(MODELS_MAX, models),
    transcriber: boundedLabel(MODELS_MAX, transcribers),
    code: boundedLabel(CODES_MAX),
  };
}
