import type { RealtimeClientEvent } from "openai/resources/realtime/realtime";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { FinishedResponse, ServerEvent } from "../realtime/events.ts";
import type { Ami } from "../tools/ami.ts";
import type { Tool } from "../tools/tool.ts";
import type { McpServer } from "../persona/define.ts";
import { Confirmations } from "./confirm.ts";
import { CallControl } from "./control.ts";
import type { CallEvent, EndReason } from "./events.ts";
import { HoldSound } from "./hold-sound.ts";
import type { Playback } from "./playback.ts";
import type { Responses } from "./responses.ts";
import { McpApprovals } from "./mcp.ts";
import { ToolCalls } from "./tools.ts";

export interface ToolingOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly uuid: string;
  readonly persona: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly tools: ReadonlyMap<string, Tool>;
  /** Hosted MCP servers of the persona. */
  readonly servers: readonly McpServer[];
  readonly ami: Ami;
  readonly playback: Playback;
  /** Between us and the ear. */
  readonly latencyMs: number;
  readonly responses: Responses;
  readonly callerSpeaking: () => boolean;
  readonly send: (event: RealtimeClientEvent) => void;
  readonly tell: (event: CallEvent) => void;
  /** Has the agent say exactly these words. */
  readonly say: (purpose: string, words: string) => void;
  /** Whether a soft sound covers a long wait. */
  readonly holdSound: boolean;
  /** Takes 20 ms of it, 160 samples at 8 kHz. */
  readonly play: (frame: Int16Array) => void;
  readonly onLeaving: () => void;
  readonly handoff: (persona: string) => Promise<string | undefined>;
  readonly end: (reason: EndReason) => void;
}

/** What the model can do in a call: its tools, what they do to the call, and what the caller hears meanwhile. */
export class Tooling {
  readonly control: CallControl;
  readonly #calls: ToolCalls;
  readonly #mcp: McpApprovals;
  readonly #confirmations = new Confirmations();
  readonly #hold: HoldSound;

  constructor(options: ToolingOptions) {
    const { clock, persona, playback, responses, uuid, variables } = options;
    const quiet = () =>
      !options.callerSpeaking() && responses.active === undefined && playback.unheardWordsMs() === 0;
    this.control = new CallControl({ ...options, busy: () => responses.busy });
    this.#hold = new HoldSound({
      clock,
      busy: () => !quiet(),
      queuedMs: () => Math.max(0, playback.unheardMs() - options.latencyMs),
      play: options.play,
    });
    const confirmations = this.#confirmations;
    this.#mcp = new McpApprovals({ ...options, confirmations });
    this.#calls = new ToolCalls({
      ...options,
      confirmations,
      context: { uuid, persona, variables },
      onSlow: (words) => {
        if (quiet()) options.say("filler", words);
      },
      onWaiting: (waiting) => this.#hold.waiting(waiting && options.holdSound),
      control: (action) => this.control.act(action),
    });
  }

  /** Whether a tool runs whose answer the caller waits for. */
  get running(): boolean {
    return this.#calls.running;
  }

  /** The session is lost, the call goes on: what is under way is carried through. */
  lose(): void {
    this.#calls.lose();
    this.#hold.stop();
  }

  /** Takes over from a session that is gone. */
  follow(earlier: Tooling): void {
    this.#calls.follow(earlier.#calls);
  }

  /** Whether a tool runs, or the call is about to be hung up, transferred or handed over. */
  get underWay(): boolean {
    return this.running || this.control.pending;
  }

  /** The caller has taken the floor. */
  callerSpoke(): void {
    this.control.callerSpoke();
    this.#confirmations.callerSpoke();
  }

  /** What a hosted MCP server has to do with the conversation. */
  onModel(event: ServerEvent): void {
    this.#mcp.onModel(event);
  }

  responseDone(response: FinishedResponse): void {
    this.#calls.responseDone(response);
  }

  /** The call is over, or another persona has it. */
  stop(): void {
    this.#calls.end();
    this.#hold.stop();
    this.control.stop();
  }
}
