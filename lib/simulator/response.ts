import { messageOf } from "../errors.ts";
import type { Output, Reply } from "./agent.ts";
import type { Item } from "./conversation.ts";
import { failureOf, nextFailure } from "./faults.ts";
import type { Model } from "./model.ts";
import * as output from "./output.ts";
import type { Plan } from "./response-rules.ts";
import { begin, close, left, nextPlace, over, pause, phaseOf, type Run } from "./run.ts";
import { say } from "./speaking.ts";
import { affordable, cachedTokens, inContext, inputTokens, textTokens, usageOf } from "./usage.ts";
import { words } from "./voice.ts";
import type { ServerEvent, WireResponse } from "./wire.ts";

export type CancelReason = "turn_detected" | "client_cancelled";
type Status = "completed" | "cancelled" | "incomplete" | "failed";
interface Why {
  readonly reason?: CancelReason | "max_output_tokens" | "content_filter";
  readonly error?: ReturnType<typeof failureOf>;
}

/** One response from its creation to response.done; everything it sends is in the recorded order. */
export class ModelResponse {
  readonly #run: Run;
  readonly #onDone: (response: ModelResponse) => void;

  constructor(model: Model, plan: Plan, onDone: (response: ModelResponse) => void) {
    const none = () => ({ text: 0, audio: 0 });
    this.#run = {
      id: model.random.id("resp"),
      model,
      plan,
      state: "waiting",
      writers: [],
      open: undefined,
      spokenMs: 0,
      input: none(),
      cached: none(),
      made: none(),
    };
    this.#onDone = onDone;
  }

  get id(): string {
    return this.#run.id;
  }

  get plan(): Plan {
    return this.#run.plan;
  }

  /** Spoken so far, ms. */
  get spokenMs(): number {
    return this.#run.spokenMs;
  }

  /** What it cost so far. */
  get tokens(): number {
    const { input, made } = this.#run;
    return input.text + input.audio + made.text + made.audio;
  }

  /** Runs to the end, or until it is cancelled. Never rejects. */
  async run(): Promise<void> {
    const { model } = this.#run;
    try {
      await pause(this.#run, model.random.between(model.pace.createdMs));
      if (this.#over) return;
      this.#create();
      await this.#answer();
    } catch (error) {
      model.log.error("The simulated response broke", { error: messageOf(error) });
      if (!this.#over) this.#finish("failed", { error: failureOf("server_error") });
    }
  }

  /** Ends it now: what is open is closed as incomplete. */
  cancel(reason: CancelReason): void {
    if (this.#over) return;
    if (this.#run.state === "waiting") this.#create();
    close(this.#run, "incomplete");
    this.#finish("cancelled", { reason });
  }

  get #over(): boolean {
    return over(this.#run);
  }

  async #answer(): Promise<void> {
    const { model, plan } = this.#run;
    const { random, faults, pace } = model;
    const firstMs = random.between(pace.firstMs) + random.between(faults.slowFirstMs ?? 0);
    const items = this.#context();
    const failure = nextFailure(faults) ?? (items ? undefined : TOO_LONG);
    if (failure) {
      await pause(this.#run, firstMs);
      if (!this.#over) this.#finish("failed", { error: failure });
      return;
    }
    const input = inputTokens(plan.instructions, plan.tools, items!);
    this.#run.input = input;
    this.#run.cached = cachedTokens(input, model.remember(plan, items!));
    const reply = model.agent({
      instructions: plan.instructions,
      sessionInstructions: model.config().instructions,
      voice: typeof plan.voice === "string" ? plan.voice : plan.voice.id,
      tools: plan.tools.filter((tool) => tool.type === "function"),
      trigger: plan.trigger,
      aside: plan.conversation === "none" && plan.modalities.includes("text"),
      heard: plan.heard,
      items: items!.map(({ shown }) => shown) as never,
      answers: model.answers,
      random: random.next,
    });
    await this.#produce(reply, firstMs);
  }

  /** The items that it reads; what is too old of the conversation is forgotten for good. */
  #context(): readonly Item[] | undefined {
    const { model, plan } = this.#run;
    if (plan.input) return inContext(plan.input, model.config());
    const known = model.conversation.items.filter(({ forgotten }) => !forgotten);
    const items = inContext(known, model.config());
    for (const item of known.slice(0, items ? -items.length : 0)) item.forgotten = true;
    return items;
  }

  async #produce(reply: Reply, firstMs: number): Promise<void> {
    let waitMs = firstMs;
    for (const each of reply.outputs) {
      const spoken = "say" in each && this.plan.modalities.includes("audio");
      const whole = await (spoken ? say(this.#run, each.say, each.phase, waitMs) : this.#write(each, waitMs));
      if (this.#over) return;
      if (!whole) return this.#finish("incomplete", { reason: "max_output_tokens" });
      waitMs = 0;
    }
    await pause(this.#run, waitMs);
    if (this.#over) return;
    if (reply.status === "failed") {
      return this.#finish("failed", { error: reply.error ?? failureOf("server_error") });
    }
    const filtered = reply.error?.code === "content_filter";
    const reason = filtered ? "content_filter" : "max_output_tokens";
    this.#finish(reply.status ?? "completed", reply.status === "incomplete" ? { reason } : {});
  }

  /** A written message or a function call. @returns false where the limit of tokens cut it */
  async #write(each: Output, waitMs: number): Promise<boolean> {
    const run = this.#run;
    await pause(run, waitMs);
    if (this.#over) return true;
    let writer: output.Writer;
    let parts: string[];
    if ("call" in each) {
      const { name, arguments: json } = each.call;
      writer = output.call(nextPlace(run), name);
      // Without its last character no JSON object is one.
      parts = (run.model.faults.malformedArguments ? json.slice(0, -1) : json).match(/[^]{1,8}/g) ?? [];
    } else {
      writer = output.write(nextPlace(run), phaseOf(run, "say" in each ? each.phase : undefined));
      parts = words("say" in each ? each.say : each.text);
    }
    begin(run, writer);
    const said = affordable(parts, left(run));
    for (const part of said) {
      writer.text(part);
      run.made.text += textTokens(part);
    }
    const whole = said.length === parts.length;
    close(run, whole ? "completed" : "incomplete");
    return whole;
  }

  #create(): void {
    this.#run.state = "created";
    const { faults, random, send } = this.#run.model;
    if (faults.unknownType) {
      send({ type: "response.simulated_oddity", response_id: this.id } as unknown as ServerEvent);
    }
    if (faults.orphanDone) {
      const orphan = { ...this.#shown("cancelled", { reason: "turn_detected" }), id: random.id("resp") };
      send({ type: "response.done", response: orphan });
    }
    send({ type: "response.created", response: this.#shown("in_progress") });
  }

  #finish(status: Status, why: Why): void {
    this.#run.state = "done";
    this.#run.model.send({ type: "response.done", response: this.#shown(status, why) });
    this.#onDone(this);
  }

  #shown(status: Status | "in_progress", why: Why = {}): WireResponse {
    const { plan, model, writers, input, cached, made } = this.#run;
    const none = { text: 0, audio: 0 };
    const usage = status === "failed" ? usageOf(none, none, none) : usageOf(input, cached, made);
    return {
      object: "realtime.response",
      id: this.id,
      status,
      status_details: status === "in_progress" || status === "completed" ? null : { type: status, ...why },
      output: writers.map(({ item }) => item.shown),
      conversation_id: plan.conversation === "auto" ? model.conversation.id : null,
      output_modalities: plan.modalities,
      max_output_tokens: plan.maxOutputTokens,
      audio: { output: { format: plan.format, voice: plan.voice as string } },
      usage: status === "in_progress" ? null : usage,
      metadata: plan.metadata,
    };
  }
}

/** Ours: how an overflow without truncation is told was not found. */
const TOO_LONG = {
  type: "invalid_request_error",
  code: "context_length_exceeded",
  message: "The conversation is longer than the model's context and truncation is disabled.",
};
