import { VOICES_ALLOWED } from "./checks.ts";
import { isVoice } from "./models.ts";
import { priceOf } from "./prices.ts";
import type { Values, VariableName } from "./variables.ts";

/** Where the model is, and how one introduces oneself there. */
export interface ModelEndpoint {
  /** A ws or wss URL, maybe with a query, to which `model` is still to be added. */
  readonly url: string;
  readonly apiKey: string | undefined;
  /** The header that carries the key as it is. @default `Authorization`, behind `Bearer` */
  readonly keyHeader?: "api-key";
  /** The model of a call that neither its persona nor the environment names one for. @default Parley's own */
  readonly name?: string;
  /** What a model is called there, where that is not its name. */
  readonly deployments?: Readonly<Record<string, string>>;
}

/** What is given, and where to say what is wrong with it. */
export interface Given {
  readonly values: Values;
  /** Whether a variable is set, be its value good or not. */
  readonly isGiven: (name: VariableName) => boolean;
  readonly faults: string[];
  readonly warnings: string[];
}

/** Who answers the calls: OpenAI, Azure OpenAI before it, another server, or the simulator when nobody is named. */
export function endpointOf(given: Given): { readonly simulator: boolean; readonly model: ModelEndpoint } {
  const { values, isGiven } = given;
  const onAzure = AZURE_NAMES.some(isGiven);
  const simulator = values.SIMULATOR === "always" ||
    (values.SIMULATOR === "auto" && !isGiven("OPENAI_API_KEY") && !isGiven("OPENAI_REALTIME_URL") &&
      !onAzure);
  const isOther = !simulator && !onAzure && !isOpenAi(values.OPENAI_REALTIME_URL);
  const { OPENAI_VOICE: voice } = values;
  if (!isOther && voice !== undefined && !isVoice(voice)) {
    given.faults.push(`OPENAI_VOICE must be ${VOICES_ALLOWED}: ${JSON.stringify(voice)}`);
  }
  if (onAzure && !simulator) return { simulator, model: azure(given) };
  if (!simulator) checkKey(given);
  return { simulator, model: { url: values.OPENAI_REALTIME_URL, apiKey: values.OPENAI_API_KEY } };
}

function checkKey({ values, isGiven, faults, warnings }: Given): void {
  if (isGiven("OPENAI_API_KEY")) return;
  const url = values.OPENAI_REALTIME_URL;
  if (values.SIMULATOR === "never" || isOpenAi(url)) {
    const why = values.SIMULATOR === "never"
      ? "SIMULATOR is never"
      : "OPENAI_REALTIME_URL names a wss:// server of OpenAI's";
    faults.push(`OPENAI_API_KEY must be set when ${why}`);
  } else if (url?.startsWith("wss:")) {
    warnings.push(`OPENAI_API_KEY is not set: ${new URL(url).hostname} is dialled without a key`);
  }
}

/** @param url undefined where it is faulty */
function isOpenAi(url: string | undefined): boolean {
  return url !== undefined && /(^|\.)openai\.com$/.test(new URL(url).hostname);
}

const AZURE_NAMES = ["AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_DEPLOYMENT", "AZURE_OPENAI_API_KEY"] as const;

function azure({ values, isGiven, faults, warnings }: Given): ModelEndpoint {
  const { AZURE_OPENAI_ENDPOINT: resource, OPENAI_MODEL: model } = values;
  const deployment = values.AZURE_OPENAI_DEPLOYMENT ?? resource?.deployment;
  if (!isGiven("AZURE_OPENAI_ENDPOINT")) {
    const first = AZURE_NAMES.find(isGiven);
    faults.push(`AZURE_OPENAI_ENDPOINT must be set, as ${first} is: the address of the resource`);
  } else {
    if (!isGiven("AZURE_OPENAI_API_KEY")) {
      faults.push("AZURE_OPENAI_API_KEY must be set, as AZURE_OPENAI_ENDPOINT is: a key of that resource");
    }
    if (resource && deployment === undefined && !isGiven("AZURE_OPENAI_DEPLOYMENT")) {
      faults.push(
        "AZURE_OPENAI_DEPLOYMENT must be set, as AZURE_OPENAI_ENDPOINT is: a deployment of a realtime model",
      );
    }
  }
  for (const name of ["OPENAI_API_KEY", "OPENAI_REALTIME_URL"] as const) {
    if (isGiven(name)) warnings.push(`${name} is ignored, as AZURE_OPENAI_ENDPOINT is set`);
  }
  if (resource?.versioned) {
    warnings.push(
      "The api-version in AZURE_OPENAI_ENDPOINT is ignored: the v1 address, which has none, is dialled",
    );
  }
  if (deployment !== undefined && model === undefined && !priceOf(deployment)) {
    warnings.push(
      `OPENAI_MODEL should name the model behind the deployment ${deployment}: without it its price is not known, ` +
        "and limits.usd and BUDGET_USD_PER_DAY can't hold",
    );
  }
  return {
    // Both are there, or a fault was told.
    url: resource?.url ?? values.OPENAI_REALTIME_URL,
    apiKey: values.AZURE_OPENAI_API_KEY,
    keyHeader: "api-key",
    ...(deployment === undefined ? {} : { name: deployment }),
    ...(deployment === undefined || model === undefined ? {} : { deployments: { [model]: deployment } }),
  };
}
