import type { Introduction } from "./admission.ts";
import type { SentEvent } from "./outbox.ts";
import { isObject } from "./rules.ts";
import type { ClientEvent } from "./wire.ts";

/** Where a server that is compatible with the API has ways of its own. What is left out is done as the API does it. */
export interface Manner {
  /** Judges the handshake: the model behind what is asked for, or the HTTP status that refuses it. */
  readonly admit?: (who: Introduction) => { readonly model: string } | { readonly status: number };
  /** What it takes an event for. Undefined for one that it does not know and says nothing of. */
  readonly hears?: (event: ClientEvent) => ClientEvent | undefined;
  /** The error that answers an event, before anything comes of it; all of its keys. */
  readonly refuses?: (event: ClientEvent) => Readonly<Record<string, unknown>> | undefined;
  /** What it says in place of an event of the API's, mostly one or nothing. */
  readonly says?: (event: SentEvent) => readonly Readonly<Record<string, unknown>>[];
}

/**
 * Azure OpenAI: the key in a header of its own, deployments in place of models, refusals by HTTP status.
 * @param deployments the model behind each
 */
export function azureManner(key: string, deployments: Readonly<Record<string, string>>): Manner {
  return {
    admit({ url, headers }) {
      if (url.pathname !== "/openai/v1/realtime" || url.searchParams.has("api-version")) {
        return { status: 404 };
      }
      if (headers["api-key"] !== key) return { status: 401 };
      const name = url.searchParams.get("model") ?? "";
      return Object.hasOwn(deployments, name) ? { model: deployments[name]! } : { status: 404 };
    },
  };
}

/** Events without which a call can be had; a small server sends none of them. */
const LUXURY: ReadonlySet<string> = new Set([
  "session.updated",
  "rate_limits.updated",
  "conversation.item.added",
  "conversation.item.done",
  "conversation.item.truncated",
  "conversation.item.deleted",
  "response.output_item.added",
  "response.content_part.added",
  "response.content_part.done",
  "response.output_audio_transcript.done",
  "conversation.item.input_audio_transcription.delta",
  "conversation.item.input_audio_transcription.completed",
]);

/**
 * A small server: it takes the API's events and sends the fewest that a call can be had with. It knows nothing of
 * metadata, tells what a response consists of in the items alone, and its errors name no event.
 * @param without types of events that it does not send either
 */
export function minimalManner(without: readonly string[] = []): Manner {
  return {
    says(event) {
      if (LUXURY.has(event.type) || without.includes(event.type)) return [];
      if (event.type === "error") {
        const { code, message } = event.error;
        return [{ type: "error", error: { code, message } }];
      }
      if (event.type !== "response.created" && event.type !== "response.done") return [event];
      const { id, status, status_details } = event.response;
      return [{ type: event.type, response: { id, object: "realtime.response", status, status_details } }];
    },
  };
}

/** Takes a path such as `audio.input.turn_detection` for unknown in each session.update, and says so as the API does. */
export function refusing(...paths: readonly string[]): Manner {
  return {
    refuses({ type, session, event_id }) {
      const param = type === "session.update" ? paths.find((path) => isIn(session, path)) : undefined;
      return param === undefined ? undefined : {
        type: "invalid_request_error",
        code: "unknown_parameter",
        message: `Unknown parameter: 'session.${param}'.`,
        param: `session.${param}`,
        event_id: event_id ?? null,
      };
    },
  };
}

function isIn(value: unknown, path: string): boolean {
  let at = value;
  for (const key of path.split(".")) {
    if (!isObject(at) || !(key in at)) return false;
    at = at[key];
  }
  return true;
}
