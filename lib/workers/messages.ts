import type { MetricsPage, MetricsSnapshot } from "../metrics.ts";
import type { AwayModel } from "../realtime/model-health.ts";
import type { ToolPermissions } from "../tools/define.ts";

/** What an operator is told of the service when it has started. */
export interface About {
  readonly personas: readonly string[];
  /** Of the default persona. */
  readonly model: string;
  /** What the tools need. */
  readonly permissions: ToolPermissions;
}

/** What the main thread tells a worker. */
export type ToWorker =
  /** The first message. `port` 0: any; `generation`: counts the loads of the personas; `first`: of all workers. */
  | {
    type: "start";
    place: number;
    port: number;
    board: SharedArrayBuffer;
    generation: number;
    first: boolean;
  }
  | { type: "reload"; reason: string }
  | { type: "drain" }
  | { type: "stop" }
  /** All calls of all workers are over: what is left is to be closed. */
  | { type: "close" }
  | { type: "count"; id: number }
  | { type: "page"; id: number; page: MetricsPage }
  /** Where a call is, on a port to the worker that has it; none: nobody has it. */
  | { type: "found"; id: number; place?: number; port?: MessagePort }
  /** Another worker has a socket for a call of this one. */
  | { type: "adopt"; uuid: string; persona: string; place: number; port: MessagePort }
  /** Models that other workers can't have at present. */
  | { type: "away"; away: readonly AwayModel[] }
  /** Another worker is gone without a word. */
  | { type: "lost"; place: number };

/** What a worker tells the main thread. */
export type FromWorker =
  /** Its thread runs. */
  | { type: "up" }
  /** It can't begin. */
  | { type: "faults"; faults: readonly string[] }
  | { type: "ready"; port: number; about: About }
  | { type: "reloaded"; generation: number }
  | { type: "began"; uuid: string; persona: string }
  | { type: "over"; uuid: string }
  /** All its calls are over. */
  | { type: "drained" }
  /** Nothing is left to be done. */
  | { type: "closed" }
  | { type: "counted"; id: number; snapshot: MetricsSnapshot }
  /** Somebody wants the page of all metrics. */
  | { type: "gather"; id: number }
  | { type: "find"; id: number; uuid: string; persona: string }
  | { type: "away"; away: readonly AwayModel[] }
  /** It ends by itself, after an error that nobody handled. */
  | { type: "dying"; error: string };

const NUMBER = (value: unknown) => typeof value === "number";
const TEXT = (value: unknown) => typeof value === "string" && value.length <= 4000;
const LIST = (value: unknown) => Array.isArray(value);
const OBJECT = (value: unknown) => typeof value === "object" && value !== null;

const SHAPES: Readonly<Record<FromWorker["type"], Readonly<Record<string, (value: unknown) => boolean>>>> = {
  up: {},
  faults: { faults: LIST },
  ready: { port: NUMBER, about: OBJECT },
  reloaded: { generation: NUMBER },
  began: { uuid: TEXT, persona: TEXT },
  over: { uuid: TEXT },
  drained: {},
  closed: {},
  counted: { id: NUMBER, snapshot: LIST },
  gather: { id: NUMBER },
  find: { id: NUMBER, uuid: TEXT, persona: TEXT },
  away: { away: LIST },
  dying: { error: TEXT },
};

/** A worker's message, or undefined: what operators write runs in a worker too, and may post anything. */
export function readMessage(data: unknown): FromWorker | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  const message = data as Record<string, unknown>;
  const shape = SHAPES[message.type as FromWorker["type"]];
  if (!shape || !Object.hasOwn(SHAPES, String(message.type))) return undefined;
  const fits = Object.entries(shape).every(([key, check]) => check(message[key]));
  return fits ? message as FromWorker : undefined;
}
