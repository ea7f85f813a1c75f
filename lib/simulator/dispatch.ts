import type {
  RealtimeClientEvent,
  ResponseCreateEventWithReferencesParam,
} from "openai/resources/realtime/realtime";
import { errors } from "./error-texts.ts";
import { clientEvents, SUPPORTED_TYPES } from "./item-rules.ts";
import type { Model } from "./model.ts";
import type { Responses } from "./responses.ts";
import { isObject } from "./rules.ts";
import type { Turns } from "./turns.ts";
import type { ApiError, ClientEvent, WireItem } from "./wire.ts";

type Known = RealtimeClientEvent | ResponseCreateEventWithReferencesParam;
type Fault = ApiError | undefined | void;
/** One handler per event, each given its event as published: the rules have looked at it before. */
type Handlers = { [E in Known as E["type"]]: (event: E) => Fault };

/** What a session does about each client event. */
export function handlersOf(
  model: Model,
  turns: Turns,
  responses: Responses,
  update: (change: unknown) => Fault,
): Omit<Handlers, "output_audio_buffer.clear"> {
  const { conversation, random } = model;
  return {
    "session.update": ({ session }) => update(session),
    "input_audio_buffer.append": ({ audio }) => turns.append(audio),
    "input_audio_buffer.commit": () => turns.commit(),
    "input_audio_buffer.clear": () => turns.clear(),
    "conversation.item.create": ({ item, previous_item_id }) =>
      conversation.create({ ...item as WireItem, id: item.id ?? random.id("item") }, previous_item_id),
    "conversation.item.retrieve": ({ item_id }) => conversation.retrieve(item_id),
    "conversation.item.delete": ({ item_id }) => conversation.delete(item_id),
    "conversation.item.truncate": ({ item_id, content_index, audio_end_ms }) =>
      conversation.truncate(item_id, content_index, audio_end_ms),
    "response.create": ({ response }) =>
      responses.create(response, { trigger: "create", heard: conversation.items.at(-1)?.heard }),
    "response.cancel": ({ response_id }) => responses.cancel(response_id),
  };
}

/** A frame as an event with a type, or what is wrong with it. `read` learns of its event_id first. */
export function parse(
  data: unknown,
  read: (eventId: string) => void,
): { event: ClientEvent } | { fault: ApiError } {
  if (typeof data !== "string") return { fault: errors.binaryFrame() };
  let event: unknown;
  try {
    event = JSON.parse(data);
  } catch {
    return { fault: errors.invalidJson() };
  }
  if (!isObject(event)) return { fault: errors.notAnObject() };
  if (typeof event.event_id === "string") read(event.event_id);
  if (typeof event.type !== "string") return { fault: errors.typeMissing() };
  return { event: event as ClientEvent };
}

/** Checks an event's shape and lets its handler do the rest. */
export function dispatch(event: ClientEvent, handlers: ReturnType<typeof handlersOf>): Fault {
  const rule = Object.hasOwn(clientEvents, event.type) ? clientEvents[event.type] : undefined;
  if (!rule) return errors.unsupportedValue("type", event.type, SUPPORTED_TYPES);
  const fault = rule(event, "");
  if (fault) return fault;
  const handler = handlers[event.type as keyof typeof handlers] as (event: ClientEvent) => Fault;
  return handler(event);
}
