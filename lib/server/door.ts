import type { Registry } from "../call/registry.ts";
import type { Clock } from "../clock.ts";
import type { Line } from "../line/line.ts";
import type { Tally } from "./together.ts";

export interface DoorOptions {
  readonly calls: Pick<Registry, "size" | "lackLine" | "leaveAll" | "endAll">;
  readonly clock: Clock;
  /** Undefined: any number. */
  readonly maxCalls: number | undefined;
  readonly drainMs: number;
  /** Another reason why no further call is taken. */
  readonly refusal?: () => string | undefined;
  /** Places of other workers that count for the same MAX_CALLS, and their calls that lack a line. @default none */
  readonly others?: () => Pick<Tally, "taken" | "lacking">;
  /** Told of every change of what the other workers have to know. */
  readonly onChange?: () => void;
}

/** For the goodbye of the calls that are still live, at the end of a drain; of a short one, half of it. */
const GOODBYE_MS = 8_000;

/**
 * Lets calls in while there is room and nobody wants to leave; knows the lines that have not said `init` yet. Which call
 * a line comes for is known only then: while a live call lacks its line, one more is let in that may be for it.
 */
export class Door {
  readonly #options: DoorOptions;
  /** Lines for which a call's place is kept. */
  readonly #waiting = new Set<Line>();
  /** Lines that were let in for want of a live call's line. */
  readonly #spare = new Set<Line>();
  readonly #open = new Set<WebSocket>();
  readonly #closed = Promise.withResolvers<void>();
  #state: "open" | "draining" | "closed" = "open";
  #stopTimer = () => {};
  #onGone = () => {};

  constructor(options: DoorOptions) {
    this.#options = options;
  }

  get state(): "open" | "draining" | "closed" {
    return this.#state;
  }

  /** Why no further call is taken; undefined when one is. */
  get reason(): string | undefined {
    if (this.#state !== "open") return "the service is stopping";
    const { maxCalls, refusal } = this.#options;
    if (this.#isFull(1)) return `MAX_CALLS is reached: ${maxCalls}`;
    return refusal?.();
  }

  /** Why no further line is let in, to begin a call or to take one over; undefined when one is. */
  get refusal(): string | undefined {
    const { reason } = this;
    if (reason === undefined || this.#state === "closed") return reason;
    const { calls, others } = this.#options;
    return this.#spare.size < calls.lackLine + (others?.().lacking ?? 0) ? undefined : reason;
  }

  /** A line was let in and has not begun its call. */
  waits(line: Line, socket: WebSocket): void {
    if (this.reason !== undefined || !this.#keepPlace(line)) this.#spare.add(line);
    this.#open.add(socket);
    socket.addEventListener("close", () => {
      this.#open.delete(socket);
      if (this.#open.size === 0) this.#onGone();
    });
  }

  /** Why this line, which waits, may not begin a call of its own; undefined when it may. */
  refusalFor(line: Line): string | undefined {
    if (this.#waiting.has(line)) return undefined;
    const { reason } = this;
    if (reason !== undefined) return reason;
    // Another worker may have been quicker.
    if (!this.#keepPlace(line)) return `MAX_CALLS is reached: ${this.#options.maxCalls}`;
    this.#spare.delete(line);
    return undefined;
  }

  /** A line has begun its call, which counts from now on, or taken one over, or is gone. */
  left(line: Line): void {
    this.#waiting.delete(line);
    this.#spare.delete(line);
    this.settle();
  }

  /** A call may have ended: with the last one a drain is done. */
  settle(): void {
    this.#options.onChange?.();
    if (this.#state === "draining" && this.taken === 0) this.close();
  }

  /** No new calls; live ones may go on for a while. Resolves when all are over. */
  drain(drainMs = this.#options.drainMs): Promise<void> {
    if (this.#state === "open") {
      const { clock } = this.#options;
      this.#state = "draining";
      const goodbyeMs = Math.min(GOODBYE_MS, drainMs / 2);
      this.#stopTimer = clock.after(drainMs - goodbyeMs, () => {
        this.#stopTimer = clock.after(goodbyeMs, () => this.close());
        this.#options.calls.leaveAll();
      });
      this.settle();
    }
    return this.#closed.promise;
  }

  /** No new calls, and live ones end now. */
  close(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#stopTimer();
    for (const line of [...this.#waiting, ...this.#spare]) line.close();
    this.#options.calls.endAll("shutdown");
    this.#options.onChange?.();
    this.#closed.resolve();
  }

  /** Resolves when no socket is open, close frames of either side included. */
  gone(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onGone = resolve;
    if (this.#open.size === 0) resolve();
    return promise;
  }

  /** Places of live calls, and those that are kept. */
  get taken(): number {
    return this.#options.calls.size + this.#waiting.size;
  }

  /** Whether so many more are too many. */
  #isFull(more: number): boolean {
    const { maxCalls, others } = this.#options;
    return maxCalls !== undefined && this.taken + (others?.().taken ?? 0) + more > maxCalls;
  }

  /** Workers take places at the same time: each tells of its own first, and gives it back where it is one too many. */
  #keepPlace(line: Line): boolean {
    this.#waiting.add(line);
    this.#options.onChange?.();
    if (!this.#isFull(0)) return true;
    this.#waiting.delete(line);
    this.#options.onChange?.();
    return false;
  }
}
