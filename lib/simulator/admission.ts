import { reasons } from "./session-rules.ts";
import type { Faults } from "./faults.ts";
import type { ApiError } from "./wire.ts";

/** How a client introduces itself. Header names are in lower case. */
export interface Introduction {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
}

/** The models that exist as realtime sessions on api.openai.com; those that are shut down do not. */
export const MODELS: readonly string[] = [
  "gpt-realtime-2.1",
  "gpt-realtime-2.1-mini",
  "gpt-realtime-2",
  "gpt-realtime-1.5",
  "gpt-realtime",
  "gpt-realtime-2025-08-28",
  "gpt-realtime-mini",
  "gpt-realtime-mini-2025-10-06",
  "gpt-realtime-mini-2025-12-15",
];

/** What the key must be: this one, any one, or none needed. */
export interface KeyRule {
  readonly requireKey: boolean;
  readonly key?: string | undefined;
}

export interface Refusal {
  readonly error: ApiError;
  readonly code: number;
  /** The close reason: the error's type and, if it has one, its code. */
  readonly reason: string;
}

/** The model asked for, or the error and close that the API answers after a completed handshake. */
export function admit(who: Introduction, rule: KeyRule, faults: Faults): { model: string } | Refusal {
  const model = who.url.searchParams.get("model");
  if (faults.refuseWith === "invalid_api_key") {
    return refusal(3000, faults.refuseWith, wrongKey("sk-refused"));
  }
  const key = keyOf(who);
  if (rule.requireKey && key === undefined) {
    return refusal(3000, null, "Missing bearer or basic authentication in header");
  }
  if (rule.requireKey && rule.key !== undefined && key !== rule.key) {
    return refusal(3000, "invalid_api_key", wrongKey(key!));
  }
  if (who.headers["openai-beta"]?.includes("realtime=v1")) {
    return refusal(
      4000,
      "beta_api_shape_disabled",
      "The Realtime Beta API is no longer supported. Please use /v1/realtime for the GA API.",
    );
  }
  if (!model) {
    return refusal(
      4000,
      "missing_model",
      "You must provide a model parameter, for example wss://api.openai.com/v1/realtime?model=gpt-realtime-1.5",
    );
  }
  if (!MODELS.includes(model)) {
    return refusal(4000, "invalid_model", `Model "${model}" is not supported in realtime mode.`);
  }
  if (faults.refuseWith === "model_not_found") {
    return refusal(
      4004,
      "model_not_found",
      `The model \`${model}\` does not exist or you do not have access to it.`,
    );
  }
  if (faults.refuseWith === "insufficient_quota") {
    const message = "You exceeded your current quota, please check your plan and billing details.";
    return refusal(4000, "insufficient_quota", message);
  }
  return { model };
}

/** Tokens that the model's context holds. */
export function contextTokens(model: string): number {
  return reasons(model) ? 128_000 : 32_000;
}

function refusal(code: number, errorCode: string | null, message: string): Refusal {
  const type = "invalid_request_error";
  return {
    error: { type, code: errorCode, message, param: null },
    code,
    reason: errorCode === null ? type : `${type}.${errorCode}`,
  };
}

/** From the Authorization header, or from the subprotocols where headers are impossible. */
function keyOf({ headers }: Introduction): string | undefined {
  const bearer = /^Bearer\s+(\S+)$/i.exec(headers["authorization"] ?? "")?.[1];
  if (bearer) return bearer;
  return /(?:^|[\s,])openai-insecure-api-key\.([^\s,]+)/.exec(headers["sec-websocket-protocol"] ?? "")?.[1];
}

function wrongKey(key: string): string {
  const masked = key.length > 8
    ? `${key.slice(0, 4)}${"*".repeat(key.length - 8)}${key.slice(-4)}`
    : "*".repeat(8);
  return `Incorrect API key provided: ${masked}. You can find your API key at https://platform.openai.com/account/api-keys.`;
}
