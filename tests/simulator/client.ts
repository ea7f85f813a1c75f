import { assertEquals } from "@std/assert";
import { createUplink } from "../../lib/audio/codec.ts";
import { type Agent, type Reply, script } from "../../lib/simulator/agent.ts";
import {
  createSimulator,
  type ModelSocket,
  NO_DELAY,
  type Session,
  type Simulator,
  type SimulatorOptions,
} from "../../lib/simulator/simulator.ts";
import { VirtualClock } from "../support/clock.ts";
import { checkClient, checkServer } from "../support/official.ts";

/** A server event as a client without any types sees it. */
// deno-lint-ignore no-explicit-any
export type Seen = { type: string; event_id: string; [key: string]: any };

export interface ClientOptions extends Omit<SimulatorOptions, "clock" | "agent"> {
  agent?: Agent;
  /** Scripted answers, in place of an agent. */
  replies?: readonly (Reply | Agent)[];
  model?: string;
  url?: string;
  headers?: Record<string, string>;
  /** Events of a session with faults are not all true to the types. */
  unchecked?: boolean;
}

export const URL_OF = (model: string) => `wss://api.example.test/v1/realtime?model=${model}`;

/** A client of an own simulator, both in virtual time. Every event either way is held against the official types. */
export class TestClient {
  readonly clock = new VirtualClock(1000);
  readonly events: Seen[] = [];
  readonly atMs: number[] = [];
  readonly simulator: Simulator;
  readonly socket: ModelSocket;
  closed: { code: number; reason: string; wasClean: boolean } | undefined;
  error: string | undefined;
  readonly #faults: string[] = [];

  constructor(
    { model = "gpt-realtime-2.1", replies, unchecked = false, headers, url, ...options }: ClientOptions = {},
  ) {
    this.simulator = createSimulator({
      clock: this.clock,
      seed: 7,
      pace: NO_DELAY,
      wallClock: () => 1_760_000_000_000,
      ...options,
      ...(replies && { agent: script(replies) }),
    });
    this.socket = this.simulator.connect(url ?? URL_OF(model), {
      headers: headers ?? { Authorization: "Bearer sk-test-0000" },
    });
    this.socket.onmessage = ({ data }) => {
      const event = JSON.parse(data) as Seen;
      if (!unchecked) this.#faults.push(...checkServer(event));
      this.events.push(event);
      this.atMs.push(this.clock.now());
    };
    this.socket.onclose = ({ code, reason, wasClean }) => this.closed = { code, reason, wasClean };
    this.socket.onerror = (event) => this.error = (event as ErrorEvent).message;
  }

  /** Connected, and the events of the beginning are over. */
  static async open(options: ClientOptions = {}): Promise<TestClient> {
    const client = new TestClient(options);
    await client.run(0);
    return client;
  }

  get session(): Session {
    return this.simulator.sessions.at(-1)!;
  }

  /** Sends an event that is right by the official types. */
  send(event: { type: string; [key: string]: unknown }): void {
    this.#faults.push(...checkClient(event));
    this.socket.send(JSON.stringify(event));
  }

  /** Sends an event that is wrong, and makes sure that the official types say so, too. */
  sendBad(event: unknown): void {
    if (checkClient(event).length === 0) {
      this.#faults.push(`is right by the official types: ${JSON.stringify(event)}`);
    }
    this.socket.send(JSON.stringify(event));
  }

  update(session: Record<string, unknown>): void {
    this.send({ type: "session.update", session: { type: "realtime", ...session } });
  }

  /** Lets virtual time pass, then holds all that was sent against the official types. */
  async run(ms: number): Promise<void> {
    await this.clock.run(ms);
    assertEquals(this.#faults, []);
  }

  /** Sends one event and lets things settle; the events that came of it. */
  async ask(event: { type: string; [key: string]: unknown }, ms = 0): Promise<Seen[]> {
    const before = this.events.length;
    this.send(event);
    await this.run(ms);
    return this.events.slice(before);
  }

  /** As `ask`, for an event that is wrong: the one error it must give, without its event ids. */
  async refusal(event: unknown, rightByTypes = false): Promise<Record<string, unknown>> {
    const before = this.events.length;
    if (rightByTypes) this.send(event as { type: string });
    else this.sendBad(event);
    await this.run(0);
    const got = this.events.slice(before);
    assertEquals(got.map(({ type }) => type), ["error"]);
    const { event_id: _, ...error } = got[0]!.error;
    return error;
  }

  /** Appends samples at 8 kHz as a call does, 20 ms at a time in real time, in the session's input format. */
  async hear(samples: Int16Array, format: "pcm" | "pcmu" | "pcma" = "pcm"): Promise<void> {
    const uplink = createUplink(format);
    for (let at = 0; at < samples.length; at += 160) {
      const bytes = uplink.encode(samples.subarray(at, at + 160));
      this.send({ type: "input_audio_buffer.append", audio: bytes.toBase64() });
      await this.run(20);
    }
  }

  async silence(ms: number, format: "pcm" | "pcmu" | "pcma" = "pcm"): Promise<void> {
    await this.hear(new Int16Array(ms * 8), format);
  }

  get types(): string[] {
    return this.events.map(({ type }) => type);
  }

  all(type: string): Seen[] {
    return this.events.filter((event) => event.type === type);
  }

  /** The last event of this type; a test that asks for one that never came fails. */
  last(type: string): Seen {
    const found = this.all(type).at(-1);
    if (!found) throw new Error(`No ${type} among ${this.types.join(", ")}`);
    return found;
  }

  forget(): void {
    this.events.length = 0;
    this.atMs.length = 0;
  }
}

/** Types with runs of the same one told once: `a, b*, c`. */
export function order(events: readonly { type: string }[]): string[] {
  const out: string[] = [];
  for (const { type } of events) {
    if (out.at(-1) === type || out.at(-1) === `${type}*`) out[out.length - 1] = `${type}*`;
    else out.push(type);
  }
  return out;
}
