import { errors } from "./error-texts.ts";
import type { Model } from "./model.ts";
import { ModelResponse } from "./response.ts";
import { type Plan, plan } from "./response-rules.ts";
import type { ApiError } from "./wire.ts";

/** rate_limits.updated follows response.done by this much. */
const RATE_LIMITS_AFTER_MS = [7, 43] as const;
const TOKENS_PER_MINUTE = 40_000;

/** The responses of a session: one at a time in the conversation, any number beside it. */
export class Responses {
  readonly #model: Model;
  readonly #onDone: (response: ModelResponse) => void;
  readonly #running = new Set<ModelResponse>();
  #spent = 0;
  #spentAtMs = 0;

  /** @param onDone called after the response.done of one in the conversation */
  constructor(model: Model, onDone: (response: ModelResponse) => void) {
    this.#model = model;
    this.#onDone = onDone;
  }

  /** The one in the conversation. */
  get active(): ModelResponse | undefined {
    return [...this.#running].find((response) => response.plan.conversation === "auto");
  }

  /** Starts a response, or says why not. @param asked `response` of a response.create */
  create(asked: unknown, by: Pick<Plan, "trigger" | "heard">): ApiError | undefined {
    const { conversation, random } = this.#model;
    const assistantAudio = this.#model.answers > 0;
    const made = plan(asked, by, { config: this.#model.config(), conversation, random, assistantAudio });
    if ("fault" in made) return made.fault;
    const { active } = this;
    if (made.conversation === "auto" && active) return errors.activeResponse(active.id);
    const response = new ModelResponse(this.#model, made, (done) => this.#done(done));
    this.#running.add(response);
    void response.run();
  }

  /** @param id without it, the one in the conversation */
  cancel(id?: string): ApiError | undefined {
    const found = id === undefined ? this.active : [...this.#running].find((response) => response.id === id);
    if (!found) return errors.nothingToCancel();
    found.cancel("client_cancelled");
  }

  /** The caller spoke: ends the one in the conversation, never those beside it. */
  interrupt(): void {
    this.active?.cancel("turn_detected");
  }

  #done(response: ModelResponse): void {
    this.#running.delete(response);
    const { clock, random, send } = this.#model;
    clock.after(random.between(RATE_LIMITS_AFTER_MS), () =>
      send({
        type: "rate_limits.updated",
        rate_limits: [{ name: "tokens", limit: TOKENS_PER_MINUTE, ...this.#spend(response.tokens) }],
      }));
    if (response.plan.conversation === "auto") this.#onDone(response);
  }

  /** A bucket that refills within a minute. */
  #spend(tokens: number): { remaining: number; reset_seconds: number } {
    const nowMs = this.#model.clock.now();
    const refilled = (nowMs - this.#spentAtMs) / 60_000 * TOKENS_PER_MINUTE;
    this.#spent = Math.min(TOKENS_PER_MINUTE, Math.max(0, this.#spent - refilled) + tokens);
    this.#spentAtMs = nowMs;
    return {
      remaining: Math.round(TOKENS_PER_MINUTE - this.#spent),
      reset_seconds: Math.round(this.#spent / TOKENS_PER_MINUTE * 60_000) / 1000,
    };
  }
}
