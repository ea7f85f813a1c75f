import type { Registry } from "../call/registry.ts";
import type { Clock } from "../clock.ts";
import type { Line } from "../line/line.ts";

export interface DoorOptions {
  readonly calls: Registry;
  readonly clock: Clock;
  /** Undefined: any number. */
  readonly maxCalls: number | undefined;
  readonly drainMs: number;
}

/** Lets calls in while there is room and nobody wants to leave; knows the lines that have not said `init` yet. */
export class Door {
  readonly #options: DoorOptions;
  readonly #waiting = new Set<Line>();
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
    const { maxCalls } = this.#options;
    if (maxCalls !== undefined && this.#taken >= maxCalls) return `MAX_CALLS is reached: ${maxCalls}`;
    return undefined;
  }

  /** A line is open and has not begun its call. */
  waits(line: Line, socket: WebSocket): void {
    this.#waiting.add(line);
    this.#open.add(socket);
    socket.addEventListener("close", () => {
      this.#open.delete(socket);
      if (this.#open.size === 0) this.#onGone();
    });
  }

  /** A line has begun its call, which counts from now on, or is gone. */
  left(line: Line): void {
    this.#waiting.delete(line);
    this.settle();
  }

  /** A call may have ended: with the last one a drain is done. */
  settle(): void {
    if (this.#state === "draining" && this.#taken === 0) this.close();
  }

  /** No new calls; live ones may go on for a while. Resolves when all are over. */
  drain(): Promise<void> {
    if (this.#state === "open") {
      const { clock, drainMs } = this.#options;
      this.#state = "draining";
      this.#stopTimer = clock.after(drainMs, () => this.close());
      this.settle();
    }
    return this.#closed.promise;
  }

  /** No new calls, and live ones end now. */
  close(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#stopTimer();
    for (const line of [...this.#waiting]) line.close();
    this.#options.calls.endAll("shutdown");
    this.#closed.resolve();
  }

  /** Resolves when no socket is open, close frames of either side included. */
  gone(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onGone = resolve;
    if (this.#open.size === 0) resolve();
    return promise;
  }

  get #taken(): number {
    return this.#options.calls.size + this.#waiting.size;
  }
}
