import type {
  ConversationItem,
  RealtimeResponse,
  RealtimeResponseUsage,
  RealtimeServerEvent,
} from "openai/resources/realtime/realtime";

/**
 * A type of the published API as it really travels: any optional key may be null. The published types forbid
 * that, the live API does it (status_details, transcript, usage, metadata ...).
 */
export type AsSent<T> = T extends readonly (infer E)[] ? AsSent<E>[]
  : T extends object ? { [K in keyof T]: undefined extends T[K] ? AsSent<T[K]> | null : AsSent<T[K]> }
  : T;

type WithoutId<E> = E extends unknown ? AsSent<Omit<E, "event_id">> & Record<string, unknown> : never;

/** A server event before the session gives it its event_id. Keys beyond the published ones are allowed. */
export type ServerEvent = WithoutId<RealtimeServerEvent>;

/** An item as sent; message items of gpt-realtime-2 carry a `phase` that the published types lack. */
export type WireItem = AsSent<ConversationItem> & { phase?: Phase };
export type Phase = "commentary" | "final_answer";

export type WireResponse = AsSent<RealtimeResponse>;
export type Usage = RealtimeResponseUsage;

/** What a client sent, once it is known to be an object with a `type`. */
export type ClientEvent =
  & { readonly type: string; readonly event_id?: string }
  & Readonly<
    Record<string, unknown>
  >;

/** The `error` object of an error event, without the client's event id. */
export interface ApiError {
  readonly type: "invalid_request_error" | "server_error";
  readonly code: string | null;
  readonly message: string;
  readonly param: string | null;
}

export const AUDIO_FORMATS = { "audio/pcm": "pcm", "audio/pcmu": "pcmu", "audio/pcma": "pcma" } as const;
