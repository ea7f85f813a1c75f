import { openAvrLine } from "../../lib/line/avr.ts";
import { LINE_LIMITS } from "../../lib/line/limits.ts";
import { createLog } from "../../lib/log.ts";
import { parseServerEvent } from "../../lib/realtime/events.ts";
import { VirtualClock } from "./clock.ts";
import { createGarbage } from "./garbage.ts";

/** What became of the messages of a fuzz run. */
export interface FuzzOutcome {
  readonly messages: number;
  /** Messages that meant something. */
  readonly understood: number;
  /** Lines or sessions that a limit ended. */
  readonly ended: number;
  /** One line each: what must not happen. */
  readonly faults: readonly string[];
}

const AUDIO = new Uint8Array(320).toBase64();
const LINE_MESSAGES = [
  { type: "init", uuid: "0b5f7f9c-5ea5-4d2a-8a35-5f6f1f0f9f11" },
  { type: "audio", audio: AUDIO },
  { type: "audio", audio: AUDIO },
  { type: "dtmf_digit", digit: "5" },
];

/** Sends garbage through lines: none throws, and what is told of it is well formed. */
export function fuzzLine(messages: number, seed: number): FuzzOutcome {
  const garbage = createGarbage(seed, LINE_MESSAGES);
  const clock = new VirtualClock();
  const faults: string[] = [];
  let [understood, ended] = [0, 0];
  const expect = (holds: boolean, what: string) => holds ? understood++ : faults.push(what);
  const log = createLog({ level: "error", write: (line) => faults.push(line) });

  function open() {
    let live = true;
    const socket = {
      readyState: 1,
      bufferedAmount: 0,
      onmessage: (_: { data: string | ArrayBuffer }) => {},
      onclose: null,
      onerror: null,
      send() {},
      close() {},
    };
    const line = openAvrLine(socket as unknown as WebSocket, {
      init: (uuid) => expect(/^[\x21-\x7e]{1,128}$/.test(uuid), `init with ${JSON.stringify(uuid)}`),
      audio: (samples) =>
        expect(samples instanceof Int16Array && samples.length > 0, `audio of ${samples.length} samples`),
      digit: (digit) => expect(/^[0-9*#]$/.test(digit), `digit ${JSON.stringify(digit)}`),
      closed: () => live = false,
    }, { clock, log, limits: LINE_LIMITS });
    return { line, socket, live: () => live };
  }

  let phone = open();
  for (let count = 0; count < messages; count++) {
    clock.advance(20);
    if (!phone.live()) {
      ended++;
      phone = open();
    }
    const data = garbage();
    attempt(faults, data, () => phone.socket.onmessage({ data }));
  }
  phone.line.close();
  if (clock.pending > 0) faults.push(`${clock.pending} timers are left`);
  return { messages, understood, ended, faults };
}

const SERVER_EVENTS = [
  { type: "session.updated", session: { id: "s", tools: [] } },
  { type: "input_audio_buffer.speech_started", item_id: "i", audio_start_ms: 100 },
  { type: "response.created", response: { id: "r", status: "in_progress", metadata: { purpose: "x" } } },
  { type: "response.output_audio.delta", response_id: "r", item_id: "i", content_index: 0, delta: AUDIO },
  { type: "response.output_audio_transcript.done", response_id: "r", item_id: "i", transcript: "Hello" },
  {
    type: "response.output_item.done",
    response_id: "r",
    item: { id: "i", type: "function_call", name: "f", call_id: "c", arguments: "{}", status: "completed" },
  },
  {
    type: "response.done",
    response: {
      id: "r",
      status: "failed",
      status_details: { reason: "x", error: { code: "y" } },
      output: [{ id: "i", type: "function_call", name: "f", call_id: "c", arguments: "{" }, null, 5],
      metadata: { a: "b", c: 5 },
    },
  },
  { type: "conversation.item.done", item: { id: "i", type: "mcp_list_tools", tools: [{ name: "t" }] } },
  { type: "error", error: { type: "invalid_request_error", code: "c", message: "m", event_id: null } },
];

/** Reads garbage as the model's events: nothing throws, and every text in what is read is one. */
export function fuzzEvents(messages: number, seed: number): FuzzOutcome {
  const garbage = createGarbage(seed, SERVER_EVENTS);
  const faults: string[] = [];
  let understood = 0;
  for (let count = 0; count < messages; count++) {
    const data = garbage();
    attempt(faults, data, () => {
      const event = parseServerEvent(data);
      if (!event) return;
      understood++;
      for (const [key, value] of Object.entries(event)) {
        const isText = key.endsWith("Id") || ["type", "delta", "transcript", "kind"].includes(key);
        if (isText && typeof value !== "string") faults.push(`${event.type}.${key} is ${typeof value}`);
        if (key.endsWith("Ms") && !Number.isFinite(value)) faults.push(`${event.type}.${key} is ${value}`);
      }
    });
  }
  return { messages, understood, ended: 0, faults };
}

function attempt(faults: string[], data: string | ArrayBuffer, act: () => void): void {
  try {
    act();
  } catch (error) {
    const shown = typeof data === "string" ? data : new TextDecoder().decode(data);
    faults.push(`${error} at ${JSON.stringify(shown.slice(0, 200))}`);
  }
  if (Object.keys(Object.prototype).length > 0) faults.push("Object.prototype was changed");
}
