import { messageOf } from "../errors.ts";

/** Bound of a text from outside, in bytes. */
const MAX_BYTES = 64 * 1024;

/**
 * Asks a URL for the instructions of one call, as avr-sts-openai does: GET with `X-AVR-UUID`, answered by
 * `{"system": "..."}`. A redirect is not followed: the permissions name one host.
 * @throws {Error} whose message has neither the text nor the query of the URL.
 */
export async function fetchInstructions(
  url: string,
  uuid: string,
  signal: AbortSignal,
  fetcher: typeof fetch = fetch,
): Promise<string> {
  let response: Response;
  try {
    response = await fetcher(url, { headers: { "X-AVR-UUID": uuid }, redirect: "manual", signal });
  } catch (error) {
    throw new Error(
      `Request failed: ${messageOf(error).replace(/https?:\/\/[^\s)]+/g, new URL(url).origin)}`,
    );
  }
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`Answered with status ${response.status}`);
  }
  const text = new TextDecoder().decode(await readBody(response));
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text.
    throw new Error("The answer is not JSON");
  }
  const system = answer !== null && typeof answer === "object" && "system" in answer
    ? answer.system
    : undefined;
  if (typeof system !== "string") throw new Error('The answer has no text under "system"');
  return notBlank(system);
}

/**
 * Reads the instructions from a UTF-8 file, for each call anew, so that an edit counts at once.
 * @throws {Error} whose message doesn't have the text.
 */
export async function readInstructions(
  path: string,
  read: (path: string) => Promise<string> = readUtf8,
): Promise<string> {
  const text = await read(path);
  if (new TextEncoder().encode(text).byteLength > MAX_BYTES) throw tooLong();
  return notBlank(text);
}

async function readBody(response: Response): Promise<Uint8Array> {
  if (!response.body) return new Uint8Array();
  return await gather(response.body);
}

async function readUtf8(path: string): Promise<string> {
  const file = await Deno.open(path);
  return new TextDecoder("utf-8", { fatal: true }).decode(await gather(file.readable));
}

/** Reads a stream to its end, or only as far as the bound: the rest is not even received. */
async function gather(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.byteLength;
    if (size > MAX_BYTES) throw tooLong();
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}

function tooLong(): Error {
  return new Error(`The text is longer than ${MAX_BYTES} bytes`);
}

function notBlank(text: string): string {
  const trimmed = text.trim();
  if (trimmed === "") throw new Error("The text is empty");
  return trimmed;
}
