import type { Clock } from "../clock.ts";
import type { Line } from "../line/line.ts";
import type { Metrics, MetricsPage } from "../metrics.ts";
import type { AwayModel } from "../realtime/model-health.ts";
import type { Service } from "../server.ts";
import type { Entered, Together } from "../server/together.ts";
import type { Board } from "./board.ts";
import type { FromWorker, ToWorker } from "./messages.ts";
import { type Relay, relayIn, relayOut } from "./relay.ts";

export interface ColleaguesOptions {
  readonly place: number;
  readonly board: Board;
  readonly clock: Clock;
  readonly post: (message: FromWorker) => void;
}

/** For the answer of the main thread, which has nothing else to do. */
const ANSWER_LIMIT_MS = 2_500;

type Answer = Extract<ToWorker, { type: "page" | "found" }>;

/** The other workers, as one of them deals with them: by way of the main thread and of the board. */
export class Colleagues {
  readonly #options: ColleaguesOptions;
  readonly #asked = new Map<number, (answer: Answer | undefined) => void>();
  /** Lines in calls of other workers, and lines of other workers in ours. */
  readonly #relays = new Map<Relay, number>();
  #ids = 0;
  #away: { readonly models: readonly AwayModel[]; readonly atMs: number } = { models: [], atMs: 0 };

  constructor(options: ColleaguesOptions) {
    this.#options = options;
  }

  /** @param metrics what stands in for all counts when the main thread does not answer */
  together(metrics: Pick<Metrics, "render">): Together {
    const { board, place, clock } = this.#options;
    const away = () => this.#away;
    return {
      get others() {
        return board.sum(place);
      },
      publish: (own) => board.publish(place, own),
      purse: board.purse,
      get away() {
        const { models, atMs } = away();
        return models.map((each) => ({ ...each, forMs: Math.round(each.forMs + clock.now() - atMs) }));
      },
      render: async (): Promise<MetricsPage> => {
        const answer = await this.#ask((id) => ({ type: "gather", id }));
        return answer?.type === "page" ? answer.page : await metrics.render();
      },
      find: (uuid, line, persona) => this.#find(uuid, line, persona),
    };
  }

  /** Takes the main thread's messages that concern others. */
  hear(message: ToWorker, service: Pick<Service, "adopt">): void {
    switch (message.type) {
      case "page":
      case "found":
        this.#answered(message);
        return;
      case "adopt": {
        const { uuid, persona, place, port } = message;
        const relay = relayIn(port, service.adopt(uuid, persona), () => relay && this.#relays.delete(relay));
        if (relay) this.#relays.set(relay, place);
        return;
      }
      case "away":
        this.#away = { models: message.away, atMs: this.#options.clock.now() };
        return;
      case "lost":
        for (const [relay, place] of [...this.#relays]) {
          if (place !== message.place) continue;
          this.#relays.delete(relay);
          relay.lost();
        }
    }
  }

  async #find(uuid: string, line: Line, persona: string): Promise<Entered | undefined> {
    const answer = await this.#ask((id) => ({ type: "find", id, uuid, persona }));
    if (answer?.type !== "found" || !answer.port || answer.place === undefined) return undefined;
    const relay = relayOut(line, answer.port, () => this.#relays.delete(relay));
    this.#relays.set(relay, answer.place);
    const stop = this.#options.clock.after(ANSWER_LIMIT_MS, relay.giveUp);
    const entered = await relay.taken;
    stop();
    return entered;
  }

  #answered(message: Answer): void {
    const answered = this.#asked.get(message.id);
    if (answered) answered(message);
    else if (message.type === "found") message.port?.close();
  }

  #ask(make: (id: number) => FromWorker): Promise<Answer | undefined> {
    const { clock, post } = this.#options;
    const { promise, resolve } = Promise.withResolvers<Answer | undefined>();
    const id = ++this.#ids;
    const stop = clock.after(ANSWER_LIMIT_MS, () => answered(undefined));
    const answered = (answer: Answer | undefined) => {
      stop();
      this.#asked.delete(id);
      resolve(answer);
    };
    this.#asked.set(id, answered);
    post(make(id));
    return promise;
  }
}
