import {
  IDLE_TIMEOUT_RANGE_MS,
  isVoice,
  languageName,
  lifeOfModel,
  MAX_OUTPUT_TOKENS,
  VOICES,
} from "./models.ts";

/** Turns a variable's text into its value. @throws {RangeError} "must be ..." when it can't. */
export type Check<T> = (text: string) => T;

function refuse(allowed: string): never {
  throw new RangeError(`must be ${allowed}`);
}

export const anyText: Check<string> = (text) => text;

export function oneOf<const T extends string>(...allowed: readonly T[]): Check<T> {
  return (text) => {
    const lower = text.toLowerCase();
    return allowed.find((each) => each === lower) ?? refuse(`one of ${allowed.join(", ")}`);
  };
}

export function wholeNumber(lowest: number, highest: number): Check<number> {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    return value >= lowest && value <= highest
      ? value
      : refuse(`a whole number from ${lowest} to ${highest}`);
  };
}

export function decimal(lowest: number, highest: number): Check<number> {
  return (text) => {
    const value = /^\d*\.?\d+$/.test(text) ? Number(text) : NaN;
    return value >= lowest && value <= highest ? value : refuse(`a number from ${lowest} to ${highest}`);
  };
}

/** An amount above 0, to the cent and beyond. */
export const dollars: Check<number> = (text) => {
  const value = /^\d*\.?\d+$/.test(text) ? Number(text) : NaN;
  return value > 0 && value <= 1_000_000 ? value : refuse("an amount above 0 and up to 1000000");
};

export const trueOrFalse: Check<boolean> = (text) => oneOf("true", "false")(text) === "true";

export const idleTimeout: Check<number | "off"> = (text) => {
  if (text.toLowerCase() === "off") return "off";
  const [lowest, highest] = IDLE_TIMEOUT_RANGE_MS;
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  return value >= lowest && value <= highest
    ? value
    : refuse(`a whole number from ${lowest} to ${highest}, or off`);
};

export const hostName: Check<string> = (text) =>
  /^[\w.:-]+$/.test(text) ? text : refuse("a host name or an IP address without brackets, port or scheme");

export const personaName: Check<string> = (text) =>
  /^[A-Za-z][\w-]*$/.test(text)
    ? text
    : refuse("the name of a persona: a letter, then letters, digits, _ or -");

/** The permission flags name it, and they pass through a shell that splits at blanks, Deno at commas. */
export const path: Check<string> = (text) =>
  /^[^\s,*?[\]{}'"`$\\]+$/.test(text)
    ? text
    : refuse("a path without spaces, commas, quotes and wildcards, which the permission flags can't carry");

/** Never shown, and safe to put into a header. */
export const apiKey: Check<string> = (text) =>
  /^[\x21-\x7e]+$/.test(text) ? text : refuse("printable ASCII characters without spaces");

/** Goes into a query as it is: characters that need no escape there (RFC 3986's unreserved). Never shown. */
export const authToken: Check<string> = (text) =>
  /^[\w.~-]+$/.test(text) ? text : refuse("letters, digits and -._~, which an URL carries as they are");

/** A web site as a browser names it: `https://host`, with its port where it is not the usual one. */
export const origin: Check<string> = (text) => {
  const url = parsed(text, ["http:", "https:"]);
  return url && url.href === `${url.origin}/`
    ? url.origin
    : refuse("web sites such as https://desk.example.com, without a path");
};

export const maxTokens: Check<number | "inf"> = (text) => {
  if (/^inf(inity)?$/i.test(text)) return "inf";
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  return value >= 1 && value <= MAX_OUTPUT_TOKENS
    ? value
    : refuse(`a whole number from 1 to ${MAX_OUTPUT_TOKENS}, or inf`);
};

/** Of OpenAI's, or a name that another server may know. */
export const voice: Check<string> = (text) => {
  const name = text.startsWith("voice_") ? text : text.toLowerCase();
  if (isVoice(name)) return name;
  return /^[\w.:-]{1,64}$/.test(text) ? text : refuse(VOICES_ALLOWED);
};
export const VOICES_ALLOWED = `one of ${VOICES.join(", ")}, or the id of a custom voice (voice_...)`;

/** `auto` leaves the language open. */
export const language: Check<string | undefined> = (text) => {
  if (text.toLowerCase() === "auto") return undefined;
  return languageName(text) ? text : refuse("an ISO 639-1 code such as en, de or pt-BR, or auto");
};

export const model: Check<string> = (text) => {
  const life = lifeOfModel(text);
  return life.state === "gone" ? refuse(`a model that is not shut down, such as ${life.successor}`) : text;
};

export const httpUrl: Check<string> = (text) =>
  parsed(text, ["http:", "https:"])?.href ?? refuse("a URL that begins with http:// or https://");

/**
 * The base of the model's socket: `http(s)` counts as `ws(s)`, and a URL without a path means OpenAI's path.
 * A query stays, a `model` in it included.
 */
export const socketUrl: Check<string> = (text) => {
  const url = parsed(text, ["ws:", "wss:", "http:", "https:"]);
  if (!url || url.username || url.password) {
    refuse("a ws://, wss://, http:// or https:// URL without a user name");
  }
  url.hash = "";
  if (url.pathname === "/") url.pathname = "/v1/realtime";
  return url.href.replace(/^http/, "ws");
};

function parsed(text: string, protocols: readonly string[]): URL | undefined {
  const url = URL.parse(text);
  return url && protocols.includes(url.protocol) && url.hostname ? url : undefined;
}

/** Values with commas between. */
export function listOf<T>(check: Check<T>): Check<readonly T[]> {
  return (text) => text.split(",").map((part) => part.trim()).filter((part) => part !== "").map(check);
}

export const hostAndPort: Check<string> = (text) =>
  /^((\*\.)?[\w.-]+|\[[\da-fA-F:.]+\]):\d{1,5}$/.test(text)
    ? text
    : refuse("hosts with their ports, such as crm.example.com:443");

export const variableName: Check<string> = (text) =>
  /^[A-Za-z_]\w*$/.test(text) ? text : refuse("names of variables: letters, digits and _");

export const extensionPattern: Check<string> = (text) =>
  /^\+?[0-9Xx*#]{1,20}(@[\w-]{1,40})?$/.test(text)
    ? text
    : refuse("extensions such as 2001, 20XX, 0039* or 600@internal");

/** What a message to the line may hold: frames of 20 ms, whole. */
export function frameMs(text: string): number {
  const ms = wholeNumber(20, 200)(text);
  return ms % 20 === 0 ? ms : refuse("a multiple of 20");
}
