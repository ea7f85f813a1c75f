import * as check from "./checks.ts";
import type { Check } from "./checks.ts";
import type { Variable } from "./variable.ts";

/** An Azure OpenAI resource, from whatever address of it was given. */
export interface AzureResource {
  /** Of the model's socket, without a query. */
  readonly url: string;
  /** The address named one, as those that the portal shows of a deployment do. */
  readonly deployment: string | undefined;
  /** It named an api-version, which the v1 address does not take. */
  readonly versioned: boolean;
}

/** Hosts of resources: the same resource answers under each of them. */
const RESOURCE = /\.(openai|cognitiveservices|services\.ai)\.azure\.(com|us|cn)$/;
/** Pages for people. */
const PORTALS: readonly string[] = ["portal.azure.com", "ai.azure.com", "oai.azure.com"];
const DEPLOYMENT = /^[\w.-]{1,64}$/;

/**
 * Takes what people copy: the resource's address, with or without a path, that of a project, or the target URI of a
 * deployment. The path and query become those of the v1 API, `/openai/v1/realtime`; other hosts, such as a gateway before
 * the resource, keep a path of their own before it.
 * https://learn.microsoft.com/en-us/azure/foundry/openai/how-to/realtime-audio-websockets
 */
export const azureEndpoint: Check<AzureResource> = (text) => {
  const url = URL.parse(/^[a-z]+:\/\//i.test(text) ? text : `https://${text}`);
  const isHttp = url && ["https:", "wss:", "http:", "ws:"].includes(url.protocol) && url.hostname;
  if (!isHttp || url.username || url.password || PORTALS.includes(url.hostname)) {
    throw new RangeError("must be the address of a resource such as https://my-resource.openai.azure.com");
  }
  const isResource = RESOURCE.test(url.hostname);
  if (isResource && /^(http|ws):$/.test(url.protocol)) throw new RangeError("must begin with https://");
  const named = url.searchParams.get("deployment") ?? url.searchParams.get("model") ??
    /\/deployments\/([^/]+)/.exec(url.pathname)?.[1];
  return {
    url: `${url.protocol.replace(/^http/, "ws")}//${url.host}${
      isResource ? "/openai/v1/realtime" : pathBehind(url.pathname)
    }`,
    deployment: named !== undefined && DEPLOYMENT.test(named) ? named : undefined,
    versioned: url.searchParams.has("api-version"),
  };
};

function pathBehind(path: string): string {
  const own = path.replace(/\/+$/, "");
  if (own.endsWith("/realtime")) return own;
  if (own.endsWith("/v1")) return `${own}/realtime`;
  return own.endsWith("/openai") ? `${own}/v1/realtime` : `${own}/openai/v1/realtime`;
}

const deploymentName: Check<string> = (text) => {
  if (DEPLOYMENT.test(text)) return text;
  throw new RangeError("must be the name of a deployment: letters, digits, -, _ and .");
};

/** Azure OpenAI in place of OpenAI; part of the table in variables.ts. */
export const AZURE = {
  AZURE_OPENAI_ENDPOINT: {
    group: "Model",
    otherwise: "OpenAI itself",
    example: "https://my-resource.openai.azure.com",
    check: azureEndpoint,
    help: "Azure OpenAI resource that answers in place of OpenAI: its address, as the portal shows it.",
  },
  AZURE_OPENAI_DEPLOYMENT: {
    group: "Model",
    otherwise: "the one that AZURE_OPENAI_ENDPOINT names",
    example: "gpt-realtime",
    check: deploymentName,
    help:
      "Deployment of a realtime model there. Where its name is not the model's, OPENAI_MODEL tells the model.",
  },
  AZURE_OPENAI_API_KEY: {
    group: "Model",
    otherwise: "needed with AZURE_OPENAI_ENDPOINT",
    example: "a-key-of-the-resource",
    check: check.apiKey,
    secret: true,
    help: "A key of that resource, sent in the header api-key.",
  },
} as const satisfies Readonly<Record<string, Variable>>;
