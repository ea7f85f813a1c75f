import type { CallEvent } from "../../../lib/call/events.ts";

type Timed<E> = E & { readonly atMs: number };

/** The events of one type, in order. */
export function eventsOf<T extends CallEvent["type"]>(
  events: readonly Timed<CallEvent>[],
  type: T,
): Timed<Extract<CallEvent, { type: T }>>[] {
  return events.filter((event): event is Timed<Extract<CallEvent, { type: T }>> => event.type === type);
}
