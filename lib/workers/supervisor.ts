import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import { ConfigError } from "../errors.ts";
import type { Log } from "../log.ts";
import { type LossCause, type Metrics, renderTogether, withoutStandings } from "../metrics.ts";
import type { AwayModel } from "../realtime/model-health.ts";
import { awayOf } from "../server/together.ts";
import { Board } from "./board.ts";
import { Counts } from "./counts.ts";
import { Directory } from "./directory.ts";
import type { About, FromWorker, ToWorker } from "./messages.ts";
import { Place } from "./place.ts";
import type { Thread } from "./thread.ts";

export interface SupervisorOptions {
  readonly config: Pick<Config, "workers" | "drainMs" | "limits" | "metrics">;
  readonly clock: Clock;
  readonly log: Log;
  /** The main thread's own. */
  readonly metrics: Metrics;
  /** @param name of this thread and of no other */
  readonly start: (name: string) => Thread;
  /** Told of the personas that there are. */
  readonly onPersonas: (names: readonly string[]) => void;
  /** A worker that loops can't be ended: the process has to. */
  readonly onStuck: () => void;
}

const LOOK_MS = 1_000;
/** So that little is lost of what a worker had counted when it is gone without a word. */
const COUNT_LOOKS = 10;
/** For workers whose drain is over to say so. */
const DRAIN_SLACK_MS = 1_000;
/** Lost calls that are told one by one. */
const TOLD_MAX = 200;

/** Runs several workers as one service: in the main thread, which answers no calls itself. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #board: Board;
  readonly #places: readonly Place[];
  readonly #calls = new Directory();
  readonly #counts: Counts;
  readonly #away = new Map<number, readonly AwayModel[]>();
  readonly #opened = Promise.withResolvers<{ port: number; about: About }>();
  readonly #drained = new Set<number>();
  readonly #closed = new Set<number>();
  #about: { readonly port: number; readonly about: About } | undefined;
  #isOpen = false;
  #generation = 1;
  #looks = 0;
  #onSettled = () => {};
  #stopLooking = () => {};

  constructor(options: SupervisorOptions) {
    const { config: { workers, limits }, clock, metrics } = this.#options = options;
    this.#board = Board.create(workers);
    this.#places = Array.from({ length: workers }, (_, place) => this.#place(place));
    this.#counts = new Counts({
      clock,
      ask: (id) => this.#tellAll({ type: "count", id }),
      own: async () => withoutStandings(await metrics.snapshot()),
      onLate: () => metrics.workers.late(),
    });
    const draining = () => this.#board.sum().door !== "open";
    metrics.bind({
      workers: () => this.#ready.length,
      calls: () => ({ live: this.live, limit: limits.calls, draining: draining() }),
      dials: () => ({ dialling: 0, waiting: 0, away: awayOf(...this.#away.values()) }),
    });
  }

  /** Calls that are live now. */
  get live(): number {
    return this.#board.sum().live;
  }

  /**
   * Starts the workers: one, which tells what is wrong, then the others on its port. Resolves when all answer calls.
   * @throws {ConfigError} when one can't start
   */
  async open(): Promise<{ port: number; about: About }> {
    this.#places[0]!.start();
    try {
      const opened = await this.#opened.promise;
      this.#isOpen = true;
      this.#look();
      return opened;
    } catch (error) {
      this.#retire();
      throw error;
    }
  }

  reload(reason: string): void {
    this.#tellAll({ type: "reload", reason });
  }

  /** All at once, with one deadline. Resolves when all calls are over. */
  async drain(): Promise<void> {
    const { clock, config: { drainMs } } = this.#options;
    this.#retire();
    const told = this.#tellAll({ type: "drain" });
    await this.#until(
      () => told.every((place) => this.#isDone(place, this.#drained)),
      clock,
      drainMs + DRAIN_SLACK_MS,
    );
  }

  /** Live calls end now. */
  stop(): void {
    this.#retire();
    this.#tellAll({ type: "stop" });
  }

  /** To be called when all calls are over. Resolves when every worker has closed what it had; the caller has a limit. */
  async close(): Promise<void> {
    this.#stopLooking();
    const told = this.#tellAll({ type: "close" });
    await this.#until(() => told.every((place) => this.#isDone(place, this.#closed)), this.#options.clock);
  }

  get #ready(): readonly Place[] {
    return this.#places.filter(({ isReady }) => isReady);
  }

  #place(place: number): Place {
    const { clock, log, metrics, start, config, onStuck } = this.#options;
    return new Place({
      place,
      clock,
      log,
      board: this.#board,
      start,
      order: () => ({
        type: "start",
        place,
        port: this.#about?.port ?? 0,
        board: this.#board.buffer,
        generation: this.#generation,
        first: this.#about === undefined || config.workers === 1,
      }),
      onMessage: (message) => this.#hear(place, message),
      onLost: (cause) => {
        metrics.workers.lost(cause);
        this.#lost(place, cause);
      },
      onGone: () => this.#gone(place),
      onStuck: () => {
        log.error("A worker can't be ended, as it loops: the service has to end", { worker: place + 1 });
        onStuck();
      },
    });
  }

  #hear(place: number, message: FromWorker): void {
    switch (message.type) {
      case "faults":
        if (!this.#isOpen) return this.#opened.reject(new ConfigError(message.faults.map(String)));
        for (const fault of message.faults) {
          this.#options.log.error("A worker can't start", { worker: place + 1, fault: String(fault) });
        }
        return;
      case "ready":
        return this.#isReady(message);
      case "reloaded":
        this.#generation = Math.max(this.#generation, message.generation);
        return;
      case "began":
        return this.#calls.began({ ...message, place });
      case "over":
        return this.#calls.over(message.uuid, place);
      case "drained":
        this.#drained.add(place);
        return this.#onSettled();
      case "closed":
        this.#closed.add(place);
        return this.#onSettled();
      case "counted":
        return this.#counts.take(place, message.id, message.snapshot);
      case "gather":
        return void this.#gather(place, message.id);
      case "find":
        return this.#find(place, message);
      case "away":
        this.#away.set(place, message.away);
        return this.#tellAway();
    }
  }

  #isReady({ port, about }: Extract<FromWorker, { type: "ready" }>): void {
    this.#options.onPersonas(about.personas);
    this.#options.metrics.workers.known(about.personas);
    if (this.#about === undefined) {
      this.#about = { port, about };
      for (const place of this.#places.slice(1)) place.start();
    }
    if (this.#ready.length === this.#places.length) this.#opened.resolve(this.#about);
    this.#tellAway();
  }

  /** One that crashed still speaks with its callers; of all others nothing more is heard. */
  #lost(place: number, cause: LossCause): void {
    if (cause !== "crashed") this.#loseCalls(place);
    if (!this.#isOpen) this.#opened.reject(new ConfigError([`A worker could not start (${cause})`]));
  }

  #gone(place: number): void {
    this.#loseCalls(place);
    this.#counts.retire(place);
    if (this.#away.delete(place)) this.#tellAway();
    this.#onSettled();
  }

  #loseCalls(place: number): void {
    const { log, metrics } = this.#options;
    const calls = this.#calls.takeAll(place);
    for (const { persona } of calls) metrics.workers.callLost(persona);
    for (const { uuid, persona } of calls.slice(0, TOLD_MAX)) {
      log.error("A call was lost with its worker", { uuid, persona, worker: place + 1 });
    }
    if (calls.length > 0) {
      log.error("Calls were lost with their worker", { worker: place + 1, calls: calls.length });
    }
    // They may have a line of such a call, or such a line a call of theirs.
    for (const [other, each] of this.#places.entries()) {
      if (other !== place) each.post({ type: "lost", place });
    }
  }

  #look(): void {
    this.#stopLooking = this.#options.clock.after(LOOK_MS, () => {
      this.#look();
      for (const place of this.#places) place.look();
      if (++this.#looks % COUNT_LOOKS > 0 || this.#options.config.metrics === "off") return;
      void this.#counts.collect().catch(() => {});
    });
  }

  /** Answers a worker that was asked for the page. */
  async #gather(place: number, id: number): Promise<void> {
    const page = await this.#counts.collect().then(renderTogether);
    this.#places[place]?.post({ type: "page", id, page });
  }

  #find(place: number, { id, uuid, persona }: Extract<FromWorker, { type: "find" }>): void {
    const asking = this.#places[place]!;
    const call = this.#calls.find(uuid);
    if (!call || call.place === place) return void asking.post({ type: "found", id });
    const { port1, port2 } = new MessageChannel();
    const adopt = { type: "adopt", uuid, persona, place, port: port1 } as const;
    if (!this.#places[call.place]!.post(adopt, [port1])) return void asking.post({ type: "found", id });
    asking.post({ type: "found", id, place: call.place, port: port2 }, [port2]);
  }

  /** Each is told what the others can't have. */
  #tellAway(): void {
    for (const [place, each] of this.#places.entries()) {
      const others = [...this.#away].filter(([other]) => other !== place).map(([, away]) => away);
      each.post({ type: "away", away: awayOf(...others) });
    }
  }

  /** Returns the places where it was heard. */
  #tellAll(message: ToWorker): number[] {
    return [...this.#places.keys()].filter((place) => this.#places[place]!.post(message));
  }

  #retire(): void {
    for (const place of this.#places) place.retire();
  }

  #isDone(place: number, done: ReadonlySet<number>): boolean {
    return done.has(place) || this.#places[place]!.state === "over";
  }

  /** Looks again whenever a worker tells that it is done, or is gone. */
  async #until(isDone: () => boolean, clock: Clock, limitMs?: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = limitMs === undefined ? () => {} : clock.after(limitMs, resolve);
    this.#onSettled = () => isDone() && resolve();
    this.#onSettled();
    await promise;
    stop();
  }
}
