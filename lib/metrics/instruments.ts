/** What a counter or a histogram is called, counts in and is split by. */
export interface Instrument {
  /** UCUM, as OpenTelemetry has it: `s` is seconds; braces only name what is counted. */
  readonly unit: string;
  /** One line, without a stop at its end. */
  readonly help: string;
  readonly labels: readonly string[];
}

export interface HistogramInstrument extends Instrument {
  /** Upper bounds, ascending. */
  readonly buckets: readonly number[];
}

/** From what nobody notices to what everybody does. */
const WAIT_S = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 5, 10, 20];
const GAP_S = [0.25, 0.5, 1, 2, 3, 5, 10, 20, 30, 60, 120, 300, 600];
const TOOL_S = [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30];
const CALL_S = [5, 15, 30, 60, 120, 180, 300, 600, 1200, 1800, 3600, 7200];
const STOP_S = [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.8, 1, 1.5, 2, 3, 5];
const DELAY_S = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1];

/** What only grows. */
export const COUNTERS = {
  "parley.calls.started": {
    unit: "{call}",
    help: "Calls begun, by their first persona",
    labels: ["persona"],
  },
  "parley.calls.ended": {
    unit: "{call}",
    help: "Calls ended, by their last persona and why",
    labels: ["persona", "reason"],
  },
  "parley.calls.refused": { unit: "{call}", help: "Calls refused, by HTTP status", labels: ["status"] },
  "parley.handoffs": {
    unit: "{handoff}",
    help: "Calls taken over by a persona",
    labels: ["persona", "voice"],
  },
  "parley.interruptions": {
    unit: "{interruption}",
    help: "Times that the caller cut the agent off",
    labels: ["persona"],
  },
  "parley.truncations": {
    unit: "{item}",
    help: "Answers cut to what was heard in the model's memory, by whether any of it was",
    labels: ["heard"],
  },
  "parley.speech.ignored": {
    unit: "{item}",
    help: "Sounds of the caller judged to be noise, echo or a mere mhm",
    labels: [],
  },
  "parley.responses": { unit: "{response}", help: "Responses of the model", labels: ["model", "status"] },
  "parley.tokens": {
    unit: "{token}",
    help:
      "Tokens billed, transcription included; each is counted once, so cached ones are not among the others",
    labels: ["model", "direction", "kind", "cached"],
  },
  "parley.cost.usd": {
    unit: "{USD}",
    help:
      "Dollars spent, by the price table: on responses and transcription in calls, and on phrases for all calls",
    labels: ["persona", "model", "kind"],
  },
  "parley.responses.unpriced": {
    unit: "{response}",
    help: "Responses of models without a price, which the cost leaves out",
    labels: ["model"],
  },
  "parley.transcriptions": {
    unit: "{item}",
    help: "Transcriptions of what the caller said, by the model that made them",
    labels: ["model", "outcome"],
  },
  "parley.transcription.audio": {
    unit: "s",
    help: "Caller audio that transcription billed by its length; other models bill tokens",
    labels: ["model"],
  },
  "parley.transcriptions.unpriced": {
    unit: "{item}",
    help: "Transcriptions without a price or without a bill, which the cost leaves out",
    labels: ["model"],
  },
  "parley.records.taken": {
    unit: "{record}",
    help: "Records of calls that their file or collector has taken",
    labels: ["to"],
  },
  "parley.records.lost": {
    unit: "{record}",
    help: "Records of calls that were given up, by where they were to go and why",
    labels: ["to", "reason"],
  },
  "parley.tool.calls": { unit: "{call}", help: "Calls of tools", labels: ["tool", "outcome"] },
  "parley.model.dials": {
    unit: "{dial}",
    help: "Dials of the model for calls, and what became of them",
    labels: ["model", "result"],
  },
  "parley.model.dial.failures": {
    unit: "{dial}",
    help: "Failed dials of the model, by code",
    labels: ["model", "code"],
  },
  "parley.sessions.lost": { unit: "{session}", help: "Sessions of the model lost in a call", labels: [] },
  "parley.sessions.recovered": {
    unit: "{session}",
    help: "Lost sessions of the model that another took the place of",
    labels: [],
  },
  "parley.sessions.rotated": {
    unit: "{session}",
    help: "Sessions of the model replaced before they grew too old",
    labels: [],
  },
  "parley.summaries": { unit: "{summary}", help: "Times that older turns became a summary", labels: [] },
  "parley.workers.lost": {
    unit: "{worker}",
    help: "Workers that were lost, and why; another takes the place of each",
    labels: ["cause"],
  },
  "parley.workers.late": {
    unit: "{answer}",
    help: "Times that a worker did not tell its counts in time, and the last ones stood in",
    labels: [],
  },
  "parley.audio.faults": {
    unit: "s",
    help: "Audio that did not get through as it should: dropped on either side, or late",
    labels: ["kind"],
  },
} as const satisfies Readonly<Record<string, Instrument>>;

/** How long things took. */
export const HISTOGRAMS = {
  "parley.call.duration": {
    unit: "s",
    help: "Length of calls, by their last persona",
    labels: ["persona"],
    buckets: CALL_S,
  },
  "parley.first.audio": {
    unit: "s",
    help: "From the start of the call to the agent's first audio",
    labels: ["persona"],
    buckets: WAIT_S,
  },
  "parley.answer.latency": {
    unit: "s",
    help: "From the end of the caller's speech to the first audio of the answer",
    labels: ["persona"],
    buckets: WAIT_S,
  },
  "parley.answer.model": {
    unit: "s",
    help: "The model's part of that: from its telling of the end of speech to the first audio",
    labels: ["persona"],
    buckets: WAIT_S,
  },
  "parley.interruption.stop": {
    unit: "s",
    help: "From the moment that the caller began to speak to the line's being told to silence the agent",
    labels: [],
    buckets: STOP_S,
  },
  "parley.tool.duration": { unit: "s", help: "Time that tools took", labels: ["tool"], buckets: TOOL_S },
  "parley.model.dial.duration": {
    unit: "s",
    help: "From the begin of a dial to the model's first word, where there was one",
    labels: ["model"],
    buckets: WAIT_S,
  },
  "parley.session.gap": {
    unit: "s",
    help: "From the loss of a session to the next, where there was one",
    labels: [],
    buckets: GAP_S,
  },
  "parley.event.loop.delay": {
    unit: "s",
    help: "How late the process comes to what is due, audio included; sampled",
    labels: [],
    buckets: DELAY_S,
  },
} as const satisfies Readonly<Record<string, HistogramInstrument>>;

/** How things are, read when somebody looks. */
export const GAUGES = {
  "parley.workers": {
    unit: "{worker}",
    help: "Workers that answer calls, where there are several",
    labels: [],
  },
  "parley.calls.live": { unit: "{call}", help: "Calls that are live now", labels: [] },
  "parley.calls.limit": { unit: "{call}", help: "MAX_CALLS, where it is set", labels: [] },
  "parley.draining": {
    unit: "{state}",
    help: "1 while no new calls are taken, as the service ends",
    labels: [],
  },
  "parley.records.waiting": {
    unit: "{record}",
    help: "Records of calls that wait for their file or collector to take them",
    labels: ["to"],
  },
  "parley.budget.usd": {
    unit: "{USD}",
    help: "BUDGET_USD_PER_DAY, and what of it is spent since midnight UTC; with a budget alone",
    labels: ["state"],
  },
  "parley.model.away": {
    unit: "{state}",
    help: "1 while dials of the model fail again and again",
    labels: ["model"],
  },
  "parley.model.dials.pending": {
    unit: "{dial}",
    help: "Dials of the model under way, or waiting for their turn",
    labels: ["state"],
  },
} as const satisfies Readonly<Record<string, Instrument>>;

export type CounterName = keyof typeof COUNTERS;
export type HistogramName = keyof typeof HISTOGRAMS;
export type GaugeName = keyof typeof GAUGES;

type LabelName<I extends Instrument> = I["labels"][number];
/** A value for each label of an instrument. */
export type CounterLabels<Name extends CounterName> = Readonly<
  Record<LabelName<(typeof COUNTERS)[Name]>, string>
>;
export type HistogramLabels<Name extends HistogramName> = Readonly<
  Record<LabelName<(typeof HISTOGRAMS)[Name]>, string>
>;
